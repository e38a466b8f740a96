"""What `medsam assess` says on the terminal."""

from __future__ import annotations

import contextlib
import math
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from .reporting import table

if TYPE_CHECKING:
    from ..quality.cohort.case_result import CaseResult
    from ..quality.cohort.cases import Case
    from ..quality.cohort.job import Job
    from ..quality.cohort.running import CohortRun, State
    from ..quality.cohort.summary import CaseLine
    from ..quality.results import SegmentScore

MOST_ROWS = 20
_SECONDS_BETWEEN_LINES = 60
CAUTION = (
    "Scores are the opinion of networks, not Dice; wrong labels and missed objects lower none."
)


def case_text(result: CaseResult, case: Case, job: Job) -> str:
    """Segments, worst first; with `--flag-below` the flagged ones before the others."""
    report = result.report
    slices = len({each.slice for each in report.objects})
    is_volume = len(report.shape) == 3
    where = f" in {_count(slices, f'{report.axis} slice')}" if is_volume else ""
    lines = [
        f"{case.segmentation.name} on {case.image.name}: score {_number(report.score)} "
        f"({_count(len(report.segments), 'segment')}, {_count(len(report.objects), 'object')}"
        f"{where}, judge {Path(report.model).name})"
    ]
    lines += [f"{name}: {_number(value)}" for name, value in result.baselines.items()]
    lines += _segment_tables(result, job.flag_below)
    lines += _findings(result, job)
    lines.append(CAUTION)
    return "\n".join(lines)


def cohort_text(found: CohortRun, job: Job) -> str:
    """Cases, worst first, and the broken ones with their reasons."""
    summary = found.summary
    assessed = [each for each in summary.cases if not each.error]
    lines = [f"{_count(len(assessed), 'case')} assessed, {len(summary.broken)} broken"]
    if found.resumed:
        lines[0] += f" ({found.resumed} finished before)"
    lines += _case_tables(assessed, job.flag_below)
    lines += [f"broken: {each.id}: {each.error}" for each in summary.broken[:MOST_ROWS]]
    lines += _more(len(summary.broken), "broken case", "cases.csv")
    if summary.agreement is not None:
        told = summary.agreement
        lines.append(
            f"with the truth ({_count(told.count, 'segment')}): Pearson {_number(told.pearson)}, "
            f"Spearman {_number(told.spearman)}, of the worst quarter {told.bottom_quarter:.0%} "
            "found"
        )
    lines.append(CAUTION)
    return "\n".join(lines)


@contextlib.contextmanager
def cohort_progress(quiet: bool) -> Iterator[Callable[[State], None] | None]:
    """A bar on a terminal; elsewhere (a log file) a line on stdout about once a minute."""
    if quiet:
        yield None
    elif sys.stderr.isatty():
        with _bar() as show:
            yield show
    else:
        yield _lines()


@contextlib.contextmanager
def _bar() -> Iterator[Callable[[State], None]]:
    from tqdm import tqdm

    form = "{percentage:3.0f}%|{bar}| {n_fmt} of {total_fmt} cases{postfix}"
    with tqdm(bar_format=form, leave=False) as bar:

        def show(state: State) -> None:
            bar.total = state.total
            bar.set_postfix_str(_rest(state), refresh=False)
            bar.update(state.done - bar.n)

        yield show


def _lines(clock: Callable[[], float] = time.monotonic) -> Callable[[State], None]:
    last = clock()

    def show(state: State) -> None:
        nonlocal last
        if clock() - last >= _SECONDS_BETWEEN_LINES and state.done < state.total:
            last = clock()
            print(f"{state.done} of {state.total} cases{_rest(state)}", flush=True)

    return show


def _rest(state: State) -> str:
    from ..quality.cohort.pace import duration

    broken = f", {state.broken} broken" if state.broken else ""
    if state.remaining is None or state.done >= state.total:
        return broken
    return f"{broken}, about {duration(state.remaining)} left"


