"""A small object is looked at once more, from close by, and its mask put back in its place."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from MedSAMLib.errors import UsageError
from MedSAMLib.hypotheses.generators import hypotheses_of_head
from MedSAMLib.hypotheses.heads import new_head
from MedSAMLib.sam import EmbeddingCache
from MedSAMLib.sam.cache import cache_key
from MedSAMLib.sam.closer_look import (
    CONTEXT,
    LARGER_CONTEXT,
    OUTSIDE,
    Crop,
    Nearer,
    crop_around,
    cropped_logits,
    extent_of,
    square_around,
    whole_logits,
    whole_masks,
)
from MedSAMLib.sam.closer_masks import shared_extents
from MedSAMLib.sam.device import Choice
from MedSAMLib.sam.predictor import SamModel
from MedSAMLib.sam.prompt_tensors import NetworkFrame
from MedSAMLib.sam.starter import StarterConfig, build_starter

SHAPE = (200, 300)
FRAME = NetworkFrame(SHAPE, (171, 256), 256, 128)


def test_the_extent_goes_around_boxes_points_and_masks():
    mask = np.zeros((1, 20, 20), bool)
    mask[0, 3:5, 6:10] = True
    assert extent_of(None, None, mask) == (6, 3, 10, 5)
    assert extent_of([[1, 2, 4, 9], [3, 3, 8, 8]], None, None) == (1, 2, 8, 9)
    assert extent_of([1, 2, 4, 9], [[11, 5]], mask) == (1, 2, 12, 9)


def test_nothing_has_no_extent():
    assert extent_of(None, None, np.zeros((1, 4, 4), bool)) is None


def test_a_large_object_has_no_crop():
    assert crop_around((10, 10, 90, 20), SHAPE, 0.2) is None
    assert crop_around((10, 10, 50, 20), SHAPE, 0.2) is not None


@given(
    x=st.integers(0, 290),
    y=st.integers(0, 190),
    width=st.integers(1, 55),
    height=st.integers(1, 55),
)
def test_a_crop_lies_in_the_image_and_shows_the_object_with_what_is_around(x, y, width, height):
    extent = (x, y, min(x + width, 300), min(y + height, 200))
    crop = crop_around(extent, SHAPE, 0.2)
    assert 0 <= crop.x0 <= extent[0]
    assert extent[2] <= crop.x1 <= 300
    assert 0 <= crop.y0 <= extent[1]
    assert extent[3] <= crop.y1 <= 200
    longer = max(extent[2] - extent[0], extent[3] - extent[1])
    assert max(crop.shape) >= min(CONTEXT * longer, 200)
    assert max(crop.shape) <= max(1.25 * CONTEXT * longer, 21)


def test_a_box_that_is_dragged_a_little_keeps_its_crop():
    crops = {crop_around((100 + i, 80, 130, 110), SHAPE, 0.2) for i in range(3)}
    assert len(crops) == 1


def test_prompts_move_into_the_crop_and_masks_back():
    crop = Crop(30, 20, 70, 60)
    assert crop.boxes(np.array([40, 30, 50, 45])).tolist() == [10, 10, 20, 25]
    assert crop.points(np.array([[[31, 22]]])).tolist() == [[[1, 2]]]
    mask = np.zeros((1, 40, 40), bool)
    mask[0, 1, 2] = True
    assert np.argwhere(whole_masks(mask, SHAPE, crop)).tolist() == [[0, 21, 32]]


def test_logits_of_a_crop_lie_where_the_crop_lies():
    """A crop of 60 x 60 pixels is 25.6 low-resolution pixels wide in the frame of 300."""
    crop = Crop(60, 30, 120, 90)
    whole = whole_logits(np.full((1, 128, 128), 5, np.float32), FRAME, crop)[0]
    rows, columns = np.nonzero(whole > 0)
    assert (rows.min(), rows.max() + 1) == (13, 38)  # 12.8 and 38.4
    assert (columns.min(), columns.max() + 1) == (26, 51)  # 25.6 and 51.2
    assert whole[0, 0] == OUTSIDE


@given(st.integers(0, 200), st.integers(0, 130), st.integers(30, 60))
def test_logits_that_go_into_a_crop_come_back_the_same(x, y, side):
    crop = Crop(x, y, x + side, y + side)
    ramp = np.linspace(-4, 4, 128, dtype=np.float32)
    smooth = ramp[:, None] + 0.5 * ramp
    back = whole_logits(cropped_logits(smooth, FRAME, crop), FRAME, crop)
    inside = back > OUTSIDE
    assert inside.sum() > 100
    assert np.abs(back - smooth)[inside].max() < 0.12  # at the crop's rim samples are clamped


@pytest.fixture(scope="module")
def sam():
    torch.manual_seed(0)
    return build_starter(
        StarterConfig(
            stem_channels=(8, 8, 16), stem_blocks=(0, 0, 0), depth=1, heads=2, closer_share=0.2
        )
    )


@pytest.fixture
def model(sam):
    sam.closer_share = 0.2
    cpu = Choice(torch.device("cpu"), "")
    return SamModel(
        sam, name="tiny", architecture="starter", model_id="t", choice=cpu, cache=EmbeddingCache()
    )


@pytest.fixture
def picture():
    return np.random.default_rng(0).integers(0, 255, SHAPE).astype(np.uint8)


def test_a_small_box_is_answered_as_its_crop_alone_would_be(model, picture):
    box = np.array([100, 80, 120, 100])
    crop = crop_around(tuple(box), SHAPE, 0.2)
    near = Nearer(crop, model.embed(crop.of(picture)), (crop.boxes(box), None, None, None))
    expected = model.segment_near(near, False)
    found = model.segment(model.embed(picture), box=box)
    assert np.array_equal(found.masks[0][crop.y0 : crop.y1, crop.x0 : crop.x1], expected.masks[0])
    assert not found.masks[:, : crop.y0].any()
    assert np.array_equal(found.scores, expected.scores)
    assert found.logits.shape == (1, 128, 128)


def test_a_larger_box_is_answered_from_its_crop_and_the_mirror_image_of_that(model, picture):
    embedding, box = model.embed(picture), np.array([40, 60, 110, 120])
    crop = square_around(tuple(box), SHAPE, LARGER_CONTEXT)
    assert crop.shape < SHAPE
    part = model.embed_part(embedding, crop)
    near = Nearer(crop, part, (crop.boxes(box), None, None, None), model.embed_mirrored(part))
    expected = near.in_whole(model.frame(embedding), model.segment_near(near, False))
    before = len(model.cache)
    found = model.segment(embedding, box=box)
    assert len(model.cache) == before
    assert np.array_equal(found.logits, expected.logits)


def test_a_click_on_a_larger_object_is_answered_at_once_and_its_correction_with_care(
    model, picture, monkeypatch
):
    embedding = model.embed(picture)
    large = np.zeros((1, *SHAPE), bool)
    large[0, 40:150, 40:150] = True
    whole = model.segment_whole
    monkeypatch.setattr(model, "segment_whole", lambda *a: replace(whole(*a), masks=large))
    before = len(model.cache)
    first = model.segment(embedding, points=np.array([[100, 90]]), labels=np.array([1]))
    assert (len(model.cache), first.masks.sum()) == (before, large.sum())
    model.segment(embedding, points=np.array([[100, 90], [5, 5]]), labels=np.array([1, 0]))
    assert len(model.cache) == before + 1


def test_what_fills_the_image_is_not_embedded_again_but_for_its_mirror_image(model, picture):
    embedding = model.embed(picture)
    before = len(model.cache)
    found = model.segment(embedding, box=np.array([20, 20, 280, 190]))
    assert len(model.cache) == before + 1
    assert found.masks.shape == (1, *SHAPE)


def test_a_mirrored_picture_has_mirrored_masks(model, picture):
    """In the middle of a larger object's look nothing tells left from right."""
    square = picture[:, :200]
    box = np.array([40, 50, 160, 150])
    found = model.segment(model.embed(square), box=box)
    other = model.segment(model.embed(square[:, ::-1]), box=box)
    assert np.array_equal(found.masks, other.masks[..., ::-1])
    np.testing.assert_allclose(found.scores, other.scores, atol=1e-5)


