"""What SeqSAM is shown: cached embeddings, boxes, batches in an order that can be repeated."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from Testing.unit.sam_factory import random_image, tiny_model
from training.datasets import Sample
from training.seqsam.batches import Batches
from training.seqsam.boxes import JITTER, prompt_boxes, random_readers
from training.seqsam.cache import as_seen, cached_set
from training.seqsam.sets import CROP, crops

BOXES = torch.tensor([[[10.0, 10, 20, 30], [0, 0, 0, 0], [12, 8, 28, 24]]])
FIRST = np.array([0])


@pytest.fixture(scope="module")
def model():
    return tiny_model()


def sample(number: int, readers: int = 2, shape=(64, 64)) -> Sample:
    masks = np.zeros((readers, *shape), bool)
    masks[0, 8:24, 16:32] = True
    names = tuple(f"{number}/{reader}" for reader in range(readers))
    return Sample(random_image(*shape, seed=number), masks, names, group=str(number))


@pytest.fixture
def sets(model, tmp_path):
    two = cached_set(model, [sample(n) for n in range(5)], tmp_path / "two")
    three = cached_set(model, [sample(n, 3) for n in range(4)], tmp_path / "three")
    return [two, three]


def batches(sets, **options) -> Batches:
    return Batches(sets, **{"size": 3, "boxes": "mixed", "side": 64, "seed": 1} | options)


def test_a_cached_image_is_what_the_model_makes_of_it(model, sets):
    embeddings, masks, boxes = sets[0].batch([2])
    expected = model.embed(sample(2).image).features
    torch.testing.assert_close(embeddings, expected, rtol=1e-2, atol=1e-2)  # half precision
    assert masks.shape == (1, 2, 32, 32)
    assert masks[0, 0, 4:12, 8:16].all()
    assert masks.sum() == 64
    assert boxes[0].tolist() == [[16, 8, 32, 24], [0, 0, 0, 0]]


def test_a_set_is_made_once_and_again_for_other_images(model, tmp_path, monkeypatch):
    folder = tmp_path / "set"
    cached_set(model, [sample(1)], folder)
    made = (folder / "embeddings.npy").stat().st_mtime_ns
    cached_set(model, [sample(1)], folder)
    assert (folder / "embeddings.npy").stat().st_mtime_ns == made
    assert len(cached_set(model, [sample(1), sample(2)], folder)) == 2


def test_images_that_are_not_square_lie_at_the_upper_left(model, tmp_path):
    images = cached_set(model, [sample(1, shape=(32, 64))], tmp_path / "wide")
    _, masks, boxes = images.batch([0])
    assert not masks[..., 16:, :].any()
    assert masks[0, 0, 4:12, 8:16].all()
    assert boxes[0, 0].tolist() == [16, 8, 32, 24]


def test_the_union_box_holds_all_readers_who_marked_something():
    rng = np.random.default_rng(0)
    assert prompt_boxes(BOXES, FIRST, "union", rng, 64).tolist() == [[10, 8, 28, 30]]


def test_a_readers_box_is_tight_and_a_jittered_one_near():
    rng = np.random.default_rng(0)
    assert prompt_boxes(BOXES, FIRST, "reader", rng, 64).tolist() == [[10, 10, 20, 30]]
    moved = torch.cat([prompt_boxes(BOXES, FIRST, "jittered", rng, 64) for _ in range(200)])
    apart = (moved - BOXES[0, :1]).abs().amax(0)
    assert (apart <= JITTER * torch.tensor([10.0, 20, 10, 20]) + 1e-4).all()
    assert (apart > 0).all()


def test_boxes_stay_in_the_picture():
    edge = torch.tensor([[[0.0, 0, 64, 64]]])
    rng = np.random.default_rng(0)
    for _ in range(20):
        box = prompt_boxes(edge, FIRST, "jittered", rng, 64)
        assert box.min() >= 0
        assert box.max() <= 64


def test_mixed_boxes_are_of_all_three_kinds():
    rng = np.random.default_rng(0)
    many = BOXES.repeat(100, 1, 1)
    found = prompt_boxes(many, np.zeros(100, int), "mixed", rng, 64).tolist()
    union, tight = found.count([10, 8, 28, 30]), found.count([10, 10, 20, 30])
    assert min(union, tight, 100 - union - tight) > 15


def test_only_readers_who_marked_something_are_drawn():
    rng = np.random.default_rng(0)
    drawn = {random_readers(BOXES, rng)[0] for _ in range(50)}
    assert drawn == {0, 2}


def test_a_batch_is_the_same_whenever_it_is_made(sets):
    once, again = batches(sets).batch(7), batches(sets).batch(7)
    assert torch.equal(once.embeddings, again.embeddings)
    assert torch.equal(once.prompts, again.prompts)
    assert once.seed == again.seed
    assert batches(sets).batch(8).seed != once.seed


def test_every_image_is_seen_once_an_epoch(sets):
    source = batches(sets)
    seen = np.concatenate([source.indices(number) for number in range(6)])
    assert sorted(seen[:9]) == list(range(9))
    assert sorted(seen[9:]) == list(range(9))
    assert not np.array_equal(seen[:9], seen[9:])


def test_sets_of_other_numbers_of_readers_share_a_batch(sets):
    batch = batches(sets, size=9).batch(0)
    assert batch.readers.shape == (9, 3, 32, 32)
    assert batch.prompts.shape == (9, 4)


def test_processes_share_a_batch_between_them(sets):
    parts = [batches(sets, size=4, process=p, processes=2).batch(0) for p in (0, 1)]
    assert [len(part.embeddings) for part in parts] == [2, 2]
    assert not torch.equal(parts[0].embeddings, parts[1].embeddings)


def test_a_retina_photograph_is_cut_into_squares_that_hold_something():
    masks = np.zeros((2, 2 * CROP + 10, CROP + 10), bool)
    masks[:, 10:20, 10:20] = True
    masks[0, CROP + 10 : CROP + 20, 10:20] = True  # one observer only
    image = np.zeros((*masks.shape[1:], 3), np.uint8)
    found = list(crops(Sample(image, masks, ("a", "b"), group="child")))
    assert [s.ids for s in found] == [("a/0/0", "b/0/0")]
    assert found[0].image.shape == (CROP, CROP, 3)


def test_small_objects_are_kept_as_they_are_seen_from_close_by():
    image = np.tile(np.arange(200, dtype=np.uint8), (200, 1))
    masks = np.zeros((2, 200, 200), bool)
    masks[0, 90:100, 100:110] = True
    seen, drawn = as_seen(Sample(image, masks, ("a", "b"), "a"), 0.2)
    assert seen.shape == drawn.shape[1:]
    assert 40 <= seen.shape[0] <= 50
    assert drawn.sum(axis=(1, 2)).tolist() == [100, 0]
    assert seen[drawn[0]].min() == 100
    assert as_seen(Sample(image, masks, ("a", "b"), "a"), 0.0)[0].shape == (200, 200)
    assert as_seen(Sample(image, ~masks, ("a", "b"), "a"), 0.2)[0].shape == (200, 200)
