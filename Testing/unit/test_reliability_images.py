"""Images that lie: headers that claim what cannot be, and lines that crash native readers."""

from __future__ import annotations

import gzip
import os
import struct

import numpy as np
import pytest

from MedSAMLib.errors import MedSAMError
from MedSAMLib.images import claims, read_volume
from MedSAMLib.images.dicom_lengths import claims_too_much
from MedSAMLib.memory import available_bytes
from Testing.reliability.fuzzing.image_targets import saved

NRRD = """NRRD0004
type: int16
dimension: 3
sizes: {sizes}
encoding: {encoding}
endian: little
{more}
"""


def nrrd(path, sizes="6 5 4", encoding="raw", more="", data=bytes(240)):
    text = NRRD.format(sizes=sizes, encoding=encoding, more=more)
    path.write_bytes(text.encode() + b"\n" + data)
    return path


@pytest.mark.parametrize("line", ["x" * 5000, "unknown: " + "x" * 5000, "kinds: " + "x" * 1100])
def test_a_line_that_crashes_the_nrrd_library_is_refused(tmp_path, line):
    with pytest.raises(MedSAMError, match="damaged"):
        read_volume(nrrd(tmp_path / "a.nrrd", more=line))


def test_long_comments_and_pairs_of_keys_are_no_fault(tmp_path):
    path = nrrd(tmp_path / "a.nrrd", more=f"# {'x' * 5000}\nTags:={'y' * 5000}")
    assert read_volume(path).shape == (4, 5, 6)


def test_a_trillion_voxels_are_refused_before_memory_is_taken(tmp_path):
    path = nrrd(tmp_path / "a.nrrd", sizes="10000 10000 10000", encoding="gzip")
    with pytest.raises(MedSAMError, match=r"needs 3725\.\d GB of memory"):
        read_volume(path)


def test_where_the_memory_is_not_known_the_reader_decides(tmp_path, monkeypatch):
    monkeypatch.setattr(claims, "available_bytes", lambda: None)
    assert read_volume(nrrd(tmp_path / "a.nrrd")).shape == (4, 5, 6)


def test_the_available_memory_is_a_number_of_bytes():
    assert available_bytes() is None or available_bytes() > 1 << 20


@pytest.mark.parametrize(
    "header",
    [b"NDims = -1 -inf", b"NDims = 99", b"DimSize = 6 5", b"DimSize = 6 -5 4", b"NDims = "],
)
def test_a_meta_image_of_impossible_dimensions_is_refused(tmp_path, header):
    name = header.split(b" =")[0]
    lines = saved("a.mha").partition(b"ElementDataFile")
    changed = [header if each.startswith(name) else each for each in lines[0].splitlines()]
    (tmp_path / "a.mha").write_bytes(b"\n".join([*changed, b""]) + lines[1] + lines[2])
    with pytest.raises(MedSAMError, match="damaged"):
        read_volume(tmp_path / "a.mha")


def test_a_small_file_that_cannot_unpack_to_its_claim_is_refused(tmp_path):
    content = saved("a.mha").replace(b"DimSize = 6 5 4", b"DimSize = 600 500 4")
    (tmp_path / "a.mha").write_bytes(content)
    with pytest.raises(MedSAMError, match="truncated or damaged"):
        read_volume(tmp_path / "a.mha")


def test_of_a_gzip_bomb_only_what_the_header_promises_is_read(tmp_path):
    """64 MiB of zeros behind a small volume: they are not unpacked to be counted."""
    from MedSAMLib.images import nifti_length

    path = tmp_path / "a.nii.gz"
    path.write_bytes(gzip.compress(saved("a.nii") + bytes(64 << 20), 1))
    assert read_volume(path).shape == (4, 5, 6)
    assert nifti_length._uncompressed_bytes(path, 600) <= nifti_length._CHUNK


def test_text_in_a_header_that_is_no_unicode_is_replaced(tmp_path):
    path = tmp_path / "a.mha"
    path.write_bytes(saved("a.mha").replace(b"NDims = 3", b"NDims = 3\nk\xff = a\nm = \xff\xfe"))
    assert read_volume(path).shape == (4, 5, 6)


def dicom(path, length: int, data: bytes = b"") -> None:
    """Part 10 in implicit little endian with one element that claims `length` bytes."""
    meta = struct.pack("<HH2sH", 2, 0x10, b"UI", 18) + b"1.2.840.10008.1.2\0"
    element = struct.pack("<HHI", 0x10, 0x10, length) + data
    path.write_bytes(bytes(128) + b"DICM" + meta + element)


def test_a_dicom_element_that_claims_gigabytes_is_refused(tmp_path):
    (tmp_path / "series").mkdir()
    path = tmp_path / "series" / "a.dcm"
    dicom(path, 0xFFFFFF00)
    assert claims_too_much(path)
    for given in (path, path.parent):
        with pytest.raises(MedSAMError, match="truncated or damaged"):
            read_volume(given)


@pytest.mark.parametrize("length", [4, 0xFFFFFFFF])
def test_honest_and_undefined_lengths_are_left_to_the_reader(tmp_path, length):
    dicom(tmp_path / "a.dcm", length, b"A^B ")
    assert not claims_too_much(tmp_path / "a.dcm")


def test_other_files_are_no_dicom(tmp_path):
    (tmp_path / "notes.txt").write_text("notes")
    assert not claims_too_much(tmp_path / "notes.txt")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes with names")
def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "a.nrrd")
    with pytest.raises(MedSAMError, match="is not a file that can be read"):
        read_volume(tmp_path / "a.nrrd")


def test_arrays_that_claim_more_than_they_have_are_refused(tmp_path):
    from MedSAMLib.quality.cohort.probabilities import read_probabilities

    np.save(tmp_path / "a.npy", np.zeros((4, 5, 6), np.float32))
    np.savez_compressed(tmp_path / "a.npz", probabilities=np.zeros((4, 5, 6), np.float32))
    assert read_probabilities(tmp_path / "a.npz", (4, 5, 6)).shape == (4, 5, 6)
    content = (tmp_path / "a.npy").read_bytes()
    huge = content.replace(b"(4, 5, 6), }" + b" " * 14, b"(1000000, 1000000), }     ")
    assert len(huge) == len(content)
    (tmp_path / "huge.npy").write_bytes(huge)
    import zipfile

    with zipfile.ZipFile(tmp_path / "huge.npz", "w") as archive:
        archive.writestr("probabilities.npy", huge)
    for name in ("huge.npy", "huge.npz"):
        with pytest.raises(MedSAMError, match="not a NumPy file"):
            read_probabilities(tmp_path / name, (4, 5, 6))


@pytest.mark.parametrize("name", ["x" * 5000 + ".nrrd", "a\0b.nrrd"])
def test_a_path_that_cannot_be_one_is_not_there(tmp_path, name):
    with pytest.raises(MedSAMError, match="There is no file or folder"):
        read_volume(tmp_path / name)


def test_a_dicom_element_of_no_kind_that_reaches_beyond_the_file_is_refused(tmp_path):
    meta = struct.pack("<HH2sH", 2, 0x10, b"UI", 20) + b"1.2.840.10008.1.2.1\0"
    element = struct.pack("<HH", 0x10, 0x10) + b"3\0\x20\0" + b"A^B "
    (tmp_path / "a.dcm").write_bytes(bytes(128) + b"DICM" + meta + element)
    assert claims_too_much(tmp_path / "a.dcm")
