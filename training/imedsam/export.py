"""Make a trained head the one that ships with the starter.

    python -m training.imedsam.export runs/imedsam/head.safetensors

puts it beside the starter's weights in `SlicerMedSAM/Resources/Models` and enters its size and
sha256 in the catalogue, which refuses any other file.
"""

from __future__ import annotations

import argparse
import re
import shutil
from pathlib import Path

from MedSAMLib.implicit import load_head
from MedSAMLib.implicit.heads import SUFFIX
from MedSAMLib.sam import SamModel, catalogue, load_model
from MedSAMLib.sam.checksums import sha256_of
from training.seqsam.release import with_head

LIMIT_BYTES = 6_000_000
TABLE = re.compile(r"(?ms)^BUNDLED_HEADS = \{(.*?),?\s*\}$")
PLACE = """\
# Written by `training.imedsam.export`; a test compares both with the file.
IMEDSAM_SHA256 = ""
IMEDSAM_BYTES = 0
BUNDLED_HEADS = {{
    {heads},
    "{name}": BundledFile(IMEDSAM_SHA256, IMEDSAM_BYTES),
}}"""


def export(head: Path, model: SamModel, models: Path, catalogue_file: Path) -> Path:
    """Put `head`, made for `model`, into the folder `models` and enter it in the catalogue.

    ValueError if it is too large to ship; MedSAMError if it is not a head for the model.
    """
    load_head(head, model)
    if head.stat().st_size > LIMIT_BYTES:
        raise ValueError(f"{head.name}: {head.stat().st_size:,} bytes; cannot ship.")
    shipped = models / f"{model.name}{SUFFIX}"
    shutil.copyfile(head, shipped)
    source = with_place(catalogue_file.read_text(encoding="utf-8"), shipped.name)
    entered = with_head(source, sha256_of(shipped), shipped.stat().st_size, "IMEDSAM")
    catalogue_file.write_text(entered, encoding="utf-8")
    return shipped


def with_place(source: str, name: str) -> str:
    """The catalogue's source with a place for the head `name`, which a first export makes.

    Before it there is none, so that users may put a head of their own beside the starter.
    """
    if "\nIMEDSAM_SHA256 = " in source:
        return source
    made, count = TABLE.subn(lambda found: PLACE.format(heads=found[1].strip(), name=name), source)
    if count != 1:
        raise ValueError(f"The catalogue has {count} tables of bundled heads.")
    return made


def main() -> None:
    """Read the arguments, export."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("head", type=Path)
    parser.add_argument("--model", default="starter", help="the bundled model it is made for")
    arguments = parser.parse_args()
    model = load_model(arguments.model, device="cpu")
    folder = catalogue.bundled_folder()
    print(export(arguments.head, model, folder, Path(catalogue.__file__)))


if __name__ == "__main__":
    main()
