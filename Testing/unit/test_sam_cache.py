"""The embedding cache: bounded, exact in memory, half precision on disk."""

from __future__ import annotations

import dataclasses
import os
import threading
from pathlib import Path

import numpy as np
import pytest
import torch

from MedSAMLib.sam import Embedding, EmbeddingCache
from MedSAMLib.sam.cache import CacheKey, cache_key
from Testing.unit.sam_factory import random_image, tiny_model

EMBEDDING_BYTES = 4 * 256


def an_embedding(value: float = 0.1) -> Embedding:
    return Embedding(torch.full((1, 16, 4, 4), value), (30, 40), (48, 64), "model")


def a_key(number: int) -> CacheKey:
    return CacheKey(str(number), "model", "auto")


def stored(folder: Path) -> list[Path]:
    return sorted(folder.glob("*"))


def test_the_least_recently_used_goes_first():
    cache = EmbeddingCache(max_bytes=2 * EMBEDDING_BYTES)
    for number in (1, 2):
        cache.put(a_key(number), an_embedding())
    cache.get(a_key(1))
    cache.put(a_key(3), an_embedding())
    assert cache.get(a_key(2)) is None
    assert cache.get(a_key(1)) is not None
    assert cache.get(a_key(3)) is not None
    assert cache.nbytes == 2 * EMBEDDING_BYTES


def test_putting_twice_counts_once():
    cache = EmbeddingCache()
    cache.put(a_key(1), an_embedding())
    cache.put(a_key(1), an_embedding())
    assert cache.nbytes == EMBEDDING_BYTES
    cache.clear()
    assert (cache.nbytes, len(cache)) == (0, 0)


def test_an_embedding_keeps_its_pixels_and_counts_them(tmp_path):
    cache = EmbeddingCache(folder=tmp_path)
    made = tiny_model(cache=cache).embed(random_image(32, 64, 3))
    assert made.pixels.shape == (1, 3, 32, 64)
    assert made.pixels.dtype == torch.uint8
    assert cache.nbytes == made.features.numel() * 4 + 3 * 32 * 64
    again = tiny_model(cache=EmbeddingCache(folder=tmp_path)).embed(random_image(32, 64, 3))
    torch.testing.assert_close(again.pixels, made.pixels)


def test_features_that_half_precision_holds_exactly_take_half_the_memory():
    cache = EmbeddingCache()
    cache.put(a_key(1), an_embedding(0.5))
    assert cache.nbytes == EMBEDDING_BYTES // 2
    found = cache.get(a_key(1)).features
    assert found.dtype == torch.float32
    torch.testing.assert_close(found, an_embedding(0.5).features, rtol=0, atol=0)


def test_an_embedding_in_bfloat16_is_the_same_from_the_cache():
    model = tiny_model(precision="bfloat16")
    made = model.embed(random_image(32, 64, 3))
    again = model.embed(random_image(32, 64, 3))
    torch.testing.assert_close(again.features, made.features, rtol=0, atol=0)
    assert model.cache.nbytes == made.features.numel() * 2 + made.pixels.numel()


def test_what_an_older_version_kept_without_pixels_is_made_again(tmp_path):
    image = random_image(32, 64, 3)
    model = tiny_model(cache=EmbeddingCache(folder=tmp_path))
    made = model.embed(image)
    key = cache_key(image, f"{model.model_id}/{model.precision}", "auto")
    model.cache.put(key, dataclasses.replace(made, pixels=None))
    torch.testing.assert_close(model.embed(image).pixels, made.pixels)
    assert model.cache.get(key).pixels is not None


def test_what_is_larger_than_the_cache_is_not_kept():
    cache = EmbeddingCache(max_bytes=EMBEDDING_BYTES - 1)
    cache.put(a_key(1), an_embedding())
    assert (cache.nbytes, len(cache)) == (0, 0)


