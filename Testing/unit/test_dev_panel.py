"""`dev.py panel [MODULE] [IMAGE]`: what is opened."""

from __future__ import annotations

import pytest

from tools import panel_run

SEGMENT = panel_run.MODULES / "MedSAMSegment.py"


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], (SEGMENT, None, [])),
        (["MedSAMSegment"], (SEGMENT, None, [])),
        (["head.nii.gz"], (SEGMENT, "head.nii.gz", [])),
        (["MedSAMSegment", "head.nii.gz"], (SEGMENT, "head.nii.gz", [])),
        (["--screenshot", "a.png"], (SEGMENT, None, ["--screenshot", "a.png"])),
        (["head.nrrd", "--screenshot", "a.png"], (SEGMENT, "head.nrrd", ["--screenshot", "a.png"])),
    ],
)
def test_module_and_image_may_be_left_out(arguments, expected):
    assert panel_run.chosen(arguments) == expected


def test_a_module_may_be_a_file(tmp_path):
    file = tmp_path / "Mine.py"
    assert panel_run.chosen([str(file)])[0] == file


def test_the_sample_is_shown_where_no_image_is_named():
    ran = []

    class Environment:
        def output(self, code: str) -> str:
            return "sample.nii.gz"

        def run(self, arguments, variables) -> int:
            ran.append((arguments, variables))
            return 0

    assert panel_run.run(Environment(), []) == 0
    ((arguments, variables),) = ran
    assert arguments == ["-m", "Testing.SlicerHost", str(SEGMENT), "sample.nii.gz"]
    assert "QT_QPA_PLATFORM" not in variables, "where there is a display, the window is seen"
