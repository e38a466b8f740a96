"""Make a trained head the one that ships with the starter.

    python -m training.imedsam.export runs/imedsam/head.safetensors

puts it beside the starter's weights in `SlicerMedSAM/Resources/Models` and enters its size and
sha256 in the catalogue, which refuses any other file.
"""

from __future__ import annotations

import argparse
import re
import shutil
from collections.abc import Mapping
from pathlib import Path

from MedSAMLib.implicit import load_head
from MedSAMLib.implicit.heads import SUFFIX
from MedSAMLib.sam import SamModel, catalogue, load_model
from MedSAMLib.sam.catalogue import BUNDLED_HEADS, BundledFile
from MedSAMLib.sam.checksums import sha256_of

LIMIT_BYTES = 6_000_000
TABLE = re.compile(r"(?ms)^BUNDLED_HEADS: dict\[str, BundledFile\] = \{.*?\}$")


def export(head: Path, model: SamModel, models: Path, catalogue_file: Path) -> Path:
    """Put `head`, made for `model`, into the folder `models` and enter it in the catalogue.

    ValueError if it is too large to ship; MedSAMError if it is not a head for the model.
    """
    load_head(head, model)
    if head.stat().st_size > LIMIT_BYTES:
        raise ValueError(f"{head.name}: {head.stat().st_size:,} bytes; cannot ship.")
    shipped = models / f"{model.name}{SUFFIX}"
    shutil.copyfile(head, shipped)
    entry = BundledFile(sha256_of(shipped), shipped.stat().st_size)
    source = catalogue_file.read_text(encoding="utf-8")
    entered = with_heads(source, {**BUNDLED_HEADS, shipped.name: entry})
    catalogue_file.write_text(entered, encoding="utf-8")
    return shipped


def with_heads(source: str, heads: Mapping[str, BundledFile]) -> str:
    """The catalogue's source with its table of bundled heads replaced."""
    lines = [
        f'    "{name}": BundledFile(\n        sha256="{each.sha256}",\n'
        f"        bytes={each.bytes:_},\n    ),\n"
        for name, each in sorted(heads.items())
    ]
    table = "BUNDLED_HEADS: dict[str, BundledFile] = {\n" + "".join(lines) + "}"
    entered, count = TABLE.subn(lambda _: table, source)
    if count != 1:
        raise ValueError(f"The catalogue has {count} tables of bundled heads.")
    return entered


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
