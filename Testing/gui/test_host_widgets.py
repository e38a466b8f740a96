"""Widgets of CTK and MRML do what scripts and users rely on."""

from __future__ import annotations

import numpy as np
import pytest
import slicer
import slicer.util


@pytest.fixture
def ctk(slicer_core):
    import ctk

    return ctk


def watch(widget, signature: str) -> list:
    """The arguments of every emission."""
    seen = []
    widget.connect(signature, lambda *arguments: seen.append(arguments))
    return seen


def test_a_collapsed_section_hides_its_children(ctk, main_window):
    import qt

    section = ctk.ctkCollapsibleButton("Advanced")
    layout = qt.QVBoxLayout(section)
    label = qt.QLabel("inside")
    layout.addWidget(label)
    section.show()
    seen = watch(section, "contentsCollapsed(bool)")
    section.collapsed = True
    assert not label.visible
    section.click()
    assert label.visible
    assert not section.collapsed
    assert seen == [(True,), (False,)]


def test_what_a_module_hides_stays_hidden_when_a_section_opens(ctk, main_window):
    import qt

    section = ctk.ctkCollapsibleButton("Advanced")
    layout = qt.QVBoxLayout(section)
    early, gone, late = (qt.QPushButton(text) for text in ("early", "gone", "late"))
    for button in (early, gone, late):
        layout.addWidget(button)
    late.visible = False
    section.show()
    early.visible = False
    section.collapsed = True
    gone.visible = False
    late.visible = True
    assert not late.visible
    section.collapsed = False
    assert (early.visible, gone.visible, late.visible) == (False, False, True)
    section.close()


def test_a_slider_keeps_its_value_in_range_and_rounds_it(ctk):
    slider = ctk.ctkSliderWidget()
    seen = watch(slider, "valueChanged(double)")
    slider.decimals = 1
    slider.value = 12.34
    slider.value = 12.34
    slider.maximum = 10
    assert seen == [(12.3,), (10.0,)]
    assert slider.value == 10.0


def test_a_user_turns_the_spin_box_of_a_slider(ctk, user):
    import qt

    slider = ctk.ctkSliderWidget()
    slider.show()
    slider.value = 20
    user.press_key(slider.findChildren(qt.QDoubleSpinBox)[0], qt.Qt.Key_Up)
    assert slider.value == 21


def test_a_range_keeps_its_ends_in_order(ctk):
    widget = ctk.ctkRangeWidget()
    seen = watch(widget, "valuesChanged(double,double)")
    widget.setRange(-100, 100)
    widget.setValues(50, -50)
    assert (widget.minimumValue, widget.maximumValue) == (-50, 50)
    widget.minimumValue = -200
    assert widget.minimumValue == -100
    assert seen[-2:] == [(-50, 50), (-100, 50)]


def test_a_path_is_typed(ctk, user):
    import qt

    edit = ctk.ctkPathLineEdit()
    edit.show()
    seen = watch(edit, "currentPathChanged(QString)")
    user.type_text(edit.findChildren(qt.QLineEdit)[0], "/a")
    assert edit.currentPath == "/a"
    assert seen == [("/",), ("/a",)]


def test_a_color_is_picked(ctk):
    import qt

    button = ctk.ctkColorPickerButton()
    seen = watch(button, "colorChanged(QColor)")
    button.color = qt.QColor(255, 0, 0)
    assert button.text == "#ff0000"
    assert seen[0][0].red() == 255


# Choosing nodes.


@pytest.fixture
def selector(scene):
    selector = slicer.qMRMLNodeComboBox()
    selector.nodeTypes = ["vtkMRMLTextNode"]
    selector.noneEnabled = True
    selector.setMRMLScene(scene)
    return selector


def entries(selector) -> list[str]:
    import qt

    combo = selector.findChildren(qt.QComboBox)[0]
    return [combo.itemText(row) for row in range(combo.count)]


