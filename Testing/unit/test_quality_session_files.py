"""Reviews are kept and exported, and case lists are read and resumed."""

from __future__ import annotations

import csv
import json
import math

import pytest

from MedSAMLib.errors import MedSAMError, UsageError
from MedSAMSlicerLib.quality import exporting
from MedSAMSlicerLib.quality.cases import CaseList, read_cases
from MedSAMSlicerLib.quality.rows import Decision
from MedSAMSlicerLib.quality.storing import columns_of, from_plain, packed, to_plain, unpacked
from Testing.unit.quality_fakes import Bench


@pytest.fixture
def reviewed():
    """Rows and report with one flagged object."""
    bench = Bench()
    bench.judge()
    bench.session.decide(Decision.FLAGGED, "other", 'Zähler; "quoted"', "N")
    return bench.scene.kept


class TestStoring:
    def test_nothing_is_lost_on_the_way(self, reviewed):
        rows, report = unpacked(packed(*reviewed))
        assert rows == reviewed[0]
        assert report == reviewed[1]

    def test_the_text_is_safe_as_an_attribute_of_a_node(self, reviewed):
        assert set(packed(*reviewed)).isdisjoint(" ;:\"'<>&\n")

    @pytest.mark.parametrize("text", ["", "nonsense", "aGVsbG8="])
    def test_a_damaged_text_is_told(self, text):
        with pytest.raises(MedSAMError, match="judge again"):
            unpacked(text)

    def test_another_version_is_told(self, reviewed):
        values = to_plain(*reviewed) | {"format": 99}
        with pytest.raises(MedSAMError, match="another version"):
            from_plain(values)

    def test_columns_have_one_type_each_and_the_worst_first(self, reviewed):
        columns = columns_of(reviewed[0])
        assert columns["slice"][0] == 3
        assert columns["decision"][0] == "flagged"
        for values in columns.values():
            assert len({type(value) for value in values}) == 1
            assert len(values) == 12


class TestExport:
    def test_csv_reads_back(self, reviewed):
        lines = list(csv.DictReader(exporting.to_csv(reviewed[0]).splitlines()))
        assert lines[0]["note"] == 'Zähler; "quoted"'
        assert lines[0]["jitter"] == "", "a number that there is not"

    def test_json_has_no_nan(self, reviewed):
        values = json.loads(exporting.to_json(*reviewed), parse_constant=pytest.fail)
        assert len(values["decisions"]) == 1

    def test_a_file_is_replaced_whole(self, tmp_path):
        path = tmp_path / "list.csv"
        exporting.write(path, "one")
        exporting.write(path, "two")
        assert path.read_text() == "two"
        assert list(tmp_path.iterdir()) == [path]


class TestCaseLists:
    @pytest.fixture
    def listed(self, tmp_path):
        """A CSV with three cases, whose files are not looked for before they are loaded."""
        path = tmp_path / "cases.csv"
        lines = [f"images/{n}.nii.gz,/elsewhere/{n}.seg.nrrd,x" for n in "abc"]
        path.write_text("\n".join(["\ufeffimage,segmentation,comment", *lines]), encoding="utf-8")
        return path

    def test_names_in_a_csv_are_beside_it(self, listed, tmp_path):
        cases = read_cases(listed)
        assert [case.name for case in cases] == ["a", "b", "c"]
        assert cases[0].image == tmp_path / "images" / "a.nii.gz"
        assert str(cases[0].segmentation) == "/elsewhere/a.seg.nrrd"

    def test_what_is_done_is_known_the_next_time(self, listed):
        cases = CaseList(listed)
        assert cases.first_open() == 0
        cases.set_done(0)
        cases.keep(1, {"some": "review"})
        again = CaseList(listed)
        assert (again.first_open(), again.done_count) == (1, 1)
        assert again.kept(1) == {"some": "review"}
        assert again.kept(0) is None
        again.set_done(0, False)
        assert CaseList(listed).done_count == 0

    def test_when_all_are_done_the_last_is_shown(self, listed):
        cases = CaseList(listed)
        for number in range(3):
            cases.set_done(number)
        assert cases.first_open() == 2

    def test_a_damaged_state_counts_as_none(self, listed):
        cases = CaseList(listed)
        cases.set_done(0)
        (cases.folder / "state.json").write_text("{half")
        assert CaseList(listed).done_count == 0

    @pytest.mark.parametrize(
        ("text", "told"),
        [
            ("name,mask\n1,2", "needs the columns"),
            ("image,segmentation\n", "needs the columns"),
            ("image,segmentation\na.nii,\n", "Line 2"),
        ],
    )
    def test_what_is_no_case_list_is_told(self, tmp_path, text, told):
        path = tmp_path / "cases.csv"
        path.write_text(text)
        with pytest.raises(UsageError, match=told):
            read_cases(path)

    @pytest.mark.parametrize(
        ("files", "expected"),
        [
            (
                ["imagesTr/p1_0000.nii.gz", "imagesTr/p2_0000.nii.gz", "labelsTr/p1.nii.gz"],
                [("p1_0000.nii.gz", "p1.nii.gz")],
            ),
            (
                ["images/p1.nrrd", "segmentations/p1.seg.nrrd", "segmentations/q.seg.nrrd"],
                [("p1.nrrd", "p1.seg.nrrd")],
            ),
            (
                ["p1.nrrd", "p1_seg.nii.gz", "p2.nrrd", "p2.seg.nrrd", "p3.nrrd"],
                [("p1.nrrd", "p1_seg.nii.gz"), ("p2.nrrd", "p2.seg.nrrd")],
            ),
        ],
    )
    def test_a_folder_has_pairs(self, tmp_path, files, expected):
        for name in files:
            path = tmp_path / name
            path.parent.mkdir(exist_ok=True)
            path.touch()
        cases = read_cases(tmp_path)
        assert [(case.image.name, case.segmentation.name) for case in cases] == expected

    def test_a_folder_without_pairs_is_told(self, tmp_path):
        (tmp_path / "a.nrrd").touch()
        with pytest.raises(UsageError, match="no pairs"):
            read_cases(tmp_path)


def test_a_missing_number_is_nan_again(reviewed):
    rows, _report = unpacked(packed(*reviewed))
    assert math.isnan(rows[0].object.jitter)
