"""Choosing a node of the scene."""

from __future__ import annotations

from typing import Any

from PySide6 import QtWidgets
from PySide6.QtCore import Signal

from .declare import slicer_class, stored
from .observations import Observations

_CREATE, _DELETE = "create", "delete"


@slicer_class(
    "slicer",
    "currentNodeChanged(vtkMRMLNode*)",
    ("currentNodeChanged(bool)", "currentNodeChanged", bool),
    "nodeActivated(vtkMRMLNode*)",
    "nodeAddedByUser(vtkMRMLNode*)",
)
class qMRMLNodeComboBox(QtWidgets.QWidget):
    """A combo box that always shows the scene's nodes of the given types.

    Below the nodes stand, where enabled, the entries to create and to delete one.
    """

    _combo: QtWidgets.QComboBox
    _scene: Any
    _node: Any
    _observations: Observations
    _attributes: list
    _labels: dict
    _updating: bool

    currentNodeChanged = Signal(object)
    currentNodeIDChanged = Signal(str)
    nodeActivated = Signal(object)
    nodeAddedByUser = Signal(object)
    nodeTypes = stored("nodeTypes", "QStringList", [], then="_rebuild")
    hideChildNodeTypes = stored("hideChildNodeTypes", "QStringList", [], then="_rebuild")
    showChildNodeTypes = stored("showChildNodeTypes", bool, True, then="_rebuild")
    showHidden = stored("showHidden", bool, False, then="_rebuild")
    noneEnabled = stored("noneEnabled", bool, False, then="_rebuild")
    noneDisplay = stored("noneDisplay", str, "None", then="_rebuild")
    addEnabled = stored("addEnabled", bool, True, then="_rebuild")
    removeEnabled = stored("removeEnabled", bool, True, then="_rebuild")
    editEnabled = stored("editEnabled", bool, False)
    renameEnabled = stored("renameEnabled", bool, False)
    selectNodeUponCreation = stored("selectNodeUponCreation", bool, True)
    baseName = stored("baseName", str, "")
    interactionNodeSingletonTag = stored("interactionNodeSingletonTag", str, "")

    def __init__(self, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self._scene, self._node, self._updating = None, None, False
        self._attributes, self._labels = [], {}
        self._observations = Observations(self)
        self._combo = QtWidgets.QComboBox()
        layout = QtWidgets.QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._combo)
        self._combo.activated.connect(self._on_activated)

    def mrmlScene(self) -> Any:
        return self._scene

    def setMRMLScene(self, scene: Any) -> None:
        if scene is self._scene:
            return
        self._scene = scene
        self._observations.clear()
        if scene is not None:
            self._observe(scene)
        self._rebuild()

    def currentNode(self) -> Any:
        return self._node

    def setCurrentNode(self, node: Any) -> None:
        if isinstance(node, str):
            node = self._scene.GetNodeByID(node)
        if node is None or self._combo.findData(node.GetID()) >= 0:
            self._select(node)

    def setCurrentNodeID(self, node_id: str) -> None:
        self.setCurrentNode(self._scene.GetNodeByID(node_id) if node_id else None)

    def setCurrentNodeIndex(self, index: int) -> None:
        self.setCurrentNode(self.nodeFromIndex(index))

    def _current_id(self) -> str:
        return self._node.GetID() if self._node is not None else ""

    currentNodeID = property(_current_id, setCurrentNodeID)

    def nodeCount(self) -> int:
        return len(self._nodes())

    def nodeFromIndex(self, index: int) -> Any:
        nodes = self._nodes()
        return nodes[index] if 0 <= index < len(nodes) else None

    def addNode(self, node_type: str | None = None) -> Any:
        node_type = node_type or self.nodeTypes[0]
        name = self.baseName or self.nodeTypeLabel(node_type)
        name = self._scene.GenerateUniqueName(name)
        node = self._scene.CreateNodeByClass(node_type)
        node.UnRegister(None)
        node.SetName(name)
        for of_type, attribute, value in self._attributes:
            if node.IsA(of_type):
                node.SetAttribute(attribute, value or "")
        self._scene.AddNode(node)
        if self.selectNodeUponCreation:
            self.setCurrentNode(node)
        self.nodeAddedByUser.emit(node)
        return node

    def removeCurrentNode(self) -> None:
        if self._node is not None:
            self._scene.RemoveNode(self._node)

    def addAttribute(self, node_type: str, attribute: str, value: Any = None) -> None:
        self._attributes.append((node_type, attribute, None if value is None else str(value)))
        self._rebuild()

    def removeAttribute(self, node_type: str, attribute: str) -> None:
        self._attributes = [a for a in self._attributes if a[:2] != (node_type, attribute)]
        self._rebuild()

    def nodeTypeLabel(self, node_type: str) -> str:
        if node_type in self._labels or self._scene is None:
            return self._labels.get(node_type, node_type)
        node = self._scene.CreateNodeByClass(node_type)
        node.UnRegister(None)
        return node.GetNodeTagName()

    def setNodeTypeLabel(self, label: str, node_type: str) -> None:
        self._labels[node_type] = label
        self._rebuild()

    def _observe(self, scene: Any) -> None:
        observe = self._observations.observe_node_event
        observe(scene, scene.NodeAddedEvent, "_on_node_added")
        observe(scene, scene.NodeRemovedEvent, "_on_node_removed")
        for event in (scene.EndCloseEvent, scene.EndImportEvent, scene.EndBatchProcessEvent):
            self._observations.observe(scene, event, "_rebuild")

    def _nodes(self) -> list:
        if self._scene is None:
            return []
        count = self._scene.GetNumberOfNodes()
        nodes = [self._scene.GetNthNode(index) for index in range(count)]
        return [node for node in nodes if self._is_offered(node)]

    def _is_offered(self, node: Any) -> bool:
        if node.GetHideFromEditors() and not self.showHidden:
            return False
        if any(node.IsA(hidden) for hidden in self.hideChildNodeTypes):
            return False
        if self.showChildNodeTypes:
            fits = any(node.IsA(kind) for kind in self.nodeTypes)
        else:
            fits = node.GetClassName() in self.nodeTypes
        return fits and all(self._has_attribute(node, *wanted) for wanted in self._attributes)

    @staticmethod
    def _has_attribute(node: Any, node_type: str, attribute: str, value: str | None) -> bool:
        found = node.GetAttribute(attribute)
        return not node.IsA(node_type) or (found is not None and value in (None, found))

    def _on_node_added(self, node: Any) -> None:
        if not self._scene.IsBatchProcessing() and self._is_offered(node):
            self._rebuild()

    def _on_node_removed(self, node: Any) -> None:
        if node is self._node or self._combo.findData(node.GetID()) >= 0:
            self._rebuild()

    def _rebuild(self, _changed: Any = None) -> None:
        """Show the nodes, and choose another where the current one is gone."""
        nodes = self._nodes()
        self._updating = True
        self._combo.clear()
        if self.noneEnabled:
            self._combo.addItem(self.noneDisplay, None)
        for node in nodes:
            self._combo.addItem(node.GetName(), node.GetID())
        self._add_actions()
        self._updating = False
        current = self._node if self._node in nodes else None
        if current is None and nodes and not self.noneEnabled:
            current = nodes[0]
        self._select(current)

    def _add_actions(self) -> None:
        labels = [self.nodeTypeLabel(kind) for kind in self.nodeTypes]
        if self.addEnabled:
            for kind, label in zip(self.nodeTypes, labels, strict=True):
                self._combo.addItem(f"Create new {label}", (_CREATE, kind))
        if self.removeEnabled and labels:
            self._combo.addItem(f"Delete current {labels[0]}", (_DELETE, ""))

    def _select(self, node: Any) -> None:
        node_id = node.GetID() if node is not None else None
        row = self._combo.findData(node_id) if node is not None else self.noneEnabled - 1
        self._combo.currentIndex = row
        if node is self._node:
            return
        self._node = node
        self.currentNodeChanged.emit(node)
        self.currentNodeIDChanged.emit(node_id or "")

    def _on_activated(self, row: int) -> None:
        data = self._combo.itemData(row)
        if isinstance(data, (tuple, list)):
            self._run_action(*data)
            return
        self._select(self._scene.GetNodeByID(data) if data else None)
        self.nodeActivated.emit(self._node)

    def _run_action(self, action: str, kind: str) -> None:
        current = self._node
        self._select(current)
        if action == _CREATE:
            self.addNode(kind)
        else:
            self.removeCurrentNode()
