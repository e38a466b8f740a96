"""Which mask answers for which reader: matching, groups, empty readers, the set's energy."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from MedSAMLib.metrics.ambiguity import ged
from training.seqsam.losses import (
    SMOOTH,
    chosen_masks,
    consensus_loss,
    dice_costs,
    energy_loss,
    groups,
    jaccard_distances,
    matched_loss,
    released_costs,
    released_groups,
    released_matched_loss,
    winner_loss,
)

SIDE = 12


def disc(radius: float, shift: int = 0) -> torch.Tensor:
    y, x = torch.meshgrid(torch.arange(SIDE), torch.arange(SIDE), indexing="ij")
    return (x - 5 - shift) ** 2 + (y - 5) ** 2 <= radius**2


def readers(*radii: float) -> torch.Tensor:
    """(1, K, s, s); a negative radius is an empty reader."""
    return torch.stack([disc(r) if r >= 0 else disc(0) & False for r in radii])[None]


def logits(count: int, seed: int = 0, images: int = 1) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    values = torch.randn(images, count, SIDE, SIDE, generator=generator, dtype=torch.float64)
    return values.requires_grad_()


def sure(masks: torch.Tensor) -> torch.Tensor:
    """Logits that are certain of these masks."""
    return torch.where(masks, 50.0, -50.0).double()


def hungarian(predicted: torch.Tensor, marked: torch.Tensor) -> torch.Tensor:
    return matched_loss(dice_costs(predicted, marked), marked.flatten(2).any(-1))


BOTH = pytest.mark.parametrize("loss", [hungarian, energy_loss])


def test_dice_cost_of_one_pixel_by_hand():
    """p = 1/2 everywhere on 2x2, y = one pixel: 1 - 2 (1/2) / (4/4 + 1)."""
    marked = torch.tensor([[[[True, False], [False, False]]]])
    cost = dice_costs(torch.zeros(1, 1, 2, 2), marked).item()
    assert cost == pytest.approx(1 - (1 + SMOOTH) / (2 + SMOOTH))


def test_the_cost_is_of_the_whole_image_and_the_released_one_is_not():
    """A small object: the released baselines' loss hardly tells nothing from all (1e.4)."""
    marked = readers(1)
    nothing, everything = sure(torch.zeros_like(marked)), sure(marked)
    assert dice_costs(nothing, marked).item() == pytest.approx(1, abs=1e-4)
    assert dice_costs(everything, marked).item() == pytest.approx(0, abs=1e-4)
    assert released_costs(nothing, marked).item() < 0.3
    assert released_costs(everything, marked).item() == pytest.approx(0, abs=1e-4)


def test_soft_iou_equals_iou_for_sure_masks_and_is_no_distance_between_equal_doubts():
    first, second = disc(3).double().flatten()[None, None], disc(4).double().flatten()[None, None]
    expected = 1 - (disc(3) & disc(4)).sum().item() / (disc(3) | disc(4)).sum().item()
    assert jaccard_distances(first, second).item() == pytest.approx(expected)
    doubt = torch.full((1, 1, 9), 0.5)
    assert jaccard_distances(doubt, doubt).item() == 0
    nothing = torch.zeros(1, 1, 9)
    assert jaccard_distances(nothing, nothing).item() == 0


def test_the_energy_loss_is_ged_without_the_readers_part():
    marked = readers(2, 3, 4, 4)
    predicted = readers(2, 4)
    among_readers = (1 - np.array(pairwise(marked[0], marked[0]))).mean()
    first, both = (ged(predicted[0, :m].numpy(), marked[0].numpy()) + among_readers for m in (1, 2))
    assert energy_loss(sure(predicted), marked).item() == pytest.approx((first + both) / 2)


def pairwise(first: torch.Tensor, second: torch.Tensor) -> list[list[float]]:
    return [[((a & b).sum() / (a | b).sum()).item() for b in second] for a in first]


@BOTH
@given(order=st.permutations(range(6)), marked=st.integers(1, 6), seed=st.integers(0, 99))
@settings(max_examples=15, deadline=None)
def test_permuting_readers_changes_nothing(loss, order, marked, seed):
    radii = [1 + 0.5 * k if k < marked else -1 for k in range(6)]
    first, second = readers(*radii), readers(*radii)[:, list(order)]
    predicted = logits(4, seed)
    ours, theirs = loss(predicted, first), loss(predicted, second)
    assert ours.item() == pytest.approx(theirs.item(), abs=1e-12)
    gradients = [torch.autograd.grad(value, predicted)[0] for value in (ours, theirs)]
    torch.testing.assert_close(*gradients, rtol=1e-9, atol=1e-12)


@BOTH
def test_an_empty_reader_counts_nowhere(loss):
    predicted = logits(4)
    with_empty, without = readers(2, -1, 4, -1), readers(2, 4)
    values = loss(predicted, with_empty), loss(predicted, without)
    assert values[0].item() == pytest.approx(values[1].item(), abs=1e-12)
    gradients = [torch.autograd.grad(value, predicted)[0] for value in values]
    torch.testing.assert_close(*gradients)


