"""The network that ships, on a real lung nodule that four radiologists outlined differently."""

from __future__ import annotations

import os

import numpy as np
import pytest
import slicer
import slicer.util

from MedSAMLib.metrics.ambiguity import pairwise_dice
from MedSAMLib.sam import ModelState, Store, find_entry
from Testing.gui.hypotheses_fixtures import show_only
from Testing.gui.hypotheses_user import HypothesesUser
from Testing.gui.panel_user import PICTURES, show
from Testing.shared_data import shared_data

DATA = shared_data()
pytestmark = [
    pytest.mark.skipif(DATA is None, reason="../shared/data is not there"),
    pytest.mark.skipif(
        Store().state(find_entry("starter")) is not ModelState.BUNDLED,
        reason="the starter's weights are not in this checkout",
    ),
]
SLICES = 3


@pytest.fixture(scope="module")
def nodules() -> tuple[np.ndarray, np.ndarray]:
    """Images (3, 128, 128) of one after the other, and the readers' masks (3, 4, 128, 128).

    The three test slices with the largest nodules that all four readers marked.
    """
    data = np.load(DATA / "lidc" / "test.npz")
    masks = np.unpackbits(data["masks_packed"], axis=2).reshape(-1, 4, 128, 128).astype(bool)
    areas = masks.sum(axis=(2, 3)).min(axis=1)
    largest = np.argsort(-areas, kind="stable")[:SLICES]
    return data["images"][largest], masks[largest]


@pytest.fixture
def volume(main_window, nodules):
    """The slices as a volume of 0.7 mm pixels."""
    matrix = slicer.util.vtkMatrixFromArray(np.diag([-0.7, -0.7, 2.5, 1.0]))
    node = slicer.util.addVolumeFromArray(nodules[0], matrix, name="LIDC")
    node.CreateDefaultDisplayNodes()
    for name, orientation in (("Red", "Axial"), ("Green", "Coronal"), ("Yellow", "Sagittal")):
        slicer.app.layoutManager().sliceWidget(name).mrmlSliceNode().SetOrientation(orientation)
    show(node)
    if PICTURES not in os.environ:
        show_only("Red")
    return node


@pytest.fixture(scope="module")
def real_models():
    """Loaded once, because on a busy machine that takes half a minute."""
    from MedSAMSlicerLib.scene.catalogue_models import CatalogueModels
    from MedSAMSlicerLib.session.ports import ModelChoice

    models = CatalogueModels()
    models.load(ModelChoice("starter")).embed(np.zeros((64, 64), np.uint8))
    return models


@pytest.fixture
def reader(volume, user, main_window, real_models, dependencies):
    """Somebody who reads the nodules with the real network."""
    size = main_window.size
    main_window.resize(*((1200, 1000) if PICTURES in os.environ else (880, 620)))
    reader = HypothesesUser(user, main_window, real_models, dependencies)
    yield reader
    main_window.resize(size)
    reader.leave()
    reader.module.unload()


def add_readers(volume, masks: np.ndarray) -> None:
    """The four radiologists' segments, each in a layer of its own."""
    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode", "Radiologists")
    node.CreateDefaultDisplayNodes()
    node.GetDisplayNode().SetVisibility(False)
    node.SetReferenceImageGeometryParameterFromVolumeNode(volume)
    for number in range(masks.shape[1]):
        name = f"Nodule - R{number + 1}"
        segment_id = node.GetSegmentation().AddEmptySegment("", name)
        node.GetSegmentation().SeparateSegmentLabelmap(segment_id)
        slicer.util.updateSegmentBinaryLabelmapFromArray(
            masks[:, number].astype(np.uint8), node, segment_id, volume
        )


def corners_of(union: np.ndarray, index: int) -> tuple[np.ndarray, np.ndarray]:
    """World corners of the tight box around a mask (H, W) of slice `index`."""
    y, x = np.nonzero(union)
    ends = np.array([(x.min() - 0.5, y.min() - 0.5), (x.max() + 0.5, y.max() + 0.5)])
    points = np.column_stack([ends * -0.7, [index * 2.5] * 2])
    return points[0], points[1]


def look_at_slice(index: int) -> None:
    node = slicer.app.layoutManager().sliceWidget("Red").mrmlSliceNode()
    node.SetSliceOffset(index * 2.5)
    slicer.app.processEvents()


def test_a_nodule_is_read_compared_and_accepted(reader, volume, nodules):
    _images, masks = nodules
    add_readers(volume, masks)
    look_at_slice(1)
    reader.ui.countSpinBox.value = 8
    reader.wait_until_ready()
    reader.draw_box("Red", *corners_of(masks[1].any(axis=0), 1))
    reader.wait_for_alternatives()
    found = reader.session.current.hypotheses
    assert len(found) == len(reader.gallery) == 8
    # Somewhere among the alternatives every reader is met better than by chance.
    assert pairwise_dice(found.masks, masks[1]).max(axis=0).min() > 0.5
    reader.unfold("compareButton")
    reader.user.choose(reader.ui.comparedSelector, "Radiologists")
    for row in range(4):
        tick(reader, row)
    reader.key("A")
    reader.picture("lidc")
    assert f"GED {expected_ged(found.masks, masks[1]):.3f}" in reader.ui.compareLabel.text
    reader.read_as("Anna")
    reader.key("Return")
    reader.wait_for("to Object - Anna")
    segment = slicer.util.arrayFromSegmentBinaryLabelmap(
        reader.parameters.segmentation, reader.parameters.segmentID, volume
    )
    np.testing.assert_array_equal(segment[1] > 0, found.masks[found.medoid])
    assert not segment[[0, 2]].any()
    reader.key("Z")
    assert reader.rows == []


def tick(reader, row: int) -> None:
    import qt

    reader.ui.compareTable.item(row, 0).setCheckState(qt.Qt.Checked)
    slicer.app.processEvents()


def expected_ged(masks: np.ndarray, readers: np.ndarray) -> float:
    """Twice the mean distance between, less the mean distances within, by the definition."""

    def distance(ones, others) -> float:
        return np.mean([1 - (a & b).sum() / (a | b).sum() for a in ones for b in others])

    return 2 * distance(masks, readers) - distance(masks, masks) - distance(readers, readers)
