"""What the trained networks of a page have seen, from the records in their own files."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from safetensors import safe_open

from training.evaluation.report import markdown_table, number
from training.imedsam.evaluation.methods import ADAPTED, BOXLESS, LORA, Files


@dataclass(frozen=True)
class Budget:
    """One network: its sets, input side (0: the backbone's), steps, views a step, seed, and its
    Dice on the validation splits of its sets."""

    sets: tuple[str, ...]
    image_size: int
    steps: int
    batch: int
    seed: int
    dice: float


def budgets(files: Files) -> dict[str, Budget]:
    """Of the networks that are only there to be compared, by their names in the tables."""
    paths = {
        ADAPTED: files.adapted,
        LORA: files.sam,
        **dict(zip(BOXLESS, files.boxless, strict=True)),
    }
    return {name: read_budget(path) for name, path in paths.items() if path is not None}


def read_budget(path: Path) -> Budget:
    """What `training.imedsam.train` wrote into the file."""
    with safe_open(path, framework="pt") as file:
        record = json.loads(file.metadata().get("training", "{}"))
    settings = record.get("settings", {})
    return Budget(
        sets=tuple(settings.get("sets", ())),
        image_size=settings.get("image_size", 0),
        steps=record.get("step", 0),
        batch=settings.get("batch", 0),
        seed=settings.get("seed", 0),
        dice=record.get("dice", float("nan")),
    )


def budget_table(found: dict[str, Budget]) -> str:
    """A row a network."""
    header = ("network", "sets", "input", "steps x views", "seed", "validation Dice")
    rows = [
        (
            name,
            ", ".join(each.sets),
            str(each.image_size or "the backbone's"),
            f"{each.steps} x {each.batch}",
            str(each.seed),
            number(each.dice),
        )
        for name, each in found.items()
    ]
    return markdown_table(header, rows)
