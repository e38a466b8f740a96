"""Errors whose text is meant for the user: one sentence that says what to do."""

from __future__ import annotations


class MedSAMError(Exception):
    """Something that was asked for could not be done (exit status 1 on the command line)."""


class UsageError(MedSAMError):
    """The request itself is wrong, for example a box outside the image (exit status 2)."""
