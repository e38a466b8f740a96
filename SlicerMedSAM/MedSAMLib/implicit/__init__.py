"""I-MedSAM: masks finer than the pixel grid, with an uncertainty, from an implicit decoder."""

from __future__ import annotations

from ..lazy import lazy_names

_HOMES = {
    "ImplicitConfig": "config",
}
__all__ = list(_HOMES)
__getattr__ = lazy_names(__name__, _HOMES)


def __dir__() -> list[str]:
    return sorted(__all__)
