"""Render the documents and the reference of the library: python -m tools.docs [FOLDER]."""

from __future__ import annotations

import sys
from pathlib import Path

from tools.docs.pages import ROOT
from tools.docs.rendering import render


def main(arguments: list[str]) -> int:
    """Into FOLDER, build/docs without one; prints where to begin to read."""
    folder = Path(arguments[0]) if arguments else ROOT / "build" / "docs"
    print(render(folder).resolve())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
