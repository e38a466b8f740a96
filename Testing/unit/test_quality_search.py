"""Missed objects and wrong labels, found on images whose features are known."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from MedSAMLib.quality.features import feature_map
from MedSAMLib.quality.label_maps import as_label_map
from MedSAMLib.quality.missed import (
    Search,
    expected_between,
    grid_points,
    stabilities,
    suggest_missed,
    suggest_missed_in_volume,
)
from MedSAMLib.quality.volume_search import volume_gallery
from MedSAMLib.quality.wrong_labels import find_wrong_labels
from MedSAMLib.sam.embedding import Embedding
from Testing.unit.quality_judges import Answers, disc
from Testing.unit.sam_factory import random_image, tiny_model

SIDE = 64
TOKEN = 4


class SeeingJudge:
    """A judge whose features are gray values, one-hot, and who outlines what is equally gray."""

    name, model_id, image_size = "seeing", "seeing-0", SIDE

    class sam:
        mask_threshold = 0.0

    def __init__(self) -> None:
        self.images: dict[int, np.ndarray] = {}

    def embed(self, image: np.ndarray, window: object = None) -> Embedding:
        one_hot = np.eye(6)[image].reshape(SIDE // TOKEN, TOKEN, SIDE // TOKEN, TOKEN, 6)
        features = torch.as_tensor(one_hot.mean(axis=(1, 3))).permute(2, 0, 1)[None].float()
        embedding = Embedding(features, image.shape, image.shape, self.model_id)
        self.images[id(embedding)] = image
        self._kept = [*getattr(self, "_kept", []), embedding]
        return embedding

    def segment(self, embedding, box=None, points=None, labels=None, multimask=False, **_):
        if box is not None:
            masks = np.zeros((len(box), SIDE, SIDE), bool)
            for mask, (x0, y0, x1, y1) in zip(masks, box.astype(int), strict=True):
                mask[y0:y1, x0:x1] = self.images[id(embedding)][y0:y1, x0:x1] > 0
            return Answers(masks, np.full(len(masks), 0.9), np.where(masks, 5.0, -5.0))
        from scipy import ndimage

        image = self.images[id(embedding)]
        masks = []
        for ((x, y),) in points.astype(int):
            numbered, _ = ndimage.label(image == image[y, x])
            masks.append(numbered == numbered[y, x])
        assert multimask
        masks = np.stack(masks)
        masks = np.stack([np.zeros_like(masks), masks, masks], axis=1)
        return Answers(masks, np.full(masks.shape[:2], 0.9), np.where(masks, 5.0, -5.0))


def picture(*objects: tuple[int, tuple[int, int]]) -> np.ndarray:
    """(64, 64) gray values: discs of radius 7 of the given gray at the given centers."""
    image = np.zeros((SIDE, SIDE), int)
    for gray, center in objects:
        image[disc(center, 7, image.shape)] = gray
    return image


def stack_of(count: int = 6) -> np.ndarray:
    """(count, 64, 64): two discs of gray 1 and two of gray 2 in every slice."""
    return np.stack([picture((1, (12, 12)), (1, (50, 14)), (2, (14, 48)), (2, (48, 50)))] * count)


def test_the_coverage_of_a_mask_is_its_pixels():
    model = tiny_model()
    image = random_image(48, 80, 3)  # wider than the network's square: padded below
    features = feature_map(model, model.embed(image))
    mask = disc((30, 20), 11, (48, 80))
    coverage = features.coverage(mask)
    assert coverage.sum() == pytest.approx(mask.sum(), rel=1e-5)
    assert coverage[5:].sum() == 0  # 48 of 80 rows fill 4.8 of 8 tokens
    whole = features.coverage(np.ones((48, 80), bool))
    expected = (features.values * whole[..., None]).sum(axis=(0, 1)) / whole.sum()
    np.testing.assert_allclose(features.mean(np.ones((48, 80), bool)), expected, rtol=1e-4)
    assert (features.mean(np.zeros((48, 80), bool)) == 0).all()


def test_prompts_keep_away_from_what_is_segmented():
    occupied = np.zeros((20, 40), bool)
    occupied[:, 20:] = True
    points = grid_points(occupied, 8)
    assert {tuple(p) for p in points} == {(x, y) for x in (2, 7, 12, 17) for y in (2, 7, 12, 17)}
    assert len(grid_points(np.ones((20, 40), bool), 8)) == 0


def test_stability_is_the_overlap_of_two_thresholds():
    logits = np.array([[[3.0, 0.5, -0.5, -3]], [[9, 9, -9, -9]], [[-9, -9, -9, -9]]])
    np.testing.assert_allclose(stabilities(logits, 0.0), [1 / 3, 1, 0])


def test_an_object_that_was_removed_is_suggested():
    model, volume = SeeingJudge(), stack_of()
    labels = volume.copy()
    labels[3:, disc((50, 14), 7, (SIDE, SIDE))] = 0
    labels[4:] = 0  # there is no slice above that has it
    (found,) = suggest_missed_in_volume(model, volume, labels, names=["Cyst", "Node"], window=None)
    assert not found.is_expected
    assert (found.slice, found.label, found.name) == (3, 1, "Cyst")
    np.testing.assert_array_equal(found.mask, disc((50, 14), 7, (SIDE, SIDE)))
    assert found.box == (43, 7, 58, 22)
    assert found.similarity > 0.9
    assert (found.confidence, found.stability) == (0.9, 1.0)


def test_within_one_slice_its_own_objects_are_the_example():
    model, image = SeeingJudge(), stack_of()[0]
    masks = {1: disc((12, 12), 7, image.shape), 2: image == 2}
    (found,) = suggest_missed(model, model.embed(image), masks)
    assert (found.label, found.box) == (1, (43, 7, 58, 22))


def test_what_both_neighbors_have_is_expected():
    volume = stack_of(5)
    labels = volume.copy()
    labels[2][volume[2] == 2] = 0
    label_map = as_label_map(labels, labels.shape, 0)
    boxes = {(label, tuple(box.tolist())) for label, box in expected_between(label_map, 2)}
    assert boxes == {(2, (7, 41, 22, 56)), (2, (41, 43, 56, 58))}
    assert expected_between(label_map, 0) == expected_between(label_map, 1) == []
    found = suggest_missed_in_volume(SeeingJudge(), volume, labels, window=None)
    assert [(s.slice, s.label, s.is_expected) for s in found] == [(2, 2, True)] * 2


def test_what_looks_like_nothing_known_is_not_suggested():
    model, volume = SeeingJudge(), stack_of()
    labels = volume.copy()
    volume[2][disc((32, 32), 7, (SIDE, SIDE))] = 3
    assert suggest_missed_in_volume(model, volume, labels, window=None) == []


@pytest.mark.parametrize(
    "search",
    [Search(min_confidence=0.95), Search(size_range=(0.1, 0.5)), Search(min_similarity=1.01)],
    ids=["unsure", "too large", "unlike"],
)
def test_suggestions_are_filtered(search):
    model, image = SeeingJudge(), stack_of()[0]
    masks = {1: disc((12, 12), 7, image.shape), 2: image == 2}
    assert suggest_missed(model, model.embed(image), masks, search=search) == []


def test_without_any_object_there_is_nothing_to_look_for():
    model, image = SeeingJudge(), stack_of()[0]
    assert suggest_missed(model, model.embed(image), {}) == []
    assert suggest_missed_in_volume(model, stack_of(), np.zeros_like(stack_of())) == []


def test_a_wrong_name_is_doubted_and_the_right_one_told():
    model, volume = SeeingJudge(), stack_of()
    labels = volume.copy()
    labels[4][disc((14, 48), 7, (SIDE, SIDE))] = 1
    names = ["Cyst", "Node"]
    (doubt,) = find_wrong_labels(model, volume, labels, names=names, window=None)
    assert (doubt.slice, doubt.name, doubt.nearer_name) == (4, "Cyst", "Node")
    assert doubt.margin > 0.5
    assert find_wrong_labels(model, volume, volume, window=None) == []
    assert find_wrong_labels(model, volume, labels, only_labels=[2], window=None) == []


def test_a_whole_component_under_a_wrong_name_is_doubted():
    model, volume = SeeingJudge(), stack_of()
    labels = volume.copy()
    labels[:, disc((14, 48), 7, (SIDE, SIDE))] = 1
    doubts = find_wrong_labels(model, volume, labels, window=None)
    assert {(each.slice, each.box) for each in doubts} == {
        (index, (7, 41, 22, 56)) for index in range(6)
    }


def test_classes_with_few_objects_are_not_doubted():
    volume = stack_of(1)
    assert find_wrong_labels(SeeingJudge(), volume, volume, window=None) == []


def test_objects_that_overlap_from_slice_to_slice_are_one_group():
    volume = stack_of(4)
    volume[2] = 0
    gallery, names = volume_gallery(SeeingJudge(), volume, volume, window=None)
    assert len(gallery) == 12
    assert len(set(gallery.groups.tolist())) == 8  # four above and four below the gap
    assert names == {1: "Label 1", 2: "Label 2"}
