"""What the panel of MedSAMQuality keeps in the scene, beside the table of the review."""

from typing import Annotated

from slicer import (
    vtkMRMLLabelMapVolumeNode,
    vtkMRMLScalarVolumeNode,
    vtkMRMLSegmentationNode,
)
from slicer.parameterNodeWrapper import Choice, WithinRange, parameterNodeWrapper

from .segment_parameters import DEVICES

SLICES = ("all", "current", "range")
AXES = ("auto", "axial", "coronal", "sagittal")
REDUCTIONS = ("combined", "max", "mean", "box", "point", "min")
METRICS = ("dice", "iou", "surface_dice")


@parameterNodeWrapper
class QualityParameters:
    """A saved scene reopens with these.

    labelMap: chosen instead of a segmentation; it is to be imported. unticked: IDs of segments
    that are not judged, one a line. firstSlice, lastSlice: of a range, from 0; -1 for the last.
    """

    inputVolume: vtkMRMLScalarVolumeNode
    segmentation: vtkMRMLSegmentationNode
    labelMap: vtkMRMLLabelMapVolumeNode
    tickedOnly: bool = False
    unticked: str = ""
    slices: Annotated[str, Choice(list(SLICES))] = "all"
    firstSlice: int = 0
    lastSlice: int = -1
    threshold: Annotated[float, WithinRange(0, 1)] = 0.7
    onlyBelow: bool = False
    colored: bool = True
    outlined: bool = True
    model: str = "starter"
    device: Annotated[str, Choice(list(DEVICES))] = "auto"
    axis: Annotated[str, Choice(list(AXES))] = "auto"
    reduction: Annotated[str, Choice(list(REDUCTIONS))] = "combined"
    metric: Annotated[str, Choice(list(METRICS))] = "dice"
    minPixels: Annotated[int, WithinRange(1, 10000)] = 10
    reviewer: str = ""
    caseList: str = ""
