"""The one door to the `segment_anything` package.

The code is Meta's (Apache-2.0, github.com/facebookresearch/segment-anything), but the package
`segment-anything` 1.0 on PyPI was uploaded by a third party, not by Meta. It is compared with
what is used here when it is imported, so that another package of that name is noticed at once.
"""

from __future__ import annotations

from ..errors import MedSAMError
from .torchvision_operators import import_torchvision

_HOW_TO_GET_IT = "Install it with: pip install segment-anything"

try:
    import_torchvision()
    from segment_anything import sam_model_registry
    from segment_anything.modeling import (
        ImageEncoderViT,
        MaskDecoder,
        PromptEncoder,
        Sam,
        TwoWayTransformer,
    )
    from segment_anything.modeling.common import LayerNorm2d
    from segment_anything.modeling.image_encoder import (
        get_rel_pos,
        window_partition,
        window_unpartition,
    )
    from segment_anything.utils.transforms import ResizeLongestSide
except ModuleNotFoundError as error:
    raise MedSAMError(f"The Python package {error.name} is missing. {_HOW_TO_GET_IT}") from error
except ImportError as error:
    raise MedSAMError(
        f"The installed segment_anything is not Meta's Segment Anything: {error}. {_HOW_TO_GET_IT}"
    ) from error

_USED = {
    Sam: ("preprocess", "postprocess_masks", "mask_threshold"),
    PromptEncoder: ("get_dense_pe", "forward"),
    MaskDecoder: ("predict_masks", "forward"),
    ResizeLongestSide: ("apply_image", "apply_coords", "apply_boxes", "get_preprocess_shape"),
}


def check_package() -> None:
    """Raise MedSAMError unless the installed package has what SlicerMedSAM uses of it."""
    missing = [
        f"{cls.__name__}.{name}"
        for cls, names in _USED.items()
        for name in names
        if not hasattr(cls, name)
    ]
    missing += [name for name in ("vit_b", "vit_l", "vit_h") if name not in sam_model_registry]
    if missing:
        raise MedSAMError(
            "The installed segment_anything is not Meta's Segment Anything: it lacks "
            f"{', '.join(missing)}. {_HOW_TO_GET_IT}"
        )


check_package()

__all__ = [
    "ImageEncoderViT",
    "LayerNorm2d",
    "MaskDecoder",
    "PromptEncoder",
    "ResizeLongestSide",
    "Sam",
    "TwoWayTransformer",
    "check_package",
    "get_rel_pos",
    "sam_model_registry",
    "window_partition",
    "window_unpartition",
]
