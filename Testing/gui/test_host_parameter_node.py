"""The stand-in of `parameterNodeWrapper` keeps, checks and shows parameters as Slicer's does."""

from __future__ import annotations

import enum
import pathlib
from typing import Annotated

import pytest
import slicer


@pytest.fixture
def pnw(slicer_core):
    import slicer.parameterNodeWrapper

    return slicer.parameterNodeWrapper


@pytest.fixture
def node(scene):
    return scene.AddNewNodeByClass("vtkMRMLScriptedModuleNode")


def wrapped(pnw, node, default=None, **fields):
    """An object of a class with these fields; `default` are assigned values."""
    namespace = {"__annotations__": fields, **(default or {})}
    return pnw.parameterNodeWrapper(type("Parameters", (), namespace))(node)


class Color(enum.Enum):
    RED = 1
    BLUE = 2


@pytest.mark.parametrize(
    ("kind", "default", "value"),
    [
        (int, 0, 7),
        (float, 0.0, 1.25),
        (bool, False, True),
        (str, "", "a text"),
        (pathlib.Path, pathlib.Path(), pathlib.Path("a/b")),
        (Color, Color.RED, Color.BLUE),
        (int | None, None, 3),
        (str | None, None, "text"),
    ],
)
def test_a_parameter_has_a_default_and_keeps_its_value(pnw, node, kind, default, value):
    parameters = wrapped(pnw, node, field=kind)
    assert parameters.field == default
    parameters.field = value
    assert wrapped(pnw, node, field=kind).field == value


def test_a_node_is_kept_as_a_reference(pnw, node, scene):
    parameters = wrapped(pnw, node, text=slicer.vtkMRMLTextNode)
    assert parameters.text is None
    parameters.text = scene.AddNewNodeByClass("vtkMRMLTextNode")
    assert node.GetNodeReference("text") is parameters.text
    with pytest.raises(TypeError):
        parameters.text = scene.AddNewNodeByClass("vtkMRMLTableNode")
    scene.RemoveNode(parameters.text)
    assert parameters.text is None


def test_an_optional_node_can_be_set_and_taken_away(pnw, node, scene):
    parameters = wrapped(pnw, node, text=slicer.vtkMRMLTextNode | None)
    parameters.text = scene.AddNewNodeByClass("vtkMRMLTextNode")
    assert parameters.text is not None
    parameters.text = None
    assert parameters.text is None


def test_a_default_is_assigned_or_annotated(pnw, node):
    annotated = Annotated[int, pnw.Default(4)]
    parameters = wrapped(pnw, node, {"assigned": 3}, assigned=int, annotated=annotated)
    assert (parameters.assigned, parameters.annotated) == (3, 4)
    assert parameters.default("assigned").value == 3


def test_values_of_another_type_are_refused(pnw, node):
    parameters = wrapped(pnw, node, number=int, text=str)
    with pytest.raises(TypeError):
        parameters.number = 1.5
    with pytest.raises(TypeError):
        parameters.text = None
    assert (parameters.number, parameters.text) == (0, "")


def test_values_out_of_range_are_refused(pnw, node):
    parameters = wrapped(
        pnw,
        node,
        {"choice": "a"},
        within=Annotated[float, pnw.WithinRange(0, 1)],
        least=Annotated[int, pnw.Minimum(-1)],
        most=Annotated[int, pnw.Maximum(1)],
        choice=Annotated[str, pnw.Choice(["a", "b"])],
    )
    for name, wrong in (("within", 1.5), ("least", -2), ("most", 2), ("choice", "c")):
        with pytest.raises(ValueError, match=str(wrong)):
            parameters.setValue(name, wrong)


def test_one_change_is_one_modified_event(pnw, node):
    parameters = wrapped(pnw, node, text=slicer.vtkMRMLTextNode | None, number=int)
    seen = []
    tag = parameters.AddObserver("ModifiedEvent", lambda *_: seen.append(parameters.number))
    parameters.number = 5
    parameters.RemoveObserver(tag)
    parameters.number = 6
    assert seen == [5]


def test_parameters_are_asked_by_name(pnw, node):
    parameters = wrapped(pnw, node, number=int)
    parameters.setValue("number", 8)
    assert parameters.getValue("number") == 8
    assert parameters.isCached("number")
    assert parameters.dataType("number") is int
    with pytest.raises(ValueError, match="Cannot find a param"):
        parameters.getValue("numbre")


def test_unknown_types_and_reserved_names_are_refused(pnw, node):
    with pytest.raises(TypeError, match="does not know"):
        wrapped(pnw, node, field=complex)
    with pytest.raises(ValueError, match="reserved"):
        wrapped(pnw, node, connectGui=int)


def test_a_disconnected_widget_no_longer_writes(pnw, node):
    import qt

    parameters, edit = wrapped(pnw, node, text=str), qt.QLineEdit()
    tag = parameters.connectParametersToGui({"text": edit})
    edit.text = "first"
    parameters.disconnectGui(tag)
    edit.text = "second"
    assert parameters.text == "first"


def test_a_slider_takes_the_range_of_its_parameter(pnw, node):
    import ctk

    kind = Annotated[float, pnw.WithinRange(-5, 5), pnw.Decimals(1), pnw.SingleStep(0.5)]
    parameters, slider = wrapped(pnw, node, value=kind), ctk.ctkSliderWidget()
    parameters.connectParametersToGui({"value": slider})
    assert (slider.minimum, slider.maximum) == (-5, 5)
    assert (slider.decimals, slider.singleStep) == (1, 0.5)
    with pytest.raises(RuntimeError, match="WithinRange"):
        wrapped(pnw, node, free=float).connectParametersToGui({"free": ctk.ctkSliderWidget()})


def test_a_widget_that_cannot_show_a_type_is_refused(pnw, node):
    import qt

    with pytest.raises(RuntimeError, match="Unable to connect"):
        wrapped(pnw, node, number=int).connectParametersToGui({"number": qt.QLineEdit()})
