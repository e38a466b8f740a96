"""Parent transforms of nodes as matrices."""

from __future__ import annotations

from typing import Any

import numpy as np
import slicer
import vtk

from MedSAMLib.errors import MedSAMError

from .translation import tr as _


def worldFromNode(node: Any) -> np.ndarray:
    """(4, 4): the coordinates (mm) of a transformable node -> world, all parents applied.

    A non-linear parent is refused: under it a slice of the view is no plane of the volume, and
    no mask could be exact. MedSAMError says what to do about it.
    """
    parent = node.GetParentTransformNode()
    if parent is None:
        return np.eye(4)
    if not parent.IsTransformToWorldLinear():
        raise MedSAMError(
            _(
                "{name!r} is under a non-linear transform: harden the transform in the "
                "Transforms module, or take the node out of it."
            ).format(name=node.GetName())
        )
    matrix = vtk.vtkMatrix4x4()
    slicer.vtkMRMLTransformNode.GetMatrixTransformBetweenNodes(parent, None, matrix)
    return arrayFromMatrix(matrix)


def arrayFromMatrix(matrix: Any) -> np.ndarray:
    """A vtkMatrix4x4 as (4, 4) float64."""
    return np.array([[matrix.GetElement(r, c) for c in range(4)] for r in range(4)])


def matrixFromArray(array: np.ndarray) -> Any:
    """(4, 4) as a vtkMatrix4x4."""
    matrix = vtk.vtkMatrix4x4()
    matrix.DeepCopy(np.asarray(array, dtype=float).ravel().tolist())
    return matrix


def mapped(matrix: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Points (N, 3) through an affine map (4, 4)."""
    points = np.asarray(points, dtype=float).reshape(-1, 3)
    return points @ matrix[:3, :3].T + matrix[:3, 3]
