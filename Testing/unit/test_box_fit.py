"""How a mask fills the drawn box moves the place where it is cut."""

from __future__ import annotations

import pytest
import torch

from MedSAMLib.sam.box_fit import CHOSEN, UNMOVED, BoxFit, box_overlap, cut_by_box

BOX = torch.tensor([[2.0, 2.0, 12.0, 12.0]])


def hill(sides: dict[float, tuple[int, int, int, int]]) -> torch.Tensor:
    """Logits (1, 1, 16, 16), -9 where nothing is said: of each value a rectangle x0 y0 x1 y1."""
    logits = torch.full((1, 1, 16, 16), -9.0)
    for value, (x0, y0, x1, y1) in sides.items():
        logits[..., y0:y1, x0:x1] = value
    return logits


def test_the_overlap_is_that_of_the_bounding_boxes():
    assert box_overlap(hill({9.0: (2, 2, 12, 12)}), BOX, 0).item() == pytest.approx(1, abs=0.02)
    assert box_overlap(hill({9.0: (2, 2, 12, 7)}), BOX, 0).item() == pytest.approx(0.5, abs=0.02)
    assert box_overlap(hill({9.0: (13, 13, 15, 15)}), BOX, 0).item() == 0


def test_an_empty_mask_overlaps_nothing():
    assert box_overlap(hill({}), BOX, 0).item() == 0


def test_the_overlap_is_measured_for_each_box_and_mask():
    logits = torch.cat([hill({9.0: (2, 2, 12, 12)}), hill({9.0: (2, 2, 12, 7)})])
    boxes = torch.tensor([[2.0, 2, 12, 12], [2.0, 2, 12, 7]])
    found = box_overlap(logits.expand(2, 3, 16, 16), boxes, 0)
    assert found.shape == (2, 3)
    assert (found > 0.9).all()


def test_a_box_that_the_mask_fills_moves_nothing():
    logits = hill({3.0: (2, 2, 12, 12)})
    assert torch.equal(cut_by_box(logits, BOX, 0, CHOSEN), logits)


def test_in_a_loose_box_the_unsure_rim_is_cut_off():
    logits = hill({1.0: (4, 4, 10, 10), 3.0: (5, 5, 9, 9)})
    cut = cut_by_box(logits, BOX, 0, CHOSEN)
    assert logits[0, 0, 6, 4] - cut[0, 0, 6, 4] == CHOSEN.raised
    assert (cut > 0).sum() == 16


def test_between_tight_and_loose_the_cut_rises_by_degrees():
    logits = hill({9.0: (2, 2, 12, 9)})  # overlaps by 0.7
    fit = BoxFit(filled=0.8, loose=0.6, raised=2.0)
    moved = (logits - cut_by_box(logits, BOX, 0, fit)).amax().item()
    filled = box_overlap(logits, BOX, 0).item()
    assert 0.6 < filled < 0.8
    assert moved == pytest.approx(2 * (0.8 - filled) / 0.2, abs=1e-5)


def test_the_unmoved_fit_leaves_logits_alone():
    logits = torch.randn(2, 3, 16, 16, generator=torch.Generator().manual_seed(0))
    assert torch.equal(cut_by_box(logits, BOX.expand(2, 4), 0, UNMOVED), logits)
