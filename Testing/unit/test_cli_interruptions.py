"""A full disk, a disk that cannot be written, Ctrl-C: the old file stays, no half file appears."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import SimpleITK

from Testing.unit.conftest import PACKAGE_FOLDER, outcome_of

BOX = ("--box", 14, 12, 34, 28)
OLD = "precious"

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX signals and limits"),
    pytest.mark.timeout(180),  # every test starts a process that imports PyTorch
]


@pytest.fixture(autouse=True)
def ctrl_c_is_heard():
    """A job that a shell put into the background ignores Ctrl-C, and so would its children."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    folder = tmp_path / "out"
    folder.mkdir()
    return folder / "mask.nii"


@pytest.fixture
def small_files_only(volume_file, tiny_checkpoint):
    """From now on, no file of this process can grow beyond 4 kB, as on a full disk."""
    import resource

    _, most = before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, most))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("old", [OLD, None], ids=["old file", "no file"])
def test_a_file_that_cannot_grow(medsam, small_files_only, tiny_checkpoint, volume_file, out, old):
    if old:
        out.write_text(old)
    arguments = ("segment", volume_file, *BOX, "--slice", 3, "--model", tiny_checkpoint)
    result = medsam(*arguments, "-o", out, "--force")
    assert result.status == 1
    assert "was not written" in result.error
    unchanged(out, old)


def unchanged(out: Path, old: str | None) -> None:
    """The folder holds what it held before, and nothing else."""
    assert [each.name for each in out.parent.iterdir()] == ([out.name] if old else [])
    assert not old or out.read_text() == old


def in_namespace(folder: Path, mount_options: str, command: str) -> subprocess.CompletedProcess:
    """Run a shell command in which `folder` is a file system of its own; gone afterwards."""
    if shutil.which("unshare") is None:
        pytest.skip("needs unshare")
    mount = f"mount -t tmpfs -o size=64k tmpfs {shlex.quote(str(folder))}"
    old = f"echo {OLD} > {shlex.quote(str(folder / 'mask.nii'))}"
    change = f"mount -o remount,{mount_options} {shlex.quote(str(folder))}"
    outer = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c"]
    if subprocess.run([*outer, mount], capture_output=True, check=False).returncode:
        pytest.skip("may not mount")
    return subprocess.run(
        [*outer, f"{mount} && {old} && {change}; {command}"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(PACKAGE_FOLDER), "OMP_NUM_THREADS": "1"},
    )


@pytest.mark.parametrize(
    ("mount_options", "fill", "message"),
    [
        ("size=64k", "head -c 60000 /dev/zero > {folder}/other", "was not written"),
        ("ro", "true", "cannot be written"),
    ],
    ids=["full", "read-only"],
)
def test_a_disk_that_takes_nothing(
    tiny_checkpoint, volume_file, tmp_path, mount_options, fill, message
):
    folder = tmp_path / "disk"
    folder.mkdir()
    words = (
        *(sys.executable, "-m", "MedSAMLib", "segment", volume_file, *BOX, "--slice", 3),
        *("--model", tiny_checkpoint, "-o", folder / "mask.nii", "--force"),
    )
    command = shlex.join(str(word) for word in words)
    after = f"echo status $?; ls -A {folder}; cat {folder}/mask.nii"
    result = in_namespace(
        folder, mount_options, f"{fill.format(folder=folder)}; {command}; {after}"
    )
    (line,) = result.stderr.splitlines()
    assert message in line
    lines = result.stdout.splitlines()
    assert lines[0] == "status 1"
    assert set(lines[1:]) <= {"mask.nii", "other", OLD}
    assert lines[-1] == OLD


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("old", [OLD, None], ids=["old file", "no file"])
def test_a_signal_while_writing(medsam, monkeypatch, tiny_checkpoint, volume_file, out, old, sent):
    if old:
        out.write_text(old)
    write = SimpleITK.WriteImage

    def interrupted(*arguments, **options):
        write(*arguments, **options)
        signal.raise_signal(sent)

    monkeypatch.setattr(SimpleITK, "WriteImage", interrupted)
    arguments = ("segment", volume_file, *BOX, "--slice", 3, "--model", tiny_checkpoint)
    result = medsam(*arguments, "-o", out, "--force")
    assert (result.status, result.error) == (130, "Interrupted.")
    unchanged(out, old)


# Runs the command line with one function of it slowed down, so that the signal comes in its
# middle. A file tells when: the program's own output may be captured just then.
BOOT = """
import pathlib, sys, time
import MedSAMLib.cli, MedSAMLib.propagation.walk, SimpleITK

def slowed(module, name):
    function = getattr(module, name)
    def slow(*arguments, **options):
        result = function(*arguments, **options)
        pathlib.Path({marker!r}).touch()
        time.sleep(120)
        return result
    setattr(module, name, slow)

slowed({where})
sys.exit(MedSAMLib.cli.main(sys.argv[1:]))
"""


def wait_for(path: Path, process: subprocess.Popen[str]) -> None:
    while not path.exists():
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)


@pytest.mark.parametrize(
    ("where", "old"),
    [
        ("SimpleITK, 'WriteImage'", OLD),
        ("MedSAMLib.propagation.walk, 'segment_object'", None),
    ],
    ids=["writing", "propagating"],
)
def test_ctrl_c_in_a_process_of_its_own(
    medsam_process, tiny_checkpoint, volume_file, out, where, old
):
    if old:
        out.write_text(old)
    marker = out.parent.with_name("in the middle")
    process = medsam_process(
        *("propagate", volume_file, *BOX, "--slice", 3, "--model", tiny_checkpoint),
        *("-o", out, "--force"),
        program=("-c", BOOT.format(where=where, marker=str(marker))),
    )
    wait_for(marker, process)
    process.send_signal(signal.SIGINT)
    result = outcome_of(process)
    assert (result.status, result.error) == (130, "Interrupted.")
    unchanged(out, old)
