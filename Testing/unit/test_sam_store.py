"""The model folder, against a real HTTP server on this machine."""

from __future__ import annotations

import dataclasses
import hashlib
import multiprocessing
import shutil
import stat
import sys
from collections import namedtuple
from pathlib import Path

import numpy as np
import pytest

from MedSAMLib.errors import MedSAMError, UsageError
from MedSAMLib.sam import DownloadCancelled, ModelState, Store, catalogue, default_folder
from MedSAMLib.sam.catalogue import CATALOGUE, ModelEntry, find_entry
from Testing.unit.model_server import ModelServer, serving

CONTENT = np.random.default_rng(0).bytes(1_000_000)


def entry_for(server: ModelServer | None = None, content: bytes = CONTENT) -> ModelEntry:
    return dataclasses.replace(
        find_entry("sam-vit-b"),
        url=server.url if server else "http://127.0.0.1:9/model.pth",
        sha256=hashlib.sha256(content).hexdigest(),
        bytes=len(content),
    )


@pytest.fixture
def store(tmp_path) -> Store:
    return Store(tmp_path / "models")


@pytest.fixture
def server():
    with serving(ModelServer(CONTENT)) as running:
        yield running


def files(store: Store) -> set[str]:
    """The visible files of the model folder."""
    return {path.name for path in store.folder.glob("[!.]*")}


def test_a_download_is_complete_verified_and_reported(store, server):
    entry, seen = entry_for(server), []
    path = store.download(entry, progress=lambda here, total: seen.append((here, total)))
    assert path.read_bytes() == CONTENT
    assert store.state(entry) is ModelState.DOWNLOADED
    assert seen[0] == (0, len(CONTENT))
    assert seen[-1] == (len(CONTENT), len(CONTENT))
    assert seen == sorted(seen)
    assert f"{entry.filename}.part" not in files(store)


def test_what_is_here_is_not_fetched_again(store, server):
    store.download(entry_for(server))
    store.download(entry_for(server))
    assert len(server.requests) == 1


def test_a_cancelled_download_goes_on_where_it_stopped(store, server):
    entry, here = entry_for(server), [0]

    def note(count: int, total: int) -> None:
        here[0] = count

    with pytest.raises(DownloadCancelled, match="goes on from there"):
        store.download(entry, progress=note, cancelled=lambda: here[0] > 400_000)
    assert store.state(entry) is ModelState.ABSENT
    assert store.download(entry).read_bytes() == CONTENT
    assert server.requests == ["", f"bytes={here[0]}-"]


def test_a_broken_connection_is_taken_up_again(store, server):
    server.breaks_after = 300_000
    assert store.download(entry_for(server)).read_bytes() == CONTENT
    assert server.requests == ["", "bytes=300000-", "bytes=600000-", "bytes=900000-"]


def test_a_server_without_ranges_is_asked_from_the_beginning(store, server):
    server.knows_range = False
    entry = entry_for(server)
    store.folder.mkdir()
    (store.folder / f"{entry.filename}.part").write_bytes(CONTENT[:1000])
    assert store.download(entry).read_bytes() == CONTENT
    assert server.requests == ["bytes=1000-"]


def test_a_server_that_always_breaks_is_given_up(store, server):
    server.knows_range, server.breaks_after = False, 300_000
    with pytest.raises(MedSAMError, match=r"stopped at 0\.3 MB of 1\.0 MB .* Try again"):
        store.download(entry_for(server))
    assert len(server.requests) == 4


@pytest.mark.parametrize("left", [len(CONTENT) - 1, len(CONTENT) + 1])
def test_wrong_remains_of_a_download_do_no_harm(store, server, left):
    entry = entry_for(server)
    store.folder.mkdir()
    (store.folder / f"{entry.filename}.part").write_bytes((CONTENT + b"x")[:left])
    assert store.download(entry).read_bytes() == CONTENT


def test_another_content_is_deleted_and_told(store, server):
    entry = dataclasses.replace(entry_for(server), sha256="0" * 64)
    with pytest.raises(MedSAMError, match="not the model sam-vit-b: its sha256 is"):
        store.download(entry)
    assert files(store) == set()


