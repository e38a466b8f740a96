"""The mouse in the slice views: clicks are points, drags or two clicks are boxes."""

from __future__ import annotations

from enum import Enum
from typing import Any, Protocol

import qt
import slicer

from ..session.prompts import RAS

# Before the views' own answers to the mouse, so that those can be kept from it.
_PRIORITY = 100.0
# A mouse that moved less (pixels) between press and release has clicked, not dragged.
_DRAG_PIXELS = 4
_EVENTS = ("EnterEvent", "LeftButtonPressEvent", "MouseMoveEvent", "LeftButtonReleaseEvent")


class Tool(Enum):
    """What a click in a slice view means."""

    NONE = "none"
    BOX = "box"
    POSITIVE = "positive"
    NEGATIVE = "negative"


class Receiver(Protocol):
    """Who is told what the user did; views by name, points in world coordinates."""

    def onViewEntered(self, view: str) -> None: ...

    def onPoint(self, view: str, ras: RAS, positive: bool) -> None: ...

    def onBox(self, view: str, first: RAS, second: RAS) -> None: ...

    def onDraftBegun(self) -> None: ...

    def onDraft(self, view: str, first: RAS, second: RAS) -> None: ...

    def onDraftGivenUp(self) -> None: ...


class ViewTool:
    """Observes the slice views between `start` and `stop`.

    Only plain left clicks are taken while a tool is chosen: with Shift or Ctrl, and with the other
    buttons and the wheel, the views do what they always do.
    """

    def __init__(self, receiver: Receiver) -> None:
        self._receiver = receiver
        self._tool = Tool.NONE
        self._observations: list[tuple[Any, int]] = []
        self._corner: tuple[str, RAS] | None = None
        self._pressedAt: tuple[int, int] | None = None

    @property
    def tool(self) -> Tool:
        """The chosen tool."""
        return self._tool

    @property
    def hasDraft(self) -> bool:
        """Whether a box waits for its second corner."""
        return self._corner is not None

    def choose(self, tool: Tool) -> None:
        """Change the tool; an unfinished box is given up."""
        self.giveUpDraft()
        self._tool = tool
        self._showCursor()

    def giveUpDraft(self) -> None:
        """Forget the first corner of a box."""
        self._pressedAt = None
        if self._corner is not None:
            self._corner = None
            self._receiver.onDraftGivenUp()

    def start(self) -> None:
        """Observe the views that the layout has now."""
        self.stop()
        manager = slicer.app.layoutManager()
        for name in manager.sliceViewNames():
            interactor = manager.sliceWidget(name).sliceView().interactor()
            for event in _EVENTS:
                self._observe(interactor, event, name)
        self._showCursor()

    def stop(self) -> None:
        """Leave the views as they were."""
        self.giveUpDraft()
        for interactor, tag in self._observations:
            interactor.RemoveObserver(tag)
        self._observations = []
        for view in _sliceViews():
            view.unsetViewCursor()

    def _observe(self, interactor: Any, event: str, view: str) -> None:
        answer = getattr(self, f"_on{event}")

        def observer(caller: Any, _event: str) -> None:
            if answer(view, caller):
                caller.GetCommand(tag).SetAbortFlag(True)

        tag = interactor.AddObserver(event, observer, _PRIORITY)
        self._observations.append((interactor, tag))

    def _onEnterEvent(self, view: str, _interactor: Any) -> bool:
        self._receiver.onViewEntered(view)
        return False

    def _onLeftButtonPressEvent(self, view: str, interactor: Any) -> bool:
        held = interactor.GetShiftKey() or interactor.GetControlKey() or interactor.GetAltKey()
        if self._tool is Tool.NONE or held:
            return False
        self._pressedAt = tuple(interactor.GetEventPosition())
        ras = _rasAt(view, self._pressedAt)
        if self._tool is not Tool.BOX:
            self._receiver.onPoint(view, ras, self._tool is Tool.POSITIVE)
        elif self._corner is None or self._corner[0] != view:
            self._corner = (view, ras)
            self._receiver.onDraftBegun()
        else:
            self._finish(view, ras)
        return True

    def _onMouseMoveEvent(self, view: str, interactor: Any) -> bool:
        if self._corner is None or self._corner[0] != view:
            return False
        self._receiver.onDraft(view, self._corner[1], _rasAt(view, interactor.GetEventPosition()))
        return True

    def _onLeftButtonReleaseEvent(self, view: str, interactor: Any) -> bool:
        if self._pressedAt is None:
            return False
        pressed, self._pressedAt = self._pressedAt, None
        position = interactor.GetEventPosition()
        moved = max(abs(a - b) for a, b in zip(position, pressed, strict=True))
        if self._corner is not None and moved >= _DRAG_PIXELS:
            self._finish(view, _rasAt(view, position))
        return True

    def _finish(self, view: str, ras: RAS) -> None:
        (_view, first), self._corner = self._corner, None
        self._receiver.onDraftGivenUp()
        self._receiver.onBox(view, first, ras)

    def _showCursor(self) -> None:
        for view in _sliceViews():
            if self._tool is Tool.NONE:
                view.unsetViewCursor()
            else:
                view.setViewCursor(qt.QCursor(qt.Qt.CrossCursor))


def _sliceViews() -> list[Any]:
    manager = slicer.app.layoutManager()
    return [manager.sliceWidget(name).sliceView() for name in manager.sliceViewNames()]


def _rasAt(view: str, position: tuple[int, int]) -> RAS:
    node = slicer.app.layoutManager().sliceWidget(view).mrmlSliceNode()
    r, a, s, _one = node.GetXYToRAS().MultiplyPoint((position[0], position[1], 0, 1))
    return r, a, s
