"""The weights that ship, from the first click to the segment: nothing here stands in for them."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt

from MedSAMLib.metrics import dice
from MedSAMLib.sam import ModelState, Store, find_entry
from Testing.gui.panel_fixtures import BIG, BIG_RADIUS
from Testing.gui.phantom_geometry import ball_in_slice, box_around, result

pytestmark = pytest.mark.skipif(
    Store().state(find_entry("starter")) is not ModelState.BUNDLED,
    reason="the starter's weights are not in this checkout",
)
# A ball of one gray on another is easy; the network's own edge may differ by a pixel.
LEAST_DICE = 0.9


@pytest.fixture(scope="module")
def models():
    """Loaded once, because on a busy machine that takes half a minute."""
    from MedSAMSlicerLib.scene.catalogue_models import CatalogueModels
    from MedSAMSlicerLib.session.ports import ModelChoice

    models = CatalogueModels()
    models.load(ModelChoice("starter")).embed(np.zeros((64, 64), np.uint8))
    return models


def test_a_box_and_the_starter_make_a_segment(panel, phantom):
    box_around(panel, "Red", BIG, BIG_RADIUS)
    panel.wait_for_mask()
    panel.picture("starter")
    panel.accept()
    panel.wait_for("Added")
    found, expected = result(panel, phantom), ball_in_slice(phantom, "Red", BIG, BIG_RADIUS)
    assert dice(found[19], expected[19]) > LEAST_DICE
    assert not np.delete(found, 19, axis=0).any()


def test_the_starter_is_corrected_by_clicks_and_undone(panel, phantom):
    box_around(panel, "Green", BIG, BIG_RADIUS)
    panel.wait_for_mask()
    panel.point_at("Green", BIG + (0, 0, 5))
    panel.wait_for_mask()
    panel.press(Qt.Key.Key_Z)
    panel.wait_for_mask()
    panel.press(Qt.Key.Key_Z)
    panel.wait_until_ready()
