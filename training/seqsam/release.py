"""Make a trained head the one that ships with the starter.

    python -m training.seqsam.release runs/seqsam/head.safetensors

puts the head, its large weights in eight bits, beside the starter's weights, its settings on the
model card, and its size and sha256 into the catalogue, which refuses any other file. The mask
threshold stays where the losses put it, at logit 0.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Mapping
from pathlib import Path

from safetensors.torch import save_file

from MedSAMLib.hypotheses.heads import SUFFIX, load_head
from MedSAMLib.sam import SamModel, catalogue, load_model
from MedSAMLib.sam.checkpoint_files import read_checkpoint
from MedSAMLib.sam.checksums import sha256_of
from MedSAMLib.sam.eight_bits import packed

LIMIT_BYTES = 4_000_000
NAME = f"starter{SUFFIX}"
START, END = "<!-- training:start -->", "<!-- training:end -->"


def release(weights: Path, model: SamModel, folder: Path, catalogue_file: Path) -> Path:
    """Put the head in `weights` into `folder`, enter it in the catalogue and on the card.

    ValueError if it is no SeqSAM head or too large to ship; MedSAMError if it is not `model`'s.
    """
    kind = load_head(weights, model).config.kind
    if kind != "seqsam":
        raise ValueError(f"{weights.name}: {kind}; cannot ship.")
    shipped, checkpoint = folder / NAME, read_checkpoint(weights)
    save_file(packed(checkpoint.tensors), shipped, metadata=dict(checkpoint.metadata))
    shipped.chmod(0o644)  # safetensors makes it private
    size = shipped.stat().st_size
    if size > LIMIT_BYTES:
        raise ValueError(f"{weights.name}: {size:,} bytes in eight bits; cannot ship.")
    source = catalogue_file.read_text(encoding="utf-8")
    catalogue_file.write_text(with_head(source, sha256_of(shipped), size), encoding="utf-8")
    card = shipped.with_suffix(".md")
    training = json.loads(read_checkpoint(shipped).metadata["training"])
    written = with_training(card.read_text(encoding="utf-8"), training)
    card.write_text(written, encoding="utf-8")
    return shipped


def with_head(source: str, sha256: str, size: int, method: str = "SEQSAM") -> str:
    """The catalogue's source with sha256 and size of a method's head replaced."""
    for name, value in ((f"{method}_SHA256", f'"{sha256}"'), (f"{method}_BYTES", f"{size:_}")):
        source, count = re.subn(rf"(?m)^{name} = .*$", f"{name} = {value}", source)
        if count != 1:
            raise ValueError(f"The catalogue has {count} definitions of {name}.")
    return source


def with_training(card: str, training: Mapping) -> str:
    """The model card with a table of the stages that a head went through, first one first."""
    stages = [*training.get("before", []), training]
    lines = [
        "| stage | steps | images a step | masks a step | learning rate | loss | minutes |",
        "|---|---|---|---|---|---|---|",
    ]
    for number, stage in enumerate(stages, start=1):
        told = stage["settings"]
        consensus = told.get("consensus", 0)
        loss = told["loss"] + (f" + {consensus:g} consensus" if consensus else "")
        masks = ", ".join(map(str, told["masks"]))
        lines.append(
            f"| {number} | {stage['step']} | {told['batch']} | one of {masks} "
            f"| {told['learning_rate']:g} | {loss} | {stage['minutes']:.0f} |"
        )
    before, marker, rest = card.partition(START)
    _, other, after = rest.partition(END)
    if not marker or not other:
        raise ValueError("The model card has no place for the training.")
    return "\n".join([before + START, *lines, END + after])


def main() -> None:
    """Read the arguments, release."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("weights", type=Path)
    arguments = parser.parse_args()
    model = load_model("starter", "cpu")
    folder, source = catalogue.bundled_folder(), Path(catalogue.__file__)
    print(release(arguments.weights, model, folder, source))


if __name__ == "__main__":
    main()
