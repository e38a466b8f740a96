"""Which file endings Slicer's readers and writers stand for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class FileFormat:
    """A file ending with Slicer's name of the file type and the classes that hold and read it."""

    ending: str
    file_type: str
    node_class: str | None = None
    storage_class: str | None = None


def _family(file_type: str, node: str, storage: str, *endings: str) -> list[FileFormat]:
    node_class, storage_class = f"vtkMRML{node}Node", f"vtkMRML{storage}StorageNode"
    return [FileFormat(ending, file_type, node_class, storage_class) for ending in endings]


_VOLUMES = (".nrrd", ".nhdr", ".nii", ".nii.gz", ".mha", ".mhd", ".png", ".jpg", ".dcm")
FORMATS = [
    *_family("SegmentationFile", "Segmentation", "Segmentation", ".seg.nrrd", ".seg.nhdr"),
    *_family("MarkupsFile", "MarkupsFiducial", "MarkupsJson", ".mrk.json"),
    *_family("MarkupsFile", "MarkupsFiducial", "MarkupsFiducial", ".fcsv"),
    *_family("SequenceFile", "Sequence", "VolumeSequence", ".seq.nrrd"),
    *_family("VolumeFile", "ScalarVolume", "VolumeArchetype", *_VOLUMES),
    *_family("TransformFile", "Transform", "Transform", ".h5", ".tfm"),
    *_family("ColorTableFile", "ColorTable", "ColorTable", ".ctbl"),
    *_family("TableFile", "Table", "Table", ".tsv", ".csv"),
    *_family("TextFile", "Text", "Text", ".txt", ".json"),
    *_family("ModelFile", "Model", "Model", ".vtk", ".vtp", ".ply", ".stl"),
    FileFormat(".mrml", "SceneFile"),
    FileFormat(".mrb", "SceneFile"),
]

# Base class of nodes -> the type as which Slicer writes them.
_WRITTEN_AS = {
    "vtkMRMLSegmentationNode": "SegmentationFile",
    "vtkMRMLMarkupsNode": "MarkupsFile",
    "vtkMRMLSequenceNode": "SequenceFile",
    "vtkMRMLVolumeNode": "VolumeFile",
    "vtkMRMLTransformNode": "TransformFile",
    "vtkMRMLColorNode": "ColorTableFile",
    "vtkMRMLTableNode": "TableFile",
    "vtkMRMLTextNode": "TextFile",
    "vtkMRMLModelNode": "ModelFile",
}


def written_type(node: Any) -> str:
    """The type as which Slicer writes a node, `NoFile` where it does not."""
    for base, file_type in _WRITTEN_AS.items():
        if node.IsA(base):
            return file_type
    return "NoFile"


def format_of(path: str, file_type: str | None = None) -> FileFormat | None:
    """The format with the longest ending that fits the path, or None.

    With `file_type` only formats of that type count, and the type's first format stands in where
    the ending is unknown, as Slicer lets a user read any file as any type.
    """
    formats = [f for f in FORMATS if file_type in (None, f.file_type)]
    fitting = [f for f in formats if path.lower().endswith(f.ending)]
    if fitting:
        return max(fitting, key=lambda f: len(f.ending))
    return formats[0] if file_type and formats else None