def test_a_login_page_instead_of_the_model_is_told(store, server):
    entry = entry_for(server)
    server.content = b"<html>Please log in</html>"
    with pytest.raises(MedSAMError, match=r"26 bytes instead of 1000000.*login"):
        store.download(entry)


def test_a_server_that_refuses_is_told(store, server):
    server.status = 404
    with pytest.raises(MedSAMError, match="answers 404 Not Found"):
        store.download(entry_for(server))
    assert len(server.requests) == 1


def test_without_network_the_way_out_is_told(store):
    with pytest.raises(MedSAMError, match=r"refused.*copy the file from another computer"):
        store.download(entry_for())


def _download(folder: Path, entry: ModelEntry, results) -> None:
    results.put(Store(folder).download(entry).read_bytes() == CONTENT)


@pytest.mark.timeout(240)  # two fresh interpreters
def test_two_processes_end_with_one_good_file(store, server):
    spawn = multiprocessing.get_context("spawn")
    results = spawn.Queue()
    entry = entry_for(server)
    processes = [
        spawn.Process(target=_download, args=(store.folder, entry, results)) for _ in range(2)
    ]
    for process in processes:
        process.start()
    assert [results.get(timeout=200) for _ in processes] == [True, True]
    for process in processes:
        process.join()
    assert len(server.requests) == 1


def test_waiting_for_another_process_can_be_cancelled(store, server):
    import filelock

    entry = entry_for(server)
    store.folder.mkdir()
    with (
        filelock.FileLock(store.folder / f".{entry.filename}.lock"),
        pytest.raises(DownloadCancelled),
    ):
        store.download(entry, cancelled=lambda: True)


