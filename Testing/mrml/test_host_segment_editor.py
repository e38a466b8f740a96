"""The Segment Editor's logic: undo, redo, masking and overwriting without its widget."""

from __future__ import annotations

import numpy as np
import pytest
import slicer
import slicer.util
from vtkmodules.util.numpy_support import vtk_to_numpy

SHAPE = (4, 6, 8)


@pytest.fixture
def volume():
    return slicer.util.addVolumeFromArray(np.zeros(SHAPE, np.int16))


@pytest.fixture
def editor(scene, volume):
    """The logic on a segmentation with the empty segments `a` (current) and `b`."""
    segmentation = scene.AddNewNodeByClass("vtkMRMLSegmentationNode")
    segmentation.SetReferenceImageGeometryParameterFromVolumeNode(volume)
    for name in ("a", "b"):
        segmentation.GetSegmentation().AddEmptySegment(name, name)
    logic = slicer.vtkSlicerSegmentEditorLogic()
    logic.SetMRMLScene(scene)
    logic.SetMRMLApplicationLogic(slicer.app.applicationLogic())
    logic.SetSegmentEditorNode(scene.AddNewNodeByClass("vtkMRMLSegmentEditorNode"))
    logic.SetSegmentationNode(segmentation)
    logic.SetSourceVolumeNode(volume)
    logic.SetCurrentSegmentID("a")
    return logic


def write(editor, segment: str, columns: slice) -> None:
    mask = np.zeros(SHAPE, np.uint8)
    mask[:, :, columns] = 1
    slicer.util.updateSegmentBinaryLabelmapFromArray(
        mask, editor.GetSegmentationNode(), segment, editor.GetSourceVolumeNode()
    )


def count(editor, segment: str) -> int:
    return int(
        slicer.util.arrayFromSegmentBinaryLabelmap(
            editor.GetSegmentationNode(), segment, editor.GetSourceVolumeNode()
        ).sum()
    )


def test_undo_and_redo_restore_what_scripts_wrote(editor):
    write(editor, "a", slice(0, 2))
    editor.SaveStateForUndo()
    write(editor, "a", slice(0, 5))
    assert count(editor, "a") == 5 * 24
    editor.Undo()
    assert count(editor, "a") == 2 * 24
    editor.Redo()
    assert count(editor, "a") == 5 * 24


def modify(editor, columns: slice) -> None:
    """Add columns to the current segment as an effect of the Segment Editor does."""
    editor.ResetModifierLabelmapToDefault()
    labelmap = editor.GetModifierLabelmap()
    points = labelmap.GetPointData().GetScalars()
    array = vtk_to_numpy(points).reshape(SHAPE)
    array[:, :, columns] = 1
    points.Modified()
    segmentation, bypass_masking = editor.GetSegmentationNode(), False
    editor.ModifySegmentByLabelmap(
        segmentation, "a", labelmap, editor.ModificationModeAdd, False, bypass_masking
    )


@pytest.mark.parametrize(
    ("mode", "left_in_b"), [("OverwriteAllSegments", 0), ("OverwriteNone", 3 * 24)]
)
def test_the_overwrite_mode_decides_about_other_segments(editor, mode, left_in_b):
    node = editor.GetSegmentEditorNode()
    node.SetOverwriteMode(getattr(node, mode))
    write(editor, "b", slice(0, 3))
    modify(editor, slice(0, 4))
    assert count(editor, "a") == 4 * 24
    assert count(editor, "b") == left_in_b


def test_masking_keeps_changes_inside_another_segment(editor):
    node = editor.GetSegmentEditorNode()
    node.SetOverwriteMode(node.OverwriteNone)
    write(editor, "b", slice(2, 5))
    node.SetMaskMode(slicer.vtkMRMLSegmentationNode.EditAllowedInsideSingleSegment)
    node.SetMaskSegmentID("b")
    editor.UpdateMaskLabelmap()
    modify(editor, slice(0, 4))
    assert count(editor, "a") == 2 * 24
