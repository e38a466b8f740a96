"""What the panel of MedSAMUpsample keeps in the scene."""

from typing import Annotated

from slicer import vtkMRMLScalarVolumeNode, vtkMRMLSegmentationNode, vtkMRMLTableNode
from slicer.parameterNodeWrapper import Choice, WithinRange, parameterNodeWrapper

from .segment_parameters import DEVICES

SIZES = ("factor", "spacing")
AXES = ("auto", "axial", "coronal", "sagittal")
OVERLAYS = ("none", "probability", "uncertainty", "refined")


@parameterNodeWrapper
class UpsampleParameters:
    """A saved scene reopens with these.

    segment: ID of the segment; "" for all. fromDrawn: what is drawn is upsampled instead; prompts:
    `session.prompts.to_json`. size: which of factor and spacing (mm) holds.
    outlines: methods whose outlines are shown, one a line. result and what follows: the nodes of
    the last result.
    """

    inputVolume: vtkMRMLScalarVolumeNode
    segmentation: vtkMRMLSegmentationNode
    segment: str = ""
    fromDrawn: bool = False
    prompts: str = ""
    size: Annotated[str, Choice(list(SIZES))] = "factor"
    factor: Annotated[float, WithinRange(1.1, 16)] = 2.0
    spacing: Annotated[float, WithinRange(0.01, 10)] = 0.5
    throughPlane: bool = False
    axis: Annotated[str, Choice(list(AXES))] = "auto"
    overlay: Annotated[str, Choice(list(OVERLAYS))] = "none"
    outlines: str = "nearest\nnetwork"
    model: str = "starter"
    device: Annotated[str, Choice(list(DEVICES))] = "auto"
    result: vtkMRMLSegmentationNode
    comparison: vtkMRMLSegmentationNode
    table: vtkMRMLTableNode
    probability: vtkMRMLScalarVolumeNode
    uncertainty: vtkMRMLScalarVolumeNode
    refined: vtkMRMLScalarVolumeNode
