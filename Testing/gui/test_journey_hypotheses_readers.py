"""Several readers accept masks of one object, edit them, are compared, and take the table away."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest
import slicer
import slicer.util

from MedSAMLib.hypotheses.run_length import decode
from MedSAMLib.metrics.ambiguity import ged
from Testing.gui.hypotheses_phantom import expected_masks, make_alternatives
from Testing.gui.panel_user import segment_names
from Testing.gui.phantom_geometry import result


def test_readers_versions_lie_side_by_side(browser, phantom):
    make_alternatives(browser)
    masks = expected_masks(phantom)
    for reader, key in (("Anna", "1"), ("Bob", "2")):
        browser.read_as(reader)
        browser.key(key)
        browser.key("Return")
        browser.wait_for(f"to Object - {reader}")
    browser.picture("readers")
    segmentation = browser.parameters.segmentation
    assert segment_names(segmentation) == ["Object - Anna", "Object - Bob"]
    # The Segment Editor's default, which would take Anna's pixels away, does not hold for versions.
    np.testing.assert_array_equal(result(browser, phantom, "Object - Anna"), masks[0])
    np.testing.assert_array_equal(result(browser, phantom, "Object - Bob"), masks[1])
    assert [row["reader"] for row in browser.rows] == ["Anna", "Bob"]
    browser.key("Return")
    assert 'A mask of this slice is in "Object - Bob" already' in browser.text
    assert len(browser.rows) == 2


def test_other_objects_are_still_overwritten_as_the_segment_editor_has_it(browser, phantom):
    make_alternatives(browser)
    browser.key("Return")
    browser.wait_for("to Object")
    browser.user.choose(browser.ui.segmentComboBox, "New segment")
    browser.key("4")
    browser.key("Return")
    browser.wait_for("to Object 2")
    masks = expected_masks(phantom)
    np.testing.assert_array_equal(result(browser, phantom, "Object 2"), masks[3])
    np.testing.assert_array_equal(result(browser, phantom), masks[0] & ~masks[3])


def test_edits_of_an_accepted_mask_stay_when_alternatives_are_made_anew(browser, phantom):
    make_alternatives(browser)
    browser.key("Return")
    browser.wait_for("Added")
    segmentation, segment_id = browser.parameters.segmentation, browser.parameters.segmentID
    edited = result(browser, phantom)
    edited[:, :, : edited.shape[2] // 2] = False
    edited[2, 3, 4] = True
    slicer.util.updateSegmentBinaryLabelmapFromArray(
        edited.astype(np.uint8), segmentation, segment_id, phantom
    )
    browser.ui.countSpinBox.value = 6
    browser.key("H")
    browser.user.wait_until(lambda: len(browser.gallery) == 6)
    np.testing.assert_array_equal(result(browser, phantom), edited)


def test_alternatives_are_compared_with_the_readers(browser, phantom):
    make_alternatives(browser)
    masks = expected_masks(phantom)
    for reader, key in (("Anna", "1"), ("Bob", "4")):
        browser.read_as(reader)
        browser.key(key)
        browser.key("Return")
        browser.wait_for(f"to Object - {reader}")
    browser.unfold("compareButton")
    browser.key("2")
    browser.picture("compared")
    flat = [mask.any(axis=0) for mask in masks]
    assert f"GED {ged(np.stack(flat), np.stack([flat[0], flat[3]])):.3f}" in (
        browser.ui.compareLabel.text
    )
    assert table_of(browser) == [
        ["Object - Anna", f"{dice(flat[1], flat[0]):.3f}", "1.000", "1"],
        ["Object - Bob", f"{dice(flat[1], flat[3]):.3f}", "1.000", "4"],
    ]
    untick(browser, row=1)
    assert "against 1 readers" in browser.ui.compareLabel.text
    assert table_of(browser)[1][1:] == ["", "", ""]


def table_of(browser) -> list[list[str]]:
    table = browser.ui.compareTable
    return [
        [table.item(row, column).text() for column in range(table.columnCount)]
        for row in range(table.rowCount)
    ]


def untick(browser, row: int) -> None:
    import qt

    browser.ui.compareTable.item(row, 0).setCheckState(qt.Qt.Unchecked)
    slicer.app.processEvents()


def dice(one: np.ndarray, other: np.ndarray) -> float:
    return 2 * (one & other).sum() / (one.sum() + other.sum())


def test_the_choices_are_exported_with_their_alternatives(browser, phantom, tmp_path):
    browser.read_as('Anna, "A"')
    make_alternatives(browser)
    browser.key("3")
    browser.key("Return")
    browser.wait_for("Added")
    browser.unfold("choicesButton")
    assert not browser.ui.exportButton.enabled
    browser.ui.exportPath.currentPath = str(tmp_path / "choices")
    browser.click("exportButton")
    browser.picture("exported")
    assert "1 choices were written" in browser.ui.choicesLabel.text
    with (tmp_path / "choices.csv").open(newline="", encoding="utf-8") as file:
        (row,) = csv.DictReader(file)
    assert ",".join(row) == (
        "time,reader,volume,slice,axis,plane,prompt_box,prompt_points,model,method,count,chosen,"
        "medoid,disagreement,areas,merged,masks"
    )
    assert (row["reader"], row["volume"]) == ('Anna, "A"', "Phantom")
    assert (row["chosen"], row["method"], row["axis"]) == ("3", "seqsam", "axial")
    masks = expected_masks(phantom)
    index = int(np.argwhere(masks[0])[0][0])
    assert int(row["slice"]) == index
    shape = phantom.GetImageData().GetDimensions()[1::-1]
    decoded = [decode(text, shape) for text in json.loads(row["masks"])]
    assert json.loads(row["areas"]) == [int(mask.sum()) for mask in masks]
    # The slice's pixels are the volume's in rows and columns, or mirrored.
    plane = np.array(json.loads(row["plane"]))
    for pixels, mask in zip(decoded, masks, strict=True):
        y, x = np.nonzero(pixels)
        found = plane @ np.stack([x, y, np.zeros_like(x), np.ones_like(x)])
        ijk = np.linalg.inv(affine_of(phantom)) @ found
        voxels = np.zeros_like(mask)
        voxels[tuple(np.rint(ijk[2::-1]).astype(int))] = True
        np.testing.assert_array_equal(voxels, mask)


def affine_of(volume) -> np.ndarray:
    matrix = slicer.util.vtkMatrixFromArray(np.eye(4))
    volume.GetIJKToRASMatrix(matrix)
    return slicer.util.arrayFromVTKMatrix(matrix)


def test_a_file_that_cannot_be_written_is_told(browser, phantom, tmp_path):
    make_alternatives(browser)
    browser.key("Return")
    browser.wait_for("Added")
    browser.unfold("choicesButton")
    browser.ui.exportPath.currentPath = str(tmp_path / "nowhere" / "choices.csv")
    browser.click("exportButton")
    assert "there is no folder" in browser.ui.choicesLabel.text


@pytest.mark.parametrize("mode", ["EditAllowedOutsideAllSegments", "EditAllowedInsideAllSegments"])
def test_the_editable_area_is_honored_but_for_versions(browser, phantom, mode):
    from MedSAMSlicerLib.scene.segment_editor_node import segmentEditorNode

    make_alternatives(browser)
    masks = expected_masks(phantom)
    browser.read_as("Anna")
    browser.key("4")
    browser.key("Return")
    browser.wait_for("Added")
    segmentEditorNode().SetMaskMode(getattr(slicer.vtkMRMLSegmentationNode, mode))
    browser.read_as("Bob")
    browser.key("1")
    browser.key("Return")
    browser.wait_for("to Object - Bob")
    inside = mode == "EditAllowedInsideAllSegments"
    expected = masks[3] if inside else masks[0]
    np.testing.assert_array_equal(result(browser, phantom, "Object - Bob"), expected)
