"""Between a parameter and a widget: which property shows it, which signal tells of a change."""

from __future__ import annotations

import enum
import pathlib
import types
import typing
from collections.abc import Callable
from typing import Any

import ctk
import qt
import slicer

from .annotations import (
    Choice,
    Decimals,
    FloatRange,
    Maximum,
    Minimum,
    RangeBounds,
    SingleStep,
    WithinRange,
    first,
    split,
)


class Connector:
    """A widget whose property `attribute` is the value and whose `signal` tells of changes."""

    def __init__(self, widget: Any, attribute: str, signal: str, kind: Callable = lambda v: v):
        self._widget, self._attribute, self._signal, self._kind = widget, attribute, signal, kind
        self._callback: Callable[[], None] | None = None

    def on_changed(self, callback: Callable[[], None] | None) -> None:
        """Call back at every change; None ends it."""
        if self._callback is not None:
            self._widget.disconnect(self._signal, self._changed)
        self._callback = callback
        if callback is not None:
            self._widget.connect(self._signal, self._changed)

    def read(self) -> Any:
        """The value that the widget shows."""
        return self._kind(getattr(self._widget, self._attribute))

    def write(self, value: Any) -> None:
        """Let the widget show a value."""
        if value != self.read():
            setattr(self._widget, self._attribute, value)

    def _changed(self) -> None:
        if self._callback is not None:
            self._callback()


class PathConnector(Connector):
    """A path, which a widget shows as a text."""

    def write(self, value: pathlib.Path) -> None:
        super().write(str(value))


class RangeConnector(Connector):
    """Both ends of a range widget."""

    def __init__(self, widget: Any) -> None:
        super().__init__(widget, "minimumValue", "valuesChanged(double,double)")

    def read(self) -> FloatRange:
        return FloatRange(self._widget.minimumValue, self._widget.maximumValue)

    def write(self, value: FloatRange) -> None:
        self._widget.setValues(value.minimum, value.maximum)


class NodeConnector(Connector):
    """The current node of a combo box."""

    def __init__(self, widget: Any, node_type: type) -> None:
        super().__init__(widget, "currentNode", "currentNodeChanged(vtkMRMLNode*)")
        widget.nodeTypes = [node_type.__name__]

    def read(self) -> Any:
        return self._widget.currentNode()

    def write(self, value: Any) -> None:
        self._widget.setCurrentNode(value)


class ChoiceConnector(Connector):
    """The chosen entry of a combo box, which is filled with texts for the values."""

    def __init__(self, widget: Any, values: list[Any], labels: list[str]) -> None:
        super().__init__(widget, "currentIndex", "currentIndexChanged(int)")
        self._values = values
        widget.clear()
        widget.addItems(labels)

    def read(self) -> Any:
        return self._values[self._widget.currentIndex]

    def write(self, value: Any) -> None:
        self._widget.currentIndex = self._values.index(value)


def connector_for(widget: Any, datatype: Any) -> Connector:
    """The connector of a widget and an annotated type.

    The combinations are those of Slicer that the host needs, by the widget's exact class, as
    there; RuntimeError where there is none.
    """
    kind, annotations = split(datatype)
    kind = _without_none(kind)
    if isinstance(kind, type) and issubclass(kind, slicer.vtkMRMLNode):
        if type(widget) is slicer.qMRMLNodeComboBox:
            return NodeConnector(widget, kind)
    elif type(widget) in (qt.QComboBox, ctk.ctkComboBox):
        return _combo_box(widget, kind, annotations)
    elif kind in (int, float) and type(widget) in _number_widgets():
        return _number(widget, kind, annotations)
    elif kind is FloatRange and type(widget) in (ctk.ctkRangeWidget, ctk.ctkDoubleRangeSlider):
        return _range(widget, annotations)
    elif (kind, type(widget)) in _simple():
        return _simple()[kind, type(widget)](widget)
    raise RuntimeError(f"Unable to connect {datatype} to a {widget.className()}")


def _without_none(kind: Any) -> Any:
    if typing.get_origin(kind) in (typing.Union, types.UnionType):
        return next(part for part in typing.get_args(kind) if part is not type(None))
    return kind


def _simple() -> dict[tuple[type, type], Callable[[Any], Connector]]:
    path = pathlib.Path
    return {
        (bool, qt.QCheckBox): lambda w: Connector(w, "checked", "stateChanged(int)"),
        (bool, ctk.ctkCheckBox): lambda w: Connector(w, "checked", "stateChanged(int)"),
        (bool, qt.QPushButton): _checkable_button,
        (str, qt.QLineEdit): lambda w: Connector(w, "text", "textChanged(QString)"),
        (path, ctk.ctkPathLineEdit): lambda w: PathConnector(
            w, "currentPath", "currentPathChanged(QString)", path
        ),
        (path, ctk.ctkDirectoryButton): lambda w: PathConnector(
            w, "directory", "directoryChanged(QString)", path
        ),
    }


def _checkable_button(widget: Any) -> Connector:
    widget.checkable = True
    return Connector(widget, "checked", "toggled(bool)")


def _combo_box(widget: Any, kind: Any, annotations: list[Any]) -> Connector:
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        label = getattr(kind, "label", lambda member: member.name)
        return ChoiceConnector(widget, list(kind), [label(member) for member in kind])
    choice = first(annotations, Choice)
    if choice is None:
        raise RuntimeError("a combo box needs an enumeration or the annotation Choice")
    return ChoiceConnector(widget, list(choice.choices), [str(c) for c in choice.choices])


def _number_widgets() -> tuple[type, ...]:
    return (
        qt.QSlider,
        qt.QSpinBox,
        qt.QDoubleSpinBox,
        ctk.ctkSliderWidget,
        ctk.ctkDoubleSlider,
        ctk.ctkDoubleSpinBox,
        slicer.qMRMLSliderWidget,
        slicer.qMRMLSpinBox,
    )


def _number(widget: Any, kind: type, annotations: list[Any]) -> Connector:
    integral = type(widget) in (qt.QSlider, qt.QSpinBox)
    if integral and kind is float:
        raise RuntimeError(f"a {widget.className()} cannot show a float")
    _set_bounds(widget, annotations)
    decimals, step = first(annotations, Decimals), first(annotations, SingleStep)
    if not integral and type(widget) is not ctk.ctkDoubleSlider:
        if kind is int:
            widget.decimals = 0
        elif decimals is not None:
            widget.decimals = decimals.value
    if step is not None:
        widget.singleStep = step.value
    signal = "valueChanged(int)" if integral else "valueChanged(double)"
    return Connector(widget, "value", signal, kind)


def _set_bounds(widget: Any, annotations: list[Any]) -> None:
    both = first(annotations, WithinRange)
    low = both or first(annotations, Minimum)
    high = both or first(annotations, Maximum)
    slides = type(widget) in (qt.QSlider, ctk.ctkSliderWidget, slicer.qMRMLSliderWidget)
    if slides and (low is None or high is None):
        raise RuntimeError("a slider needs the annotation WithinRange")
    if low is not None:
        widget.minimum = low.minimum
    if high is not None:
        widget.maximum = high.maximum


def _range(widget: Any, annotations: list[Any]) -> Connector:
    bounds = first(annotations, RangeBounds)
    if bounds is None:
        raise RuntimeError("a range widget needs the annotation RangeBounds")
    widget.setRange(bounds.minimum, bounds.maximum)
    return RangeConnector(widget)
