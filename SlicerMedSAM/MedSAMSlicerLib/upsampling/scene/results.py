"""The results of upsampling in the scene: a finer segmentation, maps, outlines and a table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import slicer
import slicer.util
from slicer.i18n import tr as _

from MedSAMLib.errors import MedSAMError

from ...hypotheses.scene_agreement import ANCHORS
from ...quality.scene.reader import SegmentationReader
from ...scene.map_overlay import MapOverlay, colorTable, makeMap
from ..ports import Found, Subject
from .fine_nodes import FineNodes, freeName, joined
from .method_outlines import MethodOutlines
from .results_table import ResultsTable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

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
    """Puts results beside the segmentation that they were made of, which is left as it is."""

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

    def put(self, subject: Subject, found: Found) -> None:
        """These instead of the last ones."""
        source = self._reader.segmentationNode
        if not _are_there(source, self._reader.volumeNode):
            raise MedSAMError(_("The volume or the segmentation is not in the scene any more."))
        segmentation = source.GetSegmentation()
        parts = [p for p in found.parts if segmentation.GetSegment(p.segment_id) is not None]
        if not parts:
            raise MedSAMError(_("The segments are not in the scene any more."))
        titles, before = _titles(source.GetName()), _ids()
        try:
            made = self._made(source, subject, replace(found, parts=tuple(parts)), titles)
        except Exception:  # the last ones stay
            for nodeID in _ids() - before:
                slicer.mrmlScene.RemoveNode(slicer.mrmlScene.GetNodeByID(nodeID))
            raise
        self.remove()
        for kind, node in made.items():
            if slicer.mrmlScene.GetFirstNodeByName(titles[kind]) is None:
                node.SetName(titles[kind])  # which the last one had
            setattr(self.choice, kind, node)

    def remove(self) -> None:
        """Take all of it out of the scene."""
        self.hide()
        for name in KEPT:
            node = self.node(name)
            if self.choice is not None:
                setattr(self.choice, name, None)
            if node is not None:
                slicer.mrmlScene.RemoveNode(node)

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
        self, source: Any, subject: Subject, found: Found, titles: Mapping[str, str]
    ) -> dict[str, Any]:
        """New nodes, by KEPT."""
        nodes = FineNodes(self._reader.volumeNode, subject.affine, found.grid)
        made = {
            "result": self._fine(nodes, source, found, titles["result"]),
            "comparison": self.outlines.make(nodes, titles["comparison"], found),
            "table": self.table.make(titles["table"], found),
        }
        colors = colorTable("MedSAM agreement", ANCHORS)
        for kind in MAPS:
            made[kind] = makeMap(freeName(titles[kind]), colors, _LEAST[kind])
            values, extent = joined(_arrays(found, kind), np.float32)
            nodes.fillMap(made[kind], values, extent)
        return made

    @staticmethod
    def _fine(nodes: FineNodes, source: Any, found: Found, title: str) -> Any:
        node = nodes.segmentation(title)
        node.GetDisplayNode().SetVisibility2DFill(False)  # the original's is there already
        segmentation = source.GetSegmentation()
        for part in found.parts:
            fine = part.upsampled
            like = segmentation.GetSegment(part.segment_id)
            segment = nodes.addSegment(node, part.segment_id, fine.mask, fine.extent, like)
            segment.SetName(part.name)
        return node


def _titles(name: str) -> dict[str, str]:
    """Names of the results of a segmentation, by KEPT."""
    titles = {
        "result": _("{name} fine"),
        "comparison": _("{name} comparison"),
        "table": _("{name} upsampling"),
        "probability": _("{name} probability"),
        "uncertainty": _("{name} uncertainty"),
        "refined": _("{name} refined"),
    }
    return {kind: title.format(name=name) for kind, title in titles.items()}


def _ids() -> set[str]:
    """Of all nodes of the kinds that results are."""
    kinds = ("vtkMRMLSegmentationNode", "vtkMRMLScalarVolumeNode", "vtkMRMLTableNode")
    return {node.GetID() for kind in kinds for node in slicer.util.getNodesByClass(kind)}


def _arrays(found: Found, kind: str) -> Sequence[tuple[np.ndarray, Any]]:
    read: Callable[[Any], np.ndarray] = lambda part: getattr(part.upsampled, kind)  # noqa: E731
    return [(read(part), part.upsampled.extent) for part in found.parts]


def _are_there(*nodes: Any) -> bool:
    return all(node is not None and slicer.mrmlScene.IsNodePresent(node) for node in nodes)
