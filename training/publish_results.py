"""Put the short table of measured results into the README and the model card.

    python -m training.publish_results

reads docs/results/prompts.json, which `training.evaluate_prompts` wrote, and replaces what
stands between the two result markers of both documents. A test fails while they disagree.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from training.evaluation.report import markdown_table

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "docs" / "results" / "prompts.json"
DOCUMENTS = (ROOT / "README.md", ROOT / "SlicerMedSAM" / "Resources" / "Models" / "starter.md")
START, END = "<!-- results:start -->", "<!-- results:end -->"

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
    origin = content["provenance"]
    return (
        f"{markdown_table(HEADER, rows)}\n"
        "Boxes and clicks are oracle prompts, derived from the reference mask; the brackets are "
        "95 % bootstrap intervals. NoC90: clicks until Dice 0.9, counted as 10 where ten do not "
        f"reach it. Measured {origin['date'][:10]} on {origin['machine']['cores']} CPU cores with\n"
        f"`{origin['command']}`; protocol, other metrics and baselines' intervals: "
        "`docs/results/prompts.md`.\n"
    )


def published(document: str, table: str) -> str:
    """The document with the table between its markers; ValueError if it has none."""
    pattern = re.compile(f"{re.escape(START)}.*?{re.escape(END)}", re.DOTALL)
    if not pattern.search(document):
        raise ValueError("The document has no markers for results.")
    return pattern.sub(lambda _: f"{START}\n{table}{END}", document)


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


def main() -> None:
    """Rewrite both documents."""
    table = short_table(json.loads(RESULTS.read_text(encoding="utf-8")))
    for path in DOCUMENTS:
        path.write_text(published(path.read_text(encoding="utf-8"), table), encoding="utf-8")
        print(path.relative_to(ROOT))


if __name__ == "__main__":
    main()
