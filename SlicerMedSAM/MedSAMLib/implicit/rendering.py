"""From a field to a whole image at any resolution, coarse first, fine where it is uncertain.

The coarse network is asked at most on a grid of COARSE_SIDE positions a side, and read between
them; only what is then the most uncertain is asked again, at its exact position, of both
networks. So an image of 2048 x 2048 costs what its uncertain part costs (PointRend's way,
Kirillov 2020). Points go through the networks in chunks, so that memory is bounded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional

from .decoder import Answer, ImplicitDecoder, Question, Thinning
from .field import Field
from .positions import grid_positions
from .released_decoder import ReleasedDecoder
from .selection import most_uncertain, most_uncertain_of_each

COARSE_SIDE = 512
CHUNK_POINTS = 32_768
# Probabilities are interpolated as logits, so that contours stay between the right points.
LEAST_PROBABILITY = 1e-6

Progress = Callable[[int, int], None]
Chooser = Callable[[np.ndarray, float], np.ndarray]
Placed = Callable[[torch.Tensor], torch.Tensor]


@dataclass(frozen=True, eq=False)
class Rendered:
    """(H, W) of one object: probability and uncertainty float32 in 0..1, refined bool."""

    probability: np.ndarray
    uncertainty: np.ndarray
    refined: np.ndarray


@dataclass(frozen=True)
class RenderSettings:
    """How a field is read: the share refined, the samples, the class, and the work a chunk."""

    refine: float = 0.125
    samples: int = 8
    seed: int = 0
    category: int = 0
    chunk: int = CHUNK_POINTS
    coarse_side: int = COARSE_SIDE


@torch.inference_mode()
def render(
    decoder: ImplicitDecoder | ReleasedDecoder,
    field: Field,
    shape: tuple[int, int],
    settings: RenderSettings,
    progress: Progress | None = None,
    choose: Chooser = most_uncertain,
    placed: Placed | None = None,
) -> Rendered:
    """The mask of a field of one object in an output of `shape` (H, W).

    `progress(done, total)` is called after every chunk, in points; what it raises stops the work.
    `choose(uncertainty, share)` gives the points (N,) that are refined. `placed` tells where in the
    field's image the positions (N, 2) of an output are that does not cover it.
    """
    ask = _Asking(decoder, field, shape, settings, progress, placed)
    probability, uncertainty = ask.everywhere()
    chosen = ask.chosen(uncertainty, choose)
    refined = np.zeros(probability.size, dtype=bool)
    refined[chosen] = True
    for part, answer in ask.exactly(chosen):
        probability[part] = answer.probability[0].cpu().numpy()
        uncertainty[part] = answer.uncertainty[0].cpu().numpy()
    ask.finish()
    return Rendered(*(a.reshape(shape) for a in (probability, uncertainty, refined)))


class _Asking:
    """One rendering: the questions to the decoder and how far they are."""

    def __init__(self, decoder, field, shape, settings, progress, placed) -> None:
        self.decoder, self.field, self.shape, self.settings = decoder, field, shape, settings
        self.placed: Placed | None = placed
        self.device = field.logits.device
        generator = torch.Generator().manual_seed(settings.seed)
        self.thinning: Thinning | None = decoder.thinning(settings.samples, generator)
        self.classes = torch.tensor([settings.category], device=self.device)
        # The release codes positions by the output's own grid: no other grid will do.
        side = max(shape) if decoder.chooses_arbitrarily else settings.coarse_side
        scale = min(1.0, side / max(shape))
        self.coarse_shape = tuple(max(1, round(scale * size)) for size in shape)
        points = self.coarse_shape[0] * self.coarse_shape[1]
        refined = round(settings.refine * shape[0] * shape[1]) if decoder.refines else 0
        self.total = points + refined
        self.progress, self.done = progress, 0

    def everywhere(self) -> tuple[np.ndarray, np.ndarray]:
        """Coarse probability and uncertainty (H W,) of the whole output."""
        positions = grid_positions(self.coarse_shape, self.device)
        answers = [self._coarse(part) for part in positions.split(self.settings.chunk)]
        maps = [
            torch.cat([getattr(answer, name)[0] for answer in answers]).view(self.coarse_shape)
            for name in ("probability", "uncertainty")
        ]
        if self.coarse_shape == tuple(self.shape):
            return tuple(each.flatten().cpu().numpy().copy() for each in maps)
        logits = torch.logit(maps[0], eps=LEAST_PROBABILITY)
        probability = self._enlarged(logits).sigmoid_()
        return probability.numpy(), self._enlarged(maps[1]).numpy()

    def chosen(self, uncertainty: np.ndarray, choose: Chooser) -> np.ndarray:
        """Indices of the points that are refined."""
        share = self.settings.refine
        if not share or not self.decoder.refines:
            return np.zeros(0, dtype=np.int64)
        if self.decoder.chooses_arbitrarily:
            return most_uncertain_of_each(torch.from_numpy(uncertainty)[None], share)[0].numpy()
        return choose(uncertainty, share)

    def exactly(self, chosen: np.ndarray) -> Iterator[tuple[np.ndarray, Answer]]:
        """The refined answers at the chosen points, chunk by chunk."""
        for start in range(0, len(chosen), self.settings.chunk):
            part = chosen[start : start + self.settings.chunk]
            question = self._question(_positions_of(part, self.shape).to(self.device))
            coarse = self.decoder.coarse(self.field, question, self.thinning)
            yield part, self.decoder.fine(self.field, question, coarse, self.thinning)
            self._tell(len(part))

    def finish(self) -> None:
        """Fewer points than foreseen may have been uncertain: the work is over all the same."""
        self._tell(self.total - self.done)

    def _coarse(self, positions: torch.Tensor) -> Answer:
        answer = self.decoder.coarse(self.field, self._question(positions), self.thinning)
        self._tell(len(positions))
        return Answer(answer.logits, answer.probability, answer.uncertainty)  # features dropped

    def _question(self, positions: torch.Tensor) -> Question:
        placed = self.placed(positions) if self.placed else positions
        return Question(placed[None], self.shape, self.classes)

    def _enlarged(self, values: torch.Tensor) -> torch.Tensor:
        large = functional.interpolate(values.cpu()[None, None], self.shape, mode="bilinear")
        return large.flatten()

    def _tell(self, points: int) -> None:
        self.done += points
        if self.progress is not None:
            self.progress(min(self.done, self.total), self.total)


def _positions_of(index: np.ndarray, shape: tuple[int, int]) -> torch.Tensor:
    """Positions (N, 2) of pixels by their flat index in an image of `shape` (H, W)."""
    rows, columns = np.divmod(index, shape[1])
    x, y = (columns + 0.5) / shape[1], (rows + 0.5) / shape[0]
    return torch.from_numpy(np.stack([x, y], axis=-1).astype(np.float32))
