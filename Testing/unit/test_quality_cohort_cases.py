"""The list of cases, and ids that are safe as names of files."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from MedSAMLib.errors import MedSAMError, UsageError
from MedSAMLib.quality.cohort import read_cases
from MedSAMLib.quality.cohort.case_ids import checked_id, id_of_file, is_safe


@pytest.fixture
def listed(tmp_path: Path):
    """Write a list with this text, or these bytes, and read it."""

    def read(text: str | bytes):
        path = tmp_path / "cases.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_cases(path)

    return read


def test_relative_paths_start_from_the_lists_folder(listed, tmp_path):
    (case,) = listed("image,segmentation\nct/a.nii.gz,seg/a.seg.nrrd\n")
    assert case.image == tmp_path / "ct" / "a.nii.gz"
    assert case.segmentation == tmp_path / "seg" / "a.seg.nrrd"
    assert (case.id, case.truth, case.probabilities) == ("a", None, None)


def test_absolute_paths_stay(listed):
    (case,) = listed(f"image,segmentation\n{os.sep}data{os.sep}a.png,b.png\n")
    assert case.image == Path(f"{os.sep}data{os.sep}a.png")


def test_all_columns_in_any_order_and_case(listed, tmp_path):
    text = (
        "Truth, Segmentation ,comment,ID,IMAGE,probabilities\nt.nrrd,s.nrrd,good,P 1,i.nrrd,p.npz\n"
    )
    (case,) = listed(text)
    assert case.id == "P 1"
    assert {name: path.name for name, path in case.inputs.items()} == {
        "image": "i.nrrd",
        "segmentation": "s.nrrd",
        "probabilities": "p.npz",
        "truth": "t.nrrd",
    }


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_what_spreadsheets_export(listed, delimiter, encoding, end):
    rows = [["id", "image", "segmentation"], ["Müller", "ä.nrrd", "s.nrrd"], ["", "", ""]]
    text = end.join(delimiter.join(row) for row in rows)
    (case,) = listed(text.encode(encoding))
    assert case.id == "Müller"
    assert case.image.name == "ä.nrrd"


def test_a_comma_in_a_quoted_name(listed):
    (case,) = listed('image,segmentation\n"a, b.png",c.png\n')
    assert case.image.name == "a, b.png"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no column image"),
        ("image\na.png\n", "no column segmentation"),
        ("image,segmentation\n", "lists no cases"),
        ("image,segmentation\n\n,\n", "lists no cases"),
        ("image,segmentation\na.png,\n", "Row 2 has no segmentation"),
        ("image,segmentation\na.png,s.png\n,s.png\n", "Row 3 has no image"),
        ("image,segmentation,image\na,b,c\n", "the column image more than once"),
        ("id,image,segmentation\nA,a,b\na,c,d\n", "Rows 2 and 3 have the same id 'a'"),
        ("image,segmentation\nx/a.png,b\ny/a.png,c\n", "Rows 2 and 3 have the same id 'a'"),
        ('image,segmentation\n"a.png,b\n', "not a CSV"),
        (b"image,segmentation\0\n", "not a CSV"),
    ],
)
def test_lists_that_are_none(listed, text, message):
    with pytest.raises(UsageError, match=message):
        listed(text)


def test_a_list_that_is_not_there(tmp_path):
    with pytest.raises(MedSAMError, match="cannot be read"):
        read_cases(tmp_path / "no.csv")


@pytest.mark.parametrize(
    "text",
    [
        *("../x", "..", ".", "a/b", "a\\b", "/etc/passwd", "C:x", ".hidden", "-o", "a ", "a."),
        *(
            "con",
            "NUL.txt",
            "com1",
            "a\nb",
            "a\0b",
            "a:b",
            "a*",
            "a?",
            "<b>",
            'a"b',
            "a|b",
            "~",
            "",
        ),
    ],
)
def test_an_id_that_leads_elsewhere_is_refused(text):
    with pytest.raises(UsageError, match="Row 7: the id"):
        checked_id(text, 7)


def test_an_id_that_is_too_long_for_disks():
    with pytest.raises(UsageError, match="101 letters"):
        checked_id("a" * 101, 2)


@pytest.mark.parametrize("text", ["a", "Case 12", "LIDC-IDRI-0001_1.3.6", "Müller (2)", "007"])
def test_ids_that_people_use_stay(text):
    assert checked_id(text, 2) == text


@given(st.text(max_size=120))
@settings(max_examples=200)
def test_a_safe_id_names_a_file_in_its_folder_and_nothing_else(text):
    if is_safe(text):
        assert Path("folder", f"{text}.json").parent == Path("folder")
        assert Path("folder", f"{text}.json").name == f"{text}.json"
        assert not text.startswith(".")


@given(st.text(min_size=1, max_size=60).filter(lambda name: "/" not in name and "\0" not in name))
@settings(max_examples=200)
def test_an_image_of_any_name_gives_a_safe_id(name):
    assert is_safe(id_of_file(Path("folder") / name, 3))
