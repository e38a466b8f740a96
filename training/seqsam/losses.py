"""How far masks are from readers' masks, and which mask answers for which reader.

SeqSAM (Towle 2025), spec/papers.md section 1a, mended as its section 1e says. B images, M logits
(B, M, h, w) and K readers (B, K, h, w) bool; a reader whose mask is empty counts nowhere.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from scipy.optimize import linear_sum_assignment

SMOOTH = 1e-5
# A tie is a vote of 0.78; three of eight masks are one of 0.33, one of four is one of 0.06.
VOTE_STEEPNESS, VOTE_AT = 16.0, 0.42


def dice_costs(logits: torch.Tensor, readers: torch.Tensor) -> torch.Tensor:
    """Soft Dice loss with squared denominators over the whole image, each with each: (B, M, K)."""
    p, y = logits.sigmoid().flatten(2), readers.flatten(2).to(logits.dtype)
    overlap = torch.einsum("bmp,bkp->bmk", p, y)
    total = p.square().sum(-1)[:, :, None] + y.sum(-1)[:, None]
    return 1 - (2 * overlap + SMOOTH) / (total + SMOOTH)


def released_costs(logits: torch.Tensor, readers: torch.Tensor) -> torch.Tensor:
    """The released baselines' loss, (B, M, K): a Dice of every row, averaged (section 1e.4).

    Rows without object count as found, so that small objects hardly matter.
    """
    p, y = logits.sigmoid(), readers.to(logits.dtype)
    overlap = torch.einsum("bmhw,bkhw->bmkh", p, y)
    total = p.square().sum(-1)[:, :, None] + y.sum(-1)[:, None]
    return (1 - (2 * overlap + SMOOTH) / (total + SMOOTH)).mean(-1)


def jaccard_distances(first: torch.Tensor, second: torch.Tensor) -> torch.Tensor:
    """Soft 1 - IoU of probabilities (B, M, P) and (B, K, P), each with each: (B, M, K).

    |p - q| in place of products (Wang et al., Jaccard Metric Losses, 2023): it is 0 for equal
    masks that are not sure, so that a set gains nothing by being unsure.
    """
    apart = (first[:, :, None] - second[:, None]).abs().sum(-1)
    total = first.sum(-1)[:, :, None] + second.sum(-1)[:, None] + apart
    return 2 * apart / total.clamp(min=SMOOTH)


def energy_loss(logits: torch.Tensor, readers: torch.Tensor) -> torch.Tensor:
    """Energy distance of the first m masks to the readers, averaged over m = 1..M and images.

    GED's own form, 2 E d(s, y) - E d(s, s'), with a soft IoU, without the part that is the
    readers' own. Each prefix is a set of its own, so that any number of masks is good, and the
    first mask by itself is the best single one.
    """
    present = readers.flatten(2).any(-1)
    p, y = logits.sigmoid().flatten(2), readers.flatten(2).to(logits.dtype)
    to_readers = (jaccard_distances(p, y) * present[:, None]).sum(-1)
    to_readers = to_readers / present.sum(-1, keepdim=True).clamp(min=1)
    among = jaccard_distances(p, p)
    sizes = torch.arange(1, logits.shape[1] + 1, device=logits.device)
    spread = among.cumsum(1).cumsum(2).diagonal(dim1=1, dim2=2) / sizes.square()
    per_prefix = 2 * to_readers.cumsum(1) / sizes - spread
    return (per_prefix.mean(1) * present.any(-1)).mean()


def consensus_loss(logits: torch.Tensor, readers: torch.Tensor) -> torch.Tensor:
    """Soft 1 - IoU of the majority vote of the first m masks with the readers, over m = 1..M.

    What the vote is worth (D_avg): the energy alone spreads the masks around the readers, but does
    not care whether their middle is where the readers' middle is. The vote is a steep function of
    the mean, steep below one half, as a tie counts as foreground.
    """
    present = readers.flatten(2).any(-1)
    p, y = logits.sigmoid().flatten(2), readers.flatten(2).to(logits.dtype)
    sizes = torch.arange(1, logits.shape[1] + 1, device=logits.device)
    votes = (VOTE_STEEPNESS * (p.cumsum(1) / sizes[:, None] - VOTE_AT)).sigmoid()
    apart = (jaccard_distances(votes, y) * present[:, None]).sum(-1)
    apart = apart / present.sum(-1, keepdim=True).clamp(min=1)
    return (apart.mean(1) * present.any(-1)).mean()


def groups(count: int, readers: int) -> list[np.ndarray]:
    """The indices of `count` masks, in order, in as many groups as there are readers.

    Sizes differ by one at most. With fewer masks than readers each is a group of its own.
    """
    return np.array_split(np.arange(count), min(count, readers))


def released_groups(count: int, readers: int) -> list[np.ndarray]:
    """Groups of ceil(M / K), fewer than K for some M: then ValueError (section 1e.3)."""
    size = -(-count // readers)
    found = [np.arange(start, min(start + size, count)) for start in range(0, count, size)]
    if count >= readers and len(found) != readers:
        raise ValueError(f"The released form cannot train {count} masks with {readers} readers.")
    return found


def chosen_masks(
    count: int, readers: int, selection: str, rng: np.random.Generator, compat: bool = False
) -> np.ndarray:
    """Indices of the masks that get a loss, one for each reader; the same for the whole batch."""
    if count <= readers:
        return np.arange(count)
    if selection == "sequential":
        return np.arange(readers)
    if selection == "random":
        return rng.permutation(count)[:readers]
    split = released_groups if compat else groups
    return np.array([rng.choice(group) for group in split(count, readers)])


def matched_loss(
    costs: torch.Tensor, present: torch.Tensor, matching: str = "hungarian"
) -> torch.Tensor:
    """Mean cost of the matched pairs of each image, averaged over the images.

    `costs` (B, M, K), `present` (B, K) bool: the readers who marked something. Each of them is
    matched with one mask of its own, the whole as cheaply as possible (SciPy). With "identity"
    (ablation) the first of them goes with the first mask.
    """
    losses = []
    for image, marked in zip(costs, present, strict=True):
        columns = torch.nonzero(marked)[:, 0]
        if not len(columns):
            continue
        own = image[:, columns]
        rows, found = _pairs(own, matching)
        losses.append(own[rows, found].mean())
    return torch.stack(losses).mean() if losses else costs.sum() * 0


def released_matched_loss(
    costs: torch.Tensor, present: torch.Tensor, matching: str = "hungarian"
) -> torch.Tensor:
    """The released form, which silences by mask instead of by reader (section 1e.2).

    Empty readers are matched like others; pair number i is then multiplied by whether reader
    number i marked something. Summed over the batch, divided by K.
    """
    total = costs.sum() * 0
    for image, marked in zip(costs, present, strict=True):
        rows, columns = _pairs(image, matching)
        total = total + (image[rows, columns] * marked[: len(rows)]).sum()
    return total / costs.shape[-1]


def _pairs(costs: torch.Tensor, matching: str) -> tuple[Sequence[int], Sequence[int]]:
    if matching == "identity":
        index = np.arange(min(costs.shape))
        return index, index
    return linear_sum_assignment(costs.detach().double().cpu().numpy())


def winner_loss(costs: torch.Tensor, reader: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Multiple choice learning: the cheapest of M masks for one reader (B,) an image.

    Returns the mean over the images and which mask won, (B,).
    """
    own = costs[torch.arange(len(costs)), :, reader]
    return own.min(dim=1).values.mean(), own.argmin(dim=1)
