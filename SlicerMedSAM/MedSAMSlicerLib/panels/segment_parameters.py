"""What the panel of MedSAMSegment keeps in the scene."""

from typing import Annotated

from slicer import vtkMRMLScalarVolumeNode, vtkMRMLSegmentationNode
from slicer.parameterNodeWrapper import Choice, parameterNodeWrapper

DEVICES = ("auto", "cpu", "cuda", "mps")


@parameterNodeWrapper
class SegmentParameters:
    """A saved scene reopens with these.

    segmentID: "" for a new segment. prompts: `session.prompts.to_json`. firstSlice, lastSlice:
    where a propagation goes to, from 0; -1 for the last slice of the volume.
    """

    inputVolume: vtkMRMLScalarVolumeNode
    segmentation: vtkMRMLSegmentationNode
    segmentID: str = ""
    model: str = "starter"
    device: Annotated[str, Choice(list(DEVICES))] = "auto"
    separateBoxes: bool = False
    prompts: str = ""
    firstSlice: int = 0
    lastSlice: int = -1
