"""JSON that came from elsewhere: a file, a saved scene, the header of a checkpoint."""

from __future__ import annotations

import json
from typing import Any

# Of the networks that there are, no width or side is larger, and no list of them longer.
_LARGEST = 2048
_MOST_PARTS = 32


def parsed(text: str) -> Any:
    """The value of a JSON text; ValueError for every other text, nested too deeply included."""
    try:
        return json.loads(text)
    except RecursionError as error:
        raise ValueError("The text is nested too deeply.") from error


def shape_of_network(text: str) -> dict[str, Any]:
    """The JSON object that describes a network; ValueError for none, and for absurd sizes.

    A network is built, and its memory taken, before the weights show that it was never one.
    """
    values = parsed(text)
    if not isinstance(values, dict):
        raise ValueError("The text is no JSON object.")
    for value in values.values():
        parts = value if isinstance(value, list) else [value]
        numbers = [part for part in parts if isinstance(part, (int, float))]
        if len(parts) > _MOST_PARTS or not all(abs(number) <= _LARGEST for number in numbers):
            raise ValueError("A size is absurd.")
    return values
