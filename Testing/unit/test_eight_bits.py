"""Large weights are kept in eight bits, group by group; the rest as it is."""

from __future__ import annotations

import torch

from MedSAMLib.sam.eight_bits import GROUP, LEAST, SCALE, packed, unpacked


def test_large_weights_come_back_within_half_a_step_of_their_group():
    torch.manual_seed(0)
    weight = torch.randn(64, LEAST // 32, 3, 3) * torch.logspace(-2, 2, 64)[:, None, None, None]
    kept = packed({"w": weight})
    assert kept["w"].dtype == torch.int8
    back = unpacked(kept)
    assert set(back) == {"w"}
    groups, error = (each.reshape(-1, GROUP).abs().amax(1) for each in (weight, back["w"] - weight))
    assert (error <= groups / 254 * 1.1).all()  # a tenth for the scale's own half precision


def test_small_weights_stay_as_they_are():
    tensors = {"small": torch.randn(4, 4).half(), "odd": torch.randn(LEAST + 1).half()}
    kept = packed(tensors)
    assert all(torch.equal(kept[name], tensors[name]) for name in tensors)
    assert all(torch.equal(unpacked(kept)[name], tensors[name]) for name in tensors)


def test_zeros_stay_zeros():
    weight = torch.zeros(2, LEAST)
    weight[0] = 1
    back = unpacked(packed({"w": weight}))["w"]
    torch.testing.assert_close(back, weight, atol=1e-3, rtol=0)
    assert not back[1].any()


def test_a_scale_that_fits_nothing_is_left_for_the_reader_to_refuse():
    tensors = {"w": torch.zeros(2, 32, dtype=torch.int8), "w" + SCALE: torch.ones(5)}
    assert set(unpacked(tensors)) == {"w", "w" + SCALE}
