"""Linear layers by oneDNN equal PyTorch's own, and PyTorch's own are taken where it has none."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from MedSAMLib.sam.engines import onednn

TOLERANCE = {torch.float32: 1e-5, torch.bfloat16: 2e-2}
TYPES = pytest.mark.parametrize("dtype", TOLERANCE)


def random(*shape: int, dtype: torch.dtype = torch.float32) -> torch.Tensor:
    generator = torch.Generator().manual_seed(sum(shape))
    return torch.randn(shape, generator=generator).to(dtype)


@TYPES
@pytest.mark.parametrize("has_bias", [True, False])
def test_a_layer_of_any_leading_shape_equals_pytorchs(dtype, has_bias):
    x, weight = random(2, 3, 5, 16, dtype=dtype), random(8, 16, dtype=dtype)
    bias = random(8, dtype=dtype) if has_bias else None
    limit = {"rtol": TOLERANCE[dtype], "atol": TOLERANCE[dtype]}
    expected = F.linear(x, weight, bias)
    torch.testing.assert_close(onednn.linear(x, weight, bias), expected, **limit)
    torch.testing.assert_close(onednn.linear_gelu(x, weight, bias), F.gelu(expected), **limit)


@TYPES
def test_rows_of_a_larger_matrix_are_taken_as_they_lie(dtype):
    x, weight = random(6, 48, dtype=dtype)[1:4, 16:32], random(8, 16, dtype=dtype)
    expected = F.linear(x.clone(), weight)
    torch.testing.assert_close(onednn.linear(x, weight), expected, rtol=2e-2, atol=1e-2)


def test_without_the_operators_pytorchs_own_are_taken(monkeypatch):
    monkeypatch.setattr(onednn, "_works", lambda dtype: False)
    x, weight = random(3, 16), random(8, 16)
    assert torch.equal(onednn.linear(x, weight), F.linear(x, weight))
    assert torch.equal(onednn.linear_gelu(x, weight), F.gelu(F.linear(x, weight)))


def test_an_operator_that_is_missing_or_wrong_is_noticed(monkeypatch):
    class Operators:
        def __init__(self, answer) -> None:
            self._linear_pointwise = answer

    def refused(*_):
        raise RuntimeError("unsupported")

    for operators in (object(), Operators(refused), Operators(lambda x, *_: x)):
        monkeypatch.setattr(torch.ops, "mkldnn", operators)
        assert not onednn._works.__wrapped__(torch.float32)