def test_a_selector_shows_the_nodes_of_its_type(selector, scene):
    scene.AddNewNodeByClass("vtkMRMLTextNode", "notes")
    scene.AddNewNodeByClass("vtkMRMLTableNode", "table")
    assert entries(selector) == ["None", "notes", "Create new Text", "Delete current Text"]
    assert selector.nodeCount() == 1


def test_a_selector_without_none_takes_the_first_node(selector, scene):
    seen = watch(selector, "currentNodeChanged(vtkMRMLNode*)")
    chosen = watch(selector, "currentNodeChanged(bool)")
    selector.noneEnabled = False
    node = scene.AddNewNodeByClass("vtkMRMLTextNode")
    assert selector.currentNode() is node
    scene.RemoveNode(node)
    assert selector.currentNode() is None
    assert seen == [(node,), (None,)]
    assert chosen == [(True,), (False,)]


def test_a_user_creates_and_deletes_a_node(selector, user, scene):
    selector.baseName = "prompts"
    selector.addAttribute("vtkMRMLTextNode", "purpose", "prompts")
    added = watch(selector, "nodeAddedByUser(vtkMRMLNode*)")
    user.choose(selector, "Create new Text")
    node = selector.currentNode()
    assert (node.GetName(), node.GetAttribute("purpose")) == ("prompts", "prompts")
    assert added == [(node,)]
    user.choose(selector, "Delete current Text")
    assert selector.currentNode() is None
    assert scene.GetNumberOfNodesByClass("vtkMRMLTextNode") == 0


def test_a_selector_can_ask_for_an_attribute(selector, scene):
    selector.addAttribute("vtkMRMLTextNode", "purpose", "prompts")
    other = scene.AddNewNodeByClass("vtkMRMLTextNode", "other")
    selector.setCurrentNode(other)
    assert selector.currentNode() is None
    assert selector.nodeCount() == 0


def test_a_selector_survives_the_closing_of_the_scene(selector, scene):
    selector.setCurrentNode(scene.AddNewNodeByClass("vtkMRMLTextNode"))
    scene.Clear(0)
    assert selector.currentNode() is None


def test_a_deleted_selector_no_longer_listens(selector, scene):
    selector.delete()
    scene.AddNewNodeByClass("vtkMRMLTextNode")


# Segments.


@pytest.fixture
def volume():
    return slicer.util.addVolumeFromArray(np.zeros((4, 5, 6), np.int16))


@pytest.fixture
def segmentation(scene, volume):
    node = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "segments")
    node.CreateDefaultDisplayNodes()
    node.SetReferenceImageGeometryParameterFromVolumeNode(volume)
    for name in ("liver", "tumor"):
        node.GetSegmentation().AddEmptySegment(name, name)
    return node


def test_a_table_follows_the_segments(segmentation):
    table = slicer.qMRMLSegmentsTableView()
    table.setSegmentationNode(segmentation)
    segmentation.GetSegmentation().AddEmptySegment("vein", "vein")
    segmentation.GetSegmentation().GetSegment("liver").SetName("Liver")
    names = [table.tableWidget().item(row, 2).text() for row in range(table.segmentCount)]
    assert names == ["Liver", "tumor", "vein"]


def test_segments_are_selected_by_id_and_by_click(segmentation, user):
    table = slicer.qMRMLSegmentsTableView()
    table.setSegmentationNode(segmentation)
    table.resize(400, 200)
    table.show()
    seen = watch(table, "selectionChanged(QItemSelection,QItemSelection)")
    table.setSelectedSegmentIDs(["tumor"])
    assert table.selectedSegmentIDs() == ("tumor",)
    grid = table.tableWidget()
    center = grid.visualItemRect(grid.item(0, 2)).center()
    user.click(grid.viewport(), (center.x(), center.y()))
    assert table.selectedSegmentIDs() == ("liver",)
    assert len(seen) >= 2


