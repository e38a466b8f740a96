"""A mask finer than the pixels of its image, with where it is uncertain and where it was refined.

With an implicit head the network itself is asked at every position of the finer grid (I-MedSAM,
papers.md section 2); without one the discrete decoder's logits are interpolated, which
`Upsampled.method` tells.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from ..errors import UsageError
from ..sam.closer_look import Prompted
from ..sam.closer_masks import looks_closer, nearer
from ..sam.embedding import Embedding
from ..sam.predictor import SamModel
from ..sam.prompt_tensors import NetworkFrame, PromptTensors, prompt_tensors
from .decoder import ImplicitDecoder
from .discrete_decoder import DiscreteDecoder
from .embedding import adapted, network_input
from .field import Field
from .heads import ImplicitHead, head_of
from .memory import check_memory
from .output_part import OutputPart, output_part
from .released_decoder import ReleasedDecoder
from .rendering import Rendered, RenderSettings, render

MAX_SIDE = 1 << 16
# Above it a pixel belongs to the mask; where the backbone has a threshold of its own, it is here.
THRESHOLD = 0.5


@dataclass(frozen=True, eq=False)
class Upsampled:
    """One object at the asked resolution; of a batch of B prompts every array has B first.

    Attributes:
        mask: (H2, W2) bool.
        probability: (H2, W2) float32, of belonging to the object.
        uncertainty: (H2, W2) float32, 0 sure to 1.
        refined: (H2, W2) bool, where the fine network was asked.
        method: "implicit", or "interpolated" where the model has no implicit head.
    """

    mask: np.ndarray
    probability: np.ndarray
    uncertainty: np.ndarray
    refined: np.ndarray
    method: str


def upsample(
    model: SamModel,
    embedding: Embedding,
    box: np.ndarray | None = None,
    points: np.ndarray | None = None,
    labels: np.ndarray | None = None,
    mask: np.ndarray | None = None,
    shape: tuple[int, int] | None = None,
    scale: float | None = None,
    refine: float = 0.125,
    samples: int = 8,
    seed: int = 0,
    category: int = 0,
    head: ImplicitHead | None = None,
    progress: Callable[[int, int], None] | None = None,
    checkpoint: Callable[[], None] | None = None,
) -> Upsampled:
    """The mask for the prompts of `SamModel.segment` at any resolution.

    Args:
        shape: (H2, W2) of the output, or scale: a factor of the image's size; without either the
            image's own size.
        refine: the share of the output's pixels that is refined, the most uncertain ones.
        samples: of the uncertainty; fewer than 2: how near the probability is to 1/2.
        category: the class asked for, of a head for several classes.
        head: another head than the model's own.
        progress: called with (points done, points in all); checkpoint: raises to cancel.

    A small object is looked at from close by, as `SamModel.segment` does, but not in a batch;
    `refine` is then a share of the pixels of that part. The same seed gives the same answer.
    UsageError for prompts or sizes without meaning, MedSAMError if the memory would not do.
    """
    target = _target_shape(embedding.original_size, shape, scale)
    head = head_of(model) if head is None else head
    _check(refine, category, head)
    given = (box, points, labels, mask)
    part = _closer_part(model, embedding, given, target)
    seen = (part.embedding, part.prompts) if part else (embedding, given)
    fields, prompts = _fields(model, head, *seen)
    check_memory(target, len(prompts))
    settings = RenderSettings(refine, samples, seed, category)
    decoder = DiscreteDecoder() if head is None else head.network.decoder
    objects = []
    with model.alone():
        for number in range(len(prompts)):
            tell = _telling(progress, checkpoint, number, len(prompts))
            objects.append(_drawn(decoder, fields.one(number), part, target, settings, tell))
    method = "implicit" if decoder.refines else "interpolated"
    return _joined(objects, prompts.is_batch, method)


@dataclass(frozen=True)
class _CloserPart:
    """A small object is drawn in a part of the output: what is seen there, and its pixels."""

    embedding: Embedding
    prompts: Prompted
    pixels: OutputPart


def _closer_part(
    model: SamModel, embedding: Embedding, prompts: Prompted, target: tuple[int, int]
) -> _CloserPart | None:
    """Where `SamModel.segment` would look from close by; None for a batch, and otherwise."""
    if not looks_closer(model, embedding) or embedding.model_id != model.model_id:
        return None
    if prompt_tensors(model.frame(embedding), *prompts).is_batch:
        return None
    near = nearer(model, embedding, prompts)
    pixels = near and output_part(near.crop, embedding.original_size, target)
    return _CloserPart(near.embedding, near.prompts, pixels) if pixels else None


def _drawn(
    decoder: ImplicitDecoder | ReleasedDecoder | DiscreteDecoder,
    field: Field,
    part: _CloserPart | None,
    target: tuple[int, int],
    settings: RenderSettings,
    tell: Callable[[int, int], None],
) -> Rendered:
    """One object in the whole output."""
    if part is None:
        return render(decoder, field, target, settings, tell)
    pixels = part.pixels
    drawn = render(decoder, field, pixels.shape, settings, tell, placed=pixels.placed)
    return _in_whole(drawn, pixels, target)


def _in_whole(part: Rendered, pixels: OutputPart, target: tuple[int, int]) -> Rendered:
    """What was drawn of a part, in the whole output; outside there is surely nothing."""
    whole = []
    for values in (part.probability, part.uncertainty, part.refined):
        whole.append(np.zeros(target, values.dtype))
        whole[-1][pixels.rows, pixels.columns] = values
    return Rendered(*whole)


def _fields(
    model: SamModel, head: ImplicitHead | None, embedding: Embedding, prompts: Prompted
) -> tuple[Field, PromptTensors]:
    """The fields of all prompts as one batch."""
    if head is None:
        return _discrete_fields(model, embedding, prompts)
    own = adapted(model, head, embedding)
    network = head.network.to(model.device)
    side = network.image_size
    frame = NetworkFrame(
        own.original_size, own.input_size, side, network.prompt_encoder.mask_input_size[0]
    )
    given = prompt_tensors(frame, *prompts)
    count = len(given)
    image = network_input(own.pixels, side, model.device)
    features = own.features.to(model.device)
    with model.alone(), torch.inference_mode():
        field = network.field(
            features.expand(count, -1, -1, -1),
            image.expand(count, -1, -1, -1),
            _extent(own.input_size, side, count, model.device),
            **given.part(0, count, model.device),
        )
    return field, given


def _discrete_fields(
    model: SamModel, embedding: Embedding, prompts: Prompted
) -> tuple[Field, PromptTensors]:
    given = prompt_tensors(model.frame(embedding), *prompts)
    logits = torch.from_numpy(model.segment(embedding, *prompts, closer=False).logits)
    logits = logits.reshape(len(given), 1, *logits.shape[-2:]) - model.sam.mask_threshold
    extent = _extent(embedding.input_size, model.image_size, len(given), logits.device)
    return Field((), logits, None, extent), given


def _extent(
    input_size: tuple[int, int], side: int, count: int, device: torch.device
) -> torch.Tensor:
    """The share (count, 2) of the square input that the image covers, x and y."""
    height, width = input_size
    return torch.tensor([[width / side, height / side]], device=device).expand(count, 2)


def _target_shape(
    size: tuple[int, int], shape: tuple[int, int] | None, scale: float | None
) -> tuple[int, int]:
    if shape is not None and scale is not None:
        raise UsageError("Give the shape of the output or a scale, not both.")
    if shape is None:
        scale = 1.0 if scale is None else float(scale)
        if not (math.isfinite(scale) and scale > 0):
            raise UsageError(f"The scale must be a positive number, not {scale:g}.")
        shape = tuple(max(1, round(each * scale)) for each in size)
    if len(shape) != 2 or not all(int(each) == each for each in shape):
        raise UsageError("The shape of the output is two whole numbers: height and width.")
    if not all(1 <= each <= MAX_SIDE for each in shape):
        raise UsageError(f"The output's sides must be 1 to {MAX_SIDE} pixels, not {shape}.")
    return tuple(int(each) for each in shape)


def _check(refine: float, category: int, head: ImplicitHead | None) -> None:
    if not 0 <= refine <= 1:
        raise UsageError(f"The share of refined pixels is 0 to 1, not {refine:g}.")
    classes = 1 if head is None else head.config.classes
    if not 0 <= category < classes:
        raise UsageError(f"The model knows classes 0 to {classes - 1}, not {category}.")


def _telling(progress, checkpoint, number: int, objects: int) -> Callable[[int, int], None]:
    """Progress over all objects, and the place where work can be cancelled."""

    def tell(done: int, total: int) -> None:
        if checkpoint is not None:
            checkpoint()
        if progress is not None:
            progress(number * total + done, objects * total)

    return tell


def _joined(objects: list[Rendered], is_batch: bool, method: str) -> Upsampled:
    names = ("probability", "uncertainty", "refined")
    arrays = {name: [getattr(each, name) for each in objects] for name in names}
    whole = {name: np.stack(a) if is_batch else a[0] for name, a in arrays.items()}
    return Upsampled(mask=whole["probability"] > THRESHOLD, method=method, **whole)
