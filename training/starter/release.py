"""Make trained weights the starter that ships.

    python -m training.starter.release runs/starter/starter.safetensors --data ../shared/data

chooses the mask threshold on the validation splits, puts the weights into
`SlicerMedSAM/Resources/Models`, and writes their size and sha256 into the catalogue, which refuses
any other file.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import re
from pathlib import Path

from MedSAMLib.sam import catalogue, load_model
from MedSAMLib.sam.checkpoint_files import read_checkpoint
from MedSAMLib.sam.checksums import sha256_of
from MedSAMLib.sam.loading import load_sam
from MedSAMLib.sam.starter import StarterConfig
from training.starter.export import export_starter
from training.starter.recipe import validation_samples
from training.starter.threshold import best_threshold

LIMIT_BYTES = 20_000_000


def release(weights: Path, models: Path, catalogue_file: Path, threshold: float) -> None:
    """Put `weights` into the folder `models` and enter them in the catalogue's source.

    `threshold` becomes their mask threshold. ValueError if they are not a starter network or too
    large to ship.
    """
    sam, architecture = load_sam(weights)
    size = weights.stat().st_size
    if architecture != "starter" or size > LIMIT_BYTES:
        raise ValueError(f"{weights.name}: {architecture}, {size:,} bytes; cannot ship.")
    metadata = read_checkpoint(weights).metadata
    config = StarterConfig.from_dict(json.loads(metadata["config"]))
    config = dataclasses.replace(config, mask_threshold=threshold)
    shipped = models / "starter.safetensors"
    export_starter(sam, config, shipped, json.loads(metadata["training"]))
    source = catalogue_file.read_text(encoding="utf-8")
    entered = with_constants(source, sha256_of(shipped), shipped.stat().st_size)
    catalogue_file.write_text(entered, encoding="utf-8")


def with_constants(source: str, sha256: str, size: int) -> str:
    """The catalogue's source with the starter's sha256 and size replaced."""
    for name, value in (("STARTER_SHA256", f'"{sha256}"'), ("STARTER_BYTES", f"{size:_}")):
        source, count = re.subn(rf"(?m)^{name} = .*$", f"{name} = {value}", source)
        if count != 1:
            raise ValueError(f"The catalogue has {count} definitions of {name}.")
    return source


def main() -> None:
    """Read the arguments, choose the threshold, release."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("weights", type=Path)
    parser.add_argument("--data", type=Path, required=True, help="folder of the data sets")
    parser.add_argument("--limit", type=int, default=60, help="validation images a set")
    parser.add_argument("--seed", type=int, default=1, help="of the validation images")
    arguments = parser.parse_args()
    model = load_model(arguments.weights, device="cpu")
    sets = validation_samples(arguments.data, arguments.limit, arguments.seed)
    threshold, means = best_threshold(model, sets)
    for candidate, dice in means.items():
        print(f"threshold {candidate:5.2f}: Dice {dice:.4f}")
    folder = catalogue.bundled_folder()
    release(arguments.weights, folder, Path(catalogue.__file__), threshold)


if __name__ == "__main__":
    main()
