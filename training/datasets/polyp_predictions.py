"""The five polyp test sets of PraNet's evaluation with a folder of predictions (spec section 3c).

Not at hand here: the 798 images are fetched by those who have them, as `images/` and `masks/`
in a folder a set. The predictions lie beside or elsewhere in folders of the same names.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from MedSAMLib.errors import UsageError
from training.datasets.polyp_quality import Triple, read_gray, triple_of
from training.datasets.polyps import MASK_THRESHOLD

# The folder's names as they are distributed, some with variants of spelling.
SETS = {
    "CVC-300": ("CVC-300",),
    "CVC-ClinicDB": ("CVC-ClinicDB",),
    "CVC-ColonDB": ("CVC-ColonDB",),
    "ETIS": ("ETIS", "ETIS-LaribPolypDB"),
    "Kvasir": ("Kvasir",),
}
PICTURES = (".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff")


def read_polyp_predictions(test_sets: Path, predictions: Path) -> Iterator[Triple]:
    """Yield each image of the sets found with its prediction; set and image are the name.

    The prediction of SET/images/NAME.EXT is predictions/SET/NAME.* of the same size. The
    network's name is that of the folder of predictions. UsageError where a prediction or a mask
    is missing or has another size, and where no set is found.
    """
    found = {name: folder for name in SETS if (folder := _folder(test_sets, name)) is not None}
    if not found:
        raise UsageError(f"{test_sets} holds none of the sets {', '.join(SETS)}.")
    for name, folder in found.items():
        predicted = _folder(predictions, name)
        if predicted is None:
            raise UsageError(f"{predictions} has no folder {name} with predictions.")
        for path in sorted(_pictures(folder / "images").values()):
            yield _triple(path, folder / "masks", predicted, name, predictions.name)


def _triple(path: Path, masks: Path, predicted: Path, name: str, network: str) -> Triple:
    image = np.asarray(Image.open(path).convert("RGB"))
    truth = read_gray(_picture(masks, path.stem)) > MASK_THRESHOLD
    try:
        prediction = _picture(predicted, path.stem)
        return triple_of(image, prediction, truth, network, f"{name}/{path.stem}")
    except ValueError as error:
        raise UsageError(f"The prediction is of another size: {error}.") from None


def _folder(parent: Path, name: str) -> Path | None:
    return next((parent / each for each in SETS[name] if (parent / each).is_dir()), None)


def _pictures(folder: Path) -> dict[str, Path]:
    """Name without ending -> file."""
    return {p.stem: p for p in folder.glob("*") if p.suffix.lower() in PICTURES}


def _picture(folder: Path, stem: str) -> Path:
    found = [folder / f"{stem}{ending}" for ending in PICTURES]
    path = next((each for each in found if each.is_file()), None)
    if path is None:
        raise UsageError(f"{folder} has no picture {stem}.")
    return path
