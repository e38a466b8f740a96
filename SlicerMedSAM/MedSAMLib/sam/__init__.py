"""Backbones: catalogue, model folder, safe loading, embedding cache and predictor."""

from __future__ import annotations

from ..lazy import lazy_names

_HOMES = {
    "CATALOGUE": "catalogue",
    "ModelEntry": "catalogue",
    "find_entry": "catalogue",
    "DownloadCancelled": "downloading",
    "Store": "store",
    "ModelState": "store",
    "default_folder": "store",
    "EmbeddingCache": "cache",
    "load_model": "models",
    "Embedding": "predictor",
    "Masks": "predictor",
    "SamModel": "predictor",
    "choose_device": "device",
}
__all__ = list(_HOMES)
__getattr__ = lazy_names(__name__, _HOMES)


def __dir__() -> list[str]:
    return sorted(__all__)
