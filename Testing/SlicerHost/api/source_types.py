"""Finds out, as far as it is plain to see, of which Qt class an expression in a script is.

A type is a set of class names: a variable may have been given objects of several classes. The
empty set means unknown, and nothing is said about it.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from . import qt_facts

Type = frozenset[str]
UNKNOWN: Type = frozenset()
_MODULES = ("qt", "ctk", "slicer")
# Results of methods that scripts go through to reach a widget.
_RESULTS = {
    ("qSlicerApplication", "layoutManager"): "qSlicerLayoutManager",
    ("qSlicerCoreApplication", "moduleManager"): "qSlicerModuleManager",
    ("qSlicerCoreApplication", "coreIOManager"): "qSlicerCoreIOManager",
    ("qSlicerApplication", "ioManager"): "qSlicerIOManager",
    ("qMRMLLayoutManager", "sliceWidget"): "qMRMLSliceWidget",
    ("qMRMLLayoutManager", "threeDWidget"): "qMRMLThreeDWidget",
    ("qMRMLSliceWidget", "sliceView"): "qMRMLSliceView",
    ("qMRMLSliceWidget", "sliceController"): "qMRMLSliceControllerWidget",
    ("qMRMLThreeDWidget", "threeDView"): "qMRMLThreeDView",
    ("qSlicerMainWindow", "moduleSelector"): "qSlicerModuleSelectorToolBar",
    ("QMainWindow", "statusBar"): "QStatusBar",
    ("QComboBox", "lineEdit"): "QLineEdit",
    ("QTableWidget", "horizontalHeader"): "QHeaderView",
    ("QTableWidget", "verticalHeader"): "QHeaderView",
}
_FUNCTIONS = {"slicer.util.mainWindow": "qSlicerMainWindow"}


@dataclass
class Scope:
    """What names stand for: local variables, attributes of `self`, widgets of .ui files."""

    variables: dict[str, Type] = field(default_factory=dict)
    self_attributes: dict[str, Type] = field(default_factory=dict)
    self_type: Type = UNKNOWN
    widgets: dict[str, Type] = field(default_factory=dict)


def dotted(node: ast.AST) -> str | None:
    """`a.b.c` as a text; None for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        owner = dotted(node.value)
        return f"{owner}.{node.attr}" if owner else None
    return None


def class_reference(node: ast.AST) -> str | None:
    """The class name of `qt.QLabel`, `ctk.ctkSliderWidget`, `slicer.qMRMLWidget`, or None."""
    if not isinstance(node, ast.Attribute) or not isinstance(node.value, ast.Name):
        return None
    module, name = node.value.id, node.attr
    if module not in _MODULES or (module == "slicer" and not qt_facts.is_slicer_name(name)):
        return None
    return name


def annotated_type(annotation: ast.AST | None) -> Type:
    """The type of `name: qt.QLabel`, also when it is written as a text."""
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        annotation = ast.parse(annotation.value, mode="eval").body
    if isinstance(annotation, ast.BinOp):
        return annotated_type(annotation.left) | annotated_type(annotation.right)
    name = class_reference(annotation) if annotation is not None else None
    return frozenset({name}) if name else UNKNOWN


def is_ui(node: ast.AST) -> bool:
    """Whether an expression is the object with a .ui file's widgets, by its name."""
    name = dotted(node)
    return name is not None and name.split(".")[-1] in ("ui", "_ui")


def type_of(node: ast.AST, scope: Scope) -> Type:
    """The classes that an expression can be an object of."""
    if isinstance(node, ast.Name):
        return scope.self_type if node.id == "self" else scope.variables.get(node.id, UNKNOWN)
    if isinstance(node, ast.Call):
        return _type_of_call(node, scope)
    if isinstance(node, ast.Attribute):
        return _type_of_attribute(node, scope)
    if isinstance(node, ast.IfExp):
        return type_of(node.body, scope) | type_of(node.orelse, scope)
    return UNKNOWN


def element_type(node: ast.AST, scope: Scope) -> Type:
    """What a loop over `(a, b)` gives: known only where every element is."""
    if not isinstance(node, (ast.Tuple, ast.List)):
        return UNKNOWN
    types = [type_of(element, scope) for element in node.elts]
    return frozenset().union(*types) if all(types) else UNKNOWN


def _type_of_call(node: ast.Call, scope: Scope) -> Type:
    name = class_reference(node.func)
    if name is not None:
        return frozenset({name})
    function = dotted(node.func)
    if function in _FUNCTIONS:
        return frozenset({_FUNCTIONS[function]})
    if isinstance(node.func, ast.Attribute):
        owners = type_of(node.func.value, scope)
        return frozenset(filter(None, (_result(owner, node.func.attr) for owner in owners)))
    return UNKNOWN


def _result(owner: str, method: str) -> str | None:
    found = (_RESULTS.get((cls, method)) for cls in _with_bases(owner))
    return next(filter(None, found), None)


def _with_bases(name: str) -> list[str]:
    names = qt_facts.chain(name)
    cls = qt_facts.qt_class(names[-1])
    return names + [base.__name__ for base in cls.__mro__[1:]] if cls else names


def _type_of_attribute(node: ast.Attribute, scope: Scope) -> Type:
    owner = dotted(node.value)
    if owner == "slicer" and node.attr == "app":
        return frozenset({"qSlicerApplication"})
    if is_ui(node.value):
        return scope.widgets.get(node.attr, UNKNOWN)
    if owner == "self":
        return scope.self_attributes.get(node.attr, UNKNOWN)
    return UNKNOWN
