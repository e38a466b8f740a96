"""Placing markups by the mouse, as the toolbars of the application start it."""

from __future__ import annotations

from typing import Any

import slicer


def start_placing(class_name: str, persistent: bool = False) -> Any:
    """A new markups node that the next clicks are for; `persistent` for more than one of them."""
    node = slicer.mrmlScene.AddNewNodeByClass(class_name)
    node.CreateDefaultDisplayNodes()
    slicer.modules.markups.logic().SetActiveList(node)
    interaction = slicer.app.applicationLogic().GetInteractionNode()
    interaction.SetPlaceModePersistence(persistent)
    interaction.SetCurrentInteractionMode(interaction.Place)
    return node
