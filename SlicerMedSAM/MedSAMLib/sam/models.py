"""From a name or a path to a network that is ready to use."""

from __future__ import annotations

import os
from pathlib import Path

from ..errors import MedSAMError, UsageError
from .cache import EmbeddingCache
from .catalogue import CATALOGUE, find_entry
from .checksums import sha256_of
from .device import choose_device
from .engines.openvino_engine import OpenVinoEngine, is_installed
from .engines.openvino_engine import check_name as check_engine
from .loading import load_sam
from .predictor import SamModel
from .store import Store

CHECKPOINT_SUFFIXES = (".pth", ".pt", ".safetensors")


def load_model(
    name_or_path: str | Path = "starter",
    device: str = "auto",
    precision: str = "auto",
    engine: str = "auto",
    cache: EmbeddingCache | None = None,
    store: Store | None = None,
) -> SamModel:
    """Load a model of the catalogue by name, or any SAM checkpoint by its path.

    Args:
        device: "auto", "cpu", "cuda", "cuda:N" or "mps"; what cannot be used becomes the CPU, and
            the model's `device_note` says so.
        precision: of the image encoder. "float32" equals the reference; "bfloat16" is about twice
            as fast on devices that have units for it, with nearly the same masks; "auto" takes it
            where the device has them and gives right results.
        engine: of the image encoder on the CPU. "torch"; "openvino", which converts the network
            first if that was never done (minutes) and keeps it in the model folder; "auto" takes
            OpenVINO where it is installed, and encodes with PyTorch while it converts in the
            background. Features of the two differ by rounding.
        cache: where embeddings are kept; a cache in memory of its own if None.
        store: the model folder; the user's if None.

    Raises MedSAMError if the model is not on this computer or its file is not what it should be.
    """
    check_engine(engine)
    name, store = str(name_or_path), store or Store()
    path, model_id = _locate(name, store)
    sam, architecture = load_sam(path)
    model = SamModel(
        sam,
        name=name,
        architecture=architecture,
        model_id=model_id,
        choice=choose_device(device),
        precision=precision,
        cache=cache,
    )
    if engine != "torch":
        _accelerate(model, OpenVinoEngine(path, model_id, store.folder), engine)
    return model


def _accelerate(model: SamModel, openvino: OpenVinoEngine, engine: str) -> None:
    if engine == "openvino":
        if model.device.type != "cpu":
            raise UsageError("OpenVINO encodes on the CPU: choose the device cpu with it.")
        openvino.require(model.precision)
    elif model.device.type != "cpu" or not is_installed() or model.architecture == "starter":
        return  # the starter takes a few hundredths of a second, OpenVINO as many tenths to load
    else:
        openvino.load_kept(model.precision)
    model.accelerate(openvino)


def _locate(name: str, store: Store) -> tuple[Path, str]:
    """The weights' file and its sha256."""
    path = Path(name).expanduser()
    is_known = any(entry.name == name for entry in CATALOGUE)
    if is_known or not _looks_like_a_path(name, path):
        entry = find_entry(name)
        return store.ready_path(entry), entry.sha256
    if not path.is_file():
        what = "is a folder, not a checkpoint file" if path.is_dir() else "does not exist"
        raise MedSAMError(f"{path} {what}.")
    try:
        return path, sha256_of(path)
    except OSError as error:
        raise MedSAMError(f"{path} cannot be read: {error.strerror}.") from error


def _looks_like_a_path(name: str, path: Path) -> bool:
    separators = any(mark in name for mark in (os.sep, os.altsep) if mark)
    return separators or path.suffix in CHECKPOINT_SUFFIXES or path.is_file()
