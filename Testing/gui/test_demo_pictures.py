"""The demo's pictures of the panel, made as the demo makes them: in a process of their own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import SimpleITK
from PIL import Image

from MedSAMLib.images import read_volume
from MedSAMLib.prompts import Prompts
from MedSAMLib.sam import ModelState, Store, find_entry
from tools.demo import in_slicer
from tools.demo.slicer_journey import PICTURES
from tools.demo.subject import Subject

pytestmark = pytest.mark.skipif(
    Store().state(find_entry("starter")) is not ModelState.BUNDLED,
    reason="the starter's weights are not in this checkout",
)
RED_VIEW = (430, 60, 845, 428)  # of the window's 1280 x 860 pixels
COLORFUL = 60  # brightest less darkest channel


@pytest.fixture
def subject(tmp_path: Path) -> Subject:
    """A bright ball in a gray cube; its slice 12 and a box around it there."""
    k, j, i = np.indices((24, 96, 96))
    ball = (j - 40) ** 2 + (i - 52) ** 2 + (3 * (k - 12)) ** 2 < 20**2
    image = SimpleITK.GetImageFromArray(np.where(ball, 180, 60).astype(np.int16))
    image.SetSpacing((2.0, 2.0, 6.0))
    SimpleITK.WriteImage(image, str(tmp_path / "ball.nii.gz"))
    volume = read_volume(tmp_path / "ball.nii.gz")
    prompts = Prompts(box=(29, 17, 76, 64)).validated((96, 96))
    return Subject(volume, "axial", 12, prompts, "auto", "Ball", "Ball", "a", "a.", "Chosen.")


@pytest.mark.timeout(120)
def test_both_pictures_show_a_mask_in_the_red_view(subject, tmp_path, monkeypatch):
    monkeypatch.setattr(in_slicer, "LIMIT_S", 105)  # tests share their machine
    section = in_slicer.slicer_section(subject, (120.0, 240.0), tmp_path)
    assert [figure.name for figure in section.figures] == list(PICTURES), section.html
    preview, segment = (_colorful_pixels(tmp_path / name) for name in PICTURES)
    assert preview > 500, "outline and box"
    assert segment > 3000, "a filled segment"


def _colorful_pixels(path: Path) -> int:
    """How many pixels of the red view are not gray."""
    with Image.open(path) as picture:
        view = np.asarray(picture.convert("RGB").crop(RED_VIEW)).astype(int)
    return int(np.count_nonzero(np.ptp(view, axis=2) > COLORFUL))
