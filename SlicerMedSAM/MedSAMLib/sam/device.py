"""Where the network runs: the device asked for, or the CPU with a sentence that says why."""

from __future__ import annotations

import logging
from dataclasses import dataclass

import torch

from ..errors import UsageError

logger = logging.getLogger(__name__)

NAMES = ("auto", "cpu", "cuda", "mps")
AUTO_ORDER = ("cuda", "mps")


@dataclass(frozen=True)
class Choice:
    """A device that works, and the sentence for the user where it is not the one asked for."""

    device: torch.device
    note: str | None = None


def choose_device(name: str = "auto") -> Choice:
    """The device for `name`: "auto", "cpu", "cuda", "cuda:N" or "mps".

    "auto" takes CUDA, then MPS, then the CPU. A device that is not there or does not work is
    replaced by the CPU, which `note` and a logged warning tell. Raises UsageError for other names.
    """
    kind, _, index = name.partition(":")
    if kind not in NAMES or (index and not (kind == "cuda" and index.isdecimal())):
        raise UsageError(f"Unknown device {name!r}; choose one of {', '.join(NAMES)}.")
    if kind == "auto":
        return _first_that_works()
    reason = _why_not(name)
    if reason is None:
        return Choice(torch.device(name))
    return _on_cpu_because(f"The device {name} cannot be used ({reason}); using the CPU.")


def _first_that_works() -> Choice:
    for name in AUTO_ORDER:
        if not _is_present(name):
            continue
        reason = _why_not(name)
        if reason is None:
            return Choice(torch.device(name))
        # A present but useless GPU (driver, unsupported generation) is worth a word even in "auto".
        return _on_cpu_because(f"The {name} device does not work ({reason}); using the CPU.")
    return Choice(torch.device("cpu"))


def _on_cpu_because(note: str) -> Choice:
    logger.warning(note)
    return Choice(torch.device("cpu"), note)


def _is_present(kind: str) -> bool:
    if kind == "cuda":
        return torch.cuda.is_available()
    if kind == "mps":
        return torch.backends.mps.is_available()
    return True


def _why_not(name: str) -> str | None:
    """None if the device computes, otherwise the reason in a few words."""
    kind = name.partition(":")[0]
    if not _is_present(kind):
        return "PyTorch finds none on this computer"
    try:
        # is_available() says yes for a GPU whose generation this PyTorch was not compiled for.
        torch.ones(1, device=name).add_(1)
    except (RuntimeError, AssertionError) as error:
        return str(error).splitlines()[0]
    return None


def computes_bfloat16(device: torch.device) -> bool:
    """Whether the device has units for it; every device can imitate it, many times slower."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    try:
        return device.type == "cpu" and torch.ops.mkldnn._is_mkldnn_bf16_supported()
    except AttributeError:  # a PyTorch without oneDNN, as on Apple's processors
        return False
