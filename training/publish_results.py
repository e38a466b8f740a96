"""Put short tables of the measured results into the README and the model cards.

    python -m training.publish_results

reads what the evaluations wrote into docs/results, and replaces what stands between the markers
of the documents. A test fails while they disagree.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from training.evaluation.report import markdown_table, quantity
from training.sqasam.scores import BY_NAME

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "docs" / "results"
CARDS = ROOT / "SlicerMedSAM" / "Resources" / "Models"

HEADER = (
    "Dice on",
    "images",
    "inscribed ellipse",
    "GrabCut",
    "starter, tight box",
    "box + 20 %",
    "1 click",
    "5 clicks",
    "NoC90",
)


def short_table(content: dict[str, Any]) -> str:
    """One row a set, the box's and clicks' mean Dice, with where the whole tables are."""
    rows = [_row(values) for values in content["sets"].values()]
    return (
        f"{markdown_table(HEADER, rows)}\n"
        "Boxes and clicks are oracle prompts, derived from the reference mask; the brackets are "
        "95 % bootstrap intervals. NoC90: clicks until Dice 0.9, counted as 10 where ten do not "
        f"reach it. {_measured(content)}; protocol, other metrics and baselines' intervals: "
        "`docs/results/prompts.md`.\n"
    )


def hypotheses_table(content: dict[str, Any]) -> str:
    """One row a method with the box of all readers' union, GED and D_avg at 1, 4 and 16 masks."""
    methods = content["boxes"]["union"]["methods"]
    rows = []
    for name, told in content["methods"].items():
        by_count = methods[name]["measures"]
        ged = [_value(by_count[count]["ged_drop"]) for count in ("1", "4")]
        rows.append(
            (
                told["title"],
                *ged,
                _bracketed(by_count["16"]["ged_drop"]),
                _value(by_count["4"]["d_avg_drop"]),
                _bracketed(by_count["16"]["d_avg_drop"]),
            )
        )
    header = ("on the same box", "GED(1) ↓", "GED(4) ↓", "GED(16) ↓", "D_avg(4)", "D_avg(16)")
    return (
        f"{markdown_table(header, rows)}\n"
        f"{content['cases']}, the box around what all readers marked together (an oracle box), "
        "readers who marked nothing left out; the brackets are 95 % bootstrap intervals by "
        f"patient. {_measured(content)}; other boxes, measures and paired differences: "
        "`docs/results/hypotheses.md`.\n"
    )


QUALITY_ROWS = (
    "paper",
    "max",
    "box",
    "learned",
    "combined_default",
    "combined_whole",
    "few_pieces",
    "model_confidence",
    "soft_dice_confidence",
)


def quality_table(content: dict[str, Any]) -> str:
    """One row a score, its ranking of real networks' segmentations."""
    rankings = content["ranking"]["rankings"]
    rows = [
        (
            BY_NAME[name].title,
            _bracketed(rankings[name]["pearson"]),
            _bracketed(rankings[name]["spearman"]),
            *(f"{100 * rankings[name][part]['value']:.0f} %" for part in ("bottom25", "bottom50")),
            _value(rankings[name]["auroc"]),
        )
        for name in QUALITY_ROWS
        if name in rankings
    ]
    header = ("score", "Pearson", "Spearman", "bottom 25 %", "bottom 50 %", "AUROC, Dice < 0.7")
    told = content["ranking"]
    return (
        f"{markdown_table(header, rows)}\n"
        f"{told['triples']} segmentations of {told['images']} polyp images by four real networks, "
        "none of which the judge has seen. Bottom: the share of the truly worst that the score "
        "finds among its worst; by chance 25 and 50 %. The last two rows need the network's own "
        f"probabilities. {_measured(content)}; all scores, kinds of errors, missed objects and "
        "calibration: `docs/results/quality.md`.\n"
    )


UPSAMPLING_SET = "hippocampus"
METHOD_TITLES = {
    "nearest": "the voxels themselves (nearest)",
    "linear": "linear interpolation",
    "smoothed": "smoothed, volume and centers kept",
    "interpolated": "the same and the mask decoder",
    "implicit": "the same and the implicit decoder",
}


def upsampling_table(content: dict[str, Any]) -> str:
    """One row a way of upsampling: Dice and exact surface Dice for each way of being coarse."""
    told = content["sets"][UPSAMPLING_SET]["coarsenings"]
    methods = list(told["plane"]["methods"])
    rows = []
    for method in methods:
        row = [METHOD_TITLES[method]]
        for each in told.values():
            values = each["methods"][method]
            row += [_bracketed(values["dice"]), _value(values["exact"])]
        rows.append(row)
    names = ("2 x in the slices", "3 x between them", "both")
    header = ["made coarser", *(t for n in names for t in (f"{n}: Dice", "boundary met"))]
    return (
        f"{markdown_table(header, rows)}\n"
        f"{told['plane']['segments']} parts of the hippocampus in the test volumes, made coarser, "
        "upsampled back, and compared with what they were. Boundary met: the share of the boundary "
        "voxels that coincide; the brackets are 95 % bootstrap intervals by patient. "
        f"{_measured(content)}; distances and organs in a CT: `docs/results/upsampling.md`.\n"
    )


