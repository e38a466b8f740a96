"""Heads: the weights that make several masks with a backbone, beside the backbone's own file.

A head is a safetensors file with the weights that training changed: of the prompt encoder, of
the mask decoder, and, for SeqSAM, the recurrent cell. Everything else comes from the backbone
for which it was made; its metadata say which one that is.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import nn

from ..errors import MedSAMError
from ..json_text import parsed
from ..sam.backbone import MaskDecoder, PromptEncoder
from ..sam.checkpoint_files import Checkpoint, read_checkpoint
from ..sam.decoding import decode_masks
from ..sam.eight_bits import unpacked
from ..sam.head_files import KeptHeads, check_backbone, check_bundled, head_beside
from .cell import RecurrentCell
from .recurrent_decoder import Decode, PromptCodes, RecurrentDecoder

if TYPE_CHECKING:
    from ..sam.predictor import SamModel

KINDS = ("seqsam", "deterministic", "mcl")
HEADS_OF_MCL = 3  # SAM's ambiguity tokens
SUFFIX = "-seqsam.safetensors"


@dataclass(frozen=True)
class HeadConfig:
    """What a head is, stored as JSON beside its weights.

    Attributes:
        kind: "seqsam", or a baseline: "deterministic" (one mask), "mcl" (SAM's three tokens).
        mask_threshold: the logit above which a pixel belongs to a mask.
        order: of the three masks of "mcl", the one that won most often in training first.
    """

    kind: str = "seqsam"
    mask_threshold: float = 0.0
    order: tuple[int, ...] = (0, 1, 2)


class Head(nn.Module):
    """Prompt encoder, mask decoder and cell of one head; gives any number of masks."""

    def __init__(
        self,
        config: HeadConfig,
        prompt_encoder: PromptEncoder,
        mask_decoder: MaskDecoder,
        cell: RecurrentCell | None = None,
    ) -> None:
        super().__init__()
        self.config = config
        self.prompt_encoder, self.mask_decoder, self.cell = prompt_encoder, mask_decoder, cell

    def forward(
        self,
        embeddings: torch.Tensor,
        prompts: PromptCodes,
        count: int,
        stop_gradient: bool = False,
        decode: Decode = decode_masks,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Logits (B, M, h, w) and predicted IoUs (B, M) of M = `count` masks.

        A baseline has one or three masks: for more they are repeated in turn, which leaves their
        distribution as it is; for fewer those that won most often in training are taken. `decode`
        is for the steps of SeqSAM.
        """
        if self.config.kind == "seqsam":
            decoder = RecurrentDecoder(self.prompt_encoder, self.mask_decoder, self.cell)
            return decoder(embeddings, prompts, count, stop_gradient, decode)
        logits, scores = self.decode_once(embeddings, prompts)
        chosen = self.repeated(count)
        return logits[:, chosen], scores[:, chosen]

    def decode_once(
        self, embeddings: torch.Tensor, prompts: PromptCodes
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """All four masks of SAM's decoder: logits (B, 4, h, w), predicted IoUs (B, 4)."""
        embeddings = embeddings.expand(len(prompts.sparse), -1, -1, -1)
        positional = self.prompt_encoder.get_dense_pe()
        return decode_masks(
            self.mask_decoder, embeddings, positional, prompts.sparse, prompts.dense
        )

    def repeated(self, count: int) -> list[int]:
        """Which of SAM's four masks a baseline gives as its `count` masks."""
        own = [1 + i for i in self.config.order] if self.config.kind == "mcl" else [0]
        return [own[i % len(own)] for i in range(count)]


def new_head(model: SamModel, kind: str = "seqsam", compat: bool = False) -> Head:
    """An untrained head: the backbone's own weights, and a cell that changes nothing.

    `compat` draws the cell's weights at random, as the author's code does.
    """
    encoder = copy.deepcopy(model.sam.prompt_encoder)
    decoder = copy.deepcopy(model.sam.mask_decoder)
    cell = RecurrentCell(encoder.embed_dim, compat) if kind == "seqsam" else None
    config = HeadConfig(kind=kind, mask_threshold=float(model.sam.mask_threshold))
    return Head(config, encoder, decoder, cell).to(model.device).eval()


def find_head(model: SamModel) -> Path | None:
    """The SeqSAM head that lies beside the model's weights, None if there is none."""
    return head_beside(model, SUFFIX)


def head_of(model: SamModel) -> Head | None:
    """The model's SeqSAM head, loaded once; None if there is none. MedSAMError if it is damaged."""
    return _KEPT.of(model, find_head(model))


def load_head(path: str | Path, model: SamModel) -> Head:
    """The head in `path` for `model`, in evaluation mode on the model's device.

    MedSAMError if the file is damaged, holds something else, or was made for another backbone.
    """
    path = Path(path)
    check_bundled(path)
    checkpoint = read_checkpoint(path)
    config = _config_of(checkpoint, path)
    check_backbone(checkpoint, path, model, "training.seqsam.train")
    head = new_head(model, config.kind)
    head.config = config
    _fill(head, unpacked(checkpoint.tensors), path)
    return head.to(model.device).eval()


_KEPT = KeptHeads(load_head)


def head_metadata(config: HeadConfig, model_id: str, training: Mapping) -> dict[str, str]:
    """What is stored beside the weights of a head."""
    return {
        "kind": config.kind,
        "model_id": model_id,
        "config": json.dumps(asdict(config)),
        "training": json.dumps(dict(training)),
    }


def changed_weights(head: Head, model: SamModel) -> dict[str, torch.Tensor]:
    """The head's weights that are not the backbone's, in half precision."""
    own = {
        f"{part}.{name}": value
        for part in ("prompt_encoder", "mask_decoder")
        for name, value in getattr(model.sam, part).state_dict().items()
    }
    return {
        name: value.half().contiguous().cpu()
        for name, value in head.state_dict().items()
        if name not in own or not torch.equal(value.cpu(), own[name].cpu())
    }


def _config_of(checkpoint: Checkpoint, path: Path) -> HeadConfig:
    try:
        values = parsed(checkpoint.metadata["config"])
        config = HeadConfig(**{**values, "order": tuple(values["order"])})
        known = config.kind in KINDS and sorted(config.order) == list(range(HEADS_OF_MCL))
        threshold = float(config.mask_threshold)
    except (KeyError, TypeError, ValueError) as error:
        raise MedSAMError(f"{path} is not a head of SlicerMedSAM.") from error
    if not known or not abs(threshold) < float("inf"):
        raise MedSAMError(f"{path} is a head of a kind that this version does not know.")
    return config


def _fill(head: Head, tensors: Mapping[str, torch.Tensor], path: Path) -> None:
    """Put the changed weights in as float32, after comparing every name, shape and number."""
    state = head.state_dict()
    needed = {name for name in state if name.startswith("cell.")}
    if missing := needed - set(tensors):
        raise MedSAMError(f"{path} lacks {len(missing)} weights of the cell.")
    for name, value in tensors.items():
        if name not in state or value.shape != state[name].shape:
            raise MedSAMError(f"{path} does not fit the backbone: {name} {tuple(value.shape)}.")
        if not torch.isfinite(value).all():
            raise MedSAMError(f"{path} is damaged: {name} holds numbers that are not finite.")
    head.load_state_dict({name: value.float() for name, value in tensors.items()}, strict=False)
