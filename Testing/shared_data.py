"""Where the real images lie that some tests use; they are never part of the repository."""

from __future__ import annotations

import os
from pathlib import Path


def shared_data() -> Path | None:
    """The folder of real data: MEDSAM_SHARED_DATA, else ../shared/data beside the repository."""
    beside_repository = Path(__file__).resolve().parents[2] / "shared" / "data"
    folder = Path(os.environ.get("MEDSAM_SHARED_DATA", beside_repository))
    return folder if folder.is_dir() else None