SPEED_ROWS = ("encode", "box", "answer", "prompts", "quality", "hypotheses", "upsampling", "volume")


def speed_table(content: dict[str, Any]) -> str:
    """One row a model and thing measured: the reference's time, and the best of ours."""
    titles = content["titles"]
    rows = []
    for device, model in dict.fromkeys((e["device"], e["model"]) for e in content["records"]):
        for name in (*SPEED_ROWS, "memory"):
            here = {
                each["way"]: each
                for each in content["records"]
                if (each["device"], each["model"], each["row"]) == (device, model, name)
            }
            if own := [here[way] for way in titles["ours"] if way in here]:
                best = min(own, key=lambda each: each["value"])
                rows.append(_speed_row(best, here.get("transformers"), titles))
    header = ("", "`SamPredictor`", "`transformers`", "ours", "by", "ratio")
    return (
        f"{markdown_table(header, rows)}\n"
        "Medians of one run; `SamPredictor` in float32 with the same weights, 64 boxes by 64 calls "
        "of it; `transformers` in float32. ViT-B has random weights, which take as long as trained "
        f"ones. {_measured(content)}; all ways, precisions, plain autocast, the machine's limit, "
        "and growth as plots: `docs/results/speed.md`.\n"
    )


def _speed_row(best: dict[str, Any], other: dict[str, Any] | None, titles: dict) -> tuple[str, ...]:
    row, model = titles["rows"][best["row"]], titles["models"][best["model"]]
    base, ratio = best["base"], best["ratio"]
    return (
        f"{model}, {best['device']}: {row['title']}",
        "" if base is None else quantity(base, row["unit"]),
        "" if other is None else quantity(other["value"], row["unit"]),
        f"**{quantity(best['value'], row['unit'])}**",
        titles["ways"][best["way"]].removeprefix("ours, "),
        "" if ratio is None else f"{ratio:.1f}",
    )


@dataclass(frozen=True)
class Publication:
    """A table: the results' file, what makes it, and the documents that show it."""

    name: str
    source: str
    table: Callable[[dict[str, Any]], str]
    documents: tuple[Path, ...]

    @property
    def markers(self) -> tuple[str, str]:
        """What stands before and behind the table."""
        return f"<!-- {self.name}:start -->", f"<!-- {self.name}:end -->"

    @property
    def is_measured(self) -> bool:
        """Whether there are results to show."""
        return (RESULTS / self.source).exists()

    def made(self) -> str:
        """The table as measured last."""
        return self.table(json.loads((RESULTS / self.source).read_text(encoding="utf-8")))

    def published(self, document: str, table: str) -> str:
        """The document with the table between its markers; ValueError if it has none."""
        start, end = self.markers
        pattern = re.compile(f"{re.escape(start)}.*?{re.escape(end)}", re.DOTALL)
        if not pattern.search(document):
            raise ValueError(f"The document has no markers for {self.name}.")
        return pattern.sub(lambda _: f"{start}\n{table}{end}", document)


PUBLICATIONS = (
    Publication("results", "prompts.json", short_table, (ROOT / "README.md", CARDS / "starter.md")),
    Publication("hypotheses", "hypotheses.json", hypotheses_table, (ROOT / "README.md",)),
    Publication("quality", "quality.json", quality_table, (ROOT / "README.md",)),
    Publication("upsampling", "upsampling.json", upsampling_table, (ROOT / "README.md",)),
    Publication("speed", "speed.json", speed_table, (ROOT / "README.md",)),
)


def _row(values: dict[str, Any]) -> tuple[str, ...]:
    dice = {name: method["dice"] for name, method in values["methods"].items()}
    tight = dice["tight_box"]
    return (
        values["title"],
        str(values["images"]),
        f"{dice['ellipse']['value']:.3f}",
        f"{dice['grabcut']['value']:.3f}",
        f"**{tight['value']:.3f}** [{tight['low']:.3f}, {tight['high']:.3f}]",
        f"{dice['loose_box']['value']:.3f}",
        f"{values['click_dice']['1']['value']:.3f}",
        f"{values['click_dice']['5']['value']:.3f}",
        f"{values['noc90']['value']:.1f}",
    )


def _value(interval: dict[str, float]) -> str:
    return f"{interval['value']:.3f}"


def _bracketed(interval: dict[str, float]) -> str:
    return f"{interval['value']:.3f} [{interval['low']:.3f}, {interval['high']:.3f}]"


def _measured(content: dict[str, Any]) -> str:
    origin = content["provenance"]
    cores = origin["machine"]["cores"]
    return f"Measured {origin['date'][:10]} on {cores} CPU cores with\n`{origin['command']}`"


def main() -> None:
    """Rewrite the documents."""
    for publication in PUBLICATIONS:
        if not publication.is_measured:
            continue
        table = publication.made()
        for path in publication.documents:
            text = publication.published(path.read_text(encoding="utf-8"), table)
            path.write_text(text, encoding="utf-8")
            print(publication.name, path.relative_to(ROOT))


if __name__ == "__main__":
    main()
