"""Writes `facts.json`: what the Qt classes of Slicer 5.12.3 have, for the classes likely used.

    python -m Testing.SlicerHost.api.make_facts qt_classes.json

The input lists class -> base, properties, methods, signals as found in Slicer's headers. It leaves
out what is declared over several lines; that and the enumerators are added here by hand.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

FACTS = Path(__file__).with_name("facts.json")

_CTK = """CheckBox CheckablePushButton CollapsibleButton CollapsibleGroupBox ColorPickerButton
ComboBox DirectoryButton DoubleRangeSlider DoubleSlider DoubleSpinBox ExpandButton
FittedTextBrowser MenuButton MessageBox PathLineEdit PushButton RangeWidget SearchBox SliderWidget
VTKAbstractView VTKRenderView VTKSliceView LayoutManager LayoutFactory"""
_MRML = """AbstractViewWidget CheckableNodeComboBox CollapsibleButton ColorTableComboBox
LayoutManager MarkupsToolBar NodeComboBox RangeWidget SegmentEditorWidget SegmentSelectorWidget
SegmentationShow3DButton SegmentsTableView SliceControllerWidget SliceView SliceWidget SliderWidget
SpinBox SubjectHierarchyComboBox SubjectHierarchyTreeView TableView ThreeDView ThreeDWidget
ThreeDViewControllerWidget Utils ViewControllerBar VolumeThresholdWidget VolumeWidget Widget
WindowLevelWidget"""
_SLICER = """AbstractCoreModule AbstractModule AbstractModulePanel AbstractModuleWidget Application
CoreApplication CoreIOManager IOManager LayoutManager LoadableModule MainWindow MarkupsPlaceWidget
ModuleManager ModulePanel ModuleSelectorToolBar ScriptedLoadableModule
ScriptedLoadableModuleWidget SimpleMarkupsWidget TerminologySelectorButton Widget"""
CLASSES = [
    prefix + name
    for prefix, names in (("ctk", _CTK), ("qMRML", _MRML), ("qSlicer", _SLICER))
    for name in names.split()
]
# Declared with default arguments that the list of headers does not understand.
MORE_METHODS = {
    "qMRMLNodeComboBox": ["addAttribute"],
    "qMRMLSegmentEditorWidget": [
        "segmentationNodeSelectorAddAttribute",
        "sourceVolumeNodeSelectorAddAttribute",
    ],
    "qMRMLSubjectHierarchyComboBox": ["addItemAttributeFilter", "addNodeAttributeFilter"],
    "qMRMLSubjectHierarchyTreeView": ["addItemAttributeFilter", "addNodeAttributeFilter"],
    "qSlicerApplication": ["confirmRestart", "openNodeModule", "openSettingsDialog"],
    "qSlicerCoreIOManager": ["fileWriterFileType"],
    "qSlicerIOManager": ["openDialog"],
}
ENUMERATORS = {
    "ctkPathLineEdit": [
        "Dirs",
        "Drives",
        "Executable",
        "Files",
        "Hidden",
        "NoDot",
        "NoDotDot",
        "NoSymLinks",
        "Readable",
        "Writable",
    ],
    "qSlicerMarkupsPlaceWidget": [
        "ForcePlaceMultipleMarkups",
        "ForcePlaceSingleMarkup",
        "HidePlaceMultipleMarkupsOption",
        "ShowPlaceMultipleMarkupsOption",
    ],
}


def compact(name: str, found: dict) -> dict:
    """The facts of one class: properties as name -> type, ` const` behind those not writable."""
    properties = {
        key: value["type"] + ("" if value["writable"] else " const")
        for key, value in found["properties"].items()
    }
    facts = {
        "base": found["base"],
        "properties": properties,
        "methods": sorted({*found["methods"], *MORE_METHODS.get(name, ())} - {"Q_UNUSED"}),
        "signals": found["signals"],
    }
    if name in ENUMERATORS:
        facts["enumerators"] = ENUMERATORS[name]
    return facts


def main(source: str) -> None:
    """Write one line a class."""
    known = json.loads(Path(source).read_text())
    rows = [f'"{n}": {json.dumps(compact(n, known[n]))}' for n in sorted(CLASSES) if n in known]
    FACTS.write_text("{\n" + ",\n".join(rows) + "\n}\n")


if __name__ == "__main__":
    main(sys.argv[1])
