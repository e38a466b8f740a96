"""The tables of hypotheses as Markdown, with the protocol in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from training.evaluation.bootstrap import RESAMPLES, Interval
from training.evaluation.report import markdown_table, number, provenance_lines, with_interval
from training.seqsam.evaluation.boxes import TITLES
from training.seqsam.evaluation.measuring import COUNTS, READOUTS
from training.seqsam.evaluation.methods import Method
from training.seqsam.evaluation.summary import BoxSummary, MethodSummary

PROTOCOL = f"""\
- **Cases**: slices of LIDC-IDRI's test split (patients apart from training), four readers each, of
  whom at most one marked nothing. All methods get the same backbone, embedding and box.
- **Boxes are oracle prompts**: they are derived from the readers' masks. {{boxes}}
- **M**: the first M of a method's masks. A method that makes fewer (the number stands beside its
  name) has them repeated in turn, which leaves their distribution as it is where M is a multiple
  of the number and favors the first ones where it is not.
- **Readers who marked nothing** are empty masks: "all" scores against them too, "marked" leaves
  them out. A box says that there is something, so "all" has a floor for every method. Two empty
  masks agree (Dice and IoU 1).
- **GED**: squared generalized energy distance under 1 - IoU, pairs with itself included, no root.
  **D_avg**: Dice of the masks' majority vote (ties are foreground) with each reader. **D_max**:
  Dice with the best counterpart, per mask (like precision) or per reader (like recall).
  **D_match**: mean Dice of min(M, K) pairs (Hungarian): with fewer masks than readers it leaves
  the others out, so that it is comparable at equal M only. **HM-IoU**: Hungarian IoU of both
  sets repeated to lcm(M, K). **CI**: collective insight with D_max per mask. **Diversity**:
  mean 1 - IoU of the masks. **Misfits**: share of masks of at most half the smallest or at least
  twice the largest marking reader's area. GED rewards any diversity, of misfits too: where both
  rise together, a lower GED is no better set.
- **Intervals** in brackets: 95 % percentile bootstrap, {RESAMPLES:,} resamples of patients.
"""

READOUT_NOTE = """\
One mask is read out of a method's first M and compared with each reader who marked something (mean
Dice). "first" is the method's first mask, "random" the average of all, "own score" the mask with
the highest predicted IoU, "medoid" the one with the highest mean IoU with the others, "majority"
and "staple" are made of all masks, "oracle" is the best one, which nobody knows beforehand.
"""

SHOWN = {
    "GED all": "ged_keep",
    "GED marked": "ged_drop",
    "D_avg": "d_avg_drop",
    "D_max/mask": "d_max_prediction_drop",
    "D_max/reader": "d_max_reader_drop",
    "D_match": "d_match_drop",
    "HM-IoU": "hm_iou_drop",
    "CI": "collective_insight_drop",
    "diversity": "diversity",
    "misfits": "misfits",
}
WITH_INTERVAL = ("ged_keep", "ged_drop", "d_avg_drop", "hm_iou_drop")

Summaries = Mapping[str, BoxSummary]


def hypotheses_markdown(
    summaries: Summaries, methods: Sequence[Method], provenance: dict, cases: str, figure: str
) -> str:
    """The whole page."""
    titles = {method.name: _numbered(method) for method in methods}
    boxes = " ".join(f"{TITLES[box].capitalize()}." for box in summaries)
    parts = [
        f"# Hypotheses: {provenance['model']['name']}\n",
        provenance_lines(provenance) + f"\n- cases: {cases}\n",
        "## Protocol\n",
        PROTOCOL.format(boxes=boxes),
        f"![GED and D_avg over the number of masks]({figure})\n",
    ]
    for box, summary in summaries.items():
        parts += [f"## {TITLES[box].capitalize()}\n", _measure_table(summary, titles)]
        if summary.differences:
            parts += [_difference_heading(summary, titles), _difference_table(summary, titles)]
    parts += ["## One mask out of M\n", READOUT_NOTE]
    for box, summary in summaries.items():
        parts += [f"### {TITLES[box].capitalize()}\n", _readout_table(summary, titles)]
    return "\n".join(parts)


def _numbered(method: Method) -> str:
    return f"{method.title} ({method.own})"


def _measure_table(summary: BoxSummary, titles: Mapping[str, str]) -> str:
    """One row a method and M."""
    rows = [
        (titles[name], str(count), *(_cell(each.measures[count], key) for key in SHOWN.values()))
        for count in COUNTS
        for name, each in summary.methods.items()
    ]
    return markdown_table(("method", "M", *SHOWN), rows)


def _cell(values: Mapping[str, Interval], key: str) -> str:
    return with_interval(values[key]) if key in WITH_INTERVAL else number(values[key].value)


def _difference_heading(summary: BoxSummary, titles: Mapping[str, str]) -> str:
    return (
        f"Paired differences on the same slices, {titles[summary.reference]} minus the other "
        "(GED: below 0 is better; the others: above 0 is better):\n"
    )


def _difference_table(summary: BoxSummary, titles: Mapping[str, str]) -> str:
    shown = {title: key for title, key in SHOWN.items() if key in WITH_INTERVAL}
    rows = [
        (titles[name], str(count), *(with_interval(by_count[count][key]) for key in shown.values()))
        for count in COUNTS
        for name, by_count in summary.differences.items()
    ]
    return markdown_table(("minus", "M", *shown), rows)


def _readout_table(summary: BoxSummary, titles: Mapping[str, str]) -> str:
    header = ("method", "M", *READOUTS, "medoid − own score", "medoid − first")
    return markdown_table(header, list(_readout_rows(summary.methods, titles)))


def _readout_rows(methods: Mapping[str, MethodSummary], titles: Mapping[str, str]):
    for name, each in methods.items():
        for count, values in each.readouts.items():
            gains = each.medoid_gains[count]
            yield (
                titles[name],
                str(count),
                *(number(values[readout].value) for readout in READOUTS),
                with_interval(gains["own score"]),
                with_interval(gains["first"]),
            )
