"""A click is drawn with its mask, not before it and again with it."""

from __future__ import annotations

import threading

import pytest
import slicer
import slicer.util

from MedSAMSlicerLib.self_test.bright_pixels import BrightPixels
from Testing.gui.panel_fixtures import BIG
from Testing.gui.panel_user import view_of
from Testing.gui.phantom_geometry import look_at
from Testing.SlicerHost.views.standard import standard_views

LIMIT_S = 20


@pytest.fixture
def drawings(monkeypatch) -> list[str]:
    """A word for each time that the red view has been drawn."""
    drawn: list[str] = []
    red = standard_views().slices["Red"]
    picture = red.picture
    monkeypatch.setattr(red, "picture", lambda: (drawn.append("drawn"), picture())[1])
    return drawn


def test_a_prompt_and_its_mask_are_drawn_at_once(panel, drawings):
    look_at("Red", BIG)
    panel.wait_until_ready()
    panel.click("positiveButton")
    slicer.app.processEvents()
    drawings.clear()
    panel.widget.panel.services.drawing._timer.setInterval(1000 * LIMIT_S)  # on a slow computer too
    panel.point_at("Red", BIG)
    panel.wait_for_mask()
    slicer.app.processEvents()
    assert drawings == ["drawn"]


def test_a_prompt_whose_mask_takes_long_is_drawn_before_it(panel, drawings, monkeypatch):
    held = threading.Event()
    segment = BrightPixels.segment

    def slow(*given, **named):
        assert held.wait(LIMIT_S)
        return segment(*given, **named)

    monkeypatch.setattr(BrightPixels, "segment", slow)
    look_at("Red", BIG)
    panel.wait_until_ready()
    panel.click("positiveButton")
    slicer.app.processEvents()
    drawings.clear()
    panel.point_at("Red", BIG)
    panel.user.wait_until(lambda: drawings)
    held.set()
    panel.wait_for_mask()


def test_leaving_while_a_mask_is_awaited_leaves_the_views_free(panel, drawings, monkeypatch):
    held = threading.Event()
    monkeypatch.setattr(BrightPixels, "segment", lambda *_, **__: held.wait(LIMIT_S))
    look_at("Red", BIG)
    panel.wait_until_ready()
    panel.point_at("Red", BIG)
    panel.leave()
    drawings.clear()
    view_of("Red").scheduleRender()
    slicer.app.processEvents()
    assert drawings
    held.set()
