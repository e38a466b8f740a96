"""Training pictures and their random views: masks move with the image, seeds repeat."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from training.starter.augmentation import Frame, random_view
from training.starter.procedural import MIN_PIXELS, generate
from training.starter.sources import Picture, RandomViews, closer_frame, generated_pictures


@pytest.fixture
def a_picture() -> Picture:
    masks = np.zeros((2, 40, 60), bool)
    masks[0, 5:25, 10:30] = True
    masks[1, 20:35, 35:55] = True
    return Picture.of(np.where(masks.any(0), 230, 20).astype(np.uint8), masks)


def test_masks_come_back_from_their_bits(a_picture):
    masks = a_picture.masks(np.array([1, 0]))
    assert masks.shape == (2, 40, 60)
    assert np.argwhere(masks[0])[0].tolist() == [20, 35]


@pytest.mark.parametrize("seed", range(8))
def test_objects_and_image_are_moved_together(a_picture, seed):
    generator = np.random.default_rng(seed)
    view, masks = random_view(a_picture.image, a_picture.masks(np.array([0, 1])), 64, generator)
    assert view.shape == (3, 64, 64)
    objects = masks.sum(0)
    inside, outside = view[0][objects > 0.99], view[0][objects < 0.01]
    if len(inside) > 20:
        assert abs(inside.mean() - outside.mean()) > 30


def test_a_stream_of_views_is_that_of_its_seed(a_picture):
    def first(seed: int) -> torch.Tensor:
        return next(iter(RandomViews({"one": [a_picture]}, {"one": 1.0}, 64, 2, seed)))[0]

    assert torch.equal(first(3), first(3))
    assert not torch.equal(first(3), first(4))


def test_sources_are_drawn_by_their_weights(a_picture):
    dark = Picture.of(np.zeros((40, 60), np.uint8), a_picture.masks(np.array([0, 1])))
    views = RandomViews(
        {"a": [a_picture], "b": [dark], "none": []}, {"a": 3, "b": 1, "none": 5}, 32, 2, 0
    )
    assert views.chances.tolist() == [0.75, 0.25]


def test_a_view_always_shows_as_many_objects_as_asked_for(a_picture):
    stream = iter(RandomViews({"one": [a_picture]}, {"one": 1.0}, 64, 3, 0))
    assert all(next(stream)[1].shape == (3, 64, 64) for _ in range(5))


def test_generated_images_show_their_objects_and_repeat_by_seed():
    image, masks = generate(np.random.default_rng(5))
    again, _ = generate(np.random.default_rng(5))
    assert image.shape == (256, 256)
    assert image.dtype == np.uint8
    assert (masks.sum((1, 2)) >= MIN_PIXELS).all()
    assert np.array_equal(image, again)


def test_pictures_half_written_by_another_process_are_not_read(tmp_path, monkeypatch):
    def interrupted(part, **arrays):
        part.write_bytes(b"half")
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(np, "savez", interrupted)
        with pytest.raises(KeyboardInterrupt):
            generated_pictures(3, 1, tmp_path)
    assert len(generated_pictures(3, 1, tmp_path)) == 3


def test_generated_pictures_are_made_once(tmp_path):
    made = generated_pictures(3, 1, tmp_path)
    stored = generated_pictures(3, 1, tmp_path)
    assert [p.count for p in made] == [p.count for p in stored]
    assert all(np.array_equal(a.bits, b.bits) for a, b in zip(made, stored, strict=True))


def test_half_of_the_small_objects_are_seen_close_by():
    mask = np.zeros((100, 100), bool)
    mask[60:66, 20:30] = True
    rng = np.random.default_rng(0)
    frames = [closer_frame(mask, rng) for _ in range(200)]
    near = [frame for frame in frames if frame is not None]
    assert 70 < len(near) < 130
    assert all(25 <= frame.side <= 60 for frame in near)
    assert all(frame.left < 20 and frame.left + frame.side > 30 for frame in near)
    assert all(frame.top < 60 and frame.top + frame.side > 66 for frame in near)


def test_a_large_object_is_seen_as_the_image_shows_it():
    rng = np.random.default_rng(0)
    assert all(closer_frame(np.ones((30, 100), bool), rng) is None for _ in range(20))


def test_a_close_view_shows_the_frame_alone():
    """Columns 10 to 20 of an image whose gray is its column, seen eight times as large."""
    image = np.tile(np.arange(100, dtype=np.uint8), (100, 1))
    mask = np.zeros((1, 100, 100), bool)
    mask[:, 10:20, 10:20] = True
    frame = Frame(10, 10, 10)
    for seed in range(40):
        rng = np.random.default_rng(seed)
        if rng.random() < 0.15:  # the views without a random change of place
            view, masks = random_view(image, mask, 80, np.random.default_rng(seed), frame)
            assert masks.mean() > 0.95
            assert view.shape == (3, 80, 80)
            return
    pytest.fail("no view was left in its place")