def test_the_mask_is_where_the_logits_exceed_the_threshold(model, sam, picture):
    """Whoever cuts the logits, or gives them back as a prompt, means the same object."""
    embedding = model.embed(picture)
    for box in (np.array([100, 80, 120, 100]), np.array([20, 20, 280, 190])):
        found = model.segment(embedding, box=box)
        size = sam.postprocess_masks(
            torch.from_numpy(found.logits)[None], embedding.input_size, embedding.original_size
        )
        agree = ((size[0] > sam.mask_threshold).numpy() == found.masks)[found.logits.shape[0] - 1]
        assert agree.mean() > 0.97


def test_a_network_without_the_share_takes_no_second_look(model, sam, picture):
    sam.closer_share = 0.0
    embedding = model.embed(picture)
    assert embedding.image is None
    box = np.array([100, 80, 120, 100])
    expected = model.segment_whole(embedding, (box, None, None, None), False)
    assert np.array_equal(model.segment(embedding, box=box).masks, expected.masks)


@pytest.mark.parametrize("multimask", [False, True])
def test_a_batch_of_near_prompts_shares_one_look(model, picture, multimask):
    boxes = np.array([[100, 80, 120, 100], [104, 82, 122, 99]])
    embedding = model.embed(picture)
    before = len(model.cache)
    found = model.segment(embedding, box=boxes, multimask=multimask)
    assert len(model.cache) == before + 1
    assert found.masks.shape == ((2, 3, *SHAPE) if multimask else (2, *SHAPE))
    model.segment(embedding, box=boxes)
    assert len(model.cache) == before + 1


