"""A tutorial's page and the script beside it tell the same steps; the typed ones run."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import SimpleITK

from MedSAMLib.sam import ModelState, Store, find_entry
from tools.docs.page import Page
from tools.tutorials import __main__ as tutorials
from tools.tutorials.tutorial import FOLDER, PICTURES, panel_tutorials, picture_of
from tools.tutorials.typing_in import IMAGE, executable, in_process, type_in

RESEARCHER = FOLDER / "researcher.md"
SIZE = (189, 160, 110)  # k, j, i: the boxes of the page lie inside
VENTRICLE = (94, 120, 86)  # k, j, i


def titles_of(script: Path) -> list[str]:
    """The titles of a script's steps in their order, without running it."""
    return re.findall(r'^@TUTORIAL\.step\("([^"]+)"\)', script.read_text("utf-8"), re.MULTILINE)


@pytest.mark.parametrize("name", panel_tutorials())
def test_the_numbered_headings_are_the_steps_of_the_script(name):
    titles = titles_of(FOLDER / f"{name}.py")
    expected = [f"{number}. {title}" for number, title in enumerate(titles, start=1)]
    found = [h for h in Page(FOLDER / f"{name}.md").headings if h[0].isdigit()]
    assert found == expected
    assert len(expected) > 2


@pytest.mark.parametrize("name", panel_tutorials())
def test_every_step_shows_its_picture_below_its_heading(name):
    text = (FOLDER / f"{name}.md").read_text(encoding="utf-8")
    steps = re.split(r"^## (?=\d)", text, flags=re.MULTILINE)[1:]
    for number, step in enumerate(steps, start=1):
        shown = re.findall(r"!\[[^\]]+\]\(pictures/([^)]+)\)", step)
        assert shown == [picture_of(name, number).name]


def test_no_picture_is_left_over():
    expected = {
        picture_of(name, number + 1)
        for name in panel_tutorials()
        for number in range(len(titles_of(FOLDER / f"{name}.py")))
    }
    assert set(PICTURES.glob("*.png")) == expected


def test_an_unknown_tutorial_is_told(capsys):
    with pytest.raises(SystemExit):
        tutorials.main(["nobody"])
    assert "there is no tutorial nobody" in capsys.readouterr().err


@pytest.fixture
def a_folder(tmp_path: Path) -> Path:
    """With a small head in the place of the demo's: a dark ventricle in bright tissue."""
    k, j, i = np.indices(SIZE)
    z, y, x = k - VENTRICLE[0], j - VENTRICLE[1], i - VENTRICLE[2]
    head = np.where((z / 6) ** 2 + (y / 22) ** 2 + (x / 8) ** 2 < 1, 40, 180).astype(np.int16)
    image = SimpleITK.GetImageFromArray(head)
    (tmp_path / IMAGE).parent.mkdir()
    SimpleITK.WriteImage(image, str(tmp_path / IMAGE))
    return tmp_path


@pytest.mark.skipif(
    Store().state(find_entry("starter")) is not ModelState.BUNDLED,
    reason="the starter's weights are not in this checkout",
)
@pytest.mark.timeout(120)
def test_what_the_researcher_types_works_up_to_the_training(a_folder, tmp_path):
    blocks = executable(Page(RESEARCHER))
    training = next(n for n, block in enumerate(blocks) if "training." in block.text)
    page = a_folder / "part.md"
    parts = [f"```{b.language}\n{b.text}```\n" for b in blocks[:training]]
    page.write_text("\n".join(parts), encoding="utf-8")
    type_in(page, a_folder, in_process)
    for name in ("slice.seg.nrrd", "ventricle.seg.nrrd", "readings.json", "ventricle.html"):
        assert (a_folder / name).stat().st_size > 0
    assert (a_folder / "judged" / "index.html").is_file()
    assert len(list((a_folder / "my-data" / "raters" / "masks" / "anna").iterdir())) == 12
    assert len(blocks) - training >= 4, "training itself is typed in by python -m tools.tutorials"
