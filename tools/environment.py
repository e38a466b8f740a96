"""The virtual environment that a command runs in: made, mended, filled, remembered."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tools import pytorch, system_packages
from tools.errors import SetupError

__all__ = ["Environment", "Plan", "SetupError", "prepare", "say"]


@dataclass(frozen=True)
class Plan:
    """What a command needs: extras of the project, single packages, packages of the system."""

    project: bool = True
    extras: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    without_dependencies: tuple[str, ...] = ()
    system_packages: tuple[str, ...] = ()


@dataclass(frozen=True)
class Environment:
    """A virtual environment in `folder`."""

    folder: Path

    @property
    def python(self) -> Path:
        """Its interpreter."""
        if os.name == "nt":
            return self.folder / "Scripts" / "python.exe"
        return self.folder / "bin" / "python"

    @property
    def constraints(self) -> Path:
        """Versions that no installation may change, in pip's form."""
        return self.folder / "slicermedsam-constraints.txt"

    def run(
        self,
        arguments: Sequence[str],
        *,
        cwd: Path | None = None,
        variables: Mapping[str, str] | None = None,
        timeout: float | None = None,
    ) -> int:
        """Run the interpreter on `arguments`; returns its exit status, output goes to ours."""
        sys.stdout.flush()
        command = [str(self.python), *arguments]
        environment = {**os.environ, **(variables or {})}
        return subprocess.run(command, cwd=cwd, env=environment, timeout=timeout).returncode

    def output(self, code: str) -> str | None:
        """What the one-line program `code` prints, or None if it does not run."""
        try:
            answer = subprocess.run(
                [str(self.python), "-c", code], capture_output=True, text=True, timeout=120
            )
        except (OSError, subprocess.TimeoutExpired):
            return None
        return answer.stdout.strip() if answer.returncode == 0 else None

    def version_of(self, distribution: str) -> str | None:
        """The installed version of a distribution, or None."""
        return self.output(
            f"from importlib.metadata import version; print(version({distribution!r}))"
        )

    def pip_install(self, arguments: Sequence[str], *, quiet_failure: bool = False) -> bool:
        """Install with pip within the constraints; tells whether that worked.

        What pip complains about is shown only if it fails.
        """
        limits = ["--constraint", str(self.constraints)] if self.constraints.exists() else []
        command = [str(self.python), "-m", "pip", "install", "--quiet", "--no-input"]
        command += ["--disable-pip-version-check", *limits, *arguments]
        answer = subprocess.run(command, stderr=subprocess.PIPE, text=True, errors="replace")
        if answer.returncode != 0 and not quiet_failure:
            print(answer.stderr, file=sys.stderr, flush=True)
        return answer.returncode == 0


def say(text: str) -> None:
    """Tell the user what happens, at once also through a pipe."""
    print(text, flush=True)


def prepare(plan: Plan, name: str, root: Path) -> Environment:
    """Return an environment that fulfills the plan, at once if it did so before."""
    environment = Environment(_folder(root))
    stamp = environment.folder / f"slicermedsam-{name}.stamp"
    wanted = _fingerprint(plan, root)
    if _read(stamp) == wanted and environment.output("print()") is not None:
        return environment
    started = time.monotonic()
    say(f"Setting up what 'dev.py {name}' needs in {environment.folder}; only this once.")
    _make(environment)
    system_packages.ensure(plan.system_packages, say)
    _install(environment, plan, root)
    stamp.write_text(wanted, encoding="utf-8")
    say(f"Set up in {time.monotonic() - started:.0f} s.")
    return environment


def _folder(root: Path) -> Path:
    chosen = os.environ.get("MEDSAM_VENV")
    return Path(chosen).expanduser().absolute() if chosen else root / ".venv"


def _fingerprint(plan: Plan, root: Path) -> str:
    """A hash of everything that decides what is installed."""
    decisive = [root / "pyproject.toml", root / "setup.py", Path(__file__), Path(pytorch.__file__)]
    parts = [repr(plan), str(root), *(path.read_text(encoding="utf-8") for path in decisive)]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        return None


def _make(environment: Environment) -> None:
    """Make the environment, or make it anew if it does not work."""
    folder = environment.folder
    if environment.output("import pip") is not None:
        return
    if folder.exists() and any(folder.iterdir()):
        if not (folder / "pyvenv.cfg").exists():
            raise SetupError(f"{folder} is not a virtual environment; name another in MEDSAM_VENV.")
        say("  the environment there does not work: making it anew")
        shutil.rmtree(folder)
    with _step("making the virtual environment"):
        _create(folder)


def _create(folder: Path) -> None:
    """Run venv, whose second half Debian keeps in a package of its own."""
    if _venv(folder):
        return
    version = "{}.{}".format(*sys.version_info[:2])
    system_packages.ensure((f"python{version}-venv",), say)
    shutil.rmtree(folder, ignore_errors=True)
    if not _venv(folder):
        raise SetupError(
            f"Python could not make a virtual environment in {folder}: check that the folder can "
            f"be written and that the module venv is there (Debian: python{version}-venv)."
        )


def _venv(folder: Path) -> bool:
    command = [sys.executable, "-m", "venv", str(folder)]
    return subprocess.run(command, capture_output=True).returncode == 0


def _install(environment: Environment, plan: Plan, root: Path) -> None:
    if plan.project:
        pytorch.ensure(environment, say)
        extras = f"[{','.join(plan.extras)}]" if plan.extras else ""
        with _step(f"installing the project{f' with {extras}' if extras else ''}"):
            _require(environment.pip_install(["--editable", f"{root}{extras}"]), "the project")
    for packages, flags in ((plan.packages, []), (plan.without_dependencies, ["--no-deps"])):
        if packages:
            names = ", ".join(packages)
            with _step(f"installing {names}"):
                _require(environment.pip_install([*flags, *packages]), names)


def _require(done: bool, what: str) -> None:
    if not done:
        raise SetupError(f"{what} could not be installed; pip says why above. Run this again.")


@contextmanager
def _step(text: str) -> Iterator[None]:
    """Say what is done, and afterwards how long it took."""
    say(f"  {text} ...")
    started = time.monotonic()
    yield
    say(f"    {time.monotonic() - started:.0f} s")
