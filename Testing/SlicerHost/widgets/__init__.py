"""Widgets of CTK and MRML in Python, with Slicer's names, properties and signatures.

A test compares every class with the facts of Slicer 5.12.3: the host has nothing that Slicer has
not. The widgets do what scripts and users of a module's panel rely on, and no more.
"""

from __future__ import annotations

import sys
import types

import slicer

from . import (  # noqa: F401  (importing a module declares its classes)
    collapsible,
    markups_place,
    mrml_utils,
    node_combo_box,
    paths,
    plain,
    ranges,
    scene_widgets,
    segment_editor,
    segment_selector,
    segments_table,
    sliders,
    spin_boxes,
)
from .declare import declared_classes
from .ui_loader import QUiLoader


def install() -> None:
    """Provide the module `ctk`, `slicer.qMRML...` and a `qt.QUiLoader` that knows them all."""
    ctk = types.ModuleType("ctk", "Widgets of the Common Toolkit.")
    sys.modules["ctk"] = ctk
    for module, classes in ((ctk, declared_classes["ctk"]), (slicer, declared_classes["slicer"])):
        for name, cls in classes.items():
            setattr(module, name, cls)
    sys.modules["qt"].QUiLoader = QUiLoader
