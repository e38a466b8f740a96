"""`medsam models` and `medsam info`, with a catalogue of one small model on this machine."""

from __future__ import annotations

import hashlib
import io
import json
import os
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from MedSAMLib.command_line.reporting import pairs, progress, size_text, table
from MedSAMLib.sam import catalogue, store
from MedSAMLib.sam.catalogue import ModelEntry, find_entry
from MedSAMLib.sam.engines import kept_encoders
from MedSAMLib.sam.engines.kept_encoders import KeptEncoders

CONTENT = b"weights " * 1000


class SilentHandler(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def served(tmp_path: Path):
    """A folder that a server on this machine offers, and its address."""
    folder = tmp_path / "served"
    folder.mkdir()
    (folder / "toy.pth").write_bytes(CONTENT)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(SilentHandler, directory=folder))
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/toy.pth"
    server.shutdown()
    server.server_close()


@pytest.fixture
def toy(served: str, monkeypatch: pytest.MonkeyPatch) -> ModelEntry:
    """The only model that there is."""
    entry = ModelEntry(
        name="toy",
        title="Toy",
        architecture="vit_b",
        filename="toy.pth",
        url=served,
        sha256=hashlib.sha256(CONTENT).hexdigest(),
        bytes=len(CONTENT),
        licence="CC0",
        citation="Nobody et al. 2020",
        input_size=64,
        modalities="none",
    )
    monkeypatch.setattr(catalogue, "CATALOGUE", (entry,))
    monkeypatch.setattr(store, "CATALOGUE", (entry,))
    return entry


@pytest.fixture
def model_folder() -> Path:
    return Path(os.environ["MEDSAM_MODELS"])


def test_list_is_a_table(medsam, toy):
    header, row = medsam("models", "list").out.splitlines()
    assert header.split() == ["NAME", "STATE", "SIZE", "INPUT", "TITLE", "LICENCE"]
    assert row.split() == ["toy", "not", "here", "8", "kB", "64x64", "Toy", "CC0"]


def test_the_real_catalogue_can_be_listed_and_shown(medsam):
    assert "starter" in medsam("models", "list").out
    assert "Nature Communications" in medsam("models", "show", "medsam").out


def test_list_and_show_for_programs(medsam, toy, model_folder):
    (entry,) = json.loads(medsam("models", "list", "--json").out)
    assert entry["name"] == "toy"
    assert entry["state"] == "not here"
    assert entry["path"] == str(model_folder / "toy.pth")
    assert json.loads(medsam("models", "show", "toy", "--json").out) == entry


def test_download_shows_the_terms_and_verifies(medsam, toy, model_folder):
    result = medsam("models", "download", "toy", "--yes")
    assert (result.status, result.err) == (0, "")
    for told in ("CC0", "8 kB", "Nobody et al. 2020"):
        assert told in result.out
    assert (model_folder / "toy.pth").read_bytes() == CONTENT
    assert "downloaded" in medsam("models", "list").out
    assert "here already" in medsam("models", "download", "toy").out