@pytest.mark.parametrize("multimask", [False, True])
def test_a_batch_answers_as_one_by_one(model, picture, multimask):
    boxes = np.array([[5, 5, 15, 15], [250, 180, 270, 190], [20, 20, 200, 150], [6, 5, 15, 16]])
    embedding = model.embed(picture)
    before = len(model.cache)
    found = model.segment(embedding, box=boxes, multimask=multimask)
    assert len(model.cache) == before + 3  # of two places with small objects, of a mirror image
    for box, masks, scores in zip(boxes, found.masks, found.scores, strict=True):
        alone = model.segment(embedding, box=box, multimask=multimask)
        assert np.array_equal(masks, alone.masks if multimask else alone.masks[0])
        np.testing.assert_allclose(scores, alone.scores if multimask else alone.scores[0], 1e-4)


def test_a_batch_of_points_looks_where_its_first_masks_are(model, picture, monkeypatch):
    embedding = model.embed(picture)
    first = np.zeros((3, *SHAPE), bool)
    first[0, 90:100, 110:120] = True
    first[1, 20:180, 20:180] = True
    whole, near, looked = model.segment_whole, model.segment_near, []

    def answered(asked, given, multimask):
        found = whole(asked, given, multimask)
        return type(found)(first.copy(), found.logits, found.scores)

    def looking(nearer, multimask):
        looked.append((nearer.prompts[1].tolist(), nearer.mirrored is not None))
        return near(nearer, multimask)

    monkeypatch.setattr(model, "segment_whole", answered)
    monkeypatch.setattr(model, "segment_near", looking)
    points = np.array([[[115.0, 95]], [[100, 100]], [[30, 40]]])
    found = model.segment(embedding, points=points, labels=np.ones((3, 1), int))
    crop = crop_around((110, 90, 120, 100), SHAPE, 0.2)
    assert looked == [([[[115 - crop.x0, 95 - crop.y0]]], False)]
    assert np.array_equal(found.masks[1:], first[1:])
    twice = np.repeat(points, 2, axis=1)
    model.segment(embedding, points=twice, labels=np.ones((3, 2), int))
    assert looked[2:] == [([[[100, 100], [100, 100]]], True)]


def test_rectangles_are_shared_while_they_grow_little():
    one, moved, other = (10, 10, 30, 20), (12, 11, 33, 20), (60, 10, 70, 20)
    assert shared_extents([one, None, other, moved]) == [
        ((10, 10, 33, 20), [0, 3]),
        ((60, 10, 70, 20), [2]),
    ]


def test_without_the_closer_look_a_batch_embeds_nothing(model, picture):
    embedding, box = model.embed(picture), np.array([[100, 80, 120, 100]])
    before = len(model.cache)
    found = model.segment(embedding, box=box, closer=False)
    assert len(model.cache) == before
    expected = model.segment_whole(embedding, (box, None, None, None), False)
    assert np.array_equal(found.logits, expected.logits)


