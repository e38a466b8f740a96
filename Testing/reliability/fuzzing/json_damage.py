"""JSON with values replaced or left out, nested too deeply, or damaged as bytes."""

from __future__ import annotations

import json
import math

from hypothesis import strategies as st

from .damage import damaged


def _text(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


_VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from([0, -1, 1, 3, 10**6, 10**12, 2**70, 0.5, 1e308, math.nan, math.inf]),
    st.sampled_from(["", "a", "\0", "auto", "nan", "<b>", "\ud800"]),
    st.just([]),
    st.just({}),
    st.just([[1, 2], [3]]),
    st.just({"a": 1}),
)


def _replaced(value: object, path: tuple, new: object) -> object:
    if not path:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    if new is KeyError and len(path) == 1:
        del copy[path[0]]
    else:
        copy[path[0]] = _replaced(value[path[0]], path[1:], new)
    return copy


def damaged_json(text: str) -> st.SearchStrategy[bytes]:
    """JSON with values replaced or left out, nested too deep, or damaged as bytes."""
    value = json.loads(text)
    places = [place for place in _places_of(value) if place]

    @st.composite
    def edited(draw) -> bytes:
        changed = value
        for _ in range(draw(st.integers(1, 3))):
            place = draw(st.sampled_from(places))
            new = draw(st.one_of(_VALUES, st.just(KeyError)))
            try:
                changed = _replaced(changed, place, new)
            except (KeyError, IndexError, TypeError):  # gone with an earlier edit
                continue
        return _text(json.dumps(changed))

    deep = st.sampled_from([b"[" * 100_000, b'{"a":' * 100_000, _text("[" * 50 + "]" * 50)])
    other = _VALUES.map(lambda each: _text(json.dumps(each)))
    return st.one_of(edited(), edited(), damaged(_text(text)), deep, other)


def _places_of(value: object) -> list[tuple]:
    if isinstance(value, dict):
        pairs = value.items()
    elif isinstance(value, list):
        pairs = enumerate(value)
    else:
        return [()]
    return [(), *((key, *rest) for key, each in pairs for rest in _places_of(each))]
