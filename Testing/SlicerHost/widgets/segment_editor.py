"""The Segment Editor without its effects, over Slicer's own logic."""

from __future__ import annotations

from typing import Any

import slicer
from PySide6 import QtWidgets
from PySide6.QtCore import Signal

from .declare import slicer_class, stored
from .scene_widgets import qMRMLWidget
from .segments_table import qMRMLSegmentsTableView


@slicer_class(
    "slicer",
    "segmentationNodeChanged(vtkMRMLSegmentationNode*)",
    "sourceVolumeNodeChanged(vtkMRMLVolumeNode*)",
)
class qMRMLSegmentEditorWidget(qMRMLWidget):
    """Buttons to add and remove segments, undo and redo, and the table of segments."""

    _logic: Any
    _table: qMRMLSegmentsTableView

    segmentationNodeChanged = Signal(object)
    sourceVolumeNodeChanged = Signal(object)
    currentSegmentIDChanged = Signal(str)
    maximumNumberOfUndoStates = stored("maximumNumberOfUndoStates", int, 10, then="_on_undo_states")
    readOnly = stored("readOnly", bool, False)
    autoShowSourceVolumeNode = stored("autoShowSourceVolumeNode", bool, True)
    segmentationNodeSelectorVisible = stored("segmentationNodeSelectorVisible", bool, True)
    sourceVolumeNodeSelectorVisible = stored("sourceVolumeNodeSelectorVisible", bool, True)
    switchToSegmentationsButtonVisible = stored("switchToSegmentationsButtonVisible", bool, True)
    unorderedEffectsVisible = stored("unorderedEffectsVisible", bool, True)
    maskingSectionVisible = stored("maskingSectionVisible", bool, True)

    def __init__(self, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self._logic = slicer.vtkSlicerSegmentEditorLogic()
        self._table = qMRMLSegmentsTableView()
        self._table.objectName = "SegmentsTableView"
        layout = QtWidgets.QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(self._button_row())
        layout.addWidget(self._table)
        self.mrmlSceneChanged.connect(self._on_scene)
        self._table.selectionChanged.connect(self._on_selected)

    def mrmlSegmentEditorNode(self) -> Any:
        return self._logic.GetSegmentEditorNode()

    def setMRMLSegmentEditorNode(self, node: Any) -> None:
        self._logic.SetSegmentEditorNode(node)
        self._table.setSegmentationNode(self.segmentationNode())

    def segmentationNode(self) -> Any:
        return self._logic.GetSegmentationNode()

    def setSegmentationNode(self, node: Any) -> None:
        self._logic.SetSegmentationNode(node)
        self._table.setSegmentationNode(node)
        self.segmentationNodeChanged.emit(node)

    def sourceVolumeNode(self) -> Any:
        return self._logic.GetSourceVolumeNode()

    def setSourceVolumeNode(self, node: Any) -> None:
        self._logic.SetSourceVolumeNode(node)
        self.sourceVolumeNodeChanged.emit(node)

    def currentSegmentID(self) -> str:
        return self._logic.GetCurrentSegmentID() or ""

    def setCurrentSegmentID(self, segment_id: str) -> None:
        if segment_id == self.currentSegmentID():
            return
        self._logic.SetCurrentSegmentID(segment_id)
        self._table.setSelectedSegmentIDs([segment_id])
        self.currentSegmentIDChanged.emit(segment_id)

    def saveStateForUndo(self) -> None:
        self._logic.SaveStateForUndo()

    def undo(self) -> None:
        self._logic.Undo()

    def redo(self) -> None:
        self._logic.Redo()

    def selectNextSegment(self) -> None:
        self._logic.SelectNextSegment()

    def selectPreviousSegment(self) -> None:
        self._logic.SelectPreviousSegment()

    def activeEffect(self) -> None:
        """None: there are no effects."""

    def setActiveEffect(self, effect: Any) -> None:
        """There are no effects to activate."""

    def setActiveEffectByName(self, name: str) -> None:
        """There are no effects to activate."""

    def setEffectNameOrder(self, names: Any) -> None:
        """There are no effects to order."""

    def availableEffectNames(self) -> tuple[str, ...]:
        return ()

    def setupViewObservations(self) -> None:
        """Only effects observe views."""

    def removeViewObservations(self) -> None:
        """Only effects observe views."""

    def installKeyboardShortcuts(self, parent: QtWidgets.QWidget | None = None) -> None:
        """Only effects have shortcuts."""

    def uninstallKeyboardShortcuts(self) -> None:
        """Only effects have shortcuts."""

    def _button_row(self) -> QtWidgets.QHBoxLayout:
        row = QtWidgets.QHBoxLayout()
        actions = {
            "Add": self._logic.AddEmptySegment,
            "Remove": self._logic.RemoveSelectedSegment,
            "Undo": self._logic.Undo,
            "Redo": self._logic.Redo,
        }
        for text, action in actions.items():
            button = QtWidgets.QPushButton(text)
            segment = "Segment" if text in ("Add", "Remove") else ""
            button.objectName = f"{text}{segment}Button"
            button.connect("clicked()", lambda action=action: action())
            row.addWidget(button)
        return row

    def _on_scene(self, scene: Any) -> None:
        self._logic.SetMRMLApplicationLogic(slicer.app.applicationLogic())
        self._logic.SetMRMLScene(scene)

    def _on_selected(self, *_selections: Any) -> None:
        selected = self._table.selectedSegmentIDs()
        if selected:
            self.setCurrentSegmentID(selected[0])

    def _on_undo_states(self, states: int) -> None:
        self._logic.SetMaximumNumberOfUndoStates(states)
