"""The tutorials about panels, played with the network that ships."""

from __future__ import annotations

import pytest

from MedSAMLib.sam import ModelState, Store, find_entry
from Testing.gui.panel_fixtures import SMALL_WINDOW
from tools.demo.subject import sample_path
from tools.tutorials.playing import play
from tools.tutorials.stage import Stage
from tools.tutorials.tutorial import load_tutorial, panel_tutorials

pytestmark = [
    pytest.mark.skipif(
        Store().state(find_entry("starter")) is not ModelState.BUNDLED,
        reason="the starter's weights are not in this checkout",
    ),
    pytest.mark.timeout(150),
]


def has_head() -> bool:
    """Whether the head MR is there, which comes with a package of `dev.py`."""
    from MedSAMLib import MedSAMError

    try:
        return sample_path().is_file()
    except MedSAMError:
        return False


@pytest.mark.parametrize("name", panel_tutorials())
def test_a_tutorial_can_be_done_as_written(name, main_window, user, tmp_path):
    if name == "radiologist" and not has_head():
        pytest.skip("the package nilearn, whose wheel has the head MR, is not installed")
    size = main_window.size
    main_window.resize(*SMALL_WINDOW)  # views are drawn in software: pixels are time
    tutorial = load_tutorial(name)
    done: list[int] = []
    try:
        play(tutorial, Stage(tutorial.module, main_window, user, tmp_path), done.append)
    finally:
        main_window.resize(size)
    assert done == list(range(1, len(tutorial.steps) + 1))
