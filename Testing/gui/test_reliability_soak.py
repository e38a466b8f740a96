"""A short soak: `python -m Testing.reliability.soak`, long enough for a leak at every click."""

from __future__ import annotations

import pytest

from MedSAMSlicerLib.self_test.bright_pixels import StandInModels

CLICKS, VISITS = 25, 9


@pytest.fixture
def soak(main_window):
    from Testing.reliability.soak import Soak

    soak = Soak(StandInModels())
    yield soak
    soak.visit("")
    for module in soak.modules.values():
        module.unload()


def test_clicks_and_visits_leave_nothing_behind(soak):
    from Testing.reliability.soak import CLICKS_OF_AN_OBJECT

    names = list(soak.modules)
    for name in names:
        soak.visit(name)
    soak.begin_clicks()
    for number in range(3 * CLICKS_OF_AN_OBJECT):
        soak.click(number)
    before = soak.rest()
    for number in range(VISITS):
        soak.visit(names[number % len(names)])
    soak.begin_clicks()
    for number in range(CLICKS):
        soak.click(number)
    assert soak.rest().more_than(before) == {}


def test_what_is_left_behind_is_seen(soak):
    """The counting itself: a node, an observer, a thread, an open file."""
    import os
    import threading

    import slicer

    before = soak.rest()
    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLTextNode")
    for _observer in range(3):
        node.AddObserver("ModifiedEvent", lambda *_: None)
    end = threading.Event()
    thread = threading.Thread(target=end.wait)
    thread.start()
    descriptor = os.open(os.devnull, os.O_RDONLY)
    grown = soak.rest().more_than(before)
    end.set()
    thread.join()
    os.close(descriptor)
    assert grown["nodes"] == 1
    assert grown["observed"] >= 3
    assert grown["threads"] == 1
    assert grown["files"] >= 1
