"""The one error that `dev.py` shows as a line."""

from __future__ import annotations


class SetupError(RuntimeError):
    """Something is missing that this program cannot provide; the message says what to do."""