def test_keys_tell_content_type_shape_model_and_window_apart():
    image = random_image(4, 6)
    keys = {
        cache_key(image, "a", "auto"),
        cache_key(image, "b", "auto"),
        cache_key(image, "a", None),
        cache_key(image, "a", (40, 400)),
        cache_key(image + np.uint8(1), "a", "auto"),
        cache_key(image.reshape(6, 4), "a", "auto"),
        cache_key(image.view(np.int8), "a", "auto"),
    }
    assert len(keys) == 7
    assert cache_key(image, "a", (40, 400)) == cache_key(image.copy(), "a", (40.0, 400.0))
    assert cache_key(image.T, "a", None) == cache_key(image.T.copy(), "a", None)


def test_the_disk_keeps_half_precision(tmp_path):
    EmbeddingCache(folder=tmp_path).put(a_key(1), an_embedding(1 / 3))
    assert stored(tmp_path)[0].stat().st_size < 0.5 * EMBEDDING_BYTES + 400
    found = EmbeddingCache(folder=tmp_path).get(a_key(1))
    assert found.features.dtype == torch.float32
    torch.testing.assert_close(found.features, an_embedding(1 / 3).features, rtol=5e-4, atol=0)
    assert (found.original_size, found.input_size) == ((30, 40), (48, 64))
    assert found.model_id == "model"


def test_a_model_uses_the_disk_of_an_earlier_program(tmp_path):
    image = random_image(30, 40, 3)
    first = tiny_model(cache=EmbeddingCache(folder=tmp_path)).embed(image)
    later = tiny_model(cache=EmbeddingCache(folder=tmp_path))
    later._run_encoder = None  # would fail if it were asked
    again = later.embed(image)
    torch.testing.assert_close(again.features, first.features, rtol=1e-3, atol=1e-4)
    masks = later.segment(again, box=[2, 2, 20, 20])
    assert masks.masks.shape == (1, 30, 40)


@pytest.mark.parametrize("damage", [b"", b"not an embedding", None])
def test_damaged_files_are_removed(tmp_path, damage, caplog):
    cache = EmbeddingCache(max_bytes=0, folder=tmp_path)
    cache.put(a_key(1), an_embedding())
    (file,) = stored(tmp_path)
    file.write_bytes(file.read_bytes()[:-10] if damage is None else damage)
    assert cache.get(a_key(1)) is None
    assert stored(tmp_path) == []
    assert "damaged embedding" in caplog.text


def test_numbers_that_are_not_finite_are_not_believed(tmp_path):
    cache = EmbeddingCache(max_bytes=0, folder=tmp_path)
    cache.put(a_key(1), an_embedding(1e9))  # too large for half precision
    assert cache.get(a_key(1)) is None


def test_the_disk_is_bounded_too(tmp_path):
    cache = EmbeddingCache(max_bytes=0, folder=tmp_path)
    cache.put(a_key(1), an_embedding())
    size = stored(tmp_path)[0].stat().st_size
    cache = EmbeddingCache(max_bytes=0, folder=tmp_path, max_disk_bytes=2 * size)
    cache.put(a_key(2), an_embedding())
    for age, key in ((300, a_key(1)), (200, a_key(2))):
        path = tmp_path / key.filename()
        os.utime(path, (path.stat().st_mtime - age,) * 2)
    cache.get(a_key(1))  # now used more recently than 2
    cache.put(a_key(3), an_embedding())
    assert {path.name for path in stored(tmp_path)} == {a_key(1).filename(), a_key(3).filename()}


def test_a_folder_that_cannot_be_written_does_not_stop_the_work(tmp_path, caplog):
    (tmp_path / "file").write_text("in the way")
    cache = EmbeddingCache(folder=tmp_path / "file")
    cache.put(a_key(1), an_embedding())
    assert cache.get(a_key(1)) is not None
    assert "not kept on disk" in caplog.text


def test_threads_share_a_cache(tmp_path):
    cache = EmbeddingCache(max_bytes=3 * EMBEDDING_BYTES, folder=tmp_path)

    def work(offset: int) -> None:
        for number in range(30):
            key = a_key((number + offset) % 5)
            if cache.get(key) is None:
                cache.put(key, an_embedding(0.5))  # exact in half precision, as on disk

    threads = [threading.Thread(target=work, args=(offset,)) for offset in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert cache.nbytes == len(cache) * EMBEDDING_BYTES // 2 <= 3 * EMBEDDING_BYTES
    assert len(stored(tmp_path)) == 5
