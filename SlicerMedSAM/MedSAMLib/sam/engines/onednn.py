"""Linear layers by oneDNN, which PyTorch otherwise takes for convolutions and bfloat16 only.

PyTorch multiplies float32 matrices by MKL, which is slow on processors that are not Intel's, and
applies an activation in a pass of its own. The operators are PyTorch's own, made for its compiler;
where there are none, on Apple's processors say, PyTorch's ordinary ones give the same numbers.
"""

from __future__ import annotations

from functools import cache

import torch
import torch.nn.functional as F


def linear(x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None = None) -> torch.Tensor:
    """`F.linear`: (..., n) by a weight (m, n) -> (..., m)."""
    if not _takes(x):
        return F.linear(x, weight, bias)
    return torch.ops.mkldnn._linear_pointwise(x, weight, bias, "none", [], "")


def linear_gelu(
    x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None = None
) -> torch.Tensor:
    """`F.gelu(F.linear(...))`, in one pass."""
    if not _takes(x):
        return F.gelu(F.linear(x, weight, bias))
    return torch.ops.mkldnn._linear_pointwise(x, weight, bias, "gelu", [], "none")


def _takes(x: torch.Tensor) -> bool:
    return x.device.type == "cpu" and _works(x.dtype)


@cache
@torch.inference_mode()
def _works(dtype: torch.dtype) -> bool:
    """Whether the operator is there and, on numbers that are exact in any type, right."""
    x, weight, bias = (
        torch.eye(2, dtype=dtype),
        torch.tensor([[1.0, 2.0], [4.0, 8.0]]),
        torch.ones(2),
    )
    try:
        found = torch.ops.mkldnn._linear_pointwise(
            x, weight.to(dtype), bias.to(dtype), "none", [], ""
        )
    except (AttributeError, RuntimeError):
        return False
    return torch.equal(found.float(), weight.t() + 1)