@BOTH
def test_an_image_that_nobody_marked_has_no_gradient(loss):
    predicted = logits(3)
    value = loss(predicted, readers(-1, -1))
    (gradient,) = torch.autograd.grad(value, predicted)
    assert value.item() == 0
    assert not gradient.any()


@BOTH
@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 6])
def test_one_to_six_readers(loss, count):
    value = loss(logits(4, images=2), readers(*range(1, count + 1)).repeat(2, 1, 1, 1))
    assert value.isfinite()
    assert value.item() > 0


def test_each_reader_gets_the_mask_that_is_cheapest_for_all_together():
    costs = torch.tensor([[[0.1, 0.2], [0.3, 0.9]]])  # the greedy choice 0.1 + 0.9 is dearer
    present = torch.ones(1, 2, dtype=torch.bool)
    assert matched_loss(costs, present).item() == pytest.approx((0.2 + 0.3) / 2)
    assert matched_loss(costs, present, "identity").item() == pytest.approx((0.1 + 0.9) / 2)


def test_more_readers_than_masks_leave_some_unmatched():
    costs = torch.tensor([[[0.5, 0.1, 0.9]]])
    assert matched_loss(costs, torch.ones(1, 3, dtype=torch.bool)).item() == pytest.approx(0.1)


def test_the_released_matching_silences_the_wrong_pair():
    """Reader 0 is empty; mask 0 goes with reader 1, whose pair is number 0 and silenced (1e.2)."""
    costs = torch.tensor([[[0.9, 0.2], [0.6, 0.9]]])
    present = torch.tensor([[False, True]])
    assert matched_loss(costs, present).item() == pytest.approx(0.2)
    assert released_matched_loss(costs, present).item() == pytest.approx(0.6 / 2)


@given(count=st.integers(1, 16), most=st.integers(1, 6))
@settings(max_examples=60, deadline=None)
def test_there_are_always_as_many_balanced_groups_as_readers(count, most):
    found = groups(count, most)
    assert len(found) == min(count, most)
    assert np.array_equal(np.concatenate(found), np.arange(count))
    sizes = [len(group) for group in found]
    assert max(sizes) - min(sizes) <= 1


def test_groups_of_the_papers_example():
    assert [len(group) for group in groups(10, 4)] == [3, 3, 2, 2]
    assert [len(group) for group in released_groups(10, 4)] == [3, 3, 3, 1]
    for count, most in ((5, 4), (6, 4), (9, 4), (4, 3)):
        with pytest.raises(ValueError, match="released form"):
            released_groups(count, most)


def test_one_mask_of_every_group_is_matched():
    rng = np.random.default_rng(0)
    drawn = np.array([chosen_masks(10, 4, "groups", rng) for _ in range(200)])
    assert [set(column) for column in drawn.T] == [{0, 1, 2}, {3, 4, 5}, {6, 7}, {8, 9}]
    assert chosen_masks(3, 4, "groups", rng).tolist() == [0, 1, 2]


def test_ablations_choose_otherwise():
    rng = np.random.default_rng(0)
    assert chosen_masks(10, 4, "sequential", rng).tolist() == [0, 1, 2, 3]
    drawn = [tuple(chosen_masks(10, 4, "random", rng)) for _ in range(50)]
    assert all(len(set(one)) == 4 for one in drawn)
    assert {index for one in drawn for index in one} == set(range(10))


def test_the_winner_takes_all():
    costs = torch.tensor([[[0.5, 0.1], [0.2, 0.9]], [[0.3, 0.4], [0.6, 0.8]]])
    loss, winners = winner_loss(costs, torch.tensor([0, 1]))
    assert loss.item() == pytest.approx((0.2 + 0.4) / 2)
    assert winners.tolist() == [1, 0]


def voted(*masks: str) -> torch.Tensor:
    """Logits (1, M, 1, 4) of masks that are written as their pixels, "1" or "0"."""
    return torch.tensor([[[[40.0 * (pixel == "1") - 20 for pixel in mask]] for mask in masks]])


def test_the_consensus_errs_by_what_a_tie_of_the_masks_adds():
    readers = voted("1100") > 0
    assert consensus_loss(voted("1100", "1100"), readers) == pytest.approx(0, abs=0.01)
    # The vote of the first is right, that of both has a third pixel of about 0.78.
    tied = consensus_loss(voted("1100", "1110"), readers)
    assert tied == pytest.approx(0.78 / 2.78 / 2, abs=0.02)
    outvoted = consensus_loss(voted("1100", "1100", "1110"), readers)
    assert outvoted < tied / 4


def test_the_consensus_of_masks_without_a_reader_costs_nothing():
    assert consensus_loss(voted("1100"), voted("0000") > 0) == 0
