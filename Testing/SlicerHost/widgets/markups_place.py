"""The small widget with which a user starts placing markups."""

from __future__ import annotations

from typing import Any

import slicer
from PySide6 import QtGui, QtWidgets
from PySide6.QtCore import Signal

from .declare import slicer_class, stored
from .observations import Observations
from .scene_widgets import qSlicerWidget


@slicer_class("slicer")
class qSlicerMarkupsPlaceWidget(qSlicerWidget):
    """A button that is down while clicks in the views add points to the current node."""

    PlaceMultipleMarkupsType = int
    ShowPlaceMultipleMarkupsOption, HidePlaceMultipleMarkupsOption = 0, 1
    ForcePlaceSingleMarkup, ForcePlaceMultipleMarkups = 2, 3
    _node: Any
    _place: QtWidgets.QToolButton
    _delete: QtWidgets.QToolButton
    _observations: Observations
    _shown_as_placing: bool

    activeMarkupsPlaceModeChanged = Signal(bool)
    buttonsVisible = stored("buttonsVisible", bool, True, then="_on_buttons_visible")
    placeMultipleMarkups = stored("placeMultipleMarkups", int, 0)
    defaultNodeColor = stored("defaultNodeColor", QtGui.QColor, QtGui.QColor(0, 255, 0))
    deleteAllControlPointsOptionVisible = stored("deleteAllControlPointsOptionVisible", bool, True)

    def __init__(self, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self._node, self._shown_as_placing = None, False
        self._observations = Observations(self)
        self._place, self._delete = QtWidgets.QToolButton(), QtWidgets.QToolButton()
        self._place.text, self._delete.text = "Place", "Delete"
        self._place.checkable = True
        layout = QtWidgets.QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._place)
        layout.addWidget(self._delete)
        self._place.toggled.connect(self.setPlaceModeEnabled)
        self._delete.clicked.connect(lambda: self.deleteAllPoints())
        self.mrmlSceneChanged.connect(self._on_scene)

    def currentNode(self) -> Any:
        return self._node

    def setCurrentNode(self, node: Any) -> None:
        if node is not self._node and self.placeModeEnabled:
            self.placeModeEnabled = False
        self._node = node
        self._show_mode()

    def placeButton(self) -> QtWidgets.QToolButton:
        return self._place

    def deleteButton(self) -> QtWidgets.QToolButton:
        return self._delete

    def _is_placing(self) -> bool:
        interaction = self.interactionNode()
        return (
            self.currentNodeActive and interaction.GetCurrentInteractionMode() == interaction.Place
        )

    def setPlaceModeEnabled(self, enabled: bool) -> None:
        if enabled == self._is_placing():
            return
        interaction = self.interactionNode()
        if enabled and self._node is not None:
            self.setCurrentNodeActive(True)
            forced = self.placeMultipleMarkups == self.ForcePlaceMultipleMarkups
            if forced or self.placeMultipleMarkups == self.ForcePlaceSingleMarkup:
                interaction.SetPlaceModePersistence(forced)
            interaction.SetCurrentInteractionMode(interaction.Place)
        elif not enabled:
            interaction.SetCurrentInteractionMode(interaction.ViewTransform)
        self._show_mode()

    placeModeEnabled = property(_is_placing, setPlaceModeEnabled)

    def _is_active(self) -> bool:
        active = self.selectionNode().GetActivePlaceNodeID()
        return self._node is not None and active == self._node.GetID()

    def setCurrentNodeActive(self, active: bool) -> None:
        if active and self._node is not None:
            slicer.modules.markups.logic().SetActiveList(self._node)

    currentNodeActive = property(_is_active, setCurrentNodeActive)

    def _is_persistent(self) -> bool:
        return bool(self.interactionNode().GetPlaceModePersistence())

    def setPlaceModePersistency(self, persistent: bool) -> None:
        self.interactionNode().SetPlaceModePersistence(persistent)

    placeModePersistency = property(_is_persistent, setPlaceModePersistency)

    def setPlaceMultipleMarkups(self, option: int) -> None:
        self.placeMultipleMarkups = int(option)

    def setButtonsVisible(self, visible: bool) -> None:
        self.buttonsVisible = visible

    def deleteAllPoints(self) -> None:
        if self._node is not None:
            self._node.RemoveAllControlPoints()

    def deleteLastPoint(self) -> None:
        if self._node is not None and self._node.GetNumberOfControlPoints():
            self._node.RemoveNthControlPoint(self._node.GetNumberOfControlPoints() - 1)

    def interactionNode(self) -> Any:
        return slicer.app.applicationLogic().GetInteractionNode()

    def selectionNode(self) -> Any:
        return slicer.app.applicationLogic().GetSelectionNode()

    def _on_scene(self, scene: Any) -> None:
        self._observations.clear()
        if scene is not None:
            interaction = self.interactionNode()
            changed = interaction.InteractionModeChangedEvent
            self._observations.observe(interaction, changed, "_show_mode")

    def _show_mode(self) -> None:
        placing = self._is_placing()
        self._place.enabled = self._node is not None
        blocked = self._place.blockSignals(True)
        self._place.checked = placing
        self._place.blockSignals(blocked)
        if self._shown_as_placing != placing:
            self._shown_as_placing = placing
            self.activeMarkupsPlaceModeChanged.emit(placing)

    def _on_buttons_visible(self, visible: bool) -> None:
        for button in (self._place, self._delete):
            button.visible = visible
