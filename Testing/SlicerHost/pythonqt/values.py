"""How values cross between Qt and a script."""

from __future__ import annotations

import enum
from typing import Any


def to_script(value: Any) -> Any:
    """What a script gets: every list of Qt's is a tuple."""
    return tuple(value) if type(value) is list else value


def to_property(value: Any, type_name: str, property_name: str) -> Any:
    """What a property is set to: texts are made of anything, an int is never made of a float.

    Enumerations become integers, which Qt takes for any of them.
    """
    if type_name == "QString" and not isinstance(value, str):
        return str(value)
    if type_name == "int" and isinstance(value, float):
        raise refused(property_name, type_name, value)
    if isinstance(value, enum.IntEnum | enum.IntFlag):
        return int(value)
    return list(value) if type(value) is tuple else value


def refused(property_name: str, type_name: str, value: Any) -> ValueError:
    """The error that PythonQt raises for a value of the wrong type."""
    kind = type(value).__name__
    return ValueError(
        f"Property '{property_name}' of type '{type_name}' does not accept an object of type "
        f"{kind} ({value!r})"
    )
