"""Views as widgets: what is drawn off screen is painted as an image, on any Qt platform."""

from __future__ import annotations

from typing import Any

import numpy as np
import slicer
from PySide6 import QtCore, QtGui, QtWidgets
from PySide6.QtCore import Qt
from vtkmodules.vtkCommonMath import vtkMatrix4x4

from ..views import RenderView, SliceView, ThreeDView
from ..views.pointer import Modifiers, Position
from ..widgets.declare import slicer_class

_BUTTONS = {
    Qt.MouseButton.LeftButton: "Left",
    Qt.MouseButton.MiddleButton: "Middle",
    Qt.MouseButton.RightButton: "Right",
}
# VTK's names of keys that type no character of their own.
_KEYS = {
    Qt.Key.Key_Escape: "Escape",
    Qt.Key.Key_Delete: "Delete",
    Qt.Key.Key_Backspace: "BackSpace",
    Qt.Key.Key_Return: "Return",
    Qt.Key.Key_Tab: "Tab",
    Qt.Key.Key_Space: "space",
    Qt.Key.Key_Left: "Left",
    Qt.Key.Key_Right: "Right",
    Qt.Key.Key_Up: "Up",
    Qt.Key.Key_Down: "Down",
}


class _ViewWidget(QtWidgets.QWidget):
    """What slice and 3-D views share: Qt's events go to VTK, VTK's picture goes to Qt."""

    _view: RenderView
    _picture: Any

    def __init__(self, view: RenderView, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self._view, self._picture = view, None
        self.setMinimumSize(120, 120)
        self.setMouseTracking(True)
        self.focusPolicy = Qt.FocusPolicy.StrongFocus
        expanding = QtWidgets.QSizePolicy.Policy.Expanding
        self.setSizePolicy(expanding, expanding)
        view.on_render_request = self.scheduleRender

    def renderWindow(self) -> Any:
        return self._view.window

    def interactor(self) -> Any:
        return self._view.interactor

    def interactorStyle(self) -> Any:
        return self._view.style

    def scheduleRender(self) -> None:
        if not slicer.app.postponesRender(self):
            self._picture = None
            self.update()

    def forceRender(self) -> None:
        self._view.window.Render()
        self.scheduleRender()

    def displayableManagerByClassName(self, name: str) -> Any:
        return self._view.group.GetDisplayableManagerByClassName(name)

    def setViewCursor(self, cursor: QtGui.QCursor) -> None:
        self.setCursor(cursor)

    def unsetViewCursor(self) -> None:
        self.unsetCursor()

    def resizeEvent(self, _event: QtGui.QResizeEvent) -> None:
        self._view.resize(self.width, self.height)
        self.scheduleRender()

    def paintEvent(self, _event: QtGui.QPaintEvent) -> None:
        if self._picture is None:
            self._picture = self._view.picture()
        painter = QtGui.QPainter(self)
        painter.drawImage(0, 0, _image(self._picture))
        painter.end()

    def mousePressEvent(self, event: QtGui.QMouseEvent) -> None:
        self.setFocus()
        self._pointer().press(self._position(event), _BUTTONS[event.button()], _held(event))

    def mouseDoubleClickEvent(self, event: QtGui.QMouseEvent) -> None:
        button = _BUTTONS[event.button()]
        self._pointer().press(self._position(event), button, _held(event), repeated=True)

    def mouseReleaseEvent(self, event: QtGui.QMouseEvent) -> None:
        self._pointer().release(self._position(event), _BUTTONS[event.button()], _held(event))

    def mouseMoveEvent(self, event: QtGui.QMouseEvent) -> None:
        self._pointer().move(self._position(event), _held(event))

    def wheelEvent(self, event: QtGui.QWheelEvent) -> None:
        forward = event.angleDelta().y() > 0
        self._pointer().wheel(self._position(event), forward, _held(event))

    def keyPressEvent(self, event: QtGui.QKeyEvent) -> None:
        symbol = _KEYS.get(event.key(), event.text())
        self._pointer().key(symbol, event.text() or "\0", _held(event))

    def enterEvent(self, _event: QtCore.QEvent) -> None:
        self._pointer().enter()

    def leaveEvent(self, _event: QtCore.QEvent) -> None:
        self._pointer().leave()

    def _pointer(self) -> Any:
        return self._view.pointer

    def _position(self, event: Any) -> Position:
        point = event.position()
        return int(point.x()), self.height - 1 - int(point.y())


@slicer_class("slicer")
class qMRMLSliceView(_ViewWidget):
    """A slice; coordinates are pixels from the lower left (XYZ) or from the upper left (device)."""

    _view: SliceView

    def mrmlSliceNode(self) -> Any:
        return self._view.node

    def sliceViewInteractorStyle(self) -> Any:
        return self._view.style

    def convertDeviceToXYZ(self, xy: Any) -> tuple[float, ...]:
        return xy[0], self.height - 1 - xy[1], 0.0

    def convertXYZToRAS(self, xyz: Any) -> tuple[float, ...]:
        return tuple(self._view.node.GetXYToRAS().MultiplyPoint((*xyz, 1))[:3])

    def convertRASToXYZ(self, ras: Any) -> tuple[float, ...]:
        inverse = vtkMatrix4x4()
        inverse.DeepCopy(self._view.node.GetXYToRAS())
        inverse.Invert()
        return tuple(inverse.MultiplyPoint((*ras, 1))[:3])


@slicer_class("slicer")
class qMRMLThreeDView(_ViewWidget):
    """A 3-D view."""

    _view: ThreeDView

    def mrmlViewNode(self) -> Any:
        return self._view.node

    def cameraNode(self) -> Any:
        cameras = slicer.util.getNodesByClass("vtkMRMLCameraNode")
        tag = self._view.node.GetLayoutName()
        return next((camera for camera in cameras if camera.GetLayoutName() == tag), None)

    def resetFocalPoint(self) -> None:
        self._view.fit()
        self.scheduleRender()

    def resetCamera(self, *_options: Any) -> None:
        self.resetFocalPoint()


def _held(event: Any) -> Modifiers:
    held, keys = event.modifiers(), Qt.KeyboardModifier
    wanted = (keys.ControlModifier, keys.ShiftModifier, keys.AltModifier)
    return Modifiers(*(bool(held & key) for key in wanted))


def _image(picture: np.ndarray) -> QtGui.QImage:
    height, width, _ = picture.shape
    rgb = QtGui.QImage.Format.Format_RGB888
    return QtGui.QImage(picture.data, width, height, picture.strides[0], rgb)