def test_a_disk_without_room_is_told_before_the_download(store, server, monkeypatch):
    usage = namedtuple("usage", "total used free")(10, 10, 1000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    with pytest.raises(MedSAMError, match=r"too full: 1\.0 MB are needed, 0\.0 MB are free"):
        store.download(entry_for(server))
    assert server.requests == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs Linux's /dev/full")
def test_a_disk_that_fills_up_is_told(store, server):
    entry = entry_for(server)
    store.folder.mkdir()
    (store.folder / f"{entry.filename}.part").symlink_to("/dev/full")
    with pytest.raises(MedSAMError, match=r"The disk of .* is full"):
        store.download(entry)
    assert store.state(entry) is ModelState.ABSENT


def test_a_folder_that_cannot_be_made_is_told(tmp_path, server):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(MedSAMError, match=r"cannot be written .*MEDSAM_MODELS"):
        Store(tmp_path / "file" / "models").download(entry_for(server))


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")
def test_a_read_only_folder_of_models_can_be_used(store, server):
    entry = entry_for(server)
    store.download(entry)
    store._memo(entry).unlink()
    store.folder.chmod(stat.S_IRUSR | stat.S_IXUSR)
    try:
        assert store.ready_path(entry).read_bytes() == CONTENT
    finally:
        store.folder.chmod(stat.S_IRWXU)


def test_a_copied_file_counts_once_its_content_is_compared(store):
    entry = entry_for()
    store.folder.mkdir()
    store.path(entry).write_bytes(CONTENT)
    assert store.state(entry) is ModelState.DOWNLOADED
    store.path(entry).write_bytes(bytes(len(CONTENT)))
    assert store.state(entry) is ModelState.CORRUPT
    with pytest.raises(MedSAMError, match="damaged or another file"):
        store.ready_path(entry)
    with pytest.raises(MedSAMError, match="damaged or another file"):
        store.verify(entry)


def test_the_comparison_is_remembered_and_can_be_repeated(store, monkeypatch):
    entry, compared = entry_for(), []
    store.folder.mkdir()
    store.path(entry).write_bytes(CONTENT)

    def count(path: Path) -> str:
        compared.append(path)
        return entry.sha256

    monkeypatch.setattr("MedSAMLib.sam.store.sha256_of", count)
    assert store.state(entry) is store.state(entry) is ModelState.DOWNLOADED
    assert len(compared) == 1
    store.verify(entry)
    assert len(compared) == 2


def test_a_file_can_be_imported(store, tmp_path):
    entry, source = entry_for(), tmp_path / "from_a_stick.pth"
    source.write_bytes(CONTENT)
    assert store.import_file(entry, source).read_bytes() == CONTENT
    assert store.state(entry) is ModelState.DOWNLOADED


def test_another_file_is_not_imported(store, tmp_path):
    source = tmp_path / "other.pth"
    source.write_bytes(b"other")
    with pytest.raises(MedSAMError, match="not the model sam-vit-b"):
        store.import_file(entry_for(), source)
    assert source.exists()
    assert files(store) == set()
    with pytest.raises(UsageError, match="There is no file"):
        store.import_file(entry_for(), tmp_path / "none.pth")


def test_removing_leaves_nothing(store, server):
    entry = entry_for(server)
    store.download(entry)
    (store.folder / f"{entry.filename}.part").write_bytes(b"old")
    assert store.remove(entry)
    assert files(store) == set()
    assert not store.remove(entry)


def test_a_missing_model_tells_how_to_get_it(store):
    entry = find_entry("medsam")
    for ask in (store.ready_path, store.verify):
        with pytest.raises(MedSAMError, match=r"download medsam` \(375 MB, licence CC-BY-4\.0"):
            ask(entry)


def test_every_model_is_listed(store):
    states = {entry.name: state for entry, state in store.listing()}
    assert set(states) == {entry.name for entry in CATALOGUE}
    assert states["sam-vit-h"] is ModelState.ABSENT


@pytest.fixture
def bundled(tmp_path, monkeypatch) -> ModelEntry:
    """A starter that lies in a folder of bundled models."""
    monkeypatch.setattr("MedSAMLib.sam.store.bundled_folder", lambda: tmp_path)
    (tmp_path / "starter.safetensors").write_bytes(CONTENT)
    sha256 = hashlib.sha256(CONTENT).hexdigest()
    return dataclasses.replace(find_entry("starter"), sha256=sha256, bytes=len(CONTENT))


def test_a_bundled_model_is_there_without_a_download(store, bundled):
    assert store.state(bundled) is ModelState.BUNDLED
    assert store.download(bundled).read_bytes() == CONTENT
    assert not store.folder.exists()
    for change in (store.remove, lambda entry: store.import_file(entry, "x")):
        with pytest.raises(UsageError, match="part of SlicerMedSAM"):
            change(bundled)


def test_a_damaged_bundled_model_is_told(store, bundled):
    store.path(bundled).write_bytes(b"cut")
    with pytest.raises(MedSAMError, match="install SlicerMedSAM again"):
        store.ready_path(bundled)
    store.path(bundled).unlink()
    with pytest.raises(MedSAMError, match="install SlicerMedSAM again"):
        store.verify(bundled)


def test_a_model_that_cannot_run_is_not_downloaded(store):
    for ask in (store.download, store.ready_path):
        with pytest.raises(MedSAMError, match="TinyViT"):
            ask(find_entry("mobile-sam"))


@pytest.mark.parametrize(
    ("platform", "expected"),
    [
        ("linux", ".local/share/SlicerMedSAM/models"),
        ("darwin", "Library/Application Support/SlicerMedSAM/models"),
        ("win32", "AppData/Local/SlicerMedSAM/models"),
    ],
)
def test_the_folder_is_where_the_system_keeps_data(platform, expected, monkeypatch, tmp_path):
    for name in ("MEDSAM_MODELS", "XDG_DATA_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    monkeypatch.setattr(sys, "platform", platform)
    assert default_folder() == tmp_path / expected


def test_the_environment_chooses_the_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("MEDSAM_MODELS", str(tmp_path))
    assert Store().folder == tmp_path


def test_the_catalogue_says_what_a_user_must_know():
    names = [entry.name for entry in CATALOGUE]
    assert len(set(names)) == len(names)
    for entry in CATALOGUE:
        assert entry.licence
        assert entry.citation
        assert entry.modalities
        if not entry.bundled:
            assert entry.url.startswith("https://")
            assert len(bytes.fromhex(entry.sha256)) == 32
            assert entry.bytes > 0


def test_the_starter_in_the_catalogue_is_the_one_that_ships():
    path = catalogue.bundled_folder() / "starter.safetensors"
    if not path.exists():
        pytest.skip("the starter is not trained yet")
    assert Store().state(find_entry("starter")) is ModelState.BUNDLED
    assert path.stat().st_size <= 20_000_000
