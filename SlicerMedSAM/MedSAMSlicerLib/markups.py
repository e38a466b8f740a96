"""Prompts that lie in the scene as markups, and what they are in a slice's pixels.

Positive points are blue plus signs, negative ones orange minus signs (Okabe-Ito colors, which
color-blind people tell apart; the signs differ without any color).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from MedSAMLib.prompts import Prompts

    from .slices import SlicePlane

POSITIVE_COLOR = (86 / 255, 180 / 255, 233 / 255)
NEGATIVE_COLOR = (230 / 255, 159 / 255, 0.0)
BOX_COLOR = (240 / 255, 228 / 255, 66 / 255)


def createPointList(scene: Any, name: str, positive: bool) -> Any:
    """A new vtkMRMLMarkupsFiducialNode for foreground (positive) or background points."""
    raise NotImplementedError


def createBox(scene: Any, name: str) -> Any:
    """A new, empty vtkMRMLMarkupsROINode for a box."""
    raise NotImplementedError


def setBoxCorners(roiNode: Any, first: np.ndarray, second: np.ndarray, plane: SlicePlane) -> None:
    """Make the ROI the rectangle between two clicked world points (3,), one slice thick."""
    raise NotImplementedError


def boxInPlane(roiNode: Any, plane: SlicePlane) -> np.ndarray | None:
    """Where the ROI crosses the slice, (x0, y0, x1, y1) pixels, exclusive ends; None if nowhere."""
    raise NotImplementedError


def pointsInPlane(pointList: Any, plane: SlicePlane) -> np.ndarray:
    """The placed points within half a slice thickness of the slice, (N, 2) as (x, y)."""
    raise NotImplementedError


def promptsInPlane(
    plane: SlicePlane,
    positive: Any = None,
    negative: Any = None,
    box: Any = None,
) -> Prompts | None:
    """The prompts for one object; None where nothing of the markups is on the slice."""
    raise NotImplementedError


def boxesInPlane(roiNodes: Sequence[Any], plane: SlicePlane) -> np.ndarray:
    """The boxes of many lesions on this slice, (B, 4); ROIs that do not cross it are left out."""
    raise NotImplementedError
