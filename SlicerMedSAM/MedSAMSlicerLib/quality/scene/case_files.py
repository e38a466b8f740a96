"""Cases of a list in the scene: the files of one case at a time, and only those are removed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import slicer
from slicer.i18n import tr as _

from MedSAMLib.errors import MedSAMError, UsageError

from ..cases import Case, CaseList


class CaseFiles:
    """The open list, and the case of it that is loaded."""

    def __init__(self) -> None:
        self.list: CaseList | None = None
        self.number = -1
        self._nodes: list[str] = []

    @property
    def isOpen(self) -> bool:
        """Whether a case of a list is loaded."""
        return self.list is not None and self.number >= 0

    def open(self, path: str) -> None:
        """Read a list; UsageError where there is none."""
        self.list, self.number = None, -1
        self.list = CaseList(path)

    def close(self) -> None:
        """There is no list any more; what is loaded stays."""
        self.list, self.number, self._nodes = None, -1, []

    def load(self, number: int) -> tuple[Any, Any]:
        """Load a case instead of the last one: (volume node, segmentation node).

        MedSAMError where a file is missing or cannot be read; the last case stays then.
        """
        case = self.list.cases[number]
        volume = _loaded(slicer.util.loadVolume, case.image)
        try:
            segmentation = _loaded(slicer.util.loadSegmentation, case.segmentation)
        except MedSAMError:
            slicer.mrmlScene.RemoveNode(volume)
            raise
        self._remove()
        self.number = number
        self._nodes = [volume.GetID(), segmentation.GetID()]
        return volume, segmentation

    def owns(self, volumeNode: Any, segmentationNode: Any) -> bool:
        """Whether these are the nodes of the loaded case."""
        nodes = [n.GetID() for n in (volumeNode, segmentationNode) if n is not None]
        return self.isOpen and nodes == self._nodes[:2]

    def adopt(self, tableNode: Any) -> None:
        """The table goes with its case."""
        if tableNode is not None and tableNode.GetID() not in self._nodes[2:]:
            self._nodes = [*self._nodes[:2], tableNode.GetID()]

    def _remove(self) -> None:
        for nodeId in self._nodes:
            node = slicer.mrmlScene.GetNodeByID(nodeId)
            if node is not None:
                slicer.mrmlScene.RemoveNode(node)


def _loaded(load: Any, path: Path) -> Any:
    if not path.is_file():
        raise UsageError(_("{path} is not there: correct the case list.").format(path=path))
    try:
        node = load(str(path))
    except RuntimeError:
        node = None
    if node is None:
        raise MedSAMError(_("{path} cannot be loaded as it should be.").format(path=path))
    return node


def describe(case: Case, number: int, cases: CaseList) -> str:
    """Which case it is, and how far the list is."""
    return _("Case {number} of {count}: {name}. {done} done.").format(
        number=number + 1, count=len(cases.cases), name=case.name, done=cases.done_count
    )
