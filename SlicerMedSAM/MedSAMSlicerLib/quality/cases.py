"""A list of cases to review one after the other, and how far it is, kept beside it."""

from __future__ import annotations

import csv
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from MedSAMLib.errors import MedSAMError, UsageError
from MedSAMLib.files import atomic_path
from MedSAMLib.json_text import parsed

from ..translation import tr as _

IMAGE_ENDINGS = (".nii.gz", ".nii", ".nrrd", ".nhdr", ".mha", ".mhd", ".png", ".jpg", ".jpeg")
# Of a path in a message.
_SHOWN = 300
_IMAGE_FOLDERS = ("images", "imagesTr", "imagesTs", "image", "volumes")
_LABEL_FOLDERS = ("segmentations", "labels", "labelsTr", "labelsTs", "masks", "predictions")
_LABEL_SUFFIXES = ("_seg", "-seg", "_segmentation", "_label", "-label", "_mask", "_pred")
_CHANNEL = "_0000"  # nnU-Net's name for the first channel of an image


@dataclass(frozen=True)
class Case:
    """Two files of one patient."""

    image: Path
    segmentation: Path

    @property
    def name(self) -> str:
        """For the user."""
        return stem(self.image)


def read_cases(path: str | Path) -> list[Case]:
    """Cases of a CSV with the columns image and segmentation, or of a folder with pairs.

    Relative names in a CSV are looked for beside it. UsageError where there are none.
    """
    path = _existing(path)
    return _cases_of_folder(path) if path.is_dir() else _cases_of_csv(path)


def _existing(path: str | Path) -> Path:
    """The path of something that is there; UsageError also for what cannot be a path."""
    try:
        found = Path(path).expanduser()
        if found.is_dir() or found.is_file():
            return found
    except (OSError, RuntimeError, ValueError):  # too long; a user without a home; a NUL
        pass
    raise UsageError(_("There is no case list {path}.").format(path=str(path)[:_SHOWN]))


def _cases_of_csv(path: Path) -> list[Case]:
    try:
        lines = list(csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines()))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UsageError(_("{file} cannot be read as CSV.").format(file=path.name)) from error
    if not lines or not {"image", "segmentation"} <= set(lines[0]):
        raise UsageError(
            _("{file} needs the columns image and segmentation, and a case.").format(file=path.name)
        )
    return [_case(path, number, line) for number, line in enumerate(lines, start=2)]


def _case(path: Path, number: int, line: dict[str, str]) -> Case:
    image, segmentation = line.get("image"), line.get("segmentation")
    if not image or not segmentation:
        raise UsageError(
            _("Line {line} of {file} names no image or no segmentation.").format(
                line=number, file=path.name
            )
        )
    return Case(path.parent / image, path.parent / segmentation)


def _cases_of_folder(folder: Path) -> list[Case]:
    images = _first_folder(folder, _IMAGE_FOLDERS)
    labels = _first_folder(folder, _LABEL_FOLDERS)
    if images is not None and labels is not None:
        cases = _paired(_files(images), _files(labels), exactly=True)
    else:
        cases = _paired(_files(folder), _files(folder), exactly=False)
    if not cases:
        raise UsageError(
            _(
                "{folder} has no pairs: it needs the folders images and segmentations (or "
                "labels) with the same file names, or files such as CASE.nrrd with "
                "CASE_seg.nrrd."
            ).format(folder=folder.name)
        )
    return cases


def _paired(images: list[Path], segmentations: list[Path], exactly: bool) -> list[Case]:
    by_stem: dict[str, Path] = {}
    for path in segmentations:
        for name in _case_names(path, exactly):
            by_stem.setdefault(name, path)
    pairs = ((path, by_stem.get(stem(path).removesuffix(_CHANNEL))) for path in images)
    return [Case(image, other) for image, other in pairs if other not in (None, image)]


def _case_names(path: Path, exactly: bool) -> list[str]:
    """The names of the cases that a file can be the segmentation of."""
    name = stem(path)
    is_segmentation = path.name.endswith(".seg.nrrd")
    names = [name] if exactly or is_segmentation else []
    return names + [name.removesuffix(s) for s in _LABEL_SUFFIXES if name.endswith(s)]


def _files(folder: Path) -> list[Path]:
    found = (path for path in sorted(folder.iterdir()) if path.is_file())
    return [p for p in found if p.name.lower().endswith(IMAGE_ENDINGS) and p.name[0] != "."]


def _first_folder(folder: Path, names: tuple[str, ...]) -> Path | None:
    return next((folder / name for name in names if (folder / name).is_dir()), None)


def stem(path: Path) -> str:
    """The name without its ending, which may have two parts."""
    name = path.name
    for ending in (".seg.nrrd", *IMAGE_ENDINGS):
        if name.lower().endswith(ending):
            return name[: -len(ending)]
    return path.stem


class CaseList:
    """Cases, which of them are done, and their reviews in a folder beside the list."""

    def __init__(self, path: str | Path) -> None:
        """UsageError where there is no list; a damaged state counts as none."""
        self.path = _existing(path).resolve()
        self.cases = read_cases(self.path)
        self.folder = self.path.with_name(f"{stem(self.path)}-review")
        self._done = set(self._read_state().get("done", ()))

    @property
    def done_count(self) -> int:
        """How many cases are done."""
        return sum(self.is_done(n) for n in range(len(self.cases)))

    def is_done(self, number: int) -> bool:
        """Whether the reviewer has finished a case."""
        return self._key(number) in self._done

    def set_done(self, number: int, done: bool = True) -> None:
        """Write it down; MedSAMError where the folder cannot be written to."""
        (self._done.add if done else self._done.discard)(self._key(number))
        self._write(self.folder / "state.json", {"done": sorted(self._done)})

    def first_open(self) -> int:
        """Where to go on: the first case that is not done; the last one if all are."""
        numbers = range(len(self.cases))
        return next((n for n in numbers if not self.is_done(n)), len(self.cases) - 1)

    def keep(self, number: int, review: dict[str, Any]) -> None:
        """Write a case's review down."""
        self._write(self._file(number), review)

    def kept(self, number: int) -> Any:
        """A case's review; None where there is none."""
        try:
            return parsed(self._file(number).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None

    def _file(self, number: int) -> Path:
        case = self.cases[number]
        digest = hashlib.sha256(self._key(number).encode()).hexdigest()[:8]
        return self.folder / f"{case.name}-{digest}.json"

    def _key(self, number: int) -> str:
        case = self.cases[number]
        return "\n".join(_relative(p, self.path.parent) for p in (case.image, case.segmentation))

    def _read_state(self) -> dict[str, Any]:
        try:
            state = parsed((self.folder / "state.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return state if isinstance(state, dict) else {}

    def _write(self, path: Path, values: Any) -> None:
        try:
            self.folder.mkdir(exist_ok=True)
        except OSError as error:
            raise MedSAMError(
                _("{folder} cannot be made: {reason}.").format(
                    folder=self.folder, reason=error.strerror
                )
            ) from error
        with atomic_path(path, overwrite=True) as temporary:
            temporary.write_text(json.dumps(values, allow_nan=False), encoding="utf-8")


def _relative(path: Path, folder: Path) -> str:
    """The same on every computer where list and files lie beside each other."""
    resolved = path.resolve()
    if resolved.is_relative_to(folder):
        return resolved.relative_to(folder).as_posix()
    return resolved.as_posix()
