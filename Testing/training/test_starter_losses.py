"""Losses of the starter: what is right costs nothing, whatever the object's size."""

from __future__ import annotations

import pytest
import torch

from training.starter.losses import mask_loss, starter_loss, true_iou


def square(side: int, size: int = 64) -> torch.Tensor:
    target = torch.zeros(size, size)
    target[:side, :side] = 1
    return target


def confident(target: torch.Tensor) -> torch.Tensor:
    return 40 * (target - 0.5)


@pytest.mark.parametrize("side", [4, 12, 40])
def test_the_true_mask_costs_nothing_and_nothing_costs_at_least_one_half(side):
    target = square(side)
    assert mask_loss(confident(target), target) < 1e-3
    assert mask_loss(confident(torch.zeros_like(target)), target) > 0.5


def test_iou_of_half_an_object_is_one_half():
    half = square(10).clone()
    half[:5] = 0
    assert true_iou(confident(half), square(10)).item() == 0.5


def test_only_the_best_of_the_three_alternatives_counts_much():
    target = square(10)[None]
    wrong = confident(torch.zeros(64, 64))
    logits = torch.stack([wrong, wrong, confident(target[0]), wrong])[None]
    terms = starter_loss(logits, torch.tensor([[0.0, 0.0, 1.0, 0.0]]), target)
    assert terms["single"] > 1
    assert terms["best_of_three"] < 0.3 * terms["single"]
    assert terms["quality"] == 0
