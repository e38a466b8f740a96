"""Observing VTK objects from widgets, which may be gone before what they observe."""

from __future__ import annotations

import weakref
from typing import Any

import shiboken6
from vtkmodules.util.misc import calldata_type
from vtkmodules.vtkCommonCore import VTK_OBJECT


class Observations:
    """The observers of one widget; they end with the widget, or all together by `clear`."""

    def __init__(self, widget: Any) -> None:
        self._widget = weakref.ref(widget)
        self._tags: list[tuple[Any, int]] = []

    def observe(self, subject: Any, event: Any, method: str) -> None:
        """Call the widget's method without arguments."""
        self._tags.append((subject, subject.AddObserver(event, self._callback(method))))

    def observe_node_event(self, scene: Any, event: Any, method: str) -> None:
        """Call the widget's method with the node that a scene's event is about."""
        call = self._callback(method)

        @calldata_type(VTK_OBJECT)
        def with_node(caller: Any, event_name: str, node: Any) -> None:
            call(caller, event_name, node)

        self._tags.append((scene, scene.AddObserver(event, with_node)))

    def clear(self) -> None:
        """End all observations."""
        for subject, tag in self._tags:
            subject.RemoveObserver(tag)
        self._tags.clear()

    def _callback(self, method: str) -> Any:
        def call(_caller: Any, _event: str, *data: Any) -> None:
            widget = self._widget()
            if widget is not None and shiboken6.isValid(widget):
                getattr(widget, method)(*data)
            else:
                self.clear()

        return call
