"""Mouse and keyboard of a view, in VTK's display coordinates: pixels from the lower left."""

from __future__ import annotations

from typing import Any, NamedTuple

Position = tuple[float, float]


class Modifiers(NamedTuple):
    """Keys held down during an event."""

    ctrl: bool = False
    shift: bool = False
    alt: bool = False


NO_MODIFIERS = Modifiers()


class Pointer:
    """Sends events to an interactor, so that the view's own widgets answer them."""

    def __init__(self, interactor: Any) -> None:
        self._interactor = interactor

    def move(self, position: Position, held: Modifiers = NO_MODIFIERS) -> None:
        """Move the mouse to a position."""
        self._send("MouseMoveEvent", position, held)

    def press(
        self,
        position: Position,
        button: str = "Left",
        held: Modifiers = NO_MODIFIERS,
        repeated: bool = False,
    ) -> None:
        """Press `Left`, `Middle` or `Right`; `repeated` for the second press of a double click."""
        self._send(f"{button}ButtonPressEvent", position, held, repeated)
        if repeated:
            self._send(f"{button}ButtonDoubleClickEvent", position, held, repeated)

    def release(
        self, position: Position, button: str = "Left", held: Modifiers = NO_MODIFIERS
    ) -> None:
        """Let a button go."""
        self._send(f"{button}ButtonReleaseEvent", position, held)

    def click(
        self, position: Position, button: str = "Left", held: Modifiers = NO_MODIFIERS
    ) -> None:
        """Move, press, release."""
        self.move(position, held)
        self.press(position, button, held)
        self.release(position, button, held)

    def drag(
        self,
        start: Position,
        end: Position,
        button: str = "Left",
        held: Modifiers = NO_MODIFIERS,
        steps: int = 5,
    ) -> None:
        """Press at `start`, move in whole pixels to `end`, release."""
        self.move(start, held)
        self.press(start, button, held)
        for step in range(1, steps + 1):
            part = step / steps
            between = (a + (b - a) * part for a, b in zip(start, end, strict=True))
            self.move(tuple(between), held)
        self.release(end, button, held)

    def wheel(
        self, position: Position, forward: bool = True, held: Modifiers = NO_MODIFIERS
    ) -> None:
        """Turn the wheel by one notch."""
        self._send(f"MouseWheel{'Forward' if forward else 'Backward'}Event", position, held)

    def key(self, symbol: str, text: str = "\0", held: Modifiers = NO_MODIFIERS) -> None:
        """Press and release a key: VTK's symbol (`Escape`, `a`) and the character it types."""
        self._interactor.SetKeyEventInformation(held.ctrl, held.shift, text[:1], 0, symbol)
        for event in ("KeyPressEvent", "CharEvent", "KeyReleaseEvent"):
            self._interactor.InvokeEvent(event)

    def enter(self) -> None:
        """The mouse comes into the view."""
        self._interactor.InvokeEvent("EnterEvent")

    def leave(self) -> None:
        """The mouse leaves the view."""
        self._interactor.InvokeEvent("LeaveEvent")

    def _send(
        self, event: str, position: Position, held: Modifiers, repeated: bool = False
    ) -> None:
        x, y = (round(value) for value in position)
        self._interactor.SetEventInformation(x, y, held.ctrl, held.shift, "\0", repeated, None)
        self._interactor.SetAltKey(held.alt)
        self._interactor.InvokeEvent(event)
