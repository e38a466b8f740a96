"""Everything that goes wrong out of Python's sight: VTK's errors, failing slots and observers."""

from __future__ import annotations

import sys
import traceback
from types import TracebackType

from vtkmodules.util.misc import calldata_type
from vtkmodules.vtkCommonCore import VTK_STRING, vtkCommand, vtkLogger, vtkOutputWindow


class Trouble:
    """Records VTK's errors and warnings and Python errors that C++ swallows, and prints a few.

    A wrong subject hierarchy can make Slicer report the same error for ever, so no more than
    `print_limit` messages are printed until the next `clear()`.
    """

    def __init__(self, print_limit: int = 50) -> None:
        self.print_limit = print_limit
        self.errors: list[str] = []
        self.warnings: list[str] = []
        self._printed = 0

    def clear(self) -> None:
        """Forget what was recorded and print again."""
        self.errors.clear()
        self.warnings.clear()
        self._printed = 0

    def record_error(self, text: str) -> None:
        """Add an error; beyond ten times the print limit only the first ones are kept."""
        self._add(self.errors, text)

    def record_warning(self, text: str) -> None:
        """Add a warning."""
        self._add(self.warnings, text)

    def record_exception(
        self,
        kind: type[BaseException],
        error: BaseException,
        trace: TracebackType | None,
    ) -> None:
        """Add a Python error that reached C++, in the form of `sys.excepthook`."""
        self.record_error("".join(traceback.format_exception(kind, error, trace)))

    def _add(self, messages: list[str], text: str) -> None:
        if len(messages) < 10 * self.print_limit:
            messages.append(text.rstrip())
        self._printed += 1
        if self._printed <= self.print_limit:
            print(text.rstrip(), file=sys.stderr)
        elif self._printed == self.print_limit + 1:
            print("... further messages are not printed", file=sys.stderr)


trouble = Trouble()
_observed: list[vtkOutputWindow] = []


def listen() -> None:
    """Send what VTK, slots and observers report to `trouble`; harmless when called again."""
    sys.excepthook = trouble.record_exception
    if _observed:
        return
    vtkLogger.SetStderrVerbosity(vtkLogger.VERBOSITY_OFF)  # it would print the same once more
    window = vtkOutputWindow()
    window.SetDisplayModeToNever()

    @calldata_type(VTK_STRING)
    def on_error(_caller: object, _event: str, text: str) -> None:
        trouble.record_error(text)

    @calldata_type(VTK_STRING)
    def on_warning(_caller: object, _event: str, text: str) -> None:
        trouble.record_warning(text)

    window.AddObserver(vtkCommand.ErrorEvent, on_error)
    window.AddObserver(vtkCommand.WarningEvent, on_warning)
    vtkOutputWindow.SetInstance(window)
    _observed.append(window)
