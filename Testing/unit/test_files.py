from __future__ import annotations

import os
import subprocess
import sys
import textwrap

import pytest

from MedSAMLib.errors import MedSAMError, UsageError
from MedSAMLib.files import atomic_path


def write(path, text="new", **options):
    with atomic_path(path, **options) as temporary:
        temporary.write_text(text)


def test_a_file_appears_when_the_block_ends(tmp_path):
    target = tmp_path / "case.1.nii.gz"
    with atomic_path(target) as temporary:
        assert temporary.parent == tmp_path
        assert temporary.name.endswith(".nii.gz")
        temporary.write_text("new")
        assert not target.exists()
    assert target.read_text() == "new"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("failure", [RuntimeError, KeyboardInterrupt])
def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path, failure):
    target = tmp_path / "a.txt"
    target.write_text("old")

    def write_half():
        with atomic_path(target, overwrite=True) as temporary:
            temporary.write_text("half")
            raise failure

    with pytest.raises(failure):
        write_half()
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_nothing_is_overwritten_unasked(tmp_path):
    target = tmp_path / "a.txt"
    target.write_text("old")
    with pytest.raises(UsageError, match="--force"):
        write(target)
    assert target.read_text() == "old"
    write(target, overwrite=True)
    assert target.read_text() == "new"


def test_what_appears_meanwhile_is_not_overwritten_either(tmp_path):
    target = tmp_path / "a.txt"

    def write_slowly():
        with atomic_path(target) as temporary:
            temporary.write_text("new")
            target.write_text("of another process")

    with pytest.raises(UsageError, match="--force"):
        write_slowly()
    assert target.read_text() == "of another process"


def test_a_link_keeps_pointing_to_the_file_that_is_replaced(tmp_path):
    real, link = tmp_path / "real.txt", tmp_path / "link.txt"
    real.write_text("old")
    try:
        link.symlink_to(real)
    except OSError:
        pytest.skip("this system does not let us make links")
    write(link, overwrite=True)
    assert link.is_symlink()
    assert real.read_text() == "new"


@pytest.mark.parametrize("where", ["missing/a.txt", "a_file/a.txt", "a_folder"])
def test_places_that_cannot_be_written_to_are_named(tmp_path, where):
    (tmp_path / "a_file").write_text("")
    (tmp_path / "a_folder").mkdir()
    with pytest.raises(MedSAMError, match=r"cannot be written|is a folder"):
        write(tmp_path / where)


@pytest.mark.skipif(
    os.name == "nt" or os.geteuid() == 0, reason="the administrator may write everywhere"
)
def test_a_folder_without_permission_is_named(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(MedSAMError, match="may not write"):
        write(tmp_path / "a.txt")


def test_a_very_long_name_can_be_written(tmp_path):
    write(tmp_path / ("a" * 240 + ".txt"))


@pytest.mark.skipif(os.name == "nt", reason="file sizes cannot be limited on Windows")
def test_a_full_disk_leaves_the_old_file(tmp_path):
    (tmp_path / "a.txt").write_text("old")
    program = """
        import resource, signal, sys
        from pathlib import Path
        from MedSAMLib.errors import MedSAMError
        from MedSAMLib.files import atomic_path
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
        try:
            with atomic_path(Path(sys.argv[1]), overwrite=True) as temporary:
                temporary.write_bytes(bytes(100_000))
        except MedSAMError as error:
            print(error)
    """
    command = [sys.executable, "-c", textwrap.dedent(program), str(tmp_path / "a.txt")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert "the disk is full" in done.stdout
    assert (tmp_path / "a.txt").read_text() == "old"
    assert len(list(tmp_path.iterdir())) == 1
