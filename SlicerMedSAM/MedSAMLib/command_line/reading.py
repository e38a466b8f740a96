"""From arguments to a volume, a slice in it and a network."""

from __future__ import annotations

import argparse
import logging
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..default_window import default_window
from ..errors import UsageError
from ..geometry import array_axis, slice_count
from ..images import Volume
from .options import AXES

if TYPE_CHECKING:
    from ..sam.predictor import SamModel

logger = logging.getLogger(__name__)


def load_model(args: argparse.Namespace) -> SamModel:
    """The network of `--model` on `--device`, with `--seed` set."""
    import torch

    from ..sam import EmbeddingCache
    from ..sam import load_model as load

    _check_folder(args.embeddings)
    torch.manual_seed(args.seed)
    model = load(
        args.model,
        device=args.device,
        precision=args.precision,
        engine=args.encoder,
        cache=EmbeddingCache(folder=args.embeddings),
    )
    logger.info("model %s (%s) on %s", model.name, model.architecture, model.device)
    return model


def _check_folder(folder: Path | None) -> None:
    """It is asked for so that the next command is faster: say at once if it never can be."""
    try:
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"Embeddings cannot be kept in {folder}: {error.strerror}.") from error


def window_of(args: argparse.Namespace, volume: Volume) -> tuple[float, float] | str:
    """`--window`, or else the volume's default."""
    if args.window is None:
        return default_window(volume)
    center, width = args.window
    if not (np.isfinite(center) and np.isfinite(width) and width > 0):
        raise UsageError("--window takes a center and a width above 0, both finite numbers.")
    return center, width


def axis_of(args: argparse.Namespace, volume: Volume) -> str:
    """`--axis`, or else the anatomical axis along which the slices are stored."""
    if args.axis is not None:
        return args.axis
    return next(axis for axis in AXES if array_axis(volume, axis) == 0)


def slice_of(args: argparse.Namespace, volume: Volume, axis: str) -> int:
    """`--slice`, which only a single slice can do without; its range is checked with its use."""
    count = slice_count(volume, axis)
    if args.slice is not None:
        return args.slice
    if count == 1:
        return 0
    raise UsageError(
        f"{args.image} is a volume: add --slice K with K from 0 to {count - 1} ({axis})."
    )
