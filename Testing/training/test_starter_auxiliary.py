"""The embedding's own losses: objects unlike their surroundings, and the image in it."""

from __future__ import annotations

import torch

from training.starter.auxiliary import FEATURES, AuxiliaryHeads


def an_object(size: int = 32) -> torch.Tensor:
    targets = torch.zeros(1, 1, size, size)
    targets[..., 8:20, 8:20] = 1
    return targets


def test_an_object_unlike_its_surroundings_costs_less_than_one_like_them():
    heads = AuxiliaryHeads(8)
    targets = an_object()
    different = torch.zeros(1, FEATURES, 32, 32)
    different[:, 0], different[:, 1] = targets[:, 0], 1 - targets[:, 0]
    alike = torch.ones(1, FEATURES, 32, 32)
    assert heads.contrast(different, targets) < 0.1
    assert heads.contrast(alike, targets) > 0.7


def test_what_is_far_from_the_object_does_not_count():
    heads = AuxiliaryHeads(8)
    targets = torch.zeros(1, 1, 64, 64)
    targets[..., 4:10, 4:10] = 1
    near = torch.zeros(1, FEATURES, 64, 64)
    near[:, 0], near[:, 1] = targets[:, 0], 1 - targets[:, 0]
    far_alike = near.clone()
    far_alike[:, 0, 40:, 40:], far_alike[:, 1, 40:, 40:] = 1, 0
    torch.testing.assert_close(heads.contrast(far_alike, targets), heads.contrast(near, targets))


def test_a_constant_embedding_cannot_reconstruct_an_image():
    torch.manual_seed(0)
    heads = AuxiliaryHeads(8)
    images, targets = torch.randn(1, 3, 64, 64), an_object()
    embedding = torch.randn(1, 8, 8, 8, requires_grad=True)
    terms = heads(embedding, images, targets)
    sum(terms.values()).backward()
    assert set(terms) == {"reconstruction", "contrast"}
    assert embedding.grad.abs().sum() > 0
