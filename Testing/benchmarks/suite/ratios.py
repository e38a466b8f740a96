"""What the records mean beside the reference, and beside what was asked for."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from Testing.benchmarks.suite.plan import OPENVINO, OURS, REFERENCE, ROWS, WAYS, Job

Record = dict[str, Any]


def find(records: list[Record], row: str, model: str, way: str, device: str) -> Record | None:
    """The record of these, or None."""
    wanted = {"row": row, "model": model, "way": way, "device": device}
    return next((each for each in records if wanted.items() <= each.items()), None)


def with_ratios(records: list[Record]) -> list[Record]:
    """The records with `base`, the reference's seconds or bytes, and its `ratio` to their own.

    Both are None where the reference was not measured.
    """
    compared = []
    for record in records:
        base = ROWS[record["row"]].base or record["row"]
        other = find(records, base, record["model"], REFERENCE, record["device"])
        value = None if other is None else other["value"]
        ratio = None if value is None else value / record["value"]
        compared.append({**record, "base": value, "ratio": ratio})
    return compared


def with_shares(records: list[Record], operations: dict[str, int]) -> list[Record]:
    """Records with `share`, of the machine's rate, where the operations are known.

    `operations` are those of encoding by a model; others stand in the records.
    """
    shared = []
    for record in records:
        counted = operations if record["row"] == "encode" else {}
        known = record.get("operations", counted.get(record["model"]))
        if known and "matrix_rate" in record:
            record = {**record, "share": known / record["value"] / record["matrix_rate"]}
        shared.append(record)
    return shared


def relative_difference(features: np.ndarray, exact: np.ndarray) -> float:
    """Norm of the difference over the norm of what is exact."""
    return float(np.linalg.norm(features - exact) / np.linalg.norm(exact))


def mean_dice(masks: np.ndarray, others: np.ndarray) -> float:
    """Of pairs of masks (N, H, W) bool; two that are empty agree."""
    shared = (masks & others).sum((1, 2))
    areas = masks.sum((1, 2)) + others.sum((1, 2))
    return float(np.where(areas == 0, 1.0, 2 * shared / np.maximum(areas, 1)).mean())


def with_differences(records: list[Record], folder: Path) -> list[Record]:
    """Records of encoding and of prompts with how far the answers are from the reference's.

    `difference` of the features, `dice` of the masks, from what the processes left in the folder;
    transformers has weights of its own and is left out.
    """
    told = []
    for record in records:
        job = Job(record["device"], record["model"], record["way"], ())
        paths = [folder / f"{each.name}.npz" for each in (job, _reference_of(job))]
        if all(path.exists() for path in paths) and job.way != "transformers":
            ours, theirs = (np.load(path) for path in paths)
            record = {**record, **_difference(record["row"], ours, theirs)}
        told.append(record)
    return told


def _reference_of(job: Job) -> Job:
    return Job(job.device, job.model, REFERENCE, ())


def _difference(row: str, ours: Any, theirs: Any) -> dict[str, float]:
    if row == "encode":
        return {"difference": relative_difference(ours["features"], theirs["features"])}
    if row == "prompts" and "masks" in theirs:
        return {"dice": mean_dice(ours["masks"], theirs["masks"])}
    return {}


@dataclass(frozen=True)
class Bar:
    """What was asked for: a number of a record, on the CPU, not below or not above a limit."""

    title: str
    row: str
    model: str
    ways: tuple[str, ...]
    key: str
    limit: float

    @property
    def is_least(self) -> bool:
        """Whether more is better."""
        return self.key in ("ratio", "dice")

    def reached(self, records: list[Record]) -> float | None:
        """The best of the ways that were measured; None if none was."""
        found = (find(records, self.row, self.model, way, "cpu") for way in self.ways)
        values = [each[self.key] for each in found if each and each.get(self.key) is not None]
        best: Callable = max if self.is_least else min
        return best(values) if values else None

    def most(self, records: list[Record]) -> float | None:
        """The ratio if nothing but matrix products took time, at the rate that was measured."""
        found = [find(records, self.row, self.model, way, "cpu") for way in self.ways]
        known = [each for each in found if each and each.get("ratio") and each.get("share")]
        if self.key != "ratio" or not known:
            return None
        return max(each["ratio"] / each["share"] for each in known)

    def is_met(self, value: float) -> bool:
        return value >= self.limit if self.is_least else value <= self.limit

    @property
    def asked(self) -> str:
        """The limit in words."""
        if self.key == "ratio":
            return f"at least {self.limit:g} times"
        return f"{'at least' if self.is_least else 'at most'} {self.limit:g}"


FAST, EXACT = "torch-bfloat16", "torch-float32"
BARS = (
    Bar("ViT-B encoding, PyTorch engine", "encode", "vit_b", OURS, "ratio", 4),
    Bar("ViT-B encoding, OpenVINO engine", "encode", "vit_b", OPENVINO, "ratio", 7),
    Bar("the same in float32, PyTorch", "encode", "vit_b", (EXACT,), "ratio", 1.6),
    Bar("the same in float32, OpenVINO", "encode", "vit_b", OPENVINO[:1], "ratio", 3),
    Bar("float32 features, PyTorch: difference", "encode", "vit_b", (EXACT,), "difference", 1e-4),
    Bar(
        "float32 features, OpenVINO: difference",
        "encode",
        "vit_b",
        OPENVINO[:1],
        "difference",
        1e-4,
    ),
    Bar("starter's masks in bfloat16: mean Dice", "prompts", "starter", (FAST,), "dice", 0.99),
    Bar("ViT-B, a box", "box", "vit_b", OURS, "ratio", 2),
    Bar("ViT-B, 64 boxes at once", "prompts", "vit_b", OURS, "ratio", 8),
    Bar("starter, encode and answer, seconds", "answer", "starter", OURS, "value", 0.25),
    Bar("starter, click to written, p95, seconds", "click", "starter", (FAST,), "value", 0.1),
    Bar("ViT-B encoding, less memory", "memory", "vit_b", (*OURS, *OPENVINO), "ratio", 2),
)


def judged(records: list[Record], bars: tuple[Bar, ...] = BARS) -> list[Record]:
    """Every bar that was measured: `title`, `asked`, `reached`, `most` and whether it is `met`."""
    told = []
    for bar in bars:
        value = bar.reached(records)
        if value is not None and math.isfinite(value):
            facts = {"title": bar.title, "asked": bar.asked, "key": bar.key}
            facts["most"] = bar.most(records)
            told.append({**facts, "reached": value, "met": bar.is_met(value)})
    return told


def rates(records: list[Record]) -> dict[str, dict[str, float]]:
    """The best rate of matrix products of each device and precision, operations a second."""
    found: dict[str, dict[str, float]] = {}
    for record in records:
        if "matrix_rate" in record:
            best = found.setdefault(record["device"], {})
            precision = WAYS[record["way"]].precision
            best[precision] = max(best.get(precision, 0.0), record["matrix_rate"])
    return found
