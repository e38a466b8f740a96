"""The command line under test: a tiny network on disk, small images, and ways to run it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

PACKAGE_FOLDER = Path(__file__).resolve().parents[2] / "SlicerMedSAM"
TINY_STARTER = {
    "image_size": 64,
    "stem_channels": [8, 8, 16],
    "stem_blocks": [1, 1, 1],
    "depth": 1,
    "heads": 2,
    "window": 4,
    "global_blocks": [0],
}


@pytest.fixture(scope="session")
def tiny_checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A starter network with 64x64 input and seeded random weights, as it would be shipped."""
    import torch
    from safetensors.torch import save_file

    from MedSAMLib.sam.backbone import Sam  # noqa: F401  torchvision may lack its operators
    from MedSAMLib.sam.starter import build_starter

    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("checkpoint") / "tiny.safetensors"
    weights = {name: each.half() for name, each in build_starter(TINY_STARTER).state_dict().items()}
    save_file(weights, path, metadata={"config": json.dumps(TINY_STARTER)})
    return path


@dataclass(frozen=True)
class Outcome:
    """How a command ended."""

    status: int
    out: str
    err: str

    @property
    def error(self) -> str:
        """The one line on stderr."""
        lines = self.err.splitlines()
        assert len(lines) == 1, f"one line expected on stderr: {self.err}"
        assert lines[0].startswith("medsam: error: "), lines[0]
        return lines[0].removeprefix("medsam: error: ")


@pytest.fixture
def medsam(capfd: pytest.CaptureFixture[str]) -> Callable[..., Outcome]:
    """Run a command line in this process; what C libraries print is caught too."""
    from MedSAMLib.cli import main

    def run(*arguments: object) -> Outcome:
        capfd.readouterr()
        status = main([str(each) for each in arguments])
        return Outcome(status, *capfd.readouterr())

    return run


@pytest.fixture
def medsam_process() -> Callable[..., subprocess.Popen[str]]:
    """Start `python -m MedSAMLib` (or another program) on its own; it is ended with the test."""
    started: list[subprocess.Popen[str]] = []

    def start(
        *arguments: object, program: Sequence[str] = ("-m", "MedSAMLib"), **options: object
    ) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, *program, *(str(each) for each in arguments)],
            env={**os.environ, "PYTHONPATH": str(PACKAGE_FOLDER), "OMP_NUM_THREADS": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **options,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def outcome_of(process: subprocess.Popen[str]) -> Outcome:
    """Wait for a process of `medsam_process`."""
    out, err = process.communicate()
    return Outcome(process.returncode, out, err)


def blob_volume(shape: Sequence[int] = (6, 40, 48)) -> np.ndarray:
    """(K, J, I) int16 with a bright barrel in the middle of darker noise; of 6 slices in 1 to 4."""
    rng = np.random.default_rng(0)
    grid = np.meshgrid(*(np.linspace(-1, 1, count) for count in shape), indexing="ij")
    inside = grid[0] ** 6 + grid[1] ** 2 + grid[2] ** 2 < 0.4
    return (rng.normal(0, 10, shape) + 100 * inside).astype(np.int16)


@pytest.fixture
def volume_file(tmp_path: Path) -> Path:
    """`blob_volume()` as NIfTI with voxels of 1 x 1 x 3 mm."""
    import SimpleITK as sitk

    image = sitk.GetImageFromArray(blob_volume())
    image.SetSpacing((1.0, 1.0, 3.0))
    path = tmp_path / "volume.nii.gz"
    sitk.WriteImage(image, str(path))
    return path


@pytest.fixture
def picture_file(tmp_path: Path) -> Path:
    """The ellipse in the middle of `blob_volume()` as a gray PNG of 48 x 40 pixels."""
    from PIL import Image

    path = tmp_path / "picture.png"
    pixels = np.clip(blob_volume()[3] + 50, 0, 255).astype(np.uint8)
    Image.fromarray(pixels).save(path)
    return path
