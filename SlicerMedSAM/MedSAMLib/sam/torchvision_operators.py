"""Import torchvision where its compiled operators do not load.

A CPU build of PyTorch often comes with a torchvision that was compiled for another one. Its
operators are then missing, and the mere import of torchvision fails although SAM uses none of
them. Declaring the two schemas that torchvision looks up at import is enough.
"""

from __future__ import annotations

import logging

NON_MAXIMUM_SUPPRESSION = {
    "nms": "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms": "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
}

_declared = None  # torch.library forgets a declaration when its Library object dies


def import_torchvision() -> None:
    """Make `import torchvision` work, declaring its operators only if the plain import fails.

    Raises ImportError if torchvision or PyTorch is not installed.
    """
    try:
        import torchvision
    except RuntimeError as error:
        if "torchvision::" not in str(error):
            raise
        logging.getLogger(__name__).debug("torchvision's operators are declared: %s", error)
        _declare_missing_operators()
        import torchvision  # noqa: F401


def _declare_missing_operators() -> None:
    global _declared
    import torch

    _declared = torch.library.Library("torchvision", "FRAGMENT")
    for name, schema in NON_MAXIMUM_SUPPRESSION.items():
        if not hasattr(torch.ops.torchvision, name):
            _declared.define(name + schema)
