"""The folder of a cohort: one result file a case, each whole or not there.

cohort.json        what the results depend on: settings and judge
cases/ID.json      the result of a case, written last; with it the case is done
cases/ID.html      its page
index.html  segments.csv  cases.csv  summary.json    over all cases
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from ... import __version__
from ...errors import MedSAMError, UsageError
from ...files import atomic_path
from ...json_text import parsed
from .case_result import CaseResult
from .cases import Case
from .fingerprint import fingerprint
from .job import Job

KIND, FORMAT = "SlicerMedSAM cohort", 1
_LOCK = ".lock"
# What `files.atomic_path` writes to, and leaves behind if its process is killed.
_TEMPORARY = re.compile(r"\.[0-9a-f]{8}-.+")


class OutputFolder:
    """Reads and writes the files of one cohort; use `opened_folder`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.cases = path / "cases"

    def result_file(self, case_id: str) -> Path:
        """Where the result of a case is kept."""
        return self.cases / f"{case_id}.json"

    def finished(self, case: Case) -> CaseResult | None:
        """The case's result if it was assessed and its files are still the same.

        A broken case counts as not finished: its files may have been mended.
        """
        try:
            result = self.read(case)
        except MedSAMError:
            return None
        is_same = result.id == case.id and result.inputs == fingerprint(case)
        return result if is_same and not result.is_broken else None

    def read(self, case: Case) -> CaseResult:
        """The case's result; MedSAMError where there is none that can be read."""
        path = self.result_file(case.id)
        try:
            return CaseResult.from_json(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise MedSAMError(f"{path} cannot be read.") from error

    def write_result(self, result: CaseResult) -> None:
        """The page first: where there is a result, there is its page."""
        page = self.cases / f"{result.id}.html"
        if result.page:
            self.write(page, result.page)
        else:
            page.unlink(missing_ok=True)
        self.write(self.result_file(result.id), result.to_json())

    def write(self, path: Path, text: str) -> None:
        """A file, whole or not at all, in the place of an older one of this run.

        A link in its place is replaced: the results of a run are files of its folder.
        """
        if path.is_symlink():
            path.unlink()
        with atomic_path(path, overwrite=True) as temporary:
            temporary.write_text(text, encoding="utf-8", newline="")

    def check_job(self, job: Job) -> None:
        """UsageError where the results that are there depend on other settings than this job."""
        if self._about.exists():
            self._compare({"version": __version__, **job.what_results_depend_on()})

    def note_job(self, job: Job, judge: str) -> None:
        """Keep what the results depend on; judge: sha256 of the weights. UsageError as before."""
        values = {"version": __version__, **job.what_results_depend_on(), "judge": judge}
        if self._about.exists():
            self._compare(values)
        else:
            text = json.dumps({"kind": KIND, "format": FORMAT, **values}, indent=1)
            self.write(self._about, text)

    @property
    def _about(self) -> Path:
        return self.path / "cohort.json"

    def _compare(self, values: dict[str, Any]) -> None:
        before = _read_json(self._about)
        if any(before.get(name) != value for name, value in values.items()):
            raise UsageError(
                f"The results in {self.path} were made otherwise ({_differences(before, values)}): "
                "resume with the same options, or choose another folder."
            )


@contextmanager
def opened_folder(path: Path, resume: bool) -> Iterator[OutputFolder]:
    """The folder, made if it is not there, with no other run writing into it meanwhile.

    UsageError where there is something in it that a new run would mix with; `resume` goes on with
    the results of an earlier run, of which half-written files are removed.
    """
    from filelock import FileLock, Timeout

    _check(path, resume)
    folder = OutputFolder(path)
    try:
        folder.cases.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise MedSAMError(f"{path} cannot be written: {error.strerror}.") from error
    lock = FileLock(path / _LOCK, timeout=0)
    try:
        lock.acquire()
    except Timeout as error:
        raise MedSAMError(f"Another run is writing into {path}: wait for its end.") from error
    except OSError as error:
        raise MedSAMError(f"{path} cannot be written: {error.strerror}.") from error
    try:
        _remove_halves(folder)
        yield folder
    finally:
        lock.release()


def _check(path: Path, resume: bool) -> None:
    if path.exists() and not path.is_dir():
        raise UsageError(f"{path} is a file, not a folder.")
    inside = [each.name for each in path.iterdir()] if path.exists() else []
    is_ours = "cases" in inside
    if is_ours and not resume and any((path / "cases").iterdir()):
        raise UsageError(
            f"{path} holds results already: add --resume to go on with them, or choose another "
            "folder."
        )
    if inside and not is_ours:
        raise UsageError(f"{path} holds other files: choose a new or empty folder.")


def _remove_halves(folder: OutputFolder) -> None:
    for parent in (folder.path, folder.cases):
        for path in parent.iterdir():
            if _TEMPORARY.fullmatch(path.name) and path.is_file():
                with suppress(OSError):
                    path.unlink()


def _read_json(path: Path) -> dict[str, Any]:
    try:
        values = parsed(path.read_text(encoding="utf-8"))
        if isinstance(values, dict) and values.get("kind") == KIND:
            return values
    except (OSError, ValueError):
        pass
    raise MedSAMError(f"{path} is damaged: remove the folder and start again.")


def _differences(before: dict[str, Any], now: dict[str, Any]) -> str:
    """`metric dice, now iou; judge 0a1b..., now 2c3d...`."""
    told = []
    for name, value in now.items():
        old = before.get(name)
        if isinstance(value, dict) and isinstance(old, dict):
            told += [f"{n} {old.get(n)}, now {v}" for n, v in value.items() if old.get(n) != v]
        elif old != value:
            told.append(f"{name} {str(old)[:16]}, now {str(value)[:16]}")
    return "; ".join(told)
