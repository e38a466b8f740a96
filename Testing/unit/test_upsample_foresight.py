"""The memory of a request is foreseen, all of its objects together, and what fits is advised."""

from __future__ import annotations

import re
import tracemalloc

import numpy as np
import pytest

from MedSAMLib.images import Volume
from MedSAMLib.implicit.memory import BYTES_OF_WORK
from MedSAMSlicerLib.self_test.known_upsampler import KnownUpsampler
from MedSAMSlicerLib.upsampling import jobs
from MedSAMSlicerLib.upsampling.foresight import Foresight
from MedSAMSlicerLib.upsampling.ports import Request, Subject
from Testing.unit.session_fakes import FakeTask

SHAPE = (30, 100, 100)
VOLUME = Volume(np.zeros(SHAPE, np.uint8), np.diag([-1.0, -1.0, 3.0, 1.0]))
ONE = (slice(5, 25), slice(10, 50), slice(10, 50))
OTHER = (slice(5, 25), slice(50, 90), slice(50, 90))


def needed(*extents, **wish) -> int:
    return Foresight(VOLUME, extents).needed(Request(**wish)) - BYTES_OF_WORK


def test_every_object_counts():
    one, two = needed(ONE, scale=4.0), needed(ONE, OTHER, scale=4.0)
    assert needed(ONE, ONE, scale=4.0) > one
    assert two > needed(ONE, ONE, scale=4.0), "and so does what lies between them"


def test_it_grows_as_the_grid_does():
    flat, deep = needed(ONE, scale=4.0), needed(ONE, scale=4.0, through_plane=True)
    assert deep == 4 * flat
    assert needed(ONE, scale=8.0) == 4 * flat
    assert needed(ONE, scale=None, spacing_mm=0.25) == flat


def advised(foresight: Foresight, request: Request, free: int) -> float:
    return float(re.search(r"at (?:most|least) ([\d.]+)", foresight.refusal(request, free))[1])


@pytest.mark.parametrize("through_plane", [False, True])
def test_the_advised_factor_is_the_greatest_that_fits(through_plane):
    foresight = Foresight(VOLUME, [ONE, OTHER])
    request = Request(scale=16.0, through_plane=through_plane)
    free = BYTES_OF_WORK + needed(ONE, OTHER, scale=5.0, through_plane=through_plane)
    best = advised(foresight, request, free)
    assert best == 5
    assert foresight.refusal(Request(scale=best, through_plane=through_plane), free) == ""
    assert foresight.refusal(Request(scale=5.1, through_plane=through_plane), free)


def test_the_advised_spacing_is_the_smallest_that_fits():
    foresight = Foresight(VOLUME, [ONE])
    free = BYTES_OF_WORK + needed(ONE, scale=None, spacing_mm=0.2)
    assert advised(foresight, Request(scale=None, spacing_mm=0.05), free) == 0.2


def test_it_names_what_can_be_changed():
    several = Foresight(VOLUME, [ONE, OTHER]).refusal(Request(through_plane=True), BYTES_OF_WORK)
    assert several.endswith(
        "upsample fewer objects at once, or make no new slices between the slices."
    )
    alone = Foresight(VOLUME, [ONE]).refusal(Request(), BYTES_OF_WORK)
    assert "crop the volume" in alone


def test_without_knowing_what_is_free_nothing_is_refused():
    assert Foresight(VOLUME, [ONE]).refusal(Request(scale=16.0), None) == ""


def test_a_request_takes_no_more_than_was_foreseen():
    labels = np.zeros(SHAPE, np.uint16)
    labels[ONE], labels[OTHER] = 1, 2
    image = np.where(labels, 200, 20).astype(np.uint8)
    ids = ("a", "b")
    subject = Subject(image, VOLUME.affine, None, labels, ids, ids, ids)
    request = Request(scale=3.0)
    foreseen = needed(*(_with_margin(each) for each in (ONE, OTHER)), scale=3.0)
    task = FakeTask(None, None, None, lambda _value: None)
    jobs.upsample_all(KnownUpsampler, subject, request, task)  # what is imported is not counted
    tracemalloc.start()
    jobs.upsample_all(KnownUpsampler, subject, request, task)
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert 0.3 * foreseen < peak < foreseen


def _with_margin(extent):
    from MedSAMLib.implicit.given_shape import MARGIN

    return tuple(
        slice(max(0, part.start - MARGIN), min(size, part.stop + MARGIN))
        for part, size in zip(extent, SHAPE, strict=True)
    )
