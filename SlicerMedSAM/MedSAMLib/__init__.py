"""SlicerMedSAM's inference library: promptable segmentation of medical images.

    import MedSAMLib as medsam
    model = medsam.load_model("starter")
    masks = model.segment(model.embed(image), box=(10, 20, 60, 70))

Importing this package imports neither PyTorch nor anything else that is slow: each name is
loaded when it is first used.
"""

from __future__ import annotations

from .lazy import lazy_names

__version__ = "0.1.0"

_HOMES = {
    "MedSAMError": "errors",
    "UsageError": "errors",
    "Embedding": "sam",
    "Masks": "sam",
    "SamModel": "sam",
    "assess": "quality",
    "load_model": "sam",
    "geometry": "geometry",
    "images": "images",
    "implicit": "implicit",
    "metrics": "metrics",
    "prompts": "prompts",
    "quality": "quality",
    "sam": "sam",
}
__all__ = ["__version__", *_HOMES]
__getattr__ = lazy_names(__name__, _HOMES)


def __dir__() -> list[str]:
    return sorted(__all__)