def _findings(result: CaseResult, job: Job) -> list[str]:
    """What the extra checks suggest to look at."""
    from ..quality.cohort.extra_checks import told

    lines = told(job.look_for, result.findings)
    for each in result.findings[:MOST_ROWS]:
        box = " ".join(str(edge) for edge in each.box)
        where = f"slice {each.slice}, " if len(result.report.shape) == 3 else ""
        lines.append(f"  {each.told}: {where}box {box}")
    return lines + _more(len(result.findings), "suggestion", "--json or --html")


def _segment_tables(result: CaseResult, flag_below: float | None) -> list[str]:
    report = result.report
    ordered = sorted(report.segments, key=lambda each: _worst_first(each.score))
    low = {each.label for each in report.objects if _is_below(each.score, flag_below)}
    flagged = [e for e in ordered if e.label in low or _is_below(e.score, flag_below)]
    others = [each for each in ordered if each not in flagged]
    lines = []
    if flag_below is not None:
        lines.append(_heading(len(flagged), "segment", flag_below))
    for group in (flagged, others):
        if group:
            lines += ["", _segment_table(group, result, flag_below), ""]
            lines += _more(len(group), "segment", "--csv or --html")
    return lines


def _segment_table(
    group: Sequence[SegmentScore], result: CaseResult, flag_below: float | None
) -> str:
    objects = result.report.objects
    header = ["segment", "score", "worst slice", "objects"]
    header += ["flagged"] if flag_below is not None else []
    header += ["true Dice"] if result.truth is not None else []
    rows = []
    for each in group[:MOST_ROWS]:
        worst = str(each.worst_slice) if each.worst_slice >= 0 else "-"
        row = [each.name, _number(each.score), worst, str(each.objects)]
        if flag_below is not None:
            mine = (o for o in objects if o.label == each.label)
            row.append(str(sum(_is_below(o.score, flag_below) for o in mine)))
        if result.truth is not None:
            row.append(_number(result.truth.segments.get(each.label, math.nan)))
        rows.append([*row, "" if each.status == "ok" else each.status])
    return table([*header, "status"], rows)


def _case_tables(assessed: Sequence[CaseLine], flag_below: float | None) -> list[str]:
    flagged = [each for each in assessed if each.flagged or _is_below(each.score, flag_below)]
    others = [each for each in assessed if each not in flagged]
    lines = []
    if flag_below is not None:
        lines.append(_heading(len(flagged), "case", flag_below))
    for group in (flagged, others):
        if group:
            lines += ["", _case_table(group, flag_below), ""]
            lines += _more(len(group), "case", "cases.csv")
    return lines


def _case_table(group: Sequence[CaseLine], flag_below: float | None) -> str:
    has_truth = any(not math.isnan(each.true_dice) for each in group)
    header = ["case", "score", "objects"] + (["flagged"] if flag_below is not None else [])
    header += ["true Dice"] if has_truth else []
    rows = []
    for each in group[:MOST_ROWS]:
        row = [each.id, _number(each.score), str(each.objects)]
        row += [str(each.flagged)] if flag_below is not None else []
        row += [_number(each.true_dice)] if has_truth else []
        rows.append([*row, each.worst_place])
    return table([*header, "worst object"], rows)


def _heading(count: int, what: str, flag_below: float) -> str:
    return f"{_count(count, what)} below {flag_below:g} in whole or in part:"


def _more(count: int, what: str, where: str) -> list[str]:
    left = count - MOST_ROWS
    return [f"... and {_count(left, what)} more: see {where}"] if left > 0 else []


def _is_below(score: float, flag_below: float | None) -> bool:
    return flag_below is not None and score < flag_below


def _worst_first(score: float) -> tuple[bool, float]:
    return math.isnan(score), 0.0 if math.isnan(score) else score


def _count(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def _number(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.2f}"
