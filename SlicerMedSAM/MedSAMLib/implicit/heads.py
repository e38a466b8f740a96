"""Implicit heads: what training added to a backbone, in a file beside the backbone's own.

A head is a safetensors file `<model>-imedsam.safetensors` with the adapters of the encoder, the
prompt encoder, the upscaling and the implicit decoder; its metadata tell for which backbone it
was made.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from safetensors.torch import save_file

from ..errors import MedSAMError, UsageError
from ..files import atomic_path
from ..json_text import parsed, shape_of_network
from ..sam.checkpoint_files import Checkpoint, read_checkpoint
from ..sam.checksums import sha256_of
from ..sam.head_files import KeptHeads, check_backbone, check_bundled, head_beside
from .config import ImplicitConfig
from .lora import load_lora, merge_lora
from .network import LORA_PLACE, ImplicitNetwork

if TYPE_CHECKING:
    from ..sam.predictor import SamModel

KIND = "imedsam"
SUFFIX = f"-{KIND}.safetensors"
ID_LENGTH = 16


@dataclass(frozen=True, eq=False)
class ImplicitHead:
    """A network ready to be asked, what it was read from, and how it was trained.

    `id` tells it from other heads: the first digits of its file's sha256.
    """

    network: ImplicitNetwork
    id: str
    training: dict = field(default_factory=dict)

    @property
    def config(self) -> ImplicitConfig:
        """The network's settings."""
        return self.network.config

    def embedding_id(self, model: SamModel) -> str:
        """The `model_id` of embeddings that are made for this head."""
        return f"{model.model_id}+{KIND}-{self.id}"


def find_head(model: SamModel) -> Path | None:
    """The implicit head that lies beside the model's weights, None if there is none."""
    return head_beside(model, SUFFIX)


def head_of(model: SamModel) -> ImplicitHead | None:
    """The model's implicit head, loaded once; None if there is none. MedSAMError if damaged."""
    return _KEPT.of(model, find_head(model))


def load_head(path: str | Path, model: SamModel) -> ImplicitHead:
    """The head in `path` for `model`, LoRA merged, in evaluation mode on the model's device.

    MedSAMError if the file is damaged, holds something else, or was made for another backbone.
    """
    path = Path(path)
    check_bundled(path)
    checkpoint = read_checkpoint(path)
    config = _config_of(checkpoint, path)
    check_backbone(checkpoint, path, model, "training.imedsam.train")
    network = _network_of(model, config, path)
    fill(network, checkpoint.tensors, str(path))
    training = _training_of(checkpoint)
    network = network.requires_grad_(False).to(model.device).eval()
    return ImplicitHead(network, sha256_of(path)[:ID_LENGTH], training)


_KEPT = KeptHeads(load_head)


def save_head(path: str | Path, network: ImplicitNetwork, model_id: str, training: Mapping) -> None:
    """Write what was trained, in half precision, with what is needed to load it."""
    tensors = {
        name: (value.half() if value.is_floating_point() else value).cpu().contiguous().clone()
        for name, value in network.trained_state().items()
    }
    metadata = {
        "kind": KIND,
        "model_id": model_id,
        "config": json.dumps(network.config.to_dict()),
        "training": json.dumps(dict(training)),
    }
    with atomic_path(path, overwrite=True) as partial:
        save_file(tensors, partial, metadata=metadata)
        partial.chmod(0o644)  # safetensors makes it private


def fill(network: ImplicitNetwork, tensors: Mapping[str, torch.Tensor], origin: str) -> None:
    """Put trained weights into a fresh network, after comparing every name, shape and number.

    LoRA is merged; only the release's gated form, which cannot be, needs `peft`.
    """
    lora = {n.removeprefix(LORA_PLACE): t for n, t in tensors.items() if n.startswith(LORA_PLACE)}
    others = {n: t for n, t in tensors.items() if not n.startswith(LORA_PLACE)}
    expected = {n: t for n, t in network.trained_state().items() if not n.startswith(LORA_PLACE)}
    if others.keys() != expected.keys():
        odd = sorted(others.keys() ^ expected.keys())
        raise MedSAMError(f"{origin} does not fit the backbone: {odd[0]} and {len(odd) - 1} more.")
    for name, tensor in tensors.items():
        if name in expected and tensor.shape != expected[name].shape:
            raise MedSAMError(f"{origin} does not fit the backbone: {name} {tuple(tensor.shape)}.")
        if not torch.isfinite(tensor).all():
            raise MedSAMError(f"{origin} is damaged: {name} holds numbers that are not finite.")
    network.load_state_dict({name: tensor.float() for name, tensor in others.items()}, strict=False)
    if network.config.lora_rank:
        _fill_lora(network, lora, origin)


def _fill_lora(network: ImplicitNetwork, lora: Mapping[str, torch.Tensor], origin: str) -> None:
    encoder = network.encoder
    try:
        if network.config.compat:
            encoder.add_adapters()
            load_lora(encoder.encoder, lora)
        else:
            merge_lora(encoder.encoder, lora)
    except (KeyError, RuntimeError) as error:
        raise MedSAMError(f"{origin} does not fit the backbone: its LoRA adapters.") from error


def _network_of(model: SamModel, config: ImplicitConfig, path: Path) -> ImplicitNetwork:
    try:
        return ImplicitNetwork(model.sam, config)
    except (TypeError, ValueError, RuntimeError, ArithmeticError, LookupError) as error:
        raise MedSAMError(f"{path} describes an implicit head that cannot be built.") from error


def _training_of(checkpoint: Checkpoint) -> dict:
    """What is told of the training; nothing where that is no JSON object."""
    try:
        training = parsed(checkpoint.metadata.get("training", "{}"))
    except ValueError:
        return {}
    return training if isinstance(training, dict) else {}


def _config_of(checkpoint: Checkpoint, path: Path) -> ImplicitConfig:
    if checkpoint.metadata.get("kind") != KIND:
        raise MedSAMError(f"{path} is not an implicit head of SlicerMedSAM.")
    try:
        return ImplicitConfig.from_dict(shape_of_network(checkpoint.metadata["config"]))
    except (KeyError, TypeError, ValueError, AttributeError, UsageError) as error:
        raise MedSAMError(
            f"{path} is an implicit head of a kind that this version does not know."
        ) from error
