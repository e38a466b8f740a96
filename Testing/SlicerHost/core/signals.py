"""Qt-like signals for the parts of `slicer.app` that are no QObject here."""

from __future__ import annotations

from collections.abc import Callable


class SignalSource:
    """Offers `connect`, `disconnect` and `emit` for the signatures in `SIGNALS`, and no others."""

    SIGNALS: tuple[str, ...] = ()

    def __init__(self) -> None:
        self._receivers: dict[str, list[Callable]] = {name: [] for name in self.SIGNALS}

    def connect(self, signature: str, receiver: Callable) -> bool:
        """Call `receiver` at every emission; ValueError where Slicer has no such signal."""
        self._of(signature).append(receiver)
        return True

    def disconnect(self, signature: str, receiver: Callable | None = None) -> bool:
        """Forget one receiver, or all of them; False if it was not connected."""
        receivers = self._of(signature)
        if receiver is None:
            receivers.clear()
            return True
        if receiver not in receivers:
            return False
        receivers.remove(receiver)
        return True

    def emit(self, signature: str, *arguments: object) -> None:
        """Call the receivers of a signal."""
        for receiver in list(self._of(signature)):
            receiver(*arguments)

    def _of(self, signature: str) -> list[Callable]:
        if signature not in self._receivers:
            known = ", ".join(self.SIGNALS)
            raise ValueError(f"{type(self).__name__} has no signal '{signature}', only {known}")
        return self._receivers[signature]
