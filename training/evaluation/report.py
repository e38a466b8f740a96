"""Tables as Markdown for readers and as JSON for programs."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np

from training.evaluation.bootstrap import Interval


def markdown_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table; the first column is text, the others numbers (right-aligned)."""
    rule = ["---"] + ["---:"] * (len(header) - 1)
    return "\n".join("| " + " | ".join(row) + " |" for row in (header, rule, *rows)) + "\n"


def number(value: float, digits: int = 3) -> str:
    """A rounded number, or a dash for one that is not defined."""
    return f"{value:.{digits}f}" if math.isfinite(value) else "–"


def with_interval(interval: Interval, digits: int = 3) -> str:
    """A value with its 95 % interval, as 0.912 [0.900, 0.921]."""
    low, high = number(interval.low, digits), number(interval.high, digits)
    return f"{number(interval.value, digits)} [{low}, {high}]"


def quantity(value: float, unit: str) -> str:
    """A duration, `unit` "s", or an amount of memory in bytes, "GB", with a unit that suits it."""
    if unit == "GB":
        return f"{value / 2**30:.2f} GB"
    return f"{1e3 * value:.0f} ms" if value < 1 else f"{value:.2f} s"


def provenance_lines(provenance: dict) -> str:
    """Provenance as a Markdown list; without a line for the model where none was asked."""
    model, machine = provenance["model"], provenance["machine"]
    versions = ", ".join(f"{name} {value}" for name, value in machine.items() if name != "cores")
    lines = [
        f"- date: {provenance['date']}; seed {provenance['seed']}",
        f"- command: `{provenance['command']}`",
    ]
    if model:
        lines.append(
            f"- model: {model['name']} ({model['architecture']}) on {model['device']}, "
            f"sha256 `{model['sha256']}`"
        )
    lines.append(f"- machine: {versions}, {machine['cores']} cores")
    return "\n".join(lines)


def write_report(folder: Path, name: str, markdown: str, content: dict[str, Any]) -> list[Path]:
    """Write `name`.md and `name`.json into a folder, and return both paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{name}.md", folder / f"{name}.json"]
    paths[0].write_text(markdown, encoding="utf-8")
    paths[1].write_text(
        json.dumps(for_json(content), indent=1, allow_nan=False) + "\n", encoding="utf-8"
    )
    return paths


def for_json(value: Any) -> Any:
    """The same as JSON knows it: dataclasses as dictionaries, NumPy's numbers as Python's, None for
    numbers that are not finite, the others to six digits: more of them are noise, and make up most
    of the files."""
    if is_dataclass(value):
        return for_json(asdict(value))
    if isinstance(value, dict):
        return {key: for_json(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [for_json(item) for item in value]
    if isinstance(value, np.generic):
        return for_json(value.item())
    if isinstance(value, float):
        return float(f"{value:.6g}") if math.isfinite(value) else None
    return value
