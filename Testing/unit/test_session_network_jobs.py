"""What the worker does: embeddings that tell how far they are, and masks for targets."""

from __future__ import annotations

import numpy as np
import pytest

from MedSAMSlicerLib.self_test.bright_pixels import BrightPixels
from MedSAMSlicerLib.session import network_jobs
from MedSAMSlicerLib.session.ports import SliceImage
from MedSAMSlicerLib.session.prompts import Box, Point, Target
from Testing.unit.sam_factory import random_image, tiny_model
from Testing.unit.session_fakes import FakeSlices, FakeTask, key_of, ras

KEY = key_of(5)
IMAGE = FakeSlices().read(KEY)


class Stopped(Exception):
    pass


def task(reported: list | None = None) -> FakeTask:
    reported = [] if reported is None else reported
    return FakeTask(None, None, None, reported.append)


def target(start: int, stop: int, *points: Point) -> Target:
    return Target(KEY, Box(ras(start, start, 5), ras(stop, stop, 5)), points)


def test_an_embedding_tells_after_every_block_how_far_it_is():
    reported: list[float] = []
    image = SliceImage(KEY, random_image(32, 32), None)
    network_jobs.embed(tiny_model(), image, task(reported))
    assert reported == [0.5, 1.0]  # the tiny encoder has two blocks


def test_a_cancelled_embedding_ends_at_the_next_block_and_leaves_the_network_usable():
    model, image = tiny_model(), SliceImage(KEY, random_image(32, 32), None)
    stopping = task()

    def stop_after_a_block() -> None:
        stopping.blocks = getattr(stopping, "blocks", 0) + 1
        if stopping.blocks == 2:
            raise Stopped

    stopping.checkpoint = stop_after_a_block
    with pytest.raises(Stopped):
        network_jobs.embed(model, image, stopping)
    assert len(model.cache) == 0
    network_jobs.embed(model, image, task())
    assert len(model.cache) == 1


def test_a_cached_embedding_reports_nothing():
    model, image = tiny_model(), SliceImage(KEY, random_image(32, 32), None)
    network_jobs.embed(model, image, task())
    reported: list[float] = []
    network_jobs.embed(model, image, task(reported))
    assert reported == []


class Counting(BrightPixels):
    """Counts how often it is asked."""

    def __init__(self) -> None:
        self.embedded = self.asked = 0

    def embed(self, image, window="auto"):
        self.embedded += 1
        return super().embed(image, window)

    def segment(self, *arguments, **prompts):
        self.asked += 1
        return super().segment(*arguments, **prompts)


def test_many_boxes_on_a_slice_are_decoded_together_and_keep_their_order():
    network = Counting()
    click = Point(ras(22, 22, 5), positive=True)
    targets = [target(2, 12), target(2, 28, click), target(18, 28)]
    masks = network_jobs.segment(network, [(IMAGE, each) for each in targets], task())
    first, second = np.zeros((2, 32, 32), bool)
    first[4:10, 4:10] = second[20:26, 20:26] = True
    np.testing.assert_array_equal(masks, [first, second, second])
    assert (network.embedded, network.asked) == (1, 2)
