"""The results of upsampling in the scene: a finer segmentation, maps, outlines and a table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import slicer
import slicer.util
from slicer.i18n import tr as _

from MedSAMLib.errors import MedSAMError

from ...hypotheses.scene_agreement import ANCHORS
from ...hypotheses.scene_segments import segmentsOf, tagOf
from ...quality.scene.reader import SegmentationReader
from ...scene.map_overlay import MapOverlay, colorTable, makeMap
from ..ports import DrawnSlice, Found, Part, Subject
from .fine_nodes import FineNodes, freeName, joined
from .method_outlines import MethodOutlines
from .results_table import ResultsTable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# Of a finer segment: "implicit" where the implicit decoder drew it, "interpolated" where none did.
METHOD_TAG = "MedSAM.upsampling"
MAPS = ("probability", "uncertainty", "refined")
# Below it a map is seen through: nobody doubts, or the object is not there.
_LEAST = {"probability": 0.02, "uncertainty": 0.05, "refined": 0.5}


class Choice(Protocol):
    """What the panel keeps in the scene: the results' nodes, None where there are none."""

    result: Any
    comparison: Any
    table: Any
    probability: Any
    uncertainty: Any
    refined: Any


KEPT = ("result", "comparison", "table", *MAPS)


class FineResults:
    """Puts results beside what they were made of, which is left as it is."""

    def __init__(self, reader: SegmentationReader) -> None:
        self.choice: Choice | None = None
        self.outlines, self.table = MethodOutlines(), ResultsTable()
        self._reader = reader
        self._overlay = MapOverlay()

    @property
    def exists(self) -> bool:
        """Whether the finer segmentation is in the scene."""
        return self.node("result") is not None

    def node(self, name: str) -> Any:
        """One of KEPT; None if it is not in the scene."""
        node = None if self.choice is None else getattr(self.choice, name)
        return node if node is not None and slicer.mrmlScene.IsNodePresent(node) else None

    def methods(self) -> Counter[str]:
        """Of the finer segments, how many were made by which method."""
        tags = (tagOf(each, METHOD_TAG) for _id, each in segmentsOf(self.node("result")))
        return Counter(tag for tag in tags if tag)

    def put(self, subject: Subject | DrawnSlice, found: Found) -> None:
        """These instead of the last ones."""
        volume = self._reader.volumeNode
        if not _are_there(volume):
            raise MedSAMError(_("The volume is not in the scene any more."))
        isDrawn = isinstance(subject, DrawnSlice)
        named = _named(found) if isDrawn else self._given(found)
        source = volume if isDrawn else self._reader.segmentationNode
        titles, before = _titles(source.GetName(), named), _ids()
        try:
            made = self._made(subject, replace(found, parts=tuple(named)), titles)
        except Exception:  # the last ones stay
            for nodeID in _ids() - before:
                _remove(slicer.mrmlScene.GetNodeByID(nodeID))
            raise
        self.remove()
        for kind, node in made.items():
            if slicer.mrmlScene.GetFirstNodeByName(titles[kind]) is None:
                node.SetName(titles[kind])  # which the last one had
            setattr(self.choice, kind, node)

    def _given(self, found: Found) -> list[Part]:
        """The parts whose segments are there still."""
        source = self._reader.segmentationNode
        if not _are_there(source):
            raise MedSAMError(_("The segmentation is not in the scene any more."))
        segmentation = source.GetSegmentation()
        parts = [p for p in found.parts if segmentation.GetSegment(p.segment_id) is not None]
        if not parts:
            raise MedSAMError(_("The segments are not in the scene any more."))
        return parts

    def remove(self) -> None:
        """Take all of it out of the scene."""
        self.hide()
        for name in KEPT:
            node = self.node(name)
            if self.choice is not None:
                setattr(self.choice, name, None)
            if node is not None:
                _remove(node)

    def show_map(self, name: str) -> None:
        """Lay one of MAPS over the image; "" for none."""
        node, volume = self.node(name) if name else None, self._reader.volumeNode
        if node is None or volume is None:
            self._overlay.hide()
            return
        titles = {
            "probability": _("Probability"),
            "uncertainty": _("Uncertainty"),
            "refined": _("Refined"),
        }
        self._overlay.lay(node, volume, titles[name])

    def hide(self) -> None:
        """No map lies over the image."""
        self._overlay.hide()

    def forget(self) -> None:
        """The scene is another one now."""
        self._overlay.forget()

    def _made(
        self, subject: Subject | DrawnSlice, found: Found, titles: Mapping[str, str]
    ) -> dict[str, Any]:
        """New nodes, by KEPT."""
        nodes = FineNodes(self._reader.volumeNode, subject.affine, found.grid)
        made = {
            "result": self._fine(nodes, found, titles["result"]),
            "comparison": self.outlines.make(nodes, titles["comparison"], found),
            "table": self.table.make(titles["table"], found),
        }
        colors = colorTable("MedSAM agreement", ANCHORS)
        for kind in MAPS:
            made[kind] = makeMap(freeName(titles[kind]), colors, _LEAST[kind])
            values, extent = joined(_arrays(found, kind), np.float32)
            nodes.fillMap(made[kind], values, extent)
        return made

    def _fine(self, nodes: FineNodes, found: Found, title: str) -> Any:
        node, source = nodes.segmentation(title), self._reader.segmentationNode
        # Where there is an original, it is filled already.
        node.GetDisplayNode().SetVisibility2DFill(not any(p.segment_id for p in found.parts))
        for number, part in enumerate(found.parts):
            fine, like = part.upsampled, None
            if part.segment_id:
                like = source.GetSegmentation().GetSegment(part.segment_id)
            segmentId = part.segment_id or f"object_{number + 1}"
            segment = nodes.addSegment(node, segmentId, fine.mask, fine.extent, like)
            segment.SetName(part.name)
            segment.SetTag(METHOD_TAG, fine.method)
            if like is None:
                segment.SetColor(_color(number))
        return node


