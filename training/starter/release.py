"""Make trained weights the starter that ships.

    python -m training.starter.release runs/starter/starter.safetensors

copies them into `SlicerMedSAM/Resources/Models` and writes their size and sha256 into the
catalogue, which refuses any other file.
"""

from __future__ import annotations

import argparse
import re
import shutil
from pathlib import Path

from MedSAMLib.sam import catalogue
from MedSAMLib.sam.checksums import sha256_of
from MedSAMLib.sam.loading import load_sam

LIMIT_BYTES = 20_000_000


def release(weights: Path, models: Path, catalogue_file: Path) -> None:
    """Copy `weights` into the folder `models` and enter them in the catalogue's source.

    ValueError if they are not a starter network or too large to ship.
    """
    _, architecture = load_sam(weights)
    size = weights.stat().st_size
    if architecture != "starter" or size > LIMIT_BYTES:
        raise ValueError(f"{weights.name}: {architecture}, {size:,} bytes; cannot ship.")
    source = catalogue_file.read_text(encoding="utf-8")
    entered = with_constants(source, sha256_of(weights), size)
    shutil.copyfile(weights, models / "starter.safetensors")
    catalogue_file.write_text(entered, encoding="utf-8")


def with_constants(source: str, sha256: str, size: int) -> str:
    """The catalogue's source with the starter's sha256 and size replaced."""
    for name, value in (("STARTER_SHA256", f'"{sha256}"'), ("STARTER_BYTES", f"{size:_}")):
        source, count = re.subn(rf"(?m)^{name} = .*$", f"{name} = {value}", source)
        if count != 1:
            raise ValueError(f"The catalogue has {count} definitions of {name}.")
    return source


def main() -> None:
    """Read the argument, release."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("weights", type=Path)
    release(parser.parse_args().weights, catalogue.bundled_folder(), Path(catalogue.__file__))


if __name__ == "__main__":
    main()
