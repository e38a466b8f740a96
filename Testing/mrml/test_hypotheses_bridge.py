"""Alternatives meet the scene: segments on slices, readers' versions, the table, and saving."""

from __future__ import annotations

import json
from types import SimpleNamespace

import numpy as np
import pytest
import slicer
import slicer.util

from MedSAMLib.hypotheses import Hypotheses
from MedSAMLib.prompts import Prompts
from Testing.mrml.bridge_scenes import (
    add_axis_view,
    add_transform,
    add_view,
    add_volume,
    random_pose,
    random_ras_from_ijk,
    segment_array,
    world_from_ijk,
)

SHAPE = (9, 20, 24)


@pytest.fixture(autouse=True)
def translations(monkeypatch):
    """Slicer's translations are not in the wheel, and the host's come with Qt."""
    import sys
    import types

    if "slicer.i18n" not in sys.modules:
        fake = types.ModuleType("slicer.i18n")
        fake.tr, fake.translate = str, lambda _context, text: text
        monkeypatch.setitem(sys.modules, "slicer.i18n", fake)


@pytest.fixture
def volume(scene):
    """Slanted and moved."""
    rng = np.random.default_rng(7)
    array = rng.integers(0, 255, SHAPE).astype(np.uint8)
    return add_volume(array, random_ras_from_ijk(rng), add_transform(random_pose(rng)))


def slices_of(volume):
    """The bridge's slices; the view is not needed."""
    from MedSAMSlicerLib.scene.volume_slices import VolumeSlices

    slices = VolumeSlices()
    slices.volumeNode = volume
    return slices


def key_of(volume, node):
    from MedSAMSlicerLib.session.prompts import SliceKey
    from MedSAMSlicerLib.slices import slicePlane

    return SliceKey.of(volume.GetID(), slicePlane(node, volume).plane)


def add_segmentation(volume, *arrays):
    from MedSAMSlicerLib.segments import createSegmentation

    node = createSegmentation(volume)
    for number, array in enumerate(arrays, start=1):
        segment_id = node.GetSegmentation().AddEmptySegment("", f"Segment {number}")
        node.GetSegmentation().SeparateSegmentLabelmap(segment_id)
        slicer.util.updateSegmentBinaryLabelmapFromArray(
            array.astype(np.uint8), node, segment_id, volume
        )
    return node


def blob() -> np.ndarray:
    voxels = np.zeros(SHAPE, bool)
    voxels[2:7, 5:13, 8:19] = True
    voxels[3, 5, 8] = False
    return voxels


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_segment_on_a_slice_of_voxels_is_its_voxels(volume, axis):
    from MedSAMSlicerLib.hypotheses.scene_segments import segmentOnPlane, segmentsOf

    node = add_segmentation(volume, blob())
    ((_id, segment),) = segmentsOf(node)
    center = world_from_ijk(volume, [(12, 9, 4)])[0]
    directions = np.diff(world_from_ijk(volume, [(0, 0, 0), *np.eye(3)[::-1]]), axis=0)
    view = add_view(np.cross(*_in_plane(volume, axis)), center, _in_plane(volume, axis)[0])
    plane = slices_of(volume).planeOf(key_of(volume, view))
    assert plane.isVoxelSlice
    assert directions.shape == (3, 3)
    mask = segmentOnPlane(node, segment, plane)
    extent, voxels = plane.voxels(mask)
    found = np.zeros(SHAPE, bool)
    found[extent] = voxels
    expected = np.zeros(SHAPE, bool)
    run = [slice(None)] * 3
    run[axis] = (4, 9, 12)[axis]
    expected[tuple(run)] = blob()[tuple(run)]
    np.testing.assert_array_equal(found, expected)


def _in_plane(volume, axis: int) -> np.ndarray:
    """World directions of the two other axes of the array."""
    ijk = np.eye(3)[::-1]
    steps = [
        np.subtract(*world_from_ijk(volume, [step, (0, 0, 0)]))
        for number, step in enumerate(ijk)
        if number != axis
    ]
    return np.array([step / np.linalg.norm(step) for step in steps])


def test_a_segment_on_an_oblique_slice_is_what_lies_at_its_pixels(volume):
    from MedSAMSlicerLib.hypotheses.scene_segments import segmentOnPlane, segmentsOf

    node = add_segmentation(volume, blob())
    ((_id, segment),) = segmentsOf(node)
    view = add_view((0.3, 0.5, 0.8), world_from_ijk(volume, [(12, 9, 4)])[0])
    plane = slices_of(volume).planeOf(key_of(volume, view))
    assert not plane.isVoxelSlice
    mask = segmentOnPlane(node, segment, plane)
    y, x = np.indices(plane.shape)
    kji = plane.voxelFromWorld(plane.worldFromPixel(np.column_stack([x.ravel(), y.ravel()])))
    inside = ((kji >= 0) & (kji < SHAPE)).all(axis=1)
    expected = np.zeros(kji.shape[0], bool)
    expected[inside] = blob()[tuple(kji[inside].T)]
    assert expected.sum() > 20
    # Exactly between two voxels either of them will do.
    assert (mask.ravel() != expected).mean() < 1e-3


def test_a_slice_beside_the_segment_has_nothing_of_it(volume):
    from MedSAMSlicerLib.hypotheses.scene_segments import segmentOnPlane, segmentsOf

    node = add_segmentation(volume, blob())
    ((_id, segment),) = segmentsOf(node)
    pair = _in_plane(volume, 0)
    view = add_view(np.cross(*pair), world_from_ijk(volume, [(12, 9, 8)])[0], pair[0])
    plane = slices_of(volume).planeOf(key_of(volume, view))
    assert not segmentOnPlane(node, segment, plane).any()


