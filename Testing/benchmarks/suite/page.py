"""The measured records as a page for readers."""

from __future__ import annotations

from typing import Any

from Testing.benchmarks.suite.plan import MODELS, ROWS, WAYS
from Testing.benchmarks.suite.ratios import Record, find
from training.evaluation.report import markdown_table, quantity

PROTOCOL = """\
Everything was measured in this one run, each model and way in a process of its own: the median of
repeated calls after one that warms up (3 to 15 of them; a volume: once). Images are gray, 512 x
512. SAM's networks have seeded random weights, which take as long as trained ones; only the
starter's masks are compared. All ways start from an array and end with masks of the image's size.
In brackets: how many times as fast as `SamPredictor` in float32 (of 64 boxes at once: as its calls
one by one; of memory: how often it goes into `SamPredictor`'s). The 20 objects are judged without
the learned judge, by two prompts each; the learned judge is ours alone.
"""


PRODUCTS = """\
Products alone: what would be measured here if nothing but the matrix products that a way computes
took time, at the rate of large square ones in its precision. More can hardly be had.
"""


def markdown(content: dict[str, Any]) -> str:
    """The page of a run: where it comes from, what was asked for, a table a device and model."""
    records = content["records"]
    parts = ["# Speed\n", _origin(content), PROTOCOL, _bars(content["bars"])]
    for device, model in dict.fromkeys((each["device"], each["model"]) for each in records):
        parts.append(f"## {MODELS[model]}, {device}\n")
        parts.append(table(records, device, model))
        parts.append(facts(records, device, model))
    if any("growth" in each for each in records):
        parts.append("## Growth\n\n![Seconds against amounts](speed.png)\n")
    return "\n".join(part for part in parts if part)


def table(records: list[Record], device: str, model: str) -> str:
    """A row for each thing measured, a column for each way."""
    here = [each for each in records if each["device"] == device and each["model"] == model]
    ways = [way for way in WAYS if any(each["way"] == way for each in here)]
    names = [row for row in ROWS if any(each["row"] == row for each in here)]
    rows = [
        (ROWS[row].title, *(_cell(find(here, row, model, way, device)) for way in ways))
        for row in names
    ]
    return markdown_table(("", *(WAYS[way].title for way in ways)), rows)


def _cell(record: Record | None) -> str:
    if record is None:
        return ""
    ratio = record.get("ratio")
    beside = "" if ratio is None else f" ({ratio:.2g}×)"
    return quantity(record["value"], ROWS[record["row"]].unit) + beside


def facts(records: list[Record], device: str, model: str) -> str:
    """What is known of the encoders and masks beside time."""
    rows = []
    for way, told in WAYS.items():
        encode = find(records, "encode", model, way, device) or {}
        prompts = find(records, "prompts", model, way, device) or {}
        shown = (
            _percent(encode.get("share")),
            _percent(prompts.get("share")),
            _number(encode.get("difference"), ".1e"),
            # What random weights draw says nothing.
            _number(prompts.get("dice") if model == "starter" else None, ".4f"),
        )
        if any(shown):
            rows.append((told.title, *shown))
    header = (
        "",
        "encoder, of the matrix products' rate",
        "64 boxes, of that rate",
        "features, relative difference",
        "masks, mean Dice with the reference's",
    )
    return markdown_table(header, rows) if rows else ""


def _percent(value: float | None) -> str:
    return "" if value is None else f"{value:.0%}"


def _number(value: float | None, form: str) -> str:
    return "" if value is None else format(value, form)


def _bars(bars: list[Record]) -> str:
    if not bars:
        return ""
    rows = [
        (
            bar["title"],
            bar["asked"],
            _reached(bar),
            "yes" if bar["met"] else "**no**",
            _number(bar["most"], ".1f"),
        )
        for bar in bars
    ]
    header = ("", "asked", "measured", "met", "products alone")
    return f"## What was asked for\n\n{markdown_table(header, rows)}\n{PRODUCTS}"


def _reached(bar: Record) -> str:
    form = {"ratio": ".2f", "difference": ".1e", "dice": ".4f", "value": ".3f"}[bar["key"]]
    return format(bar["reached"], form)


def _origin(content: dict[str, Any]) -> str:
    origin = content["provenance"]
    machine = origin["machine"]
    packages = ", ".join(f"{name} {number}" for name, number in origin["versions"].items())
    lines = [
        f"- date: {origin['date']}",
        f"- command: `{origin['command']}`",
        f"- machine: {machine['system']}, {machine['processor']}, {machine['cores']} cores, "
        f"{machine['threads']} threads, load {machine['load']:.1f} at the start",
        f"- versions: {packages}",
    ]
    for device, rates in content["rates"].items():
        told = ", ".join(f"{rate / 1e9:.0f} in {name}" for name, rate in rates.items())
        lines.append(f"- matrix products on {device} reach GFLOP/s: {told}")
    if content["quick"]:
        lines.append(
            "- `--quick`: a trial of the program with less of each row; the numbers mean nothing"
        )
    return "\n".join((*lines, *(f"- {sentence}" for sentence in content["left_out"]))) + "\n"