def _named(found: Found) -> list[Part]:
    """Drawn objects with names that tell them apart."""
    if len(found.parts) == 1:
        return list(found.parts)
    return [replace(p, name=f"{p.name} {n}") for n, p in enumerate(found.parts, start=1)]


def _color(number: int) -> tuple[float, float, float]:
    from MedSAMLib.segmentation_io import default_color  # loads SimpleITK

    return default_color(number)


def _titles(name: str, parts: Sequence[Part]) -> dict[str, str]:
    """Names, by KEPT, of the results of a segmentation, or of what was drawn in a volume.

    That of the finer segmentation tells where no implicit decoder drew it.
    """
    isDrawn = any(part.upsampled.method == "implicit" for part in parts)
    titles = {
        "result": _("{name} fine") if isDrawn else _("{name} fine, interpolated"),
        "comparison": _("{name} comparison"),
        "table": _("{name} upsampling"),
        "probability": _("{name} probability"),
        "uncertainty": _("{name} uncertainty"),
        "refined": _("{name} refined"),
    }
    return {kind: title.format(name=name) for kind, title in titles.items()}


def _remove(node: Any) -> None:
    """Take a node out of the scene with what is there for it alone: its displays."""
    displays = []
    if node.IsA("vtkMRMLDisplayableNode"):
        displays = [node.GetNthDisplayNode(n) for n in range(node.GetNumberOfDisplayNodes())]
    slicer.mrmlScene.RemoveNode(node)
    for display in displays:
        if _are_there(display):
            slicer.mrmlScene.RemoveNode(display)


def _ids() -> set[str]:
    """Of all nodes of the kinds that results are."""
    kinds = ("vtkMRMLSegmentationNode", "vtkMRMLScalarVolumeNode", "vtkMRMLTableNode")
    return {node.GetID() for kind in kinds for node in slicer.util.getNodesByClass(kind)}


def _arrays(found: Found, kind: str) -> Sequence[tuple[np.ndarray, Any]]:
    read: Callable[[Any], np.ndarray] = lambda part: getattr(part.upsampled, kind)  # noqa: E731
    return [(read(part), part.upsampled.extent) for part in found.parts]


def _are_there(*nodes: Any) -> bool:
    return all(node is not None and slicer.mrmlScene.IsNodePresent(node) for node in nodes)
