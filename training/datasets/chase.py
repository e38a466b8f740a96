"""CHASE_DB1: retina photographs, the vessels marked by two observers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from training.datasets.sample import Sample

OBSERVERS = ("1stHO", "2ndHO")


def read_chase(data: Path) -> Iterator[Sample]:
    """Yield each photograph with both observers' vessel masks; a child is a group."""
    for path in sorted((data / "chase_db1").glob("Image_*.jpg")):
        masks = [
            np.asarray(Image.open(path.with_name(f"{path.stem}_{observer}.png")).convert("L")) > 127
            for observer in OBSERVERS
        ]
        names = tuple(f"{path.stem}/{observer}" for observer in OBSERVERS)
        image = np.asarray(Image.open(path).convert("RGB"))
        yield Sample(image, np.stack(masks), names, group=path.stem[:-1])
