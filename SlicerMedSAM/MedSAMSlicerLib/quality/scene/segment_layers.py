"""Segments on the grid of a volume, whatever grid and transform they have themselves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import slicer

from MedSAMLib.errors import MedSAMError

from ...segment_voxels import labelmapOf
from ...transforms import worldFromNode
from ...translation import tr as _
from ...volumes import worldFromVoxels
from ...voxel_grid import VoxelBox, VoxelGrid, emptyImage, valuesOf

# One mask a segment where segments overlap: more than this does not fit beside an image.
_MOST_BYTES = 4e9

Extent = tuple[slice, slice, slice]


def requireVoxels(segmentationNode: Any) -> None:
    """MedSAMError where there is nothing that could be judged."""
    name = segmentationNode.GetName()
    segmentation = segmentationNode.GetSegmentation()
    if not segmentation.GetNumberOfSegments():
        raise MedSAMError(
            _("Segmentation {name!r} has no segments: choose another one.").format(name=name)
        )
    kinds = slicer.vtkSegmentationConverter
    if not segmentation.ContainsRepresentation(
        kinds.GetSegmentationBinaryLabelmapRepresentationName()
    ):
        raise MedSAMError(
            _(
                "Segmentation {name!r} is made of surfaces: in the Segmentations module, create"
                " its binary labelmap representation first."
            ).format(name=name)
        )


def segmentsOnVolume(
    segmentationNode: Any, volumeNode: Any, segmentIds: Sequence[str]
) -> np.ndarray:
    """The segments as labels 1, 2, ... (K, J, I); as masks (C, K, J, I) bool if they overlap.

    MedSAMError: surfaces only, a non-linear transform, nothing there, nothing within the volume.
    """
    requireVoxels(segmentationNode)
    shape = volumeNode.GetImageData().GetDimensions()[::-1]
    whole = tuple(slice(0, count) for count in shape)
    layers = _layers(segmentationNode, volumeNode, segmentIds, whole)
    if not any((layer > 0).any() for layer in layers):
        raise MedSAMError(_nothingThere(segmentationNode, volumeNode, segmentIds))
    joined = np.zeros(shape, np.uint16)
    for layer in layers:
        if ((joined > 0) & (layer > 0)).any():
            return _masks(layers, len(segmentIds))
        joined += layer
    return joined


def segmentOnVolume(
    segmentationNode: Any, volumeNode: Any, segmentId: str, extent: Extent
) -> np.ndarray:
    """Which voxels at `extent` (k, j, i) of the volume a segment has, bool."""
    requireVoxels(segmentationNode)
    (layer,) = _layers(segmentationNode, volumeNode, [segmentId], extent) or [None]
    if layer is None:
        return np.zeros([run.stop - run.start for run in extent], bool)
    return layer > 0


def _layers(
    segmentationNode: Any, volumeNode: Any, segmentIds: Sequence[str], extent: Extent
) -> list[np.ndarray]:
    """Label maps whose labels are places in `segmentIds` + 1; one for each that segments share."""
    place = VoxelBox(
        tuple(run.start for run in extent),
        np.broadcast_to(False, [run.stop - run.start for run in extent]),
    )
    grid = _volumeGrid(segmentationNode, volumeNode)
    members: dict[Any, dict[int, int]] = {}
    for number, segmentId in enumerate(segmentIds, start=1):
        segment = segmentationNode.GetSegmentation().GetSegment(segmentId)
        labelmap = None if segment is None else labelmapOf(segment)
        if labelmap is not None and not labelmap.IsEmpty():
            members.setdefault(labelmap, {})[int(segment.GetLabelValue())] = number
    return [
        _renumbered(_valuesAt(labelmap, place, grid), numbers)
        for labelmap, numbers in members.items()
    ]


def _volumeGrid(segmentationNode: Any, volumeNode: Any) -> VoxelGrid:
    world = worldFromVoxels(volumeNode)
    return VoxelGrid(np.linalg.solve(worldFromNode(segmentationNode), world), world)


def _valuesAt(labelmap: Any, place: VoxelBox, grid: VoxelGrid) -> np.ndarray:
    """A label map's values at the voxels of a box of another grid, 0 outside of it."""
    reference = emptyImage(place, grid)
    resampling = slicer.vtkOrientedImageDataResample
    if not resampling.DoGeometriesMatch(labelmap, reference):
        resampled = slicer.vtkOrientedImageData()
        resampling.ResampleOrientedImageToReferenceOrientedImage(
            labelmap, reference, resampled, False, False
        )
        labelmap = resampled
    found = np.zeros(place.values.shape, np.int64)
    if labelmap.IsEmpty():
        return found
    theirs = VoxelBox(labelmap.GetExtent()[4::-2], valuesOf(labelmap))
    first = np.maximum(place.first, theirs.first)
    last = np.minimum(*(np.add(b.first, b.values.shape) for b in (place, theirs)))
    if (last > first).all():
        found[_run(place, first, last)] = theirs.values[_run(theirs, first, last)]
    return found


def _run(box: VoxelBox, first: np.ndarray, last: np.ndarray) -> tuple[slice, ...]:
    return tuple(slice(a, b) for a, b in zip(first - box.first, last - box.first, strict=True))


def _renumbered(values: np.ndarray, numbers: dict[int, int]) -> np.ndarray:
    table = np.zeros(max(int(values.max(initial=0)), *numbers) + 1, np.uint16)
    for value, number in numbers.items():
        table[value] = number
    return table[np.clip(values, 0, None)]


def _masks(layers: Sequence[np.ndarray], count: int) -> np.ndarray:
    size = count * layers[0].size
    if size > _MOST_BYTES:
        raise MedSAMError(
            _(
                "{count} overlapping segments need {size:.0f} GB at once: judge fewer of them."
            ).format(count=count, size=size / 1e9)
        )
    masks = np.zeros((count, *layers[0].shape), bool)
    for layer in layers:
        for number in np.unique(layer[layer > 0]).tolist():
            masks[number - 1] |= layer == number
    return masks


def _nothingThere(segmentationNode: Any, volumeNode: Any, segmentIds: Sequence[str]) -> str:
    name, segmentation = segmentationNode.GetName(), segmentationNode.GetSegmentation()
    segments = [segmentation.GetSegment(segmentId) for segmentId in segmentIds]
    if not any(_hasVoxels(segment) for segment in segments):
        return _("The chosen segments of {name!r} are empty: there is nothing to judge.").format(
            name=name
        )
    return _(
        "Segmentation {name!r} and volume {volume!r} do not overlap in space: choose "
        "the volume that it was made from, or check the transforms of both."
    ).format(name=name, volume=volumeNode.GetName())


def _hasVoxels(segment: Any) -> bool:
    labelmap = None if segment is None else labelmapOf(segment)
    if labelmap is None or labelmap.IsEmpty():
        return False
    return bool((valuesOf(labelmap) == segment.GetLabelValue()).any())