class TestWithAnAxialSlice:
    @pytest.fixture
    def volume(self, scene):
        return add_volume(np.zeros(SHAPE, np.uint8), np.diag([-1.0, -1.0, 2.0, 1.0]))

    @pytest.fixture
    def found(self, volume):
        """Three alternatives on slice 4; the first is slice 4 of `blob`."""
        from MedSAMSlicerLib.hypotheses.candidates import SliceSet
        from MedSAMSlicerLib.hypotheses.request import Request

        masks = np.stack([blob()[4]] * 3)
        masks[1, :9] = False
        masks[2, :, :12] = False
        hypotheses = Hypotheses(
            masks, np.where(masks, 1, -1).astype(np.float32), np.full(3, 0.5, np.float32), "seqsam"
        )
        view = add_axis_view("Axial", (-12, -9, 8))
        prompts = Prompts(box=np.array([8.0, 5, 19, 13]))
        key = key_of(volume, view)
        return SliceSet.of(key, prompts, Request(3), "starter", hypotheses)

    def test_a_table_survives_a_saved_scene_with_quotes_and_commas(self, volume, found, tmp_path):
        from MedSAMSlicerLib.hypotheses.scene_book import ChoiceBook

        book = ChoiceBook(slices_of(volume))
        book.choice = SimpleNamespace(choices=None)
        found.combine([0, 2], "union")
        book.add(found, found.candidate, 'Anna, "the first"')
        book.add(found, found.alternatives[1], "Bob")
        rows = book.rows()
        assert [row["chosen"] for row in rows] == ["1+3", "2"]
        assert json.loads(rows[0]["areas"]) == found.hypotheses.areas.tolist()
        assert (rows[0]["slice"], rows[0]["axis"]) == ("4", "axial")
        name = book.node.GetName()
        file = str(tmp_path / "scene.mrb")
        assert slicer.util.saveScene(file)
        slicer.mrmlScene.Clear(0)
        slicer.util.loadScene(file)
        book.choice.choices = slicer.util.getNode(name)
        assert book.rows() == rows

    def test_the_row_that_is_undone_goes_even_if_others_came_later(self, volume, found):
        from MedSAMSlicerLib.hypotheses.scene_book import ChoiceBook

        book = ChoiceBook(slices_of(volume))
        book.choice = SimpleNamespace(choices=None)
        first = book.add(found, found.alternatives[0], "Anna")
        book.add(found, found.alternatives[1], "Bob")
        book.remove(first)
        assert [row["reader"] for row in book.rows()] == ["Bob"]
        book.remove(first)
        assert len(book.rows()) == 1

    def test_saved_alternatives_come_back_as_they_were(self, volume, found):
        from MedSAMSlicerLib.hypotheses.saved_sets import from_json, to_json

        found.marked = {0, 2}
        found.combine([0, 2], "majority")
        found.accepted = ["Object - Anna"]
        (back,) = from_json(to_json([found]), "other volume")
        assert back.slice.volume_id == "other volume"
        assert back.slice.grid == found.slice.grid
        np.testing.assert_array_equal(back.hypotheses.masks, found.hypotheses.masks)
        np.testing.assert_array_equal(back.candidate.mask, found.candidate.mask)
        assert (back.chosen, back.marked, back.accepted) == (3, {0, 2}, ["Object - Anna"])
        assert back.is_for(found.prompts)

    @pytest.mark.parametrize("text", ["", "nonsense", "[{}]", "[1]", "{}", '[{"shape": [1, 2]}]'])
    def test_a_text_of_something_else_gives_no_alternatives(self, volume, text):
        from MedSAMSlicerLib.hypotheses.saved_sets import from_json

        assert from_json(text, "volume") == []

    def test_versions_overlap_and_other_objects_do_not(self, volume, found):
        from MedSAMSlicerLib.hypotheses.scene_target import ReaderTarget
        from MedSAMSlicerLib.session.ports import ShownMask

        undo = SimpleNamespace(useFor=lambda *_: None, saveStateForUndo=lambda: None)
        target = ReaderTarget(slices_of(volume), undo)
        target.choice = SimpleNamespace(segmentation=None, segmentID="", reader="")
        masks = [ShownMask(found.slice, mask) for mask in found.hypotheses.masks]

        def accept(reader: str, number: int, segment_id: str | None = None) -> None:
            target.choice.reader = reader
            if segment_id is not None:
                target.choice.segmentID = segment_id
            target.write([masks[number]], False)

        accept("Anna", 0)
        accept("Bob", 1)
        accept("Anna", 2)
        node = target.choice.segmentation
        names = [segment.GetName() for segment in segments(node)]
        assert names == ["Object - Anna", "Object - Bob"]
        accept("", 2, "")
        names = [segment.GetName() for segment in segments(node)]
        assert names == ["Object - Anna", "Object - Bob", "Object 2"]
        anna, bob, other = (
            segment_array(node, segment_id, volume)[4]
            for segment_id in node.GetSegmentation().GetSegmentIDs()
        )
        first, second, third = found.hypotheses.masks
        np.testing.assert_array_equal(other, third)
        np.testing.assert_array_equal(anna, first & ~third)
        np.testing.assert_array_equal(bob, second & ~third)
        assert target.versions() == [target.choice.segmentID]


def segments(node):
    contents = node.GetSegmentation()
    return [contents.GetSegment(each) for each in contents.GetSegmentIDs()]
