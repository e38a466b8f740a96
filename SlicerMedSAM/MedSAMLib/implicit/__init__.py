"""I-MedSAM: masks finer than the pixel grid, with an uncertainty, from an implicit decoder."""

from __future__ import annotations

from ..lazy import lazy_names

_HOMES = {
    "ImplicitConfig": "config",
    "ImplicitHead": "heads",
    "find_head": "heads",
    "head_of": "heads",
    "load_head": "heads",
    "save_head": "heads",
    "embed": "embedding",
    "Upsampled": "upsampling",
    "upsample": "upsampling",
    "needed_bytes": "memory",
    "FineGrid": "grids",
    "fine_grid": "grids",
    "Sampling": "slice_logits",
    "UpsampledObject": "volume_upsampling",
    "upsample_object": "volume_upsampling",
    "upsample_objects": "several",
    "upsample_prompted": "prompted",
    "BASELINES": "comparison",
    "Comparison": "comparison",
    "baseline": "comparison",
    "compare": "comparison",
}
__all__ = list(_HOMES)
__getattr__ = lazy_names(__name__, _HOMES)


def __dir__() -> list[str]:
    return sorted(__all__)