def test_a_point_is_looked_at_closely_once_its_mask_is_small(model, picture, monkeypatch):
    embedding = model.embed(picture)
    small = np.zeros((1, *SHAPE), bool)
    small[0, 90:100, 110:120] = True
    plain = model.segment_whole

    def answered(asked, given, multimask):
        found = plain(asked, given, multimask)
        return type(found)(small, found.logits, found.scores) if asked is embedding else found

    monkeypatch.setattr(model, "segment_whole", answered)
    found = model.segment(embedding, points=np.array([[115, 95]]), labels=np.array([1]))
    crop = crop_around((110, 90, 120, 100), SHAPE, 0.2)
    outside = found.masks[0].copy()
    outside[crop.y0 : crop.y1, crop.x0 : crop.x1] = False
    assert not outside.any()
    assert not np.array_equal(found.masks, small)


def test_a_first_mask_that_is_empty_stays_empty(model, picture, monkeypatch):
    embedding = model.embed(picture)
    plain = model.segment_whole

    def nothing(asked, given, multimask):
        found = plain(asked, given, multimask)
        return type(found)(np.zeros((1, *SHAPE), bool), found.logits, found.scores)

    monkeypatch.setattr(model, "segment_whole", nothing)
    found = model.segment(embedding, points=np.array([[115, 95]]), labels=np.array([1]))
    assert not found.masks.any()


@pytest.mark.parametrize("kind", ["pixels", "logits"])
def test_a_mask_prompt_goes_along(model, picture, kind):
    embedding = model.embed(picture)
    box = np.array([100, 80, 120, 100])
    before = model.segment(embedding, box=box)
    mask = before.logits[0] if kind == "logits" else np.zeros(SHAPE, bool)
    if kind == "pixels":
        mask[85:95, 105:115] = True
    found = model.segment(embedding, box=box, mask=mask)
    assert found.masks.shape == (1, *SHAPE)
    assert not np.array_equal(found.scores, before.scores)


def test_prompts_without_meaning_are_refused_before_any_look(model, picture):
    embedding = model.embed(picture)
    before = len(model.cache)
    with pytest.raises(UsageError, match="inverted"):
        model.segment(embedding, box=np.array([120, 80, 100, 100]))
    assert len(model.cache) == before


def test_the_image_of_an_embedding_is_a_copy(model, picture):
    embedding = model.embed(picture)
    kept = embedding.image.clone()
    picture[:] = 0
    assert torch.equal(embedding.image, kept)


def test_an_embedding_kept_without_the_image_is_made_again(model, sam, picture):
    sam.closer_share = 0.0
    model.embed(picture)
    sam.closer_share = 0.2
    assert model.embed(picture).image is not None


def test_the_image_survives_on_disk(tmp_path, model, picture):
    kept = EmbeddingCache(0, tmp_path)
    key = cache_key(picture, "t", None)
    kept.put(key, model.embed(picture))
    assert torch.equal(kept.get(key).image, torch.from_numpy(picture))


def test_hypotheses_of_a_small_object_are_made_from_close_by(model, picture):
    head = new_head(model, "deterministic")
    box = np.array([100, 80, 120, 100])
    crop = crop_around(tuple(box), SHAPE, 0.2)
    near = model.embed(crop.of(picture))
    expected = hypotheses_of_head(model, head, near, box=crop.boxes(box), count=2)
    found = hypotheses_of_head(model, head, model.embed(picture), box=box, count=2)
    part = found.masks[:, crop.y0 : crop.y1, crop.x0 : crop.x1]
    assert np.array_equal(part, expected.masks)
    assert found.masks.sum() == part.sum()


def test_an_untrained_head_gives_the_plain_mask_of_a_small_object_too(model, picture):
    embedding, box = model.embed(picture), np.array([100, 80, 120, 100])
    crop = crop_around(tuple(box), SHAPE, 0.2)
    near = (crop.boxes(box), None, None, None)
    expected = model.segment_whole(model.embed_part(embedding, crop), near, False)
    found = hypotheses_of_head(model, new_head(model), embedding, box=box, count=1)
    part = found.masks[:, crop.y0 : crop.y1, crop.x0 : crop.x1]
    assert np.array_equal(part, expected.masks)


def test_a_larger_object_of_an_image_with_few_pixels_is_seen_in_the_whole(model):
    few = np.random.default_rng(0).integers(0, 255, (50, 64)).astype(np.uint8)
    embedding = model.embed(few)
    before = len(model.cache)
    found = model.segment(embedding, box=np.array([10, 10, 40, 40]))
    assert len(model.cache) == before
    assert found.masks.shape == (1, 50, 64)
