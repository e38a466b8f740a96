"""`@parameterNodeWrapper`: typed parameters of a vtkMRMLScriptedModuleNode."""

from __future__ import annotations

import typing
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import slicer.util
from vtkmodules.vtkCommonCore import vtkCommand

from .annotations import Default, Validator, first, split
from .serializers import Serializer, ValidatingSerializer, serializer_for

_PROPERTY = "SlicerParameterName"


@dataclass(frozen=True)
class Parameter:
    """One typed parameter of a wrapped class."""

    name: str
    datatype: Any
    serializer: Serializer
    validating: ValidatingSerializer
    default: Default

    def get(self, node: Any) -> Any:
        """The value; the default is written first where there is none."""
        self.ensure(node)
        return self.serializer.read(node, self.name)

    def set(self, node: Any, value: Any) -> None:
        """Validate and keep a value, with one ModifiedEvent."""
        with slicer.util.NodeModify(node):
            self.validating.write(node, self.name, value)

    def ensure(self, node: Any) -> None:
        """Write the default where the node has no value."""
        if not self.serializer.is_in(node, self.name):
            self.set(node, self.default.value)


class ParameterNode:
    """What every wrapped class can do besides its parameters; the methods are Slicer's."""

    allParameters: typing.ClassVar[dict[str, Parameter]] = {}

    def __init__(self, parameterNode: Any) -> None:
        self.parameterNode = parameterNode
        self._connections: dict[int, tuple[dict[str, Any], int]] = {}
        self._updatingGui = False
        for parameter in self.allParameters.values():
            parameter.ensure(parameterNode)

    def default(self, name: str) -> Default:
        return self._parameter(name).default

    def isCached(self, name: str) -> bool:
        """True for all that the host knows: reading twice gives the same value."""
        return self._parameter(name) is not None

    @classmethod
    def dataType(cls, name: str) -> Any:
        return cls._parameter(name).datatype

    def getValue(self, name: str) -> Any:
        return self._parameter(name).get(self.parameterNode)

    def setValue(self, name: str, value: Any) -> None:
        self._parameter(name).set(self.parameterNode, value)

    def connectGui(self, gui: Any) -> int:
        """Connect all widgets with the dynamic property SlicerParameterName."""
        import qt

        is_widget = isinstance(gui, qt.QWidget)
        widgets = gui.findChildren(qt.QWidget) if is_widget else vars(gui).values()
        named = {widget.property(_PROPERTY): widget for widget in widgets}
        return self.connectParametersToGui({k: w for k, w in named.items() if k})

    def connectParametersToGui(self, mapping: dict[str, Any]) -> int:
        from .connectors import connector_for

        connectors = {k: connector_for(w, self.dataType(k)) for k, w in mapping.items()}
        for name, connector in connectors.items():
            connector.write(self.getValue(name))
            connector.on_changed(self._gui_callback(name, connector))
        observer = self.AddObserver(vtkCommand.ModifiedEvent, self._update_gui)
        tag = len(self._connections) + 1
        while tag in self._connections:
            tag += 1
        self._connections[tag] = (connectors, observer)
        return tag

    def disconnectGui(self, tag: int) -> None:
        connectors, observer = self._connections.pop(tag, ({}, None))
        for connector in connectors.values():
            connector.on_changed(None)
        if observer is not None:
            self.RemoveObserver(observer)

    def StartModify(self) -> Any:
        return self.parameterNode.StartModify()

    def EndModify(self, wasModified: Any) -> Any:
        return self.parameterNode.EndModify(wasModified)

    def AddObserver(self, event: Any, callback: Callable, priority: float = 0.0) -> int:
        return self.parameterNode.AddObserver(event, callback, priority)

    def RemoveObserver(self, tag: int) -> None:
        self.parameterNode.RemoveObserver(tag)

    def Modified(self) -> None:
        self.parameterNode.Modified()

    @classmethod
    def _parameter(cls, name: str) -> Parameter:
        if name not in cls.allParameters:
            known = ", ".join(cls.allParameters)
            raise ValueError(f"Cannot find a param with the given name: {name}; there are {known}")
        return cls.allParameters[name]

    def _gui_callback(self, name: str, connector: Any) -> Callable[[], None]:
        def changed() -> None:
            if not self._updatingGui:
                self.setValue(name, connector.read())

        return changed

    def _update_gui(self, _caller: Any, _event: str) -> None:
        if self._updatingGui:
            return
        self._updatingGui = True
        try:
            for connectors, _observer in self._connections.values():
                for name, connector in connectors.items():
                    connector.write(self.getValue(name))
        finally:
            self._updatingGui = False


def parameterNodeWrapper(classtype: type | None = None) -> Any:
    """Class decorator: every annotated name becomes a property kept in the parameter node."""
    if classtype is None:
        return parameterNodeWrapper
    hints = typing.get_type_hints(classtype, include_extras=True)
    parameters = {name: _parameter(classtype, name, hint) for name, hint in hints.items()}
    _refuse_reserved(parameters)
    members = {name: _property(parameter) for name, parameter in parameters.items()}
    own = {k: v for k, v in vars(classtype).items() if k not in ("__dict__", "__weakref__")}
    return type(
        classtype.__name__, (ParameterNode,), {**own, **members, "allParameters": parameters}
    )


def isParameterNodeWrapper(classOrObject: Any) -> bool:
    """Whether a class, or the class of an object, is wrapped."""
    cls = classOrObject if isinstance(classOrObject, type) else type(classOrObject)
    return issubclass(cls, ParameterNode)


def _parameter(classtype: type, name: str, hint: Any) -> Parameter:
    kind, annotations = split(hint)
    serializer = serializer_for(kind)
    validators = [a for a in annotations if isinstance(a, Validator)]
    default = first(annotations, Default) or Default(generator=serializer.default)
    if hasattr(classtype, name):
        default = Default(getattr(classtype, name))
    return Parameter(name, hint, serializer, ValidatingSerializer(serializer, validators), default)


def _property(parameter: Parameter) -> property:
    return property(
        lambda self: parameter.get(self.parameterNode),
        lambda self, value: parameter.set(self.parameterNode, value),
    )


def _refuse_reserved(parameters: dict[str, Parameter]) -> None:
    for name in parameters:
        if hasattr(ParameterNode, name) or name == "parameterNode":
            raise ValueError(f"Cannot use reserved name '{name}' in a parameterNodeWrapper")
