"""Scripted modules: their base classes, parameter nodes and loading."""

from __future__ import annotations

import sys

import slicer


def install() -> None:
    """Provide `slicer.ScriptedLoadableModule`, `slicer.i18n` and `slicer.parameterNodeWrapper`."""
    from . import base_classes, parameter_node, scripted_module, translation  # need `qt`

    slicer.qSlicerScriptedLoadableModule = scripted_module.ScriptedModule

    for name, module in (
        ("ScriptedLoadableModule", base_classes),
        ("i18n", translation),
        ("parameterNodeWrapper", parameter_node),
    ):
        setattr(slicer, name, module)
        sys.modules[f"slicer.{name}"] = module
