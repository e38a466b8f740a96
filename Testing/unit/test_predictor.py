"""Embedding and segmenting: batches, masks as prompts, wrong use, cache, threads, memory."""

from __future__ import annotations

import threading

import numpy as np
import pytest
import torch

from MedSAMLib.errors import MedSAMError, UsageError
from MedSAMLib.sam import EmbeddingCache, SamModel
from Testing.unit.sam_factory import random_image, tiny_model

IMAGE = random_image(48, 80, 3)
BOXES = np.array([[5, 7, 40, 33.5], [20, 3, 70, 40], [0, 0, 80, 48]])
POINTS = np.array([[[12, 15], [30, 20]], [[60, 30], [5, 5]], [[40, 24], [1, 1]]])
LABELS = np.array([[1, 0], [1, 1], [1, 0]])


@pytest.fixture(scope="module")
def model() -> SamModel:
    return tiny_model()


@pytest.fixture(scope="module")
def embedding(model):
    return model.embed(IMAGE)


BATCHES = {
    "boxes": {"box": BOXES},
    "points": {"points": POINTS, "labels": LABELS},
    "boxes and points": {"box": BOXES, "points": POINTS, "labels": LABELS},
    "more than are decoded at a time": {"box": np.tile(BOXES, (7, 1))},
}


@pytest.mark.parametrize("multimask", [False, True], ids=["single", "multi"])
@pytest.mark.parametrize("batch", BATCHES.values(), ids=BATCHES.keys())
def test_a_batch_equals_one_by_one(model, embedding, batch, multimask):
    together = model.segment(embedding, **batch, multimask=multimask)
    for i in range(len(together.masks)):
        one = model.segment(embedding, **{k: v[i] for k, v in batch.items()}, multimask=multimask)
        pick = slice(None) if multimask else 0
        np.testing.assert_allclose(together.logits[i], one.logits[pick], atol=1e-5)
        np.testing.assert_allclose(together.scores[i], one.scores[pick], atol=1e-5)
        np.testing.assert_array_equal(together.masks[i], one.masks[pick])


def test_shapes_of_one_prompt_and_of_a_batch(model, embedding):
    one = model.segment(embedding, box=BOXES[0])
    three = model.segment(embedding, box=BOXES[0], multimask=True)
    batch = model.segment(embedding, box=BOXES)
    both = model.segment(embedding, box=BOXES, multimask=True)
    assert one.masks.shape == (1, 48, 80)
    assert one.logits.shape == (1, 32, 32)
    assert one.scores.shape == (1,)
    assert three.masks.shape == (3, 48, 80)
    assert batch.masks.shape == (3, 48, 80)
    assert batch.scores.shape == (3,)
    assert both.masks.shape == (3, 3, 48, 80)
    assert both.logits.shape == (3, 3, 32, 32)
    assert one.masks.dtype == bool
    assert one.logits.dtype == one.scores.dtype == np.float32


def test_a_batch_of_logits_refines_a_batch(model, embedding):
    first = model.segment(embedding, box=BOXES)
    together = model.segment(embedding, box=BOXES, mask=first.logits)
    one = model.segment(embedding, box=BOXES[1], mask=first.logits[1])
    np.testing.assert_allclose(together.logits[1], one.logits[0], atol=1e-5)


def test_pixels_as_mask_are_sure_logits_in_the_networks_frame(model):
    embedding = model.embed(random_image(32, 64, 3))  # the network's input is padded below it
    mask = np.zeros((32, 64), dtype=bool)
    mask[:, :40] = True
    logits = np.full((32, 32), -np.log(999), dtype=np.float32)
    logits[:16, :20] = np.log(999)
    by_pixels = model.segment(embedding, box=BOXES[0], mask=mask)
    by_logits = model.segment(embedding, box=BOXES[0], mask=logits)
    np.testing.assert_allclose(by_pixels.logits, by_logits.logits, atol=1e-4)


def test_whole_numbers_as_mask_are_pixels(model, embedding):
    mask = random_image(48, 80) > 128
    as_bool = model.segment(embedding, mask=mask)
    as_labels = model.segment(embedding, mask=mask.astype(np.uint8) * 7)
    np.testing.assert_array_equal(as_bool.logits, as_labels.logits)


WRONG_USE = {
    "No prompt": {},
    "No prompt was": {"points": np.zeros((0, 2)), "labels": []},
    "inverted": {"box": [40, 7, 5, 33]},
    "no area": {"box": [5, 7, 5, 33]},
    "outside": {"box": [80, 0, 90, 10]},
    "not finite": {"box": [0, 0, np.nan, 10]},
    "four numbers": {"box": [0, 0, 10]},
    "made of numbers": {"box": ["a", 0, 1, 2]},
    "pairs": {"points": [[1, 2, 3]], "labels": [1]},
    "needs a label": {"points": [[1, 2]]},
    "needs a label:": {"points": [[1, 2]], "labels": [2]},
    "without points": {"box": BOXES[0], "labels": [1]},
    "both for one": {"box": BOXES, "points": POINTS[0], "labels": LABELS[0]},
    "equally many": {"box": BOXES, "points": POINTS[:2], "labels": LABELS[:2]},
    "3 boxes and": {"box": BOXES, "mask": np.zeros((2, 32, 32), dtype=np.float32)},
    "Mask logits must have the shape": {"mask": np.zeros((48, 80), dtype=np.float32)},
    "A mask must have the shape": {"mask": np.zeros((32, 32), dtype=bool)},
    "Mask logits must be finite": {"mask": np.full((32, 32), np.inf)},
    "empty": {"box": np.zeros((0, 4))},
}


