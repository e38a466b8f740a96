"""Carrying a prompt through a volume, with a network that sees bright pixels only."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice

import numpy as np
import pytest

from MedSAMLib.errors import UsageError
from MedSAMLib.images import Volume
from MedSAMLib.object_mask import ObjectMask
from MedSAMLib.prompts import Prompts
from MedSAMLib.propagation import (
    Carrying,
    PropagationCancelled,
    PropagationOptions,
    collect,
    propagate,
)
from MedSAMLib.propagation.prompting import largest_part_touching, next_prompts
from MedSAMLib.sam import Masks

# Voxels of 1 mm whose array axes K, J, I are superior, anterior, right-to-left.
AFFINE = np.diag([-1.0, -1.0, 1.0, 1.0])
BOX = Prompts(box=np.array([8.0, 8.0, 24.0, 24.0]))


@dataclass
class BrightPixels:
    """Stands for a network: the mask is what is bright in the box; notes how it is asked."""

    score: float = 0.9
    windows: list = field(default_factory=list)
    asked: list[Prompts] = field(default_factory=list)

    def embed(self, image, window):
        self.windows.append(window)
        return image

    def segment(self, embedding, box, points, labels, mask, multimask):
        self.asked.append(Prompts(box, points, labels, mask))
        x0, y0, x1, y1 = np.round(box).astype(int)
        found = np.zeros(embedding.shape, bool)
        found[y0:y1, x0:x1] = embedding[y0:y1, x0:x1] > 100
        return Masks(found[None], found[None].astype(np.float32), np.array([self.score]))


def volume_of(array: np.ndarray) -> Volume:
    return Volume(array=array, affine=AFFINE)


def cylinder(slices: range, count: int = 10) -> np.ndarray:
    """(count, 32, 32) uint8 with a bright square of 10 pixels in `slices`."""
    array = np.zeros((count, 32, 32), np.uint8)
    array[slices.start : slices.stop, 11:21, 11:21] = 200
    return array


def test_a_cylinder_is_followed_both_ways_to_its_ends():
    array = cylinder(range(2, 8))
    found = collect(
        propagate(BrightPixels(), volume_of(array), "axial", 5, BOX), volume_of(array), "axial"
    )
    np.testing.assert_array_equal(found.mask, array > 100)
    assert found.slices == (2, 7)
    assert found.endings == {1: (8, "nothing was found there"), -1: (1, "nothing was found there")}


def test_slices_come_upwards_first_and_then_downwards():
    volume = volume_of(cylinder(range(0, 10)))
    results = list(propagate(BrightPixels(), volume, "axial", 7, BOX))
    assert [r.index for r in results] == [7, 8, 9, 6, 5, 4, 3, 2, 1, 0]
    assert [r.direction for r in results] == [0, 1, 1, -1, -1, -1, -1, -1, -1, -1]
    assert all(r.refusal is None for r in results)


def test_the_range_is_kept_with_both_ends_included():
    volume = volume_of(cylinder(range(0, 10)))
    results = propagate(BrightPixels(), volume, "axial", 5, BOX, slice_range=(4, 7))
    assert sorted(r.index for r in results) == [4, 5, 6, 7]


@pytest.mark.parametrize(("axis", "array_axis"), [("axial", 0), ("coronal", 1), ("sagittal", 2)])
def test_every_axis_gives_the_same_object(axis, array_axis):
    array = np.moveaxis(cylinder(range(2, 8)), 0, array_axis).copy()
    volume = volume_of(array)
    found = collect(propagate(BrightPixels(), volume, axis, 5, BOX), volume, axis)
    np.testing.assert_array_equal(found.mask, array > 100)


def test_a_sudden_change_of_area_ends_a_direction():
    array = cylinder(range(0, 10))
    array[6, :, :] = 0
    array[6, 14:17, 14:17] = 200
    results = list(propagate(BrightPixels(), volume_of(array), "axial", 5, BOX))
    assert results[1].index == 6
    assert results[1].refusal == "the area shrank 11.1 times from one slice to the next"
    assert [r.index for r in results[2:]] == [4, 3, 2, 1, 0]


def test_an_empty_first_mask_is_the_whole_result():
    volume = volume_of(np.zeros((10, 32, 32), np.uint8))
    results = list(propagate(BrightPixels(), volume, "axial", 5, BOX))
    assert [(r.index, r.mask.any()) for r in results] == [(5, False)]


def test_nothing_is_computed_ahead_of_the_reader():
    model = BrightPixels()
    results = propagate(model, volume_of(cylinder(range(0, 10))), "axial", 5, BOX)
    assert model.asked == []
    list(islice(results, 3))
    assert len(model.asked) == 3


def test_cancelling_raises_so_that_no_part_passes_for_the_whole():
    model = BrightPixels()
    volume = volume_of(cylinder(range(0, 10)))
    results = propagate(model, volume, "axial", 5, BOX, cancelled=lambda: len(model.asked) == 4)
    with pytest.raises(PropagationCancelled):
        collect(results, volume, "axial")
    assert len(model.asked) == 4


@pytest.mark.parametrize(
    ("index", "slice_range", "prompts", "message"),
    [
        (10, None, BOX, "Slice 10 is out of range"),
        (-1, None, BOX, "Slice -1 is out of range"),
        (5, (0, 10), BOX, "slice range 0 to 10 does not fit"),
        (5, (6, 4), BOX, "slice range 6 to 4 does not fit"),
        (5, (6, 9), BOX, "prompted slice 5 is not in the slice range 6 to 9"),
        (5, None, Prompts(box=np.array([50, 50, 60, 60])), "outside the image"),
    ],
)
def test_wrong_arguments_are_told_at_once(index, slice_range, prompts, message):
    volume = volume_of(cylinder(range(0, 10)))
    with pytest.raises(UsageError, match=message):
        propagate(BrightPixels(), volume, "axial", index, prompts, slice_range)


def test_all_slices_are_seen_through_one_window():
    array = cylinder(range(0, 10)).astype(np.float32)
    array[7] += 100
    model = BrightPixels()
    list(propagate(model, volume_of(array), "axial", 5, BOX))
    assert model.windows == [(150.0, 300.0)] * 10


@pytest.mark.parametrize(
    ("given", "header", "used"),
    [
        ((40, 400), (50, 350), (40, 400)),
        ("auto", (50, 350), (50, 350)),
        ("auto", None, (100.0, 200.0)),
    ],
)
def test_a_given_window_goes_before_the_headers_and_that_before_the_volumes(given, header, used):
    model = BrightPixels()
    volume = Volume(array=cylinder(range(0, 10)), affine=AFFINE, window=header)
    next(propagate(model, volume, "axial", 5, BOX, options=PropagationOptions(window=given)))
    assert model.windows == [used]


def test_a_mask_prompts_with_a_loose_box_a_point_and_its_logits():
    mask = np.zeros((40, 40), bool)
    mask[10:21, 10:31] = True
    logits = np.ones((4, 4), np.float32)
    carrying = Carrying(loosening=0.1, point=True, logits=True)
    prompts = next_prompts(ObjectMask(mask, logits, 0.9), carrying)
    np.testing.assert_allclose(prompts.box, [7.9, 8.9, 33.1, 22.1])
    assert prompts.points.tolist() == [[15.0, 15.0]]
    assert prompts.labels.tolist() == [1]
    assert prompts.mask is logits


def test_point_and_logits_can_be_left_out():
    found = ObjectMask(np.ones((4, 4), bool), np.ones((4, 4), np.float32), 0.9)
    prompts = next_prompts(found, Carrying(point=False, logits=False))
    assert prompts.points is None
    assert prompts.mask is None


def test_an_island_away_from_the_previous_mask_is_dropped():
    previous, mask = np.zeros((2, 20, 20), bool)
    previous[5:10, 5:10] = True
    mask[6:11, 6:11] = True
    mask[15:17, 15:17] = True
    kept = largest_part_touching(mask, previous)
    assert kept.sum() == 25
    assert not kept[15, 15]


def test_where_nothing_overlaps_the_largest_part_stays():
    previous, mask = np.zeros((2, 20, 20), bool)
    previous[0, 0] = True
    mask[6:11, 6:11] = True
    mask[15:17, 15:17] = True
    assert largest_part_touching(mask, previous).sum() == 25
