"""Where accepted masks go: into the chosen segment, or into a reader's version of it."""

from __future__ import annotations

from itertools import count
from typing import Any

from slicer.i18n import tr as _

from MedSAMLib.errors import MedSAMError

from ..scene.segment_editor_node import segmentEditorNode
from ..scene.segment_target import SegmentTarget
from ..segments import SegmentWriter, addSegment
from ..session.ports import ShownMask
from .readers import version_name
from .scene_segments import isOurs, segmentOnPlane, segmentsOf, tagOf

# Tags of a segment that is a reader's version of an object.
OBJECT_TAG, READER_TAG = "MedSAM.object", "MedSAM.reader"
_OBJECT = "Object"


class ReaderTarget(SegmentTarget):
    """The session's `Target`; `choice` also has `reader`.

    With a reader's name masks go to that reader's version of the chosen segment's object
    ("Object - Anna"); versions of an object never take voxels from one another.
    """

    @property
    def reader(self) -> str:
        """The chosen name; "" without one."""
        return "" if self.choice is None else self.choice.reader.strip()

    @property
    def name(self) -> str:
        """Of the segment that the next mask would go to, even if it is not there yet."""
        found = self._find()
        if found is not None:
            return found[1].GetName()
        return version_name(self.objectName, self.reader)

    @property
    def objectName(self) -> str:
        """What the chosen segment is a version of; of no segment a new name."""
        chosen = self._chosen()
        if chosen is not None:
            return tagOf(chosen[1], OBJECT_TAG) or chosen[1].GetName()
        taken = set()
        for _segmentID, segment in segmentsOf(self._node):
            taken |= {segment.GetName(), tagOf(segment, OBJECT_TAG)}
        names = (_OBJECT if n == 1 else f"{_OBJECT} {n}" for n in count(1))
        return next(name for name in names if name not in taken)

    def versions(self) -> list[str]:
        """IDs of the segments that are versions of the chosen object."""
        name = self.objectName
        return [
            segmentID
            for segmentID, segment in segmentsOf(self._node)
            if (tagOf(segment, OBJECT_TAG) or segment.GetName()) == name
        ]

    def holds(self, shown: ShownMask) -> bool:
        """Whether the segment has any pixel of the mask."""
        found = self._find()
        if found is None:
            return False
        plane = self._slices.planeOf(shown.slice)
        return bool((segmentOnPlane(self._node, found[1], plane) & shown.mask).any())

    @property
    def _node(self) -> Any:
        return None if self.choice is None else self.choice.segmentation

    def _chosen(self) -> tuple[str, Any] | None:
        pairs = dict(segmentsOf(self._node))
        chosen = "" if self.choice is None else self.choice.segmentID
        return (chosen, pairs[chosen]) if chosen in pairs else None

    def _find(self) -> tuple[str, Any] | None:
        """ID and segment that the next mask goes to, if it is there."""
        if not self.reader:
            return self._chosen()
        wanted = self.objectName, self.reader
        name = version_name(*wanted)
        for segmentID, segment in segmentsOf(self._node):
            tags = tagOf(segment, OBJECT_TAG), tagOf(segment, READER_TAG)
            if tags == wanted or (not tags[0] and segment.GetName() == name):
                return segmentID, segment
        return None

    def _segmentation(self) -> Any:
        if isOurs(self._node):
            raise MedSAMError(
                _("That segmentation holds the alternatives themselves: choose another one.")
            )
        return super()._segmentation()

    def _segmentID(self, segmentation: Any) -> str:
        if not self.reader:
            if self._chosen() is None:
                self.choice.segmentID = addSegment(segmentation, self.objectName)
            return self.choice.segmentID
        found, objectName = self._find(), self.objectName
        name = version_name(objectName, self.reader)
        segmentID = addSegment(segmentation, name) if found is None else found[0]
        segment = segmentation.GetSegmentation().GetSegment(segmentID)
        segment.SetTag(OBJECT_TAG, objectName)
        segment.SetTag(READER_TAG, self.reader)
        self.choice.segmentID = segmentID
        return segmentID

    def _writer(self, segmentation: Any) -> SegmentWriter:
        versions = self.versions() if self.reader else []
        return SegmentWriter(segmentEditorNode(), self._undo, versions)
