"""Servers that lie, killed downloads, several programs on one folder, links, clocks, odd names."""

from __future__ import annotations

import contextlib
import dataclasses
import errno
import http.server
import multiprocessing
import os
import random
import signal
import threading
import time

import pytest
import torch

from MedSAMLib.errors import MedSAMError
from MedSAMLib.files import atomic_path
from MedSAMLib.sam import ModelState, Store
from MedSAMLib.sam.cache import CacheKey, EmbeddingFolder
from MedSAMLib.sam.embedding import Embedding
from Testing.unit.model_server import ModelServer, serving
from Testing.unit.test_sam_store import CONTENT, entry_for, files

SPAWN = multiprocessing.get_context("spawn")
LIMIT_S = 50


@pytest.fixture
def store(tmp_path) -> Store:
    return Store(tmp_path / "models")


@contextlib.contextmanager
def lying(answer):
    """A server whose answer is written by `answer(handler)`; yields its address."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            with contextlib.suppress(OSError):
                answer(self)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/model.pth"
    finally:
        server.shutdown()
        server.server_close()


def endless(handler) -> None:
    handler.send_response(200)
    handler.end_headers()
    while True:
        handler.wfile.write(bytes(1 << 16))


def no_number(handler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "many")
    handler.end_headers()
    handler.wfile.write(CONTENT + b"more")


def to_a_file(handler) -> None:
    handler.send_response(302)
    handler.send_header("Location", "file:///etc/passwd")
    handler.end_headers()


def in_a_circle(handler) -> None:
    handler.send_response(302)
    handler.send_header("Location", "/model.pth")
    handler.end_headers()


def no_http(handler) -> None:
    handler.wfile.write(b"\x00\xff nonsense\r\n\r\n")


def too_short(handler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(CONTENT)))
    handler.end_headers()
    handler.wfile.write(CONTENT[:10])


def wrong_bytes(handler) -> None:
    handler.send_response(200)
    handler.end_headers()
    handler.wfile.write(bytes(len(CONTENT)))


@pytest.mark.parametrize(
    "answer", [endless, no_number, to_a_file, in_a_circle, no_http, too_short, wrong_bytes]
)
def test_a_server_that_lies_is_told_in_one_sentence_and_leaves_no_model(store, answer):
    with lying(answer) as url:
        entry = dataclasses.replace(entry_for(), url=url)
        with pytest.raises(MedSAMError) as caught:
            store.download(entry)
    assert "\n" not in str(caught.value)
    assert store.state(entry) is ModelState.ABSENT
    assert all(path.stat().st_size <= len(CONTENT) for path in store.folder.iterdir())


def test_a_download_that_is_killed_goes_on_where_it_was(store):
    pieces = [CONTENT[start : start + 50_000] for start in range(0, len(CONTENT), 50_000)]

    def slowly(handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(CONTENT)))
        handler.end_headers()
        for piece in pieces:
            handler.wfile.write(piece)
            time.sleep(0.1)

    part = store.folder / f"{entry_for().filename}.part"
    with lying(slowly) as url:
        entry = dataclasses.replace(entry_for(), url=url)
        process = SPAWN.Process(target=store.download, args=(entry,))
        process.start()
        wait_until(lambda: part.exists() and part.stat().st_size > 0)
        os.kill(process.pid, getattr(signal, "SIGKILL", signal.SIGTERM))
        process.join()
    here = part.stat().st_size
    assert 0 < here < len(CONTENT)
    with serving(ModelServer(CONTENT)) as server:
        path = store.download(dataclasses.replace(entry, url=server.url))
        assert server.requests == [f"bytes={here}-"]
    assert path.read_bytes() == CONTENT


def wait_until(condition) -> None:
    end = time.monotonic() + LIMIT_S
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def work_on_models(folder, entry, seed, results) -> None:
    """Whatever users do, in any order; only sentences for users may come of it."""
    chance, store = random.Random(seed), Store(folder)
    try:
        for _ in range(25):
            action = chance.choice((store.download, store.state, store.remove, store.verify))
            with contextlib.suppress(MedSAMError):
                action(entry)
        results.put("")
    except BaseException as error:
        results.put(repr(error))


def test_programs_that_share_a_model_folder_do_not_harm_each_other(store):
    results = SPAWN.Queue()
    with serving(ModelServer(CONTENT)) as server:
        entry = entry_for(server)
        run_at_once(work_on_models, [(store.folder, entry, n, results) for n in range(2)])
        assert [results.get(timeout=LIMIT_S) for _ in range(2)] == ["", ""]
        assert store.download(entry).read_bytes() == CONTENT
    assert files(store) == {entry.filename, f"{entry.filename}.verified.json"}


def embedding(number: int) -> Embedding:
    return Embedding(torch.full((1, 4, 8, 8), float(number)), (8, 8), (64, 64), "model")


def work_on_cache(folder, seed, results) -> None:
    chance, cache = random.Random(seed), EmbeddingFolder(folder, 6000)
    try:
        for _ in range(150):
            number = chance.randrange(12)
            key = CacheKey(str(number), "model", "auto")
            if chance.random() < 0.5:
                cache.write(key, embedding(number))
            else:
                found = cache.read(key)
                assert found is None or bool((found.features == number).all())
        results.put("")
    except BaseException as error:
        results.put(repr(error))


def test_programs_that_share_a_cache_read_what_was_written_or_nothing(tmp_path):
    results = SPAWN.Queue()
    run_at_once(work_on_cache, [(tmp_path, n, results) for n in range(2)])
    assert [results.get(timeout=LIMIT_S) for _ in range(2)] == ["", ""]
    EmbeddingFolder(tmp_path, 6000).write(CacheKey("last", "model", "auto"), embedding(1))
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= 6000
    assert list(tmp_path.glob("*.part")) == []


def run_at_once(target, arguments) -> None:
    processes = [SPAWN.Process(target=target, args=each) for each in arguments]
    for process in processes:
        process.start()
    for process in processes:
        process.join(LIMIT_S)
        assert process.exitcode == 0


def test_what_a_killed_program_left_in_the_cache_is_removed_after_an_hour(tmp_path):
    old, new = tmp_path / "old.part", tmp_path / "new.part"
    for path in (old, new):
        path.write_bytes(b"half")
    os.utime(old, (time.time() - 7200, time.time() - 7200))
    EmbeddingFolder(tmp_path, 1 << 20).write(CacheKey("a", "model", "auto"), embedding(1))
    assert not old.exists()
    assert new.exists()


@pytest.mark.parametrize("hours", [-24, 24])
def test_a_clock_that_was_wrong_keeps_the_cache_bounded_and_the_model_verified(
    tmp_path, store, hours
):
    moment = time.time() + 3600 * hours
    cache = EmbeddingFolder(tmp_path / "cache", 3000)
    for number in range(8):
        key = CacheKey(str(number), "model", "auto")
        cache.write(key, embedding(number))
        if (file := cache.folder / key.filename()).exists():
            os.utime(file, (moment, moment))
    assert sum(path.stat().st_size for path in cache.folder.iterdir()) <= 3000
    with serving(ModelServer(CONTENT)) as server:
        entry = entry_for(server)
        os.utime(store.download(entry), (moment, moment))
    assert store.state(entry) is ModelState.DOWNLOADED


def test_a_link_in_the_place_of_a_part_is_not_written_through(store, tmp_path):
    precious = tmp_path / "precious.txt"
    precious.write_text("mine")
    with serving(ModelServer(CONTENT)) as server:
        entry = entry_for(server)
        store.folder.mkdir()
        for ending in (".part", ".verified.json", ".import"):
            (store.folder / f"{entry.filename}{ending}").symlink_to(precious)
        store.download(entry)
        store.import_file(entry, store.path(entry))
    assert precious.read_text() == "mine"


def test_a_link_in_the_place_of_a_result_is_replaced(tmp_path):
    from MedSAMLib.quality.cohort.output_folder import OutputFolder

    precious, folder = tmp_path / "precious.txt", tmp_path / "results"
    precious.write_text("mine")
    folder.mkdir()
    (folder / "index.html").symlink_to(precious)
    OutputFolder(folder).write(folder / "index.html", "page")
    assert precious.read_text() == "mine"
    assert (folder / "index.html").read_text() == "page"


@pytest.mark.parametrize(
    "name", ["模型 Ünï \U0001f9e0", "a" * 200, "with 'quotes' & <tags>", "-rf"]
)
def test_folders_of_any_name_hold_models_and_files(tmp_path, name):
    store = Store(tmp_path / name)
    with serving(ModelServer(CONTENT)) as server:
        assert store.download(entry_for(server)).read_bytes() == CONTENT
    with atomic_path(tmp_path / name / f"{'é' * 100}.csv") as temporary:
        temporary.write_text("a")
    assert (tmp_path / name / f"{'é' * 100}.csv").read_text() == "a"


def test_a_very_deep_folder_holds_models(tmp_path):
    deep = tmp_path.joinpath(*["folder" * 10] * 12)
    with serving(ModelServer(CONTENT)) as server:
        assert Store(deep).download(entry_for(server)).read_bytes() == CONTENT


def test_a_model_that_vanishes_while_it_is_compared_is_absent(store, monkeypatch):
    with serving(ModelServer(CONTENT)) as server:
        entry = entry_for(server)
        path = store.download(entry)

    def vanish(*_):
        path.unlink()
        raise FileNotFoundError(errno.ENOENT, "gone", str(path))

    monkeypatch.setattr(Store, "_remembered", lambda *_: False)
    monkeypatch.setattr("MedSAMLib.sam.store.sha256_of", vanish)
    assert store.state(entry) is ModelState.ABSENT


def test_a_checkpoint_that_vanishes_is_told(tmp_path, monkeypatch):
    from MedSAMLib.sam import load_model

    path = tmp_path / "model.pth"
    path.write_bytes(b"x")

    def vanish(_path):
        raise FileNotFoundError(errno.ENOENT, "No such file or directory", str(path))

    monkeypatch.setattr("MedSAMLib.sam.models.sha256_of", vanish)
    with pytest.raises(MedSAMError, match="cannot be read: No such file"):
        load_model(path)
