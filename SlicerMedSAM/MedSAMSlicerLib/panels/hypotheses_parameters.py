"""What the panel of MedSAMHypotheses keeps in the scene."""

from typing import Annotated

from slicer import (
    vtkMRMLScalarVolumeNode,
    vtkMRMLSegmentationNode,
    vtkMRMLTableNode,
)
from slicer.parameterNodeWrapper import Choice, WithinRange, parameterNodeWrapper

from .segment_parameters import DEVICES


@parameterNodeWrapper
class HypothesesParameters:
    """A saved scene reopens with these.

    segmentation, segmentID: where accepted masks go, "" for a new segment. reader: whose choice
    it is. comparedSegmentation has the readers' segments, None for `segmentation`. compared: JSON
    of the segments that the user has ticked or unticked. promptSegmentID: the segment whose box is
    the prompt, "" for drawn prompts. prompts: `session.prompts.to_json`; sets:
    `hypotheses.saved_sets.to_json`. firstSlice, lastSlice: from 0, -1 for the volume's last.
    """

    inputVolume: vtkMRMLScalarVolumeNode
    segmentation: vtkMRMLSegmentationNode
    hypotheses: vtkMRMLSegmentationNode
    choices: vtkMRMLTableNode
    agreement: vtkMRMLScalarVolumeNode
    comparedSegmentation: vtkMRMLSegmentationNode
    segmentID: str = ""
    reader: str = ""
    model: str = "starter"
    device: Annotated[str, Choice(list(DEVICES))] = "auto"
    promptSegmentID: str = ""
    prompts: str = ""
    automatic: bool = True
    count: Annotated[int, WithinRange(1, 16)] = 4
    method: str = "auto"
    rule: str = "union"
    showMode: str = "outlines"
    bestFirst: bool = False
    showAgreement: bool = False
    sets: str = ""
    compared: str = ""
    firstSlice: int = 0
    lastSlice: int = -1
