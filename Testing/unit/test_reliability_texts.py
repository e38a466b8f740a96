"""Texts that lie: JSON of saved scenes and files, run lengths, and cells that become formulas."""

from __future__ import annotations

import base64
import json
import zlib

import pytest

from MedSAMLib.errors import MedSAMError
from MedSAMLib.hypotheses.run_length import decode
from MedSAMLib.json_text import parsed, shape_of_network
from MedSAMLib.quality.calibration import Calibration
from MedSAMLib.quality.results import Report
from MedSAMLib.spreadsheet import plain_cell
from MedSAMSlicerLib.hypotheses import saved_sets
from MedSAMSlicerLib.hypotheses.choices import COLUMNS, to_csv
from MedSAMSlicerLib.quality import storing
from MedSAMSlicerLib.session import prompts

DEEP = "[" * 100_000


def test_json_that_is_nested_too_deeply_is_a_wrong_value():
    with pytest.raises(ValueError, match="nested"):
        parsed(DEEP)


@pytest.mark.parametrize("text", [DEEP, '[{"points": [[1]]}]', '[{"shape": [1e400, 1]}]', "[3]"])
def test_prompts_of_a_damaged_scene_are_none(text):
    assert prompts.from_json(text, "v") == ()


def test_a_prompt_without_its_sign_is_none():
    entry = {"shape": [4, 4], "affine": [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]}
    text = json.dumps([{**entry, "box": None, "points": [[1, 2, 3]]}])
    assert prompts.from_json(text, "v") == ()


@pytest.mark.parametrize("text", [DEEP, '[{"shape": [2, 2], "masks": [4]}]', "{}", "[null]"])
def test_alternatives_of_a_damaged_scene_are_none(text):
    assert saved_sets.from_json(text, "v") == []


@pytest.mark.parametrize("read", [Report.from_json, Calibration.from_json])
@pytest.mark.parametrize("text", [DEEP, "[]", '{"kind": 1}', "null"])
def test_reports_and_calibrations_that_are_none_are_refused(read, text):
    with pytest.raises(MedSAMError):
        read(text)


@pytest.mark.parametrize(
    "changes", [{"knots": []}, {"values": [0.1]}, {"knots": [0.5, 0.5]}, {"level": 2}]
)
def test_a_calibration_that_is_no_map_is_refused(changes):
    whole = Calibration((0.1, 0.9), (0.2, 0.8), 0.9, 0.1, 0.2, 30).to_json()
    assert Calibration.from_json(whole).dice(0.5) == pytest.approx(0.5)
    with pytest.raises(MedSAMError, match="damaged"):
        Calibration.from_json(json.dumps({**json.loads(whole), **changes}))


def packed(content: bytes) -> str:
    return base64.urlsafe_b64encode(zlib.compress(content)).decode()


def test_a_review_that_unpacks_without_end_is_refused(monkeypatch):
    monkeypatch.setattr(storing, "_MOST_BYTES", 1000)
    with pytest.raises(MedSAMError, match="damaged"):
        storing.unpacked(packed(b'{"format": 1}' + b" " * 2000))


@pytest.mark.parametrize("content", [b"[]", b'{"format": 1, "report": []}', DEEP.encode(), b""])
def test_a_review_of_other_values_is_refused(content):
    with pytest.raises(MedSAMError):
        storing.unpacked(packed(content))


@pytest.mark.parametrize("text", ["1000000x1000000 1000000000000", 4, None])
def test_run_lengths_of_absurd_size_or_kind_are_refused(text):
    with pytest.raises(MedSAMError):
        decode(text)


@pytest.mark.parametrize("text", ["[]", '{"depth": 1000000}', '{"a": [1e12]}', DEEP])
def test_a_network_of_absurd_shape_is_not_built(text):
    with pytest.raises(ValueError, match=r"."):
        shape_of_network(text)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_a_spreadsheet_takes_no_name_for_a_formula(text):
    assert plain_cell(text) == f"'{text}"


@pytest.mark.parametrize("value", ["liver", "", 1, -2.5, None])
def test_other_cells_stay_as_they_are(value):
    assert plain_cell(value) is value


def test_no_table_has_a_formula_of_a_name(report_of_a_hostile_name):
    assert report_of_a_hostile_name.to_csv().splitlines()[1].startswith("1,\"'=HYPERLINK")
    choice = dict.fromkeys(COLUMNS, "") | {"reader": "=cmd|' /C calc'!A0", "volume": "@x"}
    assert ",'=cmd|' /C calc'!A0,'@x," in to_csv([choice])


@pytest.fixture
def report_of_a_hostile_name() -> Report:
    from Testing.reliability.fuzzing.text_targets import sample_report

    return sample_report('=HYPERLINK("http://example.com")')


@pytest.mark.parametrize("path", ["x" * 5000, "~nobody-here/cases.csv", "a\0b", ""])
def test_a_case_list_that_cannot_be_a_path_is_not_there(path):
    from MedSAMLib.errors import UsageError
    from MedSAMSlicerLib.quality.cases import CaseList

    with pytest.raises(UsageError, match=r"no case list|no pairs"):
        CaseList(path)


def test_a_prompt_that_is_nowhere_is_none():
    entry = {"shape": [4, 4], "affine": [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]}
    text = json.dumps([{**entry, "box": None, "points": [[float("nan"), 0, 0, 1]]}])
    assert prompts.from_json(text, "v") == ()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("label", {"a": 1}),
        ("slice", [1]),
        ("box", 0.5),
        ("box", [1, 2]),
        ("name", 3),
        ("area", True),
    ],
)
def test_a_report_with_values_of_other_kinds_is_damaged(name, value):
    from Testing.reliability.fuzzing.text_targets import sample_report

    values = json.loads(sample_report().to_json())
    values["objects"][0][name] = value
    with pytest.raises(MedSAMError, match="damaged"):
        Report.from_json(json.dumps(values))