@pytest.mark.parametrize(("told", "prompt"), WRONG_USE.items())
def test_wrong_prompts_are_told_in_a_sentence(model, embedding, told, prompt):
    with pytest.raises(UsageError, match=told):
        model.segment(embedding, **prompt)


def test_another_models_embedding_is_refused(model):
    with pytest.raises(UsageError, match="another model"):
        model.segment(tiny_model(seed=1).embed(IMAGE), box=BOXES[0])


@pytest.mark.parametrize("shape", [(5,), (2, 3, 4, 3), (0, 5), (9, 9, 2), (1, 500)])
def test_what_is_no_image_is_refused(model, shape):
    with pytest.raises(UsageError):
        model.embed(np.zeros(shape, dtype=np.uint8))


@pytest.mark.parametrize("dtype", [complex, object, "U1", "datetime64[s]"])
def test_what_is_no_number_is_refused(model, dtype):
    with pytest.raises(UsageError, match="real numbers"):
        model.embed(np.zeros((4, 4)).astype(dtype))


@pytest.mark.parametrize("window", ["bone", 5, (1,), ("a", "b"), (40, -400), (40, np.nan)])
def test_what_is_no_window_is_refused(model, window):
    with pytest.raises(UsageError, match="window"):
        model.embed(np.zeros((4, 4)), window=window)


def test_any_number_type_is_windowed_to_the_same_picture(model):
    picture = random_image(40, 40)
    raw = picture.astype(np.int16) * 4 - 1000
    by_window = model.embed(raw, window=(4 * 127.5 - 1000, 4 * 255))
    torch.testing.assert_close(by_window.features, model.embed(picture).features)


def test_an_image_is_encoded_once(model):
    fresh = tiny_model()
    first = fresh.embed(IMAGE)
    assert fresh.embed(IMAGE.copy()) is first
    assert fresh.embed(IMAGE, window=(100, 50)) is not first
    assert fresh.embed(IMAGE[::-1]) is not first


def test_a_cache_of_no_bytes_keeps_nothing():
    model = tiny_model(cache=EmbeddingCache(max_bytes=0))
    first, second = model.embed(IMAGE), model.embed(IMAGE)
    assert first is not second
    assert torch.equal(first.features, second.features)


def test_threads_get_what_one_thread_gets(model):
    images = [random_image(40, 60, 3, seed=i) for i in range(4)]
    alone = [model.segment(model.embed(image), box=BOXES[0]).logits for image in images]
    shared = tiny_model()
    results: dict[int, np.ndarray] = {}

    def work(i: int) -> None:
        results[i] = shared.segment(shared.embed(images[i % 4]), box=BOXES[0]).logits

    threads = [threading.Thread(target=work, args=(i,)) for i in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for i, logits in results.items():
        np.testing.assert_array_equal(logits, alone[i % 4])
    assert len(results) == 12


def test_a_gpu_without_memory_gives_way_to_the_cpu(model, monkeypatch, caplog):
    pretended = tiny_model()
    pretended.device = torch.device("cuda")
    encode = pretended._run_encoder

    def full_on_gpu(pixels):
        if pretended.device.type == "cuda":
            raise torch.cuda.OutOfMemoryError("CUDA out of memory")
        return encode(pixels)

    monkeypatch.setattr(pretended, "_run_encoder", full_on_gpu)
    embedding = pretended.embed(IMAGE)
    assert torch.equal(embedding.features, model.embed(IMAGE).features)
    assert pretended.device.type == "cpu"
    assert "ran out of memory; using the CPU" in pretended.device_note
    assert pretended.device_note in caplog.text


def test_a_computer_without_memory_is_told(monkeypatch):
    model = tiny_model()

    def no_memory(pixels):
        raise RuntimeError("DefaultCPUAllocator: can't allocate memory")

    monkeypatch.setattr(model, "_run_encoder", no_memory)
    with pytest.raises(MedSAMError, match="not enough memory"):
        model.embed(IMAGE)


def test_bfloat16_is_close_and_gives_float32():
    exact, reduced = tiny_model(), tiny_model(precision="bfloat16")
    one, other = exact.embed(IMAGE).features, reduced.embed(IMAGE).features
    assert other.dtype == torch.float32
    assert 0 < (one - other).abs().max() < 0.1 * one.abs().max()


def test_unknown_precision_is_refused():
    with pytest.raises(UsageError, match="float64"):
        tiny_model(precision="float64")
