"""The main window answers a user's mouse and keyboard."""

from __future__ import annotations

import numpy as np
import pytest
import slicer
import slicer.util
from PySide6 import QtCore
from PySide6.QtCore import Qt

from Testing.SlicerHost.placing import start_placing

CLICK_TOLERANCE_MM = 0.01


@pytest.fixture
def volume():
    """A 64 mm cube of noise about the origin."""
    matrix = np.diag([1.0, 1.0, 2.0, 1.0])
    matrix[:3, 3] = -32
    array = np.random.default_rng(0).integers(0, 100, (32, 64, 64), np.int16)
    volume = slicer.util.addVolumeFromArray(array, slicer.util.vtkMatrixFromArray(matrix))
    slicer.util.setSliceViewerLayers(background=volume, fit=True)
    return volume


def view_of(name: str):
    return slicer.app.layoutManager().sliceWidget(name).sliceView()


def test_a_click_on_the_window_places_a_point_at_that_pixel(user, volume):
    points = start_placing("vtkMRMLMarkupsFiducialNode")
    view = view_of("Red")
    user.click(view, (80, 90))
    placed = slicer.util.arrayFromMarkupsControlPoints(points)[0]
    expected = view.convertXYZToRAS(view.convertDeviceToXYZ((80, 90)))
    np.testing.assert_allclose(placed, expected, atol=CLICK_TOLERANCE_MM)


@pytest.mark.parametrize("name", ["Red", "Green", "Yellow"])
def test_a_world_point_is_clicked_within_half_a_pixel(user, volume, name):
    points = start_placing("vtkMRMLMarkupsFiducialNode")
    wanted = slicer.app.layoutManager().sliceWidget(name).mrmlSliceNode().GetSliceToRAS()
    wanted = np.array(wanted.MultiplyPoint((5.0, 7.0, 0, 1))[:3])
    user.click_slice(name, wanted)
    placed = slicer.util.arrayFromMarkupsControlPoints(points)[0]
    pixel_mm = view_of(name).mrmlSliceNode().GetFieldOfView()[0] / view_of(name).width
    np.testing.assert_allclose(placed, wanted, atol=pixel_mm / 2 + CLICK_TOLERANCE_MM)


def test_the_picture_of_the_window_shows_the_slice(user, main_window, volume):
    view = view_of("Red")
    corner = view.mapTo(main_window, QtCore.QPoint(0, 0))
    image = main_window.grab().toImage()
    middle = image.pixelColor(corner.x() + view.width // 2, corner.y() + view.height // 2)
    assert middle.red() == middle.green() == middle.blue()


def test_the_slider_moves_the_slice_and_follows_it(user, volume):
    widget = slicer.app.layoutManager().sliceWidget("Red")
    slider = widget.sliceController().sliceOffsetSlider()
    slider.value = 4.0
    assert widget.sliceLogic().GetSliceOffset() == pytest.approx(4.0)
    widget.sliceLogic().SetSliceOffset(-6.0)
    assert slider.value == pytest.approx(-6.0)


def test_keys_reach_the_view(user, volume):
    points = start_placing("vtkMRMLMarkupsFiducialNode")
    user.click(view_of("Red"), (80, 90))
    user.press_key(view_of("Red"), Qt.Key.Key_Delete)
    assert points.GetNumberOfControlPoints() == 0


def test_a_shortcut_acts_while_the_window_is_active(user, main_window):
    import qt

    pressed = []
    shortcut = qt.QShortcut(qt.QKeySequence("Ctrl+G"), main_window)
    shortcut.connect("activated()", lambda: pressed.append(True))
    user.press_key(view_of("Red"), Qt.Key.Key_G, Qt.KeyboardModifier.ControlModifier)
    shortcut.enabled = False
    user.press_key(view_of("Red"), Qt.Key.Key_G, Qt.KeyboardModifier.ControlModifier)
    shortcut.delete()
    assert pressed == [True]


def test_a_double_click_reaches_the_view(user, volume):
    from PySide6.QtTest import QTest

    seen = []
    interactor = view_of("Red").interactor()
    tag = interactor.AddObserver("LeftButtonDoubleClickEvent", lambda *_: seen.append(True))
    QTest.mouseDClick(
        view_of("Red"),
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
        QtCore.QPoint(50, 50),
    )
    interactor.RemoveObserver(tag)
    assert seen == [True]


def test_layouts_show_one_view_or_four(user):
    manager = slicer.app.layoutManager()
    manager.setLayout(slicer.vtkMRMLLayoutNode.SlicerLayoutOneUpRedSliceView)
    shown = {name: manager.sliceWidget(name).visible for name in manager.sliceViewNames()}
    assert shown == {"Red": True, "Green": False, "Yellow": False}
    manager.setLayout(slicer.vtkMRMLLayoutNode.SlicerLayoutFourUpView)
    assert manager.sliceWidget("Yellow").visible


def test_scripts_find_window_status_bar_and_views(user, main_window):
    assert slicer.util.mainWindow() is main_window
    slicer.util.showStatusMessage("embedding 40 %")
    assert main_window.statusBar().currentMessage() == "embedding 40 %"
    slicer.util.resetSliceViews()
    slicer.util.resetThreeDViews()
    slicer.util.forceRenderAllViews()


def test_a_view_that_is_paused_twice_is_drawn_after_the_second_resume(
    main_window, volume, monkeypatch
):
    view, drawn = view_of("Red"), []
    picture = view._view.picture
    monkeypatch.setattr(view._view, "picture", lambda: (drawn.append(1), picture())[1])
    slicer.app.processEvents()
    drawn.clear()
    slicer.app.pauseRender()
    slicer.app.pauseRender()
    view.scheduleRender()
    slicer.app.resumeRender()
    slicer.app.processEvents()
    assert not drawn
    slicer.app.resumeRender()
    slicer.app.processEvents()
    assert len(drawn) == 1
