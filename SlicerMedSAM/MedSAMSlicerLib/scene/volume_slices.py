"""The chosen volume as the slice views show it: the session's `Slices`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import slicer
import slicer.util

from MedSAMLib.errors import MedSAMError
from MedSAMLib.geometry import axis_plane, slice_count
from MedSAMLib.images import Volume

from ..session.ports import SliceImage, SliceStack, Window
from ..session.prompts import SliceKey
from ..slices import SlicePlane, networkWindow, slicePlane, volumeFromNode
from ..translation import tr as _

_AXES = ("axial", "coronal", "sagittal")
_PARALLEL = 1 - 1e-6  # cosine


class VolumeSlices:
    """Slices of `volumeNode`, which may be None."""

    def __init__(self) -> None:
        self.volumeNode: Any = None

    def current(self, view: str) -> SliceKey | None:
        """The slice in the named view; without a name, in the first view that has one."""
        names = [view] if view else sliceViewNames()
        return next((key for key in map(self._keyIn, names) if key is not None), None)

    def hasImage(self) -> bool:
        """Whether the volume has voxels; a new or half-loaded one has none."""
        return self.volumeNode is not None and self.volumeNode.GetImageData() is not None

    def isShown(self) -> bool:
        """Whether a slice view has the volume, wherever it looks."""
        manager = slicer.app.layoutManager()
        return any(self._isShownBy(manager.sliceWidget(name)) for name in sliceViewNames())

    def others(self, view: str) -> Sequence[SliceKey]:
        """The slices that the other visible views show."""
        keys = (self._keyIn(name) for name in sliceViewNames() if name != view)
        return [key for key in keys if key is not None]

    def read(self, key: SliceKey) -> SliceImage | None:
        """A copy of the slice's pixels."""
        if self.volumeNode is None:
            return None
        slicePlane = self.planeOf(key)
        if not _isInside(slicePlane):
            return None
        return SliceImage(key, slicePlane.image(), self.window())

    def window(self) -> Window:
        """The window of the views."""
        return None if self.volumeNode is None else networkWindow(self.volumeNode)

    def stack_size(self, key: SliceKey) -> tuple[int, int] | None:
        """Index and count of the slices parallel to one."""
        place = self._place(key)
        return None if place is None else (place[1], slice_count(self._volume(), place[0]))

    def place(self, key: SliceKey) -> tuple[str, int] | None:
        """Axis and index of a slice of voxels; None for an oblique one."""
        return self._place(key)

    def parallel(self, key: SliceKey, first: int, last: int) -> list[SliceKey]:
        """The slices parallel to one, from index `first` to `last`."""
        place = self._place(key)
        if place is None:
            raise MedSAMError(_("The slice is oblique: there is no range of slices to go through."))
        volume, (axis, _index) = self._volume(), place
        ends = max(first, 0), min(last, slice_count(volume, axis) - 1)
        planes = (axis_plane(volume, axis, index) for index in range(ends[0], ends[1] + 1))
        return [SliceKey.of(key.volume_id, plane) for plane in planes]

    def stack(self, key: SliceKey) -> SliceStack:
        """A copy of the volume, for the worker."""
        place = self._place(key)
        if place is None:
            raise MedSAMError(
                _("The object is on an oblique slice: there are no slices to go on to.")
            )
        volume = replace(self._volume(), array=self._volume().array.copy())
        return SliceStack(volume, *place, slice_count(volume, place[0]))

    def planeOf(self, key: SliceKey) -> SlicePlane:
        """The bridge's plane of a slice of the volume."""
        return SlicePlane(key.plane, self._volume())

    def _keyIn(self, view: str) -> SliceKey | None:
        widget = slicer.app.layoutManager().sliceWidget(view)
        if self.volumeNode is None or widget is None or not self._isShownBy(widget):
            return None
        self._volume()  # what cannot be segmented at all is an error
        try:
            plane = slicePlane(widget.mrmlSliceNode(), self.volumeNode).plane
        except MedSAMError:
            return None  # the view looks beside the volume
        return SliceKey.of(self.volumeNode.GetID(), plane)

    def _isShownBy(self, widget: Any) -> bool:
        composite = widget.mrmlSliceCompositeNode()
        shown = (composite.GetBackgroundVolumeID(), composite.GetForegroundVolumeID())
        return self.volumeNode.GetID() in shown

    def _volume(self) -> Volume:
        return volumeFromNode(self.volumeNode)

    def _place(self, key: SliceKey) -> tuple[str, int] | None:
        """Axis and index of a slice of voxels."""
        if self.volumeNode is None or not self.planeOf(key).isVoxelSlice:
            return None
        volume, plane = self._volume(), key.plane
        for axis in _AXES:
            first = axis_plane(volume, axis, 0)
            if abs(first.normal @ plane.normal) > _PARALLEL:
                offset = (plane.affine[:3, 3] - first.affine[:3, 3]) @ first.normal
                return axis, round(offset / first.thickness)
        return None


def sliceViewNames() -> Iterator[str]:
    """Names of the slice views of the layout that can be seen."""
    manager = slicer.app.layoutManager()
    for name in manager.sliceViewNames():
        if manager.sliceWidget(name).visible:
            yield name


def shownVolume() -> Any:
    """The image in the background of the slice views; None if there is none, or only labels."""
    manager = slicer.app.layoutManager()
    for name in sliceViewNames():
        composite = manager.sliceWidget(name).mrmlSliceCompositeNode()
        node = slicer.mrmlScene.GetNodeByID(composite.GetBackgroundVolumeID() or "")
        if node is not None and not node.IsA("vtkMRMLLabelMapVolumeNode"):
            return node
    return None


def withShownVolume(parameters: Any) -> Any:
    """A module's parameters; their volume is the one in the views where there is none yet."""
    if parameters.inputVolume is None:
        parameters.inputVolume = shownVolume()
    return parameters


def showVolume(volumeNode: Any) -> None:
    """Show a volume in all slice views, on its voxels; one without any is not shown."""
    if volumeNode.GetImageData() is None:
        return
    slicer.util.setSliceViewerLayers(background=volumeNode, fit=True)
    for name in sliceViewNames():
        slicer.app.layoutManager().sliceWidget(name).sliceLogic().SnapSliceOffsetToIJK()


def showSlice(key: SliceKey, view: str) -> None:
    """Scroll a view to a slice that is parallel to what it shows; "" for the first view."""
    name = view or next(sliceViewNames())
    height, width = key.shape
    center = key.plane.affine @ ((width - 1) / 2, (height - 1) / 2, 0, 1)
    node = slicer.app.layoutManager().sliceWidget(name).mrmlSliceNode()
    node.JumpSliceByOffsetting(*center[:3])


def _isInside(plane: SlicePlane) -> bool:
    height, width = plane.shape
    middle = plane.worldFromPixel(np.array([[(width - 1) / 2, (height - 1) / 2]]))
    voxel = plane.voxelFromWorld(middle)[0]
    return bool(((voxel >= 0) & (voxel < plane.volume.array.shape[:3])).all())
