"""Checks a Python source: every name asked of an object whose Qt class is plain to see."""

from __future__ import annotations

import ast
from pathlib import Path

from . import qt_facts
from .problem import Problem
from .source_types import (
    UNKNOWN,
    Scope,
    Type,
    annotated_type,
    class_reference,
    element_type,
    is_ui,
    type_of,
)

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


class _Checker(ast.NodeVisitor):
    """Visits the statements in order, with a scope for every class and function."""

    def __init__(self, path: Path, widgets: dict[str, Type]) -> None:
        self._path = path
        self._scope = Scope(widgets=widgets)
        self._own_members: set[str] = set()
        self.problems: list[Problem] = []

    def _problem(self, node: ast.AST, text: str) -> None:
        self.problems.append(Problem(self._path, node.lineno, text))

    # Scopes.

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        outer, outer_members = self._scope, self._own_members
        bases = [class_reference(base) for base in node.bases]
        qt_bases = frozenset(filter(None, bases)) if all(bases) else UNKNOWN
        self._own_members = _members(node)
        self._scope = Scope(dict(outer.variables), {}, qt_bases, outer.widgets)
        self._scope.self_attributes = _attributes_of_self(node, self._scope)
        self.generic_visit(node)
        self._scope, self._own_members = outer, outer_members

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self._visit_function(node)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._visit_function(node)

    def _visit_function(self, node: ast.FunctionDef | ast.Lambda) -> None:
        outer = self._scope
        self._scope = Scope(
            dict(outer.variables), outer.self_attributes, outer.self_type, outer.widgets
        )
        for argument in [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]:
            self._scope.variables[argument.arg] = annotated_type(argument.annotation)
        self.generic_visit(node)
        self._scope = outer

    # What variables stand for.

    def visit_Assign(self, node: ast.Assign) -> None:
        self.visit(node.value)
        for target in node.targets:
            self._assign(target, node.value)
            self.visit(target)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if isinstance(node.target, ast.Name):
            self._scope.variables[node.target.id] = annotated_type(node.annotation)
        self.generic_visit(node)

    def visit_For(self, node: ast.For) -> None:
        if isinstance(node.target, ast.Name):
            self._scope.variables[node.target.id] = element_type(node.iter, self._scope)
        self.generic_visit(node)

    def _assign(self, target: ast.AST, value: ast.AST) -> None:
        if isinstance(target, ast.Name):
            self._scope.variables[target.id] = type_of(value, self._scope)
        elif isinstance(target, ast.Tuple):
            values = value.elts if isinstance(value, ast.Tuple) else [value] * len(target.elts)
            for part, part_value in zip(target.elts, values, strict=False):
                self._assign(part, part_value if isinstance(value, ast.Tuple) else target)

    # Checks.

    def visit_Attribute(self, node: ast.Attribute) -> None:
        name = class_reference(node)
        if name is not None:
            self._check_class(node, name)
            return
        owner = class_reference(node.value)
        if owner is not None:
            self._check_member(node, frozenset({owner}))
        elif isinstance(node.value, ast.Name) and node.value.id == "self":
            self._check_of_self(node)
        elif is_ui(node.value):
            self._check_widget(node)
        else:
            self._check_member(node, type_of(node.value, self._scope))
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        name = class_reference(node.func)
        if node.keywords and name is not None and qt_facts.is_class(name):
            self._problem(node, f"PythonQt takes no keyword arguments: {name}(...)")
        if isinstance(node.func, ast.Attribute):
            self._check_call(node, node.func)
        self.generic_visit(node)

    def _check_class(self, node: ast.AST, name: str) -> None:
        is_type = name[:1].isupper() or qt_facts.is_slicer_name(name)
        if is_type and not qt_facts.is_class(name):
            self._problem(node, f"there is no class {name}")

    def _check_widget(self, node: ast.Attribute) -> None:
        if self._scope.widgets and node.attr not in self._scope.widgets:
            self._problem(node, f"no .ui file has a widget {node.attr}")

    def _check_of_self(self, node: ast.Attribute) -> None:
        if node.attr not in self._own_members:
            self._check_member(node, self._scope.self_type)

    def _check_member(self, node: ast.Attribute, types: Type) -> None:
        types = frozenset(filter(qt_facts.is_class, types))
        if not types:
            return
        names = " or ".join(sorted(types))
        if not any(qt_facts.has_member(cls, node.attr) for cls in types):
            self._problem(node, f"{names} has no {node.attr}")
        elif isinstance(node.ctx, ast.Store):
            self._check_store(node, types, names)

    def _check_store(self, node: ast.Attribute, types: Type, names: str) -> None:
        kinds = [qt_facts.property_type(cls, node.attr) for cls in types]
        if node.attr == "name":
            return
        if not any(kind and not kind.endswith(" const") for kind in kinds):
            self._problem(node, f"{names}.{node.attr} cannot be set")

    def _check_call(self, node: ast.Call, function: ast.Attribute) -> None:
        types = type_of(function.value, self._scope)
        types = frozenset(filter(qt_facts.is_class, types))
        if function.attr in ("connect", "disconnect"):
            self._check_signal(node, types)
        own = isinstance(function.value, ast.Name) and function.attr in self._own_members
        if types and not own and all(_is_plain_property(c, function.attr) for c in types):
            names = " or ".join(sorted(types))
            self._problem(node, f"{names}.{function.attr} is a property and cannot be called")

    def _check_signal(self, node: ast.Call, types: Type) -> None:
        first = node.args[0] if node.args else None
        if not isinstance(first, ast.Constant) or not isinstance(first.value, str):
            return
        signature = first.value
        if types and not any(qt_facts.has_signal(cls, signature) for cls in types):
            names = " or ".join(sorted(types))
            self._problem(node, f"{names} has no signal {signature}")
        elif not types and not qt_facts.is_signal_of_any(signature):
            self._problem(node, f"no class has a signal {signature}")


def _is_plain_property(cls: str, name: str) -> bool:
    """A property that is no static method of that name, as QTimer.singleShot is."""
    static = cls == "QTimer" and name == "singleShot"
    return qt_facts.property_type(cls, name) is not None and not static


def _members(node: ast.ClassDef) -> set[str]:
    """Methods and attributes that a class makes itself."""
    names = {statement.name for statement in node.body if isinstance(statement, _FUNCTIONS[:2])}
    for found in ast.walk(node):
        is_self = isinstance(found, ast.Attribute) and isinstance(found.value, ast.Name)
        if is_self and found.value.id == "self" and isinstance(found.ctx, ast.Store):
            names.add(found.attr)
        elif isinstance(found, ast.AnnAssign) and isinstance(found.target, ast.Name):
            names.add(found.target.id)
    return names


def _attributes_of_self(node: ast.ClassDef, scope: Scope) -> dict[str, Type]:
    """Types of `self.x`, from all assignments in the class; unknown where one of them is."""
    found: dict[str, list[Type]] = {}
    for assignment in ast.walk(node):
        if isinstance(assignment, ast.Assign):
            for target in assignment.targets:
                if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name):
                    value = assignment.value
                    if target.value.id != "self" or _is_none(value):
                        continue
                    found.setdefault(target.attr, []).append(type_of(value, scope))
    return {name: frozenset().union(*types) for name, types in found.items() if all(types)}


def _is_none(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def check_source_file(path: Path, widgets: dict[str, Type]) -> list[Problem]:
    """Check a source; `widgets` are the names that `ui.<name>` can stand for."""
    checker = _Checker(path, widgets)
    checker.visit(ast.parse(path.read_text(), str(path)))
    return checker.problems
