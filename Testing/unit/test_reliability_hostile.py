"""Files made to do harm: pickles with code, bombs, names that are paths or HTML."""

from __future__ import annotations

import base64
import functools
import io
import os
import pickle
import subprocess
import tarfile
import zipfile

import numpy as np
import pytest
import torch

from MedSAMLib.errors import MedSAMError
from MedSAMLib.quality.cohort.cases import read_cases
from MedSAMLib.quality.cohort.probabilities import read_probabilities
from MedSAMLib.sam.checkpoint_files import read_checkpoint
from MedSAMSlicerLib.quality import exporting
from MedSAMSlicerLib.quality.rows import Decision, Row
from Testing.reliability.fuzzing.text_targets import sample_report


class Reduced:
    """What pickles as a call."""

    def __init__(self, *reduced) -> None:
        self._reduced = reduced

    def __reduce__(self):
        return self._reduced


def payloads(canary: str) -> dict[str, object]:
    """Ways to make the file `canary` by unpickling."""
    command = f"open({canary!r}, 'w').close()"
    return {
        "os.system": Reduced(os.system, (f"touch {canary}",)),
        "exec": Reduced(exec, (command,)),
        "eval": Reduced(eval, (command,)),
        "open": Reduced(open, (canary, "w")),
        "popen": Reduced(subprocess.Popen, (["touch", canary],)),
        "import": Reduced(__import__, ("os",)),
        "partial": Reduced(functools.partial, (os.system, f"touch {canary}")),
        "torch.load": Reduced(torch.load, (canary,)),
        "numpy": Reduced(np.load, (canary,)),
        "base64": Reduced(base64.b64decode, ("AAAA",)),
    }


def shells(payload: object, folder) -> list:
    """The payload in every form that a checkpoint can have."""
    content = {"weight": torch.zeros(2), "extra": payload}
    paths = []
    for zipped in (True, False):
        path = folder / f"zip-{zipped}.pth"
        torch.save(content, path, _use_new_zipfile_serialization=zipped)
        paths.append(path)
    for protocol in (0, 2, 5):
        path = folder / f"pickle-{protocol}.pth"
        path.write_bytes(pickle.dumps({"model": payload}, protocol=protocol))
        paths.append(path)
    return paths


@pytest.mark.parametrize("name", payloads(""))
def test_no_code_in_a_checkpoint_is_run(tmp_path, name):
    canary = tmp_path / "canary"
    for path in shells(payloads(str(canary))[name], tmp_path):
        with pytest.raises(MedSAMError) as caught:
            read_checkpoint(path)
        assert "\n" not in str(caught.value)
    assert not canary.exists()


def test_a_tar_is_no_checkpoint(tmp_path):
    """PyTorch's oldest form, which is unpacked before anything is checked."""
    path = tmp_path / "old.pth"
    with tarfile.open(path, "w") as archive:
        member = tarfile.TarInfo("../../outside")
        archive.addfile(member, io.BytesIO())
    with pytest.raises(MedSAMError, match="is not a checkpoint"):
        read_checkpoint(path)
    assert not (tmp_path.parent.parent / "outside").exists()


def test_a_zip_bomb_is_not_unpacked(tmp_path):
    path = tmp_path / "bomb.pth"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data.pkl", pickle.dumps({}))
        archive.writestr("archive/data/0", bytes(100 << 20))
    assert path.stat().st_size < 1 << 20
    with pytest.raises(MedSAMError, match="unpacks to more than 100 times its size"):
        read_checkpoint(path)


@pytest.mark.parametrize("name", ["../../outside", "/tmp/outside", "archive/../../outside"])
def test_names_in_an_archive_lead_nowhere(tmp_path, name):
    path = tmp_path / "deep" / "deeper" / "a.pth"
    path.parent.mkdir(parents=True)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", pickle.dumps({"a": 1}))
        archive.writestr(name, b"harm")
    with pytest.raises(MedSAMError):
        read_checkpoint(path)
    assert {each.name for each in tmp_path.rglob("*") if each.is_file()} == {"a.pth"}


def test_arrays_of_objects_are_not_unpickled(tmp_path):
    canary = tmp_path / "canary"
    array = np.array([payloads(str(canary))["os.system"]], dtype=object)
    np.save(tmp_path / "a.npy", array, allow_pickle=True)
    np.savez(tmp_path / "a.npz", probabilities=array)
    for name in ("a.npy", "a.npz"):
        with pytest.raises(MedSAMError, match="not a NumPy file"):
            read_probabilities(tmp_path / name, (1, 1, 1))
    assert not canary.exists()


@pytest.mark.parametrize("name", ["../x", "/etc/x", "..", "a/b", "a\\b", "C:x", "nul", "x\0y", "~"])
def test_no_id_of_a_case_leads_out_of_the_folder(tmp_path, name):
    from MedSAMLib.errors import UsageError

    path = tmp_path / "cases.csv"
    path.write_bytes(f'image,segmentation,id\na.nii,b.nii,"{name}"\n'.encode())
    with pytest.raises(UsageError):
        read_cases(path)


@pytest.mark.parametrize("image", ["../../etc/passwd", "/etc/passwd", "a b<script>.nii", "=1+1"])
def test_the_name_of_an_image_becomes_a_harmless_id(tmp_path, image):
    path = tmp_path / "cases.csv"
    path.write_text(f"image,segmentation\n{image},b.nii\n")
    (case,) = read_cases(path)
    assert not set(case.id) & set('/\\:*?"<>|=') or case.id[0] not in "=+-@"
    assert "/" not in case.id
    assert "<" not in case.id


HOSTILE = ("<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "</td><h1>", "&lt;b&gt;")


@pytest.mark.parametrize("text", HOSTILE)
def test_names_and_notes_are_text_in_the_review_page(text):
    (first, _) = sample_report(text).objects
    row = Row(first, "id", Decision.FLAGGED, reason=text, note=text, reviewer=text, time=text)
    html = exporting._cells(row)
    assert text not in html
    assert "<script" not in html
    assert "<img" not in html


@pytest.mark.parametrize("text", HOSTILE)
def test_the_name_of_an_image_is_text_in_the_demos_page(text):
    from tools.demo import sections

    html = sections.code(text) + sections.block(text) + sections.note(text)
    assert text not in html
    assert "<script" not in html
