"""How values of a type are kept in a parameter node: texts and node references, as in Slicer."""

from __future__ import annotations

import enum
import pathlib
import types
import typing
from typing import Any

import slicer

from .annotations import FloatRange, Validator, split


class Serializer:
    """Keeps a value as a text."""

    def __init__(self, kind: type, accepted: tuple[type, ...] | None = None) -> None:
        self.kind, self.accepted = kind, accepted or (kind,)

    def default(self) -> Any:
        """The value of a parameter without a default of its own."""
        return self.kind()

    def validate(self, value: Any) -> None:
        """TypeError where the value is of another type."""
        if not isinstance(value, self.accepted):
            name = getattr(self.kind, "__name__", str(self.kind))
            raise TypeError(f"expected {name}, got {type(value).__name__} ({value!r})")

    def is_in(self, node: Any, name: str) -> bool:
        """Whether the node has the parameter."""
        return bool(node.HasParameter(name))

    def write(self, node: Any, name: str, value: Any) -> None:
        """Keep a validated value."""
        node.SetParameter(name, self._to_text(value))

    def read(self, node: Any, name: str) -> Any:
        """The value that the node keeps."""
        return self._from_text(node.GetParameter(name))

    def remove(self, node: Any, name: str) -> None:
        """Forget the parameter."""
        node.UnsetParameter(name)

    def _to_text(self, value: Any) -> str:
        return str(value)

    def _from_text(self, text: str) -> Any:
        return self.kind(text)


class BoolSerializer(Serializer):
    """`True` or `False`."""

    def _from_text(self, text: str) -> bool:
        return text == "True"


class EnumSerializer(Serializer):
    """The name of a member."""

    def default(self) -> enum.Enum:
        return next(iter(self.kind))

    def _to_text(self, value: enum.Enum) -> str:
        return value.name

    def _from_text(self, text: str) -> enum.Enum:
        return self.kind[text]


class RangeSerializer(Serializer):
    """Two parameters, `<name>.minimum` and `<name>.maximum`."""

    def is_in(self, node: Any, name: str) -> bool:
        return bool(node.HasParameter(f"{name}.minimum"))

    def write(self, node: Any, name: str, value: FloatRange) -> None:
        node.SetParameter(f"{name}.minimum", str(value.minimum))
        node.SetParameter(f"{name}.maximum", str(value.maximum))

    def read(self, node: Any, name: str) -> FloatRange:
        ends = (float(node.GetParameter(f"{name}.{end}")) for end in ("minimum", "maximum"))
        return FloatRange(*ends)

    def remove(self, node: Any, name: str) -> None:
        for end in ("minimum", "maximum"):
            node.UnsetParameter(f"{name}.{end}")


class NodeSerializer(Serializer):
    """A node reference, with an empty parameter that tells None from unknown."""

    def default(self) -> None:
        return None

    def validate(self, value: Any) -> None:
        if value is not None:
            super().validate(value)

    def write(self, node: Any, name: str, value: Any) -> None:
        node.SetParameter(name, "")
        node.SetNodeReferenceID(name, value.GetID() if value is not None else None)

    def read(self, node: Any, name: str) -> Any:
        return node.GetNodeReference(name)

    def remove(self, node: Any, name: str) -> None:
        super().remove(node, name)
        node.RemoveNodeReferenceIDs(name)


class OptionalSerializer(Serializer):
    """A value under `<name>.0`, or None under `<name>.1`."""

    def __init__(self, inner: Serializer) -> None:
        super().__init__(inner.kind)
        self._inner = inner

    def default(self) -> None:
        return None

    def validate(self, value: Any) -> None:
        if value is not None:
            self._inner.validate(value)

    def is_in(self, node: Any, name: str) -> bool:
        return self._inner.is_in(node, f"{name}.0") or bool(node.HasParameter(f"{name}.1"))

    def write(self, node: Any, name: str, value: Any) -> None:
        self.remove(node, name)
        if value is None:
            node.SetParameter(f"{name}.1", "True")
        else:
            self._inner.write(node, f"{name}.0", value)

    def read(self, node: Any, name: str) -> Any:
        return None if node.HasParameter(f"{name}.1") else self._inner.read(node, f"{name}.0")

    def remove(self, node: Any, name: str) -> None:
        self._inner.remove(node, f"{name}.0")
        node.UnsetParameter(f"{name}.1")


class ValidatingSerializer:
    """A serializer that first asks the validators of the annotation."""

    def __init__(self, inner: Serializer, validators: list[Validator]) -> None:
        self.inner, self._validators = inner, validators

    def write(self, node: Any, name: str, value: Any) -> None:
        """Keep a value; TypeError or ValueError where it is not allowed."""
        self.inner.validate(value)
        for validator in self._validators:
            validator.validate(value)
        self.inner.write(node, name, value)


def serializer_for(kind: Any) -> Serializer:
    """The serializer of a type without annotations; TypeError where the host has none."""
    if typing.get_origin(kind) in (typing.Union, types.UnionType):
        return _optional(kind)
    if kind is bool:
        return BoolSerializer(bool)
    if kind is float:
        return Serializer(float, (int, float))
    if kind in (int, str, pathlib.Path):
        return Serializer(kind, (kind, pathlib.PurePath) if kind is pathlib.Path else None)
    if kind is FloatRange:
        return RangeSerializer(kind)
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return EnumSerializer(kind)
    if isinstance(kind, type) and issubclass(kind, slicer.vtkMRMLNode):
        return NodeSerializer(kind)
    raise TypeError(f"the host's parameter node wrapper does not know the type {kind}")


def _optional(union: Any) -> Serializer:
    kinds = [kind for kind in typing.get_args(union) if kind is not type(None)]
    if len(kinds) != 1 or len(kinds) == len(typing.get_args(union)):
        raise TypeError(f"the host's parameter node wrapper knows no union but 'X | None': {union}")
    return OptionalSerializer(serializer_for(split(kinds[0])[0]))
