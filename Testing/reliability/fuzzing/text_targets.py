"""Damaged tables and texts: case lists, reports, reviews, and what a scene keeps."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
from hypothesis import strategies as st

from MedSAMLib.geometry import Plane
from MedSAMLib.hypotheses import Hypotheses
from MedSAMLib.hypotheses.run_length import decode
from MedSAMLib.prompts import Prompts
from MedSAMLib.quality.calibration import Calibration
from MedSAMLib.quality.cohort.case_result import CaseResult
from MedSAMLib.quality.cohort.cases import read_cases
from MedSAMLib.quality.results import ObjectScore, Report, SegmentScore, SliceScore
from MedSAMLib.quality.settings import Settings
from MedSAMSlicerLib.hypotheses import saved_sets
from MedSAMSlicerLib.hypotheses.candidates import SliceSet
from MedSAMSlicerLib.hypotheses.request import Request
from MedSAMSlicerLib.quality import cases as review_cases
from MedSAMSlicerLib.quality.rows import Row
from MedSAMSlicerLib.quality.storing import packed, unpacked
from MedSAMSlicerLib.session import prompts

from .damage import NUMBERS, WORDS, damaged, replacements
from .json_damage import damaged_json
from .target import Files, Target

_PLANE = Plane((6, 8), np.eye(4))


def _text(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _json(name: str, text: str, read) -> Target:
    cases = damaged_json(text).map(lambda data: Files({"a.json": data}, "a.json"))
    return Target(name, cases, lambda path: read(_read(path)))


def _read(path: Path) -> str:
    return path.read_bytes().decode("utf-8", "replace")


# --- tables ---


@st.composite
def _tables(draw) -> bytes:
    """Case lists with odd names, paths, quotes, separators and numbers of cells."""
    columns = draw(st.permutations(["image", "segmentation", "id", "truth", "probabilities"]))
    columns = columns[: draw(st.integers(1, 5))] if draw(st.integers(0, 3)) == 0 else columns
    cell = st.one_of(
        replacements,
        st.sampled_from(["a.nii.gz", "../../etc/passwd", "/dev/zero", "C:\\a", "con", "..", "~x/a",
                         "=1+1", "@SUM(A1)", "a/b", "\\\\host\\share", '"', "a\nb"]),
    )  # fmt: skip
    whole = st.tuples(cell, cell, cell, cell, cell).map(list)
    rows = draw(st.lists(st.one_of(whole, whole, st.lists(cell, max_size=6)), max_size=4))
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter=draw(st.sampled_from(",;\t")))
    writer.writerow(columns)
    writer.writerows(rows)
    text = stream.getvalue()
    encoding = draw(st.sampled_from(["utf-8", "utf-8", "utf-8-sig", "utf-16", "latin-1"]))
    data = text.encode(encoding, "replace")
    return draw(st.one_of(st.just(data), st.just(data), damaged(data)))


def _use_cases(path: Path) -> None:
    for case in read_cases(path):
        name = f"{case.id}.json"
        inside = path.parent / "cases" / name
        assert inside.resolve().parent == (path.parent / "cases").resolve(), name
        assert not set(name) & set('/\\:*?"<>|\0\n'), name


def _use_review_cases(path: Path) -> None:
    cases = review_cases.CaseList(path)
    for number in range(len(cases.cases)):
        cases.keep(number, {"a": 1})
        assert cases.kept(number) == {"a": 1}
        cases.set_done(number)
    folder = path.parent / f"{review_cases.stem(path)}-review"
    assert {p.name for p in path.parent.iterdir()} <= {path.name, folder.name}


# --- what scenes keep ---


def sample_report(name: str = "liver") -> Report:
    """Two objects of one segment."""
    common = {"label": 1, "name": name, "slice": 2}
    scored = ObjectScore(**common, index=0, box=(1, 2, 5, 6), area=9, score=0.5, dice_point=0.5,
                         dice_box=0.4, jitter=0.9, spread=0.8, combined=0.7, confidence=0.9,
                         status="ok")  # fmt: skip
    return Report(
        score=0.5,
        objects=(scored, replace(scored, slice=3)),
        slices=(SliceScore(**common, score=0.5, objects=1, area=9, status="ok"),),
        segments=(
            SegmentScore(label=1, name=name, score=0.5, worst_slice=2, objects=2, area=9,
                         status="ok"),
        ),
        shape=(4, 6, 8),
        axis="axial",
        settings=Settings(),
        model="starter",
        model_id="x",
        version="0",
        seconds=1.0,
    )  # fmt: skip


def _sets_text() -> str:
    from MedSAMSlicerLib.session.prompts import SliceKey

    masks = np.zeros((3, 6, 8), bool)
    masks[:, 1:4, 2:5] = True
    masks[1, 1] = False
    found = SliceSet(
        SliceKey.of("v", _PLANE),
        Prompts(box=np.array([1.0, 1, 5, 5])),
        Request(),
        "starter",
        Hypotheses(masks, np.where(masks, 1.0, -1.0).astype(np.float32),
                   np.array([0.9, 0.5, 0.4], np.float32), "seqsam"),
    )  # fmt: skip
    found.combine((0, 1), "union")
    return saved_sets.to_json([found])


def _prompts_text() -> str:
    key = prompts.SliceKey.of("v", _PLANE)
    points = (prompts.Point((1.0, 2.0, 0.0), True), prompts.Point((3.0, 2.0, 0.0), False))
    box = prompts.Box((1.0, 1.0, 0.0), (5.0, 4.0, 0.0))
    return prompts.to_json((prompts.Target(key, box, points), prompts.Target(key, None, points)))


def _use_prompts(text: str) -> None:
    from MedSAMLib.errors import UsageError

    for target in prompts.from_json(text, "v"):
        try:
            target.in_pixels()
        except UsageError:
            continue


def _use_sets(text: str) -> None:
    for each in saved_sets.from_json(text, "v"):
        for candidate in each.candidates:
            assert candidate.mask.shape == tuple(each.slice.shape)


def _review() -> tuple[str, str]:
    report = sample_report()
    rows = [Row(each, "id") for each in report.objects]
    from MedSAMSlicerLib.quality.storing import to_plain

    return packed(rows, report), json.dumps(to_plain(rows, report))


def _packed_anew(data: bytes) -> bytes:
    import base64
    import zlib

    return base64.urlsafe_b64encode(zlib.compress(data))


_PACKED, _PLAIN = _review()

TARGETS = (
    Target("case-csv", _tables().map(lambda d: Files({"c.csv": d}, "c.csv")), _use_cases),
    Target("review-csv", _tables().map(lambda d: Files({"c.csv": d}, "c.csv")), _use_review_cases),
    _json("report-json", sample_report().to_json(), lambda t: Report.from_json(t).to_csv()),
    _json(
        "case-result-json",
        CaseResult(
            "a",
            {"image": {"name": "a", "bytes": 1, "changed": 1}},
            report=sample_report(),
            baselines={"entropy": 0.4},
            notes=("n",),
            seconds=1.0,
        ).to_json(),
        CaseResult.from_json,
    ),
    _json(
        "calibration-json",
        Calibration((0.1, 0.9), (0.2, 0.8), 0.9, 0.1, 0.2, 30).to_json(),
        lambda text: Calibration.from_json(text).interval(0.5),
    ),
    _json("scene-prompts", _prompts_text(), _use_prompts),
    _json("scene-alternatives", _sets_text(), _use_sets),
    Target(
        "scene-review",
        st.one_of(
            damaged(_PACKED.encode()),
            damaged_json(_PLAIN).map(_packed_anew),
        ).map(lambda data: Files({"a.txt": data}, "a.txt")),
        lambda path: unpacked(_read(path)),
    ),
    Target(
        "run-lengths",
        st.one_of(
            damaged(b"6x8 3 5 40"),
            st.lists(st.sampled_from(NUMBERS + WORDS), max_size=4).map(" ".join).map(_text),
            st.sampled_from([b"1000000x1000000 1000000000000", b"0x0", b"0x5 0 0", b"9x9"]),
        ).map(lambda data: Files({"a.txt": data}, "a.txt")),
        lambda path: decode(_read(path)),
    ),
)
