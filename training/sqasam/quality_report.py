"""Assemble the page, the JSON file and the figures of the evaluation."""

from __future__ import annotations

from pathlib import Path

from training.evaluation.bootstrap import Interval
from training.evaluation.report import markdown_table, number, with_interval, write_report
from training.sqasam import quality_page as page
from training.sqasam.conformal import Coverage
from training.sqasam.quality_figures import draw_ranking, draw_severity


def write_quality(folder: Path, content: dict) -> list[Path]:
    """Write quality.md, quality.json and the figures of what has been measured so far."""
    folder.mkdir(parents=True, exist_ok=True)
    pictures = []
    if "ranking" in content:
        pictures.append(draw_ranking(content["ranking"], folder / "quality_ranking.png"))
    if "severity" in content:
        pictures.append(draw_severity(content["severity"], folder / "quality_severity.png"))
    return [*write_report(folder, "quality", markdown(content), content), *pictures]


def markdown(content: dict) -> str:
    """The page; parts that were not measured are left out."""
    parts = [page.head(content["provenance"], content["learned"])]
    for name, section in SECTIONS.items():
        if name in content:
            parts.append(section(content[name]))
    return "\n".join(parts)


def _ranking(content: dict) -> str:
    rankings = {name: _intervals(m) for name, m in content["rankings"].items()}
    gains = [(page.BY_NAME[n].title, with_interval(_interval(g)))
             for n, g in content["gains"].items()]  # fmt: skip
    missing = content["without_score"].get("box", 0)
    return "\n".join(
        (
            "## Real errors: four networks on 49 polyp images\n",
            page.PROTOCOL,
            page.ranking_table(rankings),
            f"{content['triples']} triples of {content['images']} images; without an object to "
            f"judge: {missing}.\n",
            "How many of the four targets each score's value reaches:\n",
            page.verdict_lines(rankings) + "\n",
            "Spearman's correlation minus that of the module's earlier default (max, all objects "
            "alike), on the same resamples:\n",
            markdown_table(("score", "difference"), gains),
            "![Score against true Dice, and risk against coverage](quality_ranking.png)\n",
            "Within each network (Spearman, 49 outputs each): part of the ranking over all 196 is "
            "telling good networks from bad ones.\n",
            page.network_table(content["networks"]),
        )
    )


def _ablation(content: dict) -> str:
    rows = [(title, _intervals(measured)) for title, measured in content.items()]
    return "## Ablation: reduction, point, multimask (by area)\n\n" + page.ablation_table(rows)


def _weaker(content: dict) -> str:
    header = ("judge sees", "its Dice with true boxes", *page.HEADER[1:5])
    rows = [
        (
            f"{side} x {side} pixels",
            number(values["judge_dice"]),
            *(with_interval(_interval(values["ranking"][n])) for n in list(values["ranking"])[:4]),
        )
        for side, values in content.items()
    ]
    return (
        "## How much the judge matters\n\nThe only judge at hand is the starter; weaker ones are "
        "made by blurring what it sees (20 images, their two largest objects, the box score by "
        "area). Where the rows hardly differ, the judge's answer to a box comes from the box and "
        "not from the image, and a judge that looks closer is what the score needs.\n\n"
        + markdown_table(header, rows)
    )


def _severity(content: dict) -> str:
    curves = {
        name: {
            kind: {score: [_interval(m) for m in means] for score, means in scores.items()}
            for kind, scores in kinds.items()
        }
        for name, kinds in content.items()
    }
    return (
        "## Graded errors\n\nTrue masks are spoilt in five steps "
        "(`training/sqasam/degradations.py`). Mean score at each step; a segmentation without "
        "score counts as 0.\n\n"
        "![Mean score against step](quality_severity.png)\n\n" + page.severity_table(curves)
    )


def _coverage(content: dict) -> str:
    rows = [(title, Coverage(**values)) for title, values in content.items()]
    return (
        "## Calibration: does the interval hold what it promises?\n\nOn `polyp_quality`, random "
        "splits by image; half of the calibrating cases shape the map, half measure its error.\n\n"
        + page.coverage_table(rows)
    )


def _missed(content: dict) -> str:
    header = ("one object removed", "slices", "recall [95 % CI]", "best Dice",
              "false suggestions a slice")  # fmt: skip
    rows = [
        (
            values["title"],
            str(values["slices"]),
            with_interval(_interval(values["found"]), 2),
            with_interval(_interval(values["best"]), 2),
            with_interval(_interval(values["false"]), 1),
        )
        for values in content.values()
    ]
    return (
        "## Missed objects\n\nFound: a suggestion with Dice of at least 0.5 to the removed object. "
        "False: suggestions that are not it; in LIDC, DeepLesion and organs these may be real "
        "structures that nobody labeled.\n\n" + markdown_table(header, rows)
    )


def _wrong(content: dict) -> str:
    header = ("labels exchanged", "wrongly named", "doubted", "right class named",
              "rightly named", "doubted wrongly")  # fmt: skip
    rows = [
        (
            v["title"],
            str(v["wrong"]),
            f"{v['found']} ({_share(v['found'], v['wrong'])})",
            str(v["right_guess"]),
            str(v["right"]),
            f"{v['false']} ({_share(v['false'], v['right'])})",
        )
        for v in content.values()
    ]
    return (
        "## Wrong labels\n\nTwo classes of a volume exchange their labels in every third slice.\n\n"
        + markdown_table(header, rows)
    )


def _leakage(content: dict) -> str:
    found, control = content["polyp_quality"], content["control"]
    return (
        "## Was the judge trained on these images?\n\n"
        f"No. Of the {found['images']} images of `polyp_quality`, compared with the "
        f"{found['training']} of Kvasir-SEG train and Kvasir-Sessile train and val: "
        f"{found['same_names']} of the same name, {found['same_bytes']} of the same bytes, "
        f"{found['same_picture']} of the same picture (correlation of 16 x 16 thumbnails above "
        f"0.98; the largest is {found['most_alike']:.3f}). The method finds known doubles: "
        f"{control['same_picture']} of the {control['images']} `kvasir_native` images in "
        f"Kvasir-Sessile, {control['same_names']} of which bear the same name.\n"
    )


SECTIONS = {
    "ranking": _ranking,
    "leakage": _leakage,
    "ablation": _ablation,
    "weaker_judges": _weaker,
    "severity": _severity,
    "coverage": _coverage,
    "missed": _missed,
    "wrong_labels": _wrong,
}


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.0%}" if whole else "–"


def _interval(values: dict) -> Interval:
    """From JSON, where a number that is not defined is null."""
    return Interval(**{k: float("nan") if v is None else v for k, v in values.items()})


def _intervals(values: dict) -> dict[str, Interval]:
    return {name: _interval(each) for name, each in values.items()}