def test_the_eye_hides_a_segment(segmentation, user):
    table = slicer.qMRMLSegmentsTableView()
    table.setSegmentationNode(segmentation)
    table.resize(400, 200)
    table.show()
    grid = table.tableWidget()
    center = grid.visualItemRect(grid.item(1, 0)).center()
    user.click(grid.viewport(), (center.x(), center.y()))
    assert not segmentation.GetDisplayNode().GetSegmentVisibility("tumor")
    assert segmentation.GetDisplayNode().GetSegmentVisibility("liver")


def test_a_segment_is_chosen_with_its_segmentation(segmentation, scene):
    selector = slicer.qMRMLSegmentSelectorWidget()
    nodes = watch(selector, "currentNodeChanged(vtkMRMLNode*)")
    segments = watch(selector, "currentSegmentChanged(QString)")
    selector.setMRMLScene(scene)
    assert selector.currentNode() is segmentation
    selector.setCurrentSegmentID("tumor")
    assert selector.currentSegmentID() == "tumor"
    segmentation.GetSegmentation().RemoveSegment("tumor")
    assert selector.currentSegmentID() == "liver"
    assert nodes == [(segmentation,)]
    assert segments == [("liver",), ("tumor",), ("liver",)]


def test_the_segment_editor_undoes_and_redoes(segmentation, volume, scene, user):
    import qt

    editor = slicer.qMRMLSegmentEditorWidget()
    editor.setMRMLScene(scene)
    editor.setMRMLSegmentEditorNode(scene.AddNewNodeByClass("vtkMRMLSegmentEditorNode"))
    editor.setSegmentationNode(segmentation)
    editor.setSourceVolumeNode(volume)
    editor.setCurrentSegmentID("tumor")
    editor.show()
    editor.saveStateForUndo()
    mask = np.ones((4, 5, 6), np.uint8)
    slicer.util.updateSegmentBinaryLabelmapFromArray(mask, segmentation, "tumor", volume)
    user.click(editor.findChild(qt.QPushButton, "UndoButton"))
    assert count(segmentation, volume) == 0
    user.click(editor.findChild(qt.QPushButton, "RedoButton"))
    assert count(segmentation, volume) == 120
    assert editor.currentSegmentID() == "tumor"


def count(segmentation, volume) -> int:
    array = slicer.util.arrayFromSegmentBinaryLabelmap(segmentation, "tumor", volume)
    return int(array.sum())


# Placing markups.


@pytest.fixture
def place_widget(scene):
    widget = slicer.qSlicerMarkupsPlaceWidget()
    widget.setMRMLScene(scene)
    return widget


def test_a_user_places_points_by_the_button(place_widget, user, volume, scene):
    slicer.util.setSliceViewerLayers(background=volume, fit=True)
    points = scene.AddNewNodeByClass("vtkMRMLMarkupsFiducialNode")
    points.CreateDefaultDisplayNodes()
    place_widget.setPlaceMultipleMarkups(place_widget.ForcePlaceMultipleMarkups)
    place_widget.setCurrentNode(points)
    place_widget.show()
    seen = watch(place_widget, "activeMarkupsPlaceModeChanged(bool)")
    user.click(place_widget.placeButton())
    assert place_widget.placeModeEnabled
    view = slicer.app.layoutManager().sliceWidget("Red").sliceView()
    user.click(view, (100, 100))
    user.click(view, (120, 110))
    user.click(place_widget.placeButton())
    assert points.GetNumberOfDefinedControlPoints() == 2
    assert not place_widget.placeModeEnabled
    assert seen == [(True,), (False,)]
    place_widget.deleteLastPoint()
    assert points.GetNumberOfDefinedControlPoints() == 1
    user.click(place_widget.deleteButton())
    assert points.GetNumberOfControlPoints() == 0


def test_the_place_button_is_off_without_a_node(place_widget):
    place_widget.setCurrentNode(None)
    assert not place_widget.placeButton().enabled
    assert not place_widget.placeModeEnabled
