"""Conversions between pictures of Qt and of VTK."""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6 import QtCore, QtGui
from vtk.util.numpy_support import vtk_to_numpy

from .declare import slicer_class


@slicer_class("slicer")
class qMRMLUtils(QtCore.QObject):
    """What scripts use to turn a vtkImageData into a QImage."""

    def vtkImageDataToQImage(self, vtkimage: Any, img: QtGui.QImage) -> bool:
        """Fill `img`; its first row is the image data's last. False for no RGB or RGBA bytes."""
        scalars = vtkimage.GetPointData().GetScalars()
        if vtkimage.GetScalarTypeAsString() != "unsigned char":
            return False
        channels = scalars.GetNumberOfComponents()
        if channels not in (3, 4):
            return False
        width, height, _depth = vtkimage.GetDimensions()
        rows = vtk_to_numpy(scalars).reshape(height, width, channels)[::-1]
        upright = np.ascontiguousarray(rows)
        formats = {3: QtGui.QImage.Format.Format_RGB888, 4: QtGui.QImage.Format.Format_RGBA8888}
        picture = QtGui.QImage(
            upright.data, width, height, channels * width, formats[channels]
        ).copy()
        img.swap(picture)
        return True
