"""The mouse of the self-tests, and waiting for what it brings about."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import slicer

_LIMIT_S = 20


def waitFor(condition: Callable[[], bool], state: Callable[[], Any]) -> None:
    """Let the application work until the condition holds; fail with the state if it does not."""
    end = time.monotonic() + _LIMIT_S
    while not condition():
        assert time.monotonic() < end, f"the panel is at {state()}"
        slicer.app.processEvents()
        time.sleep(0.01)


def drag(view: str, first: tuple, second: tuple) -> None:
    """The events of a mouse that is pressed at one world point and released at another."""
    widget = slicer.app.layoutManager().sliceWidget(view)
    interactor = widget.sliceView().interactor()
    for event, ras in (
        ("MouseMoveEvent", first),
        ("LeftButtonPressEvent", first),
        ("MouseMoveEvent", second),
        ("LeftButtonReleaseEvent", second),
    ):
        rasToXY = slicer.util.vtkMatrixFromArray(np.eye(4))
        rasToXY.DeepCopy(widget.mrmlSliceNode().GetXYToRAS())
        rasToXY.Invert()
        x, y = rasToXY.MultiplyPoint((*ras, 1))[:2]
        interactor.SetEventInformation(round(x), round(y))
        interactor.InvokeEvent(event)
    slicer.app.processEvents()
