"""What the network needs inside Slicer: looked for at any time, installed only when asked to."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Protocol

from MedSAMLib.errors import MedSAMError

from .diagnosis import (
    Facts,
    Finding,
    Graphics,
    Requirement,
    State,
    diagnose,
    graphicsNote,
    mismatch,
    tooLongSentence,
    torchPathIsTooLong,
)
from .slicer_environment import SlicerEnvironment
from .translation import tr as _

__all__ = ["Dependencies", "Environment", "Finding", "SlicerEnvironment", "State"]

TORCH = Requirement("torch", "torch", "PyTorch", "2.4")
TORCHVISION = Requirement("torchvision", "torchvision", "torchvision", "0.19")
OTHERS = (
    Requirement("segment-anything", "segment_anything", _("Segment Anything"), "1.0"),
    Requirement("safetensors", "safetensors", "safetensors", "0.4"),
)
REQUIREMENTS = (TORCH, TORCHVISION, *OTHERS)


class Environment(Protocol):
    """What is asked of the running Python and Slicer; `SlicerEnvironment` is the real one."""

    @property
    def sitePackages(self) -> str:
        """Where packages are installed."""

    @property
    def pathsAreLimited(self) -> bool:
        """Whether this is a Windows with paths of 260 characters at most."""

    def isOnMainThread(self) -> bool:
        """Of Qt."""

    def isPresent(self, module: str) -> bool:
        """Whether a module could be imported; it is not."""

    def facts(self, requirement: Requirement) -> Facts:
        """Import it, and tell what came of it."""

    def graphics(self) -> Graphics:
        """Ask PyTorch, which can be imported."""

    def torchLogic(self) -> Any:
        """A PyTorchUtilsLogic of the PyTorch extension; None without the extension."""

    def pipInstall(self, requirements: list[str]) -> None:
        """Install from the package index; any exception if it fails."""


class Dependencies:
    """`Dependencies(SlicerEnvironment())`. Nothing is imported or installed on construction."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment

    def installed(self) -> bool:
        """Quick look (no import of PyTorch): are all packages there? They may be broken."""
        return all(self._environment.isPresent(r.module) for r in REQUIREMENTS)

    def findings(self) -> list[Finding]:
        """Import everything (seconds) and tell the state of each package in plain words."""
        facts = {r: self._environment.facts(r) for r in REQUIREMENTS}
        torch = self._torchFinding(facts[TORCH])
        vision = diagnose(TORCHVISION, facts[TORCHVISION], False)
        others = [diagnose(r, facts[r], False) for r in OTHERS]
        if torch.state is not State.READY:
            return [torch, *(_withoutTorch(f) for f in (vision, *others))]
        if vision.state is State.BROKEN and facts[TORCH].versions:
            pair = mismatch(facts[TORCH].versions[0], facts[TORCHVISION].versions[0])
            vision = replace(vision, sentence=pair or vision.sentence)
        return [torch, vision, *others]

    def _torchFinding(self, facts: Facts) -> Finding:
        found = diagnose(TORCH, facts, self._pathIsTooLong())
        if found.state is not State.READY:
            return found
        return replace(found, sentence=graphicsNote(self._environment.graphics()) or found.sentence)

    def summary(self) -> str:
        """One sentence for the panel: what is broken, else what is missing, else ready."""
        found = self.findings()
        broken = [f.sentence for f in found if f.state is State.BROKEN]
        if broken:
            return broken[0]
        missing = [f.package for f in found if f.state is State.MISSING]
        return (
            _("To be installed: {packages}.").format(packages=", ".join(missing))
            if missing
            else found[0].sentence
        )

    def install(self) -> None:
        """Install what is missing or broken. Main thread only, after the user agreed.

        MedSAMError with a sentence where it cannot be done.
        """
        if not self._environment.isOnMainThread():
            raise MedSAMError(_("Packages can be installed from Slicer's main thread only."))
        found = dict(zip(REQUIREMENTS, self.findings(), strict=True))
        if any(found[r].state is not State.READY for r in (TORCH, TORCHVISION)):
            broken = State.BROKEN in (found[TORCH].state, found[TORCHVISION].state)
            self._installTorch(broken)
        others = [r for r in OTHERS if found[r].state is not State.READY]
        if others:
            self._pip([f"{r.package}>={r.oldest}" for r in others])
        self._requireReady()

    def _installTorch(self, isBroken: bool) -> None:
        logic = self._environment.torchLogic()
        if logic is None:
            raise MedSAMError(
                _(
                    "The PyTorch extension is missing: install PyTorch in the Extensions Manager, "
                    "restart Slicer, and try again."
                )
            )
        if self._pathIsTooLong():
            raise MedSAMError(tooLongSentence(self._environment.sitePackages))
        try:
            if isBroken:
                # What is registered as installed would never be installed again.
                logic.uninstallTorch()
            torch = _installed(logic)
        except Exception as error:
            raise MedSAMError(_failed("PyTorch", error)) from error
        if torch is None:
            raise MedSAMError(_("PyTorch was not installed."))

    def _pip(self, requirements: list[str]) -> None:
        try:
            self._environment.pipInstall(requirements)
        except Exception as error:
            raise MedSAMError(_failed(" and ".join(requirements), error)) from error

    def _requireReady(self) -> None:
        bad = [f for f in self.findings() if f.state is not State.READY]
        if bad:
            raise MedSAMError(
                _("{finding} If it was just installed, restart Slicer first.").format(
                    finding=bad[0].sentence
                )
            )

    def _pathIsTooLong(self) -> bool:
        environment = self._environment
        return torchPathIsTooLong(environment.sitePackages, environment.pathsAreLimited)


def _withoutTorch(finding: Finding) -> Finding:
    """What is there but needs PyTorch cannot be judged before PyTorch works."""
    if finding.state is State.MISSING:
        return finding
    return replace(
        finding,
        state=State.READY,
        sentence=_("{package} waits for PyTorch.").format(package=finding.package),
    )


def _installed(logic: Any) -> Any:
    """installTorch by keywords; of an extension that knows fewer of them, with fewer.

    The names have changed between releases of the extension, so that none may be relied on.
    """
    keywords = {
        "askConfirmation": False,
        "torchVersionRequirement": f">={TORCH.oldest}",
        "torchvisionVersionRequirement": f">={TORCHVISION.oldest}",
    }
    while True:
        try:
            return logic.installTorch(**keywords)
        except TypeError as error:
            if not keywords or "keyword" not in str(error):
                raise
            keywords.popitem()


def _failed(what: str, error: Exception) -> str:
    first = (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")
    return _(
        "{what} could not be installed ({reason}): check the network connection and the"
        " free disk space, restart Slicer, and try again."
    ).format(what=what, reason=first)
