"""What a module can say about a parameter by `Annotated[type, ...]`."""

from __future__ import annotations

import typing
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


class Validator:
    """Base of annotations that refuse values with ValueError."""

    def validate(self, value: Any) -> None:
        """Raise ValueError for a value that is not allowed."""
        raise NotImplementedError


@dataclass(frozen=True)
class NotNone(Validator):
    """The parameter must have a value."""

    def validate(self, value: Any) -> None:
        if value is None:
            raise ValueError("Value must not be None")


@dataclass(frozen=True)
class WithinRange(Validator):
    """Both ends are allowed."""

    minimum: float
    maximum: float

    def validate(self, value: Any) -> None:
        if not self.minimum <= value <= self.maximum:
            raise ValueError(f"{value} is not within [{self.minimum}, {self.maximum}]")


@dataclass(frozen=True)
class Minimum(Validator):
    """The least value allowed."""

    minimum: float

    def validate(self, value: Any) -> None:
        if value < self.minimum:
            raise ValueError(f"{value} is less than {self.minimum}")


@dataclass(frozen=True)
class Maximum(Validator):
    """The greatest value allowed."""

    maximum: float

    def validate(self, value: Any) -> None:
        if value > self.maximum:
            raise ValueError(f"{value} is greater than {self.maximum}")


@dataclass(frozen=True)
class Choice(Validator):
    """The values allowed, in the order of a combo box."""

    choices: typing.Sequence

    def validate(self, value: Any) -> None:
        if value not in self.choices:
            raise ValueError(f"{value!r} is none of {list(self.choices)}")


@dataclass(frozen=True)
class RangeBounds(Validator):
    """Where the ends of a FloatRange may lie."""

    minimum: float
    maximum: float

    def validate(self, value: Any) -> None:
        if not (self.minimum <= value.minimum and value.maximum <= self.maximum):
            raise ValueError(f"{value} is not within [{self.minimum}, {self.maximum}]")


@dataclass(frozen=True)
class Decimals:
    """Digits that a slider or a spin box shows."""

    value: int


@dataclass(frozen=True)
class SingleStep:
    """Step of a slider or a spin box."""

    value: float


class Default:
    """The value of a new parameter, or a function that makes it."""

    def __init__(self, value: Any = None, *, generator: Callable[[], Any] | None = None) -> None:
        self._value, self._generator = value, generator

    @property
    def value(self) -> Any:
        """The default value; made anew by a generator."""
        return self._generator() if self._generator else self._value


@dataclass(frozen=True)
class FloatRange:
    """Two numbers in order; in the application it can be changed in place, here it cannot."""

    minimum: float = 0.0
    maximum: float = 0.0

    def __post_init__(self) -> None:
        if not self.minimum <= self.maximum:
            raise ValueError(f"minimum {self.minimum} is above maximum {self.maximum}")


def split(annotated: Any) -> tuple[Any, list[Any]]:
    """`Annotated[int, a, b]` -> int and [a, b]; any other type and an empty list."""
    if typing.get_origin(annotated) is typing.Annotated:
        kind, *annotations = typing.get_args(annotated)
        return kind, annotations
    return annotated, []


def first(annotations: list[Any], kind: type) -> Any:
    """The first annotation of a kind, or None."""
    return next((a for a in annotations if isinstance(a, kind)), None)
