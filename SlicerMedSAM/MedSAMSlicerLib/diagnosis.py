"""What is wrong with the installed packages, in plain words. No package is imported here."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from .translation import tr as _

# From a path longer than this Windows cannot read a file, unless it is told otherwise.
WINDOWS_PATH_LIMIT = 259
# The longest path below site-packages in PyTorch 2.13: a license of a part of a part of it.
LONGEST_PATH_OF_TORCH = 171

_REINSTALL = _(
    "restart Slicer, press Uninstall in the module PyTorch Utils, restart again, and install anew"
)
_SHORTER_FOLDER = _(
    "install Slicer in a folder with a short name such as C:\\Slicer, or let the "
    "administrator turn on long paths in Windows"
)


class State(Enum):
    """Of a package."""

    READY = "ready"
    MISSING = "missing"
    BROKEN = "broken"


@dataclass(frozen=True)
class Requirement:
    """A package that the network needs: its name on PyPI, its import name, its oldest version."""

    package: str
    module: str
    title: str
    oldest: str


@dataclass(frozen=True)
class Facts:
    """What was found of one package.

    versions: of each copy that is registered as installed. importError: text of the exception
    that its import raised, "" if none. isEmpty: only an empty folder was imported.
    """

    versions: Sequence[str]
    importError: str = ""
    isEmpty: bool = False


@dataclass(frozen=True)
class Graphics:
    """What PyTorch says of the graphics card; cuda "" for a PyTorch without CUDA.

    capability: (major, minor) of the card, None if PyTorch can use none. kernels: the kinds of
    card it was built for, such as ("sm_80", "sm_90", "compute_90").
    """

    cuda: str = ""
    capability: tuple[int, int] | None = None
    kernels: Sequence[str] = ()


@dataclass(frozen=True)
class Finding:
    """One requirement: its package, its state, and a sentence with what to do about it."""

    package: str
    state: State
    sentence: str


def diagnose(requirement: Requirement, facts: Facts, pathIsTooLong: bool) -> Finding:
    """The state of one package. pathIsTooLong: see torchPathIsTooLong."""
    title = requirement.title

    def broken(sentence: str) -> Finding:
        return Finding(requirement.package, State.BROKEN, sentence)

    if not facts.versions and (facts.isEmpty or facts.importError):
        return Finding(
            requirement.package, State.MISSING, _("{title} is not installed.").format(title=title)
        )
    if len(set(facts.versions)) > 1:
        both = " and ".join(sorted(set(facts.versions)))
        return broken(
            _("{title} is installed in several versions ({both}): {reinstall}.").format(
                title=title, both=both, reinstall=_REINSTALL
            )
        )
    if facts.isEmpty or (facts.importError and pathIsTooLong):
        return broken(_halfInstalled(title, pathIsTooLong))
    if facts.importError:
        return broken(_failedImport(title, facts.importError))
    if facts.versions and _isOlder(facts.versions[0], requirement.oldest):
        return broken(
            _("{title} {version} is too old, {oldest} is needed: {reinstall}.").format(
                title=title,
                version=facts.versions[0],
                oldest=requirement.oldest,
                reinstall=_REINSTALL,
            )
        )
    return Finding(requirement.package, State.READY, _("{title} is ready.").format(title=title))


def mismatch(torchVersion: str, torchvisionVersion: str) -> str:
    """A sentence if torchvision was made for another PyTorch, "" if they go together.

    torchvision 0.15 was made for PyTorch 2.0, and both have counted on in step since.
    """
    torch, vision = _numbers(torchVersion), _numbers(torchvisionVersion)
    if torch[0] != 2 or vision[0] != 0 or vision[1] == torch[1] + 15:
        return ""
    return _(
        "torchvision {torchvision} does not belong to PyTorch {torch} "
        "(0.{fitting} does): {reinstall}."
    ).format(
        torchvision=torchvisionVersion,
        torch=torchVersion,
        fitting=torch[1] + 15,
        reinstall=_REINSTALL,
    )


def graphicsNote(graphics: Graphics) -> str:
    """Why the graphics card is not used, "" if it is or if PyTorch does not expect one."""
    if not graphics.cuda:
        return ""
    if graphics.capability is None:
        return _(
            "PyTorch is made for NVIDIA cards (CUDA {cuda}) but finds none that it can use:"
            " update the driver; until then the processor computes."
        ).format(cuda=graphics.cuda)
    if any(_serves(kernel, graphics.capability) for kernel in graphics.kernels):
        return ""
    major, minor = graphics.capability
    return _(
        "The graphics card (sm_{major}{minor}) is not served by this PyTorch (CUDA "
        "{cuda}): install one with another CUDA version in the module PyTorch Utils; "
        "until then choose the processor as device."
    ).format(major=major, minor=minor, cuda=graphics.cuda)


def torchPathIsTooLong(sitePackages: str, pathsAreLimited: bool) -> bool:
    """Whether Windows would cut PyTorch's installation short in this folder."""
    return pathsAreLimited and len(sitePackages) + 1 + LONGEST_PATH_OF_TORCH > WINDOWS_PATH_LIMIT


def tooLongSentence(sitePackages: str) -> str:
    """Why PyTorch cannot be installed there, and what to do."""
    return _(
        "PyTorch cannot be installed below {folder}, because Windows allows paths"
        " of 260 characters only: {shorter_folder}."
    ).format(folder=sitePackages, shorter_folder=_SHORTER_FOLDER)


def _halfInstalled(title: str, pathIsTooLong: bool) -> str:
    if pathIsTooLong:
        return _(
            "Only a part of {title} was installed, because Windows allows paths of 260 "
            "characters only: {shorter_folder}, then {reinstall}."
        ).format(title=title, shorter_folder=_SHORTER_FOLDER, reinstall=_REINSTALL)
    return _("Only a part of {title} is installed, as after an interruption: {reinstall}.").format(
        title=title, reinstall=_REINSTALL
    )


def _failedImport(title: str, error: str) -> str:
    first = (error.strip() or _("unknown error")).splitlines()[0].rstrip(".")
    return _("{title} is installed but does not load ({reason}): {reinstall}.").format(
        title=title, reason=first, reinstall=_REINSTALL
    )


def _isOlder(version: str, oldest: str) -> bool:
    return _numbers(version) < _numbers(oldest)


def _numbers(version: str) -> tuple[int, int]:
    """Major and minor; (0, 0) of a text that is no version."""
    found = re.match(r"(\d+)\.(\d+)", version)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def _serves(kernel: str, capability: tuple[int, int]) -> bool:
    """Binary code runs on later cards of the same major; portable code on all later cards."""
    kind, _, number = kernel.partition("_")
    digits = "".join(c for c in number if c.isdigit())
    if not digits:
        return False
    made = (int(digits[:-1] or 0), int(digits[-1]))
    if kind == "compute":
        return made <= capability
    return made[0] == capability[0] and made[1] <= capability[1]
