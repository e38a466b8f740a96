"""One subject hierarchy item for every data node, as the application's Qt plug-ins make them.

A scene with a view and missing or double items can send Slicer's C++ into an endless loop, so the
hierarchy is left alone while the scene imports or closes, and resolved and completed afterwards.
"""

from __future__ import annotations

from typing import Any

import slicer
from vtkmodules.util.misc import calldata_type
from vtkmodules.vtkCommonCore import VTK_OBJECT

_WITH_ITEM = (
    "vtkMRMLDisplayableNode",
    "vtkMRMLTableNode",
    "vtkMRMLTextNode",
    "vtkMRMLSequenceNode",
    "vtkMRMLSequenceBrowserNode",
    "vtkMRMLPlotChartNode",
)


class SubjectHierarchyItems:
    """Adds and removes the items of a scene's data nodes; keep it as long as the scene lives."""

    def __init__(self, scene: Any) -> None:
        self._scene = scene
        self._tags = [
            scene.AddObserver(scene.NodeAddedEvent, self._node_callback(self._add)),
            scene.AddObserver(scene.NodeAboutToBeRemovedEvent, self._node_callback(self._remove)),
            scene.AddObserver(scene.EndImportEvent, self._complete, 10.0),
            scene.AddObserver(scene.EndCloseEvent, self._resolve, 10.0),
        ]

    @staticmethod
    def _node_callback(method: Any) -> Any:
        @calldata_type(VTK_OBJECT)
        def callback(_caller: Any, _event: str, node: Any) -> None:
            method(node)

        return callback

    @staticmethod
    def _has_item(node: Any) -> bool:
        if node.GetHideFromEditors() or node.IsA("vtkMRMLCameraNode"):
            return False
        return any(node.IsA(name) for name in _WITH_ITEM)

    def _hierarchy(self) -> Any:
        return slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(self._scene)

    def _add(self, node: Any) -> None:
        importing = self._scene.IsImporting() or self._scene.IsRestoring()
        if importing or not self._has_item(node):
            return
        hierarchy = self._hierarchy()
        if hierarchy and not hierarchy.GetItemByDataNode(node):
            hierarchy.CreateItem(hierarchy.GetSceneItemID(), node)

    def _remove(self, node: Any) -> None:
        scene = self._scene
        if scene.IsImporting() or scene.IsClosing() or scene.IsBatchProcessing():
            return
        hierarchy = self._hierarchy()
        item = hierarchy.GetItemByDataNode(node) if hierarchy else 0
        if item:
            hierarchy.RemoveItem(item, False, False)

    def _resolve(self, *_event: Any) -> None:
        """Make the scene's one hierarchy, and merge into it what came with a file."""
        slicer.vtkMRMLSubjectHierarchyNode.ResolveSubjectHierarchy(self._scene)

    def _complete(self, _caller: Any, _event: str) -> None:
        self._resolve()
        for index in range(self._scene.GetNumberOfNodes()):
            node = self._scene.GetNthNode(index)
            if node is not None:
                self._complete_item(node)

    def _complete_item(self, node: Any) -> None:
        hierarchy = self._hierarchy()
        if self._has_item(node) and not hierarchy.GetItemByDataNode(node):
            hierarchy.CreateItem(hierarchy.GetSceneItemID(), node)