def test_download_asks_nobody_without_a_terminal(medsam, toy, model_folder, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    result = medsam("models", "download", "toy")
    assert result.status == 2
    assert "'medsam models download toy --yes'" in result.error
    assert not (model_folder / "toy.pth").exists()


@pytest.mark.parametrize(("answer", "status"), [("y", 0), ("yes", 0), ("", 1), ("no", 1)])
def test_download_asks_on_a_terminal(medsam, toy, model_folder, monkeypatch, answer, status):
    terminal = io.StringIO(f"{answer}\n")
    terminal.isatty = lambda: True
    monkeypatch.setattr("sys.stdin", terminal)
    assert medsam("models", "download", "toy").status == status
    assert (model_folder / "toy.pth").exists() is (status == 0)


def test_verify_finds_damage_and_remove_mends_it(medsam, toy, model_folder):
    medsam("models", "download", "toy", "--yes")
    assert "sha256 is right" in medsam("models", "verify").out
    (model_folder / "toy.pth").write_bytes(CONTENT[::-1])
    result = medsam("models", "verify", "toy")
    assert result.status == 1
    assert "damaged" in result.error
    assert medsam("models", "remove", "toy").status == 0
    assert not (model_folder / "toy.pth").exists()


def test_what_is_not_there_cannot_be_removed(medsam, toy):
    result = medsam("models", "remove", "toy")
    assert result.status == 1
    assert "nothing to remove" in result.error


def test_path_of_the_folder_and_of_a_model(medsam, toy, model_folder):
    assert medsam("models", "path").out == f"{model_folder}\n"
    assert medsam("models", "path", "toy").out == f"{model_folder / 'toy.pth'}\n"


def test_import_takes_the_right_file_only(medsam, toy, model_folder, tmp_path):
    wrong = tmp_path / "wrong.pth"
    wrong.write_bytes(b"something else")
    result = medsam("models", "import", "toy", wrong)
    assert result.status == 1
    assert "not the model toy" in result.error
    assert wrong.exists()
    assert medsam("models", "import", "toy", tmp_path / "served" / "toy.pth").status == 0
    assert (model_folder / "toy.pth").read_bytes() == CONTENT


@pytest.mark.parametrize("action", ["show", "download", "verify", "remove", "path"])
def test_an_unknown_model_is_wrong_use(medsam, toy, action):
    result = medsam("models", action, "nonsense")
    assert result.status == 2
    assert "known are toy" in result.error


def test_quiet_says_nothing(medsam, toy):
    assert medsam("models", "download", "toy", "--yes", "--quiet").out == ""


@pytest.mark.timeout(180)
def test_a_reader_that_leaves_is_no_traceback(medsam_process):
    process = medsam_process("models", "list")
    process.stdout.close()
    assert process.stderr.read() == ""
    assert process.wait() == 1


def test_info_tells_versions_device_and_models(medsam, toy, model_folder):
    medsam("models", "download", "toy", "--yes")
    told = medsam("info").out
    for name in ("SlicerMedSAM", "Python", "torch", "device", "threads", "bfloat16", "free space"):
        assert f"\n{name} " in f"\n{told}"
    assert str(model_folder) in told
    assert "toy (downloaded, 8 kB)" in told


def test_info_tells_a_broken_installation(medsam, toy, monkeypatch):
    def fail() -> None:
        raise ImportError("No module named 'torchvision'")

    monkeypatch.setattr("MedSAMLib.sam.torchvision_operators.import_torchvision", fail)
    result = medsam("info")
    assert result.status == 0
    assert "none: No module named 'torchvision'" in result.out


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 B"), (999, "999 B"), (1000, "1 kB"), (999_600, "1 MB"), (375_042_383, "375 MB")],
)
def test_sizes_are_written_as_people_do(count, text):
    assert size_text(count) == text


def test_columns_are_aligned():
    assert table(("A", "BB"), [("xxx", "y")]) == "A    BB\nxxx  y"
    assert pairs([("a", "1"), ("bbb", "2")]) == "a    1\nbbb  2"


def test_progress_is_for_terminals_only(monkeypatch, capfd):
    monkeypatch.setattr("sys.stderr.isatty", lambda: False)
    with progress(iter([1, 2]), 2, "slice", quiet=False) as items:
        assert list(items) == [1, 2]
    assert capfd.readouterr().err == ""


def test_the_progress_bar_is_wiped_away_before_an_error_is_told(monkeypatch, capfd):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)

    def interrupted_work() -> None:
        with progress(iter([1, 2]), 2, "slice", quiet=False) as items:
            next(iter(items))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted_work()
    told = capfd.readouterr().err
    assert "slice" in told
    assert told.endswith(" \r")


def test_what_was_converted_for_openvino_is_shown_and_removed(medsam, model_folder):
    entry = find_entry("starter")
    converted = KeptEncoders(model_folder).path(entry.sha256)
    converted.mkdir(parents=True)
    (converted / "encoder.bin").write_bytes(bytes(3_000_000))
    assert "for OpenVINO, 3 MB" in medsam("models", "show", "starter").out
    assert "converted for OpenVINO 3 MB" in medsam("info").out
    assert medsam("models", "remove", "starter").status == 0  # the network itself ships and stays
    assert not converted.exists()
    assert medsam("models", "remove", "starter").status == 2


@pytest.mark.parametrize(
    ("version", "told"), [("2026.4", "OpenVINO (large"), (None, "pip install openvino")]
)
def test_info_tells_what_encodes_and_how_to_get_what_is_faster(medsam, version, told, monkeypatch):
    monkeypatch.setattr(kept_encoders, "openvino_version", lambda: version)
    assert told in medsam("info", "--device", "cpu").out
