"""Panels that show something are as accessible as empty ones: long texts, pictures, lists."""

from __future__ import annotations

import pytest
import slicer.util
from PySide6 import QtCore, QtGui, QtWidgets

from MedSAMSlicerLib.self_test.bright_pixels import StandInModels
from MedSAMSlicerLib.self_test.known_judge import KnownJudge
from Testing.gui import accessibility as access
from Testing.gui.panel_fixtures import BIG, BIG_RADIUS
from Testing.gui.quality_fixtures import balls, quality, review  # noqa: F401

HALF = BIG_RADIUS + 3
CORNERS = (BIG + [HALF, HALF, 0], BIG - [HALF, HALF, 0])


@pytest.fixture
def models(request):
    """The judge for the review, the bright pixels for the mask."""
    is_review = "reviewing" in request.node.callspec.params.values()
    return StandInModels(KnownJudge()) if is_review else StandInModels()


@pytest.fixture
def segmenting(panel):
    """A mask waits to be accepted."""
    panel.wait_until_ready()
    panel.draw_box("Red", *CORNERS)
    panel.wait_for_mask()
    return panel


@pytest.fixture
def choosing(browser):
    """Four alternatives wait for a choice."""
    browser.wait_until_ready()
    browser.draw_box("Red", *CORNERS)
    browser.wait_for_alternatives()
    return browser


@pytest.fixture
def reviewing(review):  # noqa: F811
    """A segmentation is judged."""
    review.judge()
    return review


@pytest.fixture(params=["segmenting", "choosing", "reviewing"])
def root(request):
    """The panel's widget with all sections open."""
    root = request.getfixturevalue(request.param).widget.uiWidget
    access.open_everything(root)
    return root


def test_what_can_be_operated_is_told_and_named(root):
    controls = access.controls(root)
    assert [access.described(w) for w in controls if not access.tool_tip(w, root)] == []
    assert [access.described(w) for w in controls if not access.accessible_name(w, root)] == []


@pytest.mark.parametrize("scale", [1.0, 1.5])
def test_no_text_is_cut(root, scale):
    application = QtWidgets.QApplication.instance()
    before = application.font()
    font = QtGui.QFont(before)
    font.setPointSizeF(font.pointSizeF() * scale)
    try:
        application.setFont(font)
        access.settle()
        slicer.util.getModuleWidget(root.objectName).panel.refresh()
        access.settle()
        assert access.clipped(root) == []
    finally:
        application.setFont(before)
        access.settle()


def test_texts_stand_out_in_the_dark(root):
    application = QtWidgets.QApplication.instance()
    before = application.palette()
    try:
        application.setPalette(access.palette("dark"))
        access.settle()
        drawn = root.grab().toImage()
    finally:
        application.setPalette(before)
        access.settle()
    for label in access.shown(root, QtWidgets.QLabel):
        if label.text and label.enabled:
            place = QtCore.QRect(label.mapTo(root, QtCore.QPoint(0, 0)), label.size)
            assert access.contrast(drawn, place) >= 4.5, access.described(label)
