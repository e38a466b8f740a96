"""Small cohorts on disk, runs of them that are killed, and the comparison of their results."""

from __future__ import annotations

import csv
import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

PACKAGE_FOLDER = Path(__file__).resolve().parents[2] / "SlicerMedSAM"
_HEADER = ("id", "image", "segmentation", "truth")
_NOT_COMPARED = {".lock"}


def make_cohort(
    folder: Path, count: int, seed: int = 0, shape: Sequence[int] = (3, 32, 36)
) -> Path:
    """`count` small volumes with two labels, the outlines wrong by a little or a lot.

    Every 40th, the third among them, has no image: a broken case. Returns the list's path.
    """
    rng = np.random.default_rng(seed)
    rows = []
    for number in range(count):
        name = f"case-{number:03}"
        truth = _two_halves(shape, rng)
        given = np.roll(truth, rng.integers(0, 7), axis=2)
        image = rng.normal(0, 12, shape) + 60 * (truth > 0) + 25 * (truth == 2)
        _write(folder / f"{name}-seg.nii.gz", given)
        _write(folder / f"{name}-truth.nii.gz", truth)
        if number % 40 != 3:
            _write(folder / f"{name}.nii.gz", image.astype(np.int16))
        rows.append((name, f"{name}.nii.gz", f"{name}-seg.nii.gz", f"{name}-truth.nii.gz"))
    path = folder / "cases.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([_HEADER, *rows])
    return path


def _two_halves(shape: Sequence[int], rng: np.random.Generator) -> np.ndarray:
    """An ellipse in every slice; its upper half is label 1, its lower one 2."""
    y, x = np.mgrid[: shape[1], : shape[2]]
    cy, cx = shape[1] / 2 + rng.uniform(-3, 3), shape[2] / 2 + rng.uniform(-3, 3)
    inside = ((y - cy) / rng.uniform(4, 9)) ** 2 + ((x - cx) / rng.uniform(4, 9)) ** 2 < 1
    labels = np.where(y < cy, 1, 2) * inside
    return np.repeat(labels[None], shape[0], axis=0).astype(np.uint8)


def _write(path: Path, array: np.ndarray) -> None:
    import SimpleITK as sitk

    image = sitk.GetImageFromArray(array)
    image.SetSpacing((1.0, 1.0, 3.0))
    sitk.WriteImage(image, str(path))


@dataclass(frozen=True)
class Command:
    """The command line of a run, without --resume."""

    cases: Path
    output: Path
    model: Path | str
    workers: int = 2
    options: tuple[str, ...] = ()

    def start(self, resume: bool = False) -> subprocess.Popen[str]:
        """In a process group of its own, as a shell or a batch system starts it."""
        words = ["assess", "--cases", self.cases, "--output", self.output, "--model", self.model]
        words += ["--workers", self.workers, *self.options, *(["--resume"] if resume else [])]
        return subprocess.Popen(
            [sys.executable, "-m", "MedSAMLib", *(str(word) for word in words)],
            env={**os.environ, "PYTHONPATH": str(PACKAGE_FOLDER), "OMP_NUM_THREADS": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, resume: bool = False) -> str:
        """To its end; what it said."""
        process = self.start(resume)
        out, err = process.communicate()
        assert process.returncode == 0, err
        return out

    def run_and_kill(self, done: int, resume: bool) -> set[str]:
        """Kill the whole group once `done` cases have results; the names of those that have."""
        process = self.start(resume)
        while len(self.results()) < done and process.poll() is None:
            time.sleep(0.005)
        assert process.poll() is None, f"it ended by itself: {process.communicate()}"
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        return self.results()

    def results(self) -> set[str]:
        """Names of the cases that have a result file."""
        folder = self.output / "cases"
        return {path.stem for path in folder.glob("*.json") if path.name[0] != "."}


def kill_points(count: int, kills: int, seed: int) -> list[int]:
    """Random numbers of finished cases at which to kill, ascending and not all at the end."""
    return sorted(random.Random(seed).sample(range(1, count - 2), kills))


def check_all_whole(folder: Path) -> None:
    """Every result can be parsed, every page has its end, and every assessed case has a page."""
    for path in folder.joinpath("cases").glob("*"):
        if path.name.startswith("."):
            continue
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".html":
            assert text.rstrip().endswith("</html>"), f"{path} is cut off"
        else:
            status = json.loads(text)["status"]
            assert path.with_suffix(".html").exists() is (status == "assessed"), path


def times_of_change(folder: Path) -> dict[str, int]:
    """Result file -> when it was written, of cases that were assessed."""
    paths = [p for p in folder.joinpath("cases").glob("*.json") if p.name[0] != "."]
    return {
        path.name: path.stat().st_mtime_ns
        for path in paths
        if json.loads(path.read_text(encoding="utf-8"))["status"] == "assessed"
    }


def content(folder: Path) -> dict[str, str]:
    """All files of an output folder, without the times that cases took."""
    return {
        path.relative_to(folder).as_posix(): re.sub(
            r'^ "seconds": [^\n]*$', "", path.read_text(encoding="utf-8"), flags=re.MULTILINE
        )
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name not in _NOT_COMPARED
    }
