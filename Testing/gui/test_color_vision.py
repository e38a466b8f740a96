"""Colors that mean something are told apart with any of the common kinds of color vision."""

from __future__ import annotations

from itertools import pairwise

import pytest

from MedSAMLib.hypotheses.colors import hypothesis_color
from MedSAMLib.quality.pages.colors import score_rgb
from MedSAMSlicerLib import markups, preview
from MedSAMSlicerLib.quality.scene.outline_models import STYLES
from Testing.gui.color_vision import VISIONS, lab, least_difference, seen

AT_A_GLANCE = 15.0  # six times what is just noticeable
WITH_A_NUMBER = 5.0  # alternatives beyond the eighth are told apart by their numbers, too


def agreement_colors():
    from MedSAMSlicerLib.hypotheses.scene_agreement import ANCHORS  # wants the host

    return [tuple(color) for color in ANCHORS]


def outline_styles():
    from MedSAMSlicerLib.upsampling.scene.method_outlines import STYLES  # wants the host

    return STYLES


PALETTES = {
    "alternatives, as many as are recommended": [hypothesis_color(n) for n in range(8)],
    "scores": [[part / 255 for part in score_rgb(n / 4)] for n in range(5)],
    "the last click's change": [preview.MASK_COLOR, preview.ADDED_COLOR, preview.REMOVED_COLOR],
    "prompts": [markups.POSITIVE_COLOR, markups.NEGATIVE_COLOR, markups.BOX_COLOR],
    "the judge's outlines": [style.color for style in STYLES.values()],
}


@pytest.mark.parametrize("vision", VISIONS)
@pytest.mark.parametrize("name", PALETTES)
def test_colors_differ_at_a_glance(name, vision):
    assert least_difference(PALETTES[name], vision) >= AT_A_GLANCE


@pytest.mark.parametrize("vision", VISIONS)
def test_agreement_and_many_alternatives_keep_a_difference(vision):
    assert least_difference(agreement_colors(), vision) >= AT_A_GLANCE
    assert least_difference([hypothesis_color(n) for n in range(16)], vision) >= WITH_A_NUMBER


@pytest.mark.parametrize("vision", VISIONS)
def test_ways_of_upsampling_differ_by_color_and_without_it(vision):
    styles = outline_styles().values()
    assert least_difference([style.color for style in styles], vision) >= AT_A_GLANCE
    widths = sorted(style.width for style in styles)
    assert all(wide >= 1.5 * thin for thin, wide in pairwise(widths))


@pytest.mark.parametrize("vision", VISIONS)
def test_agreement_only_gets_lighter(vision):
    lightness = [lab(seen(color, vision))[0] for color in agreement_colors()]
    assert lightness == sorted(lightness)


@pytest.mark.parametrize(
    ("color", "vision", "expected"),
    [
        ((1, 1, 1), "usual", (100, 0, 0)),
        ((1, 0, 0), "usual", (53.2, 80.1, 67.2)),
        ((0.5, 0.5, 0.5), "deuteranopia", (53.4, 0, 0)),
    ],
)
def test_the_measure_gives_known_values(color, vision, expected):
    assert lab(seen(color, vision)) == pytest.approx(expected, abs=0.1)


def test_red_and_green_of_one_lightness_are_alike_without_green_cones():
    red, green = (0.78, 0.33, 0.13), (0.42, 0.47, 0.13)
    assert least_difference([red, green], "usual") > 3 * least_difference(
        [red, green], "deuteranopia"
    )
