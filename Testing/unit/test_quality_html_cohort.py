"""The page over a cohort, and the tables beside it."""

from __future__ import annotations

import csv
import io
import json
import math
import re

import numpy as np
import pytest

from MedSAMLib.quality.cohort import CaseResult, Job
from MedSAMLib.quality.cohort.summary import cases_csv, segments_csv, summarized
from MedSAMLib.quality.cohort.truth import TrueDice
from MedSAMLib.quality.html_cohort import MOST_CARDS, cohort_page
from MedSAMLib.quality.pages.thumbnails import Thumbnail
from MedSAMLib.quality.results import ObjectScore, Report, SegmentScore
from MedSAMLib.quality.settings import Settings
from Testing.unit.test_quality_html_report import EVIL, Page

NAN = math.nan
PICTURE = Thumbnail(b"png", 4, 4, (4.0, 4.0), {"given": "M0,0 1,1 0,1Z"})


def result(case_id: str, score: float, true: float | None = None, name: str = "liver"):
    """A case with one object, whose score is the case's."""
    each = ObjectScore(1, name, 3, 0, (1, 2, 5, 6), 16, score, 0.4, score, NAN, NAN, NAN, 0.9, "ok")
    segment = SegmentScore(1, name, score, 3, 1, 16, "ok")
    report = Report(
        score, (each,), (), (segment,), (9, 8, 8), "axial", Settings(), "tiny", "sha", "0.1", 0.0
    )
    truth = None if true is None else TrueDice({1: true}, {(1, 3): true})
    return CaseResult(case_id, report=report, truth=truth, picture=PICTURE)


BROKEN = CaseResult("gone", error="There is no file or folder x.nii.gz.")
SCORES = [0.9, 0.2, NAN, 0.5]


def page_of(results, job=None) -> str:
    job = job or Job()
    return cohort_page(summarized(results, job), job)


def test_cases_are_linked_worst_first_and_broken_ones_named():
    text = page_of([result(f"c{n}", score) for n, score in enumerate(SCORES)] + [BROKEN])
    cards = re.findall(r'<article class="card".*?</article>', text, re.DOTALL)
    order = [re.search(r'href="cases/(c\d)\.html"', card)[1] for card in cards]
    assert order == ["c1", "c3", "c0", "c2"]
    page = Page(text)
    assert "There is no file or folder x.nii.gz." in page.text
    assert page.count("a", href="cases/gone.html") == 0


def test_the_limits_are_said_here_too():
    text = Page(page_of([result("a", 0.5)])).text
    assert "Agreement is not Dice" in text
    assert "blind to wrong labels and to missed objects" in text
    assert "not a medical device" in text


def test_names_are_text_and_addresses_are_quoted():
    text = page_of([result("a #1 (2)%.x", 0.5, name=EVIL), CaseResult("b", error=EVIL)])
    page = Page(text)
    assert page.count("script") == 1
    assert page.count("img", src="x") == 0
    assert page.count("a", href="cases/a%20%231%20%282%29%25.x.html") > 0
    assert EVIL in page.text


def test_a_large_cohort_shows_the_worst_and_lists_all():
    text = page_of([result(f"c{n:03}", n / 100) for n in range(100)])
    assert text.count('class="card"') == MOST_CARDS
    assert "The 24 cases with the lowest scores" in text
    assert "All segments (100)" in text
    assert len(set(re.findall(r'href="cases/(c\d+)\.html"', text))) == 100


def test_flagged_objects_are_counted():
    text = Page(page_of([result("a", 0.3), result("b", 0.9)], Job(flag_below=0.5))).text
    assert "1 of 1 objects flagged" in text
    assert "0 of 1 objects flagged" in text


def test_a_cohort_that_is_all_broken_has_a_page():
    assert "No case has an object to show." in Page(page_of([BROKEN])).text


def test_with_the_truth_correlation_and_calibration_are_told():
    rng = np.random.default_rng(0)
    scores = rng.uniform(0.1, 0.95, 40)
    dices = np.clip(scores**0.5 + rng.normal(0, 0.02, 40), 0, 1)
    results = [result(f"c{n}", s, d) for n, (s, d) in enumerate(zip(scores, dices, strict=True))]
    summary = summarized([*results, result("unknown", 0.4)], Job())
    assert summary.agreement.count == 40
    assert summary.agreement.spearman > 0.95
    assert summary.calibration.cases == 40
    low, high = summary.calibration.interval(0.5)
    assert low < 0.5**0.5 < high
    text = Page(cohort_page(summary, Job())).text
    assert "Spearman correlation" in text
    assert "Dice to expect" in text
    assert json.loads(json.dumps(summary.to_dict(), allow_nan=False))["agreement"]["count"] == 40


def test_few_cases_with_truth_are_not_calibrated():
    summary = summarized([result(f"c{n}", n / 10, n / 10) for n in range(6)], Job())
    assert summary.agreement.count == 6
    assert summary.calibration is None
    assert summarized([result("a", 0.5, 0.5)], Job()).agreement is None


@pytest.mark.parametrize("table", [cases_csv, segments_csv])
def test_tables_hold_every_case_once_worst_first(table):
    summary = summarized([result(f"c{n}", s, 0.5) for n, s in enumerate(SCORES)] + [BROKEN], Job())
    text = table(summary.cases if table is cases_csv else summary.segments)
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["case"] for row in rows][:4] == ["c1", "c3", "c0", "c2"]
    assert [row["score"] for row in rows][:4] == ["0.2", "0.5", "0.9", ""]
    assert {row["true_dice"] for row in rows[:4]} == {"0.5"}
    assert [row["error"] for row in rows[4:]] == ([BROKEN.error] if table is cases_csv else [])


def test_names_with_commas_and_quotes_survive_the_table():
    name = 'liver, "left"\nlobe'
    text = segments_csv(summarized([result("a", 0.5, name=name)], Job()).segments)
    (row,) = csv.DictReader(io.StringIO(text))
    assert row["name"] == name
