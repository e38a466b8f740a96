"""Which documents there are."""

from __future__ import annotations

from pathlib import Path

from tools.docs.page import Page

ROOT = Path(__file__).resolve().parents[2]
PLACES = (
    "*.md",
    "docs/**/*.md",
    "SlicerMedSAM/Resources/Models/*.md",
    "Testing/**/*.md",
    "training/**/*.md",
)


def pages() -> list[Page]:
    """All of them, sorted by path."""
    return [Page(path) for path in sorted({p for place in PLACES for p in ROOT.glob(place)})]
