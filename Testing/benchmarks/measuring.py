"""How the benchmarks take times, memory, and the rate that a machine can reach at most."""

from __future__ import annotations

import copy
import statistics
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from MedSAMLib import SamModel
from MedSAMLib.sam.engines.onednn import linear
from MedSAMLib.sam.joint_decoding import decode_jointly
from MedSAMLib.sam.prompt_maps import MappedPromptEncoder

MATRIX_SIDE = {"cpu": 2048, "cuda": 8192}


@dataclass(frozen=True)
class Repeats:
    """At least `least` calls, then more until there are `most` or `seconds` have passed."""

    least: int = 3
    most: int = 15
    seconds: float = 4.0


def median_seconds(
    call: Callable[[], object], repeats: Repeats = Repeats(), warm_ups: int = 1
) -> float:
    """Median of some calls after `warm_ups` that are not counted."""
    for _ in range(warm_ups):
        call()
    times: list[float] = []
    while len(times) < repeats.least or (
        len(times) < repeats.most and sum(times) < repeats.seconds
    ):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def synchronize(device: torch.device) -> None:
    """Wait for what a GPU has been told to do."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def matrix_rate(dtype: torch.dtype, device: str = "cpu") -> float:
    """Floating-point operations a second of a product of large square matrices.

    The best of the two libraries that PyTorch has for it on a processor.
    """
    side = MATRIX_SIDE[torch.device(device).type]
    matrix = torch.randn(side, side, device=device).to(dtype)

    def seconds(multiply: Callable[[torch.Tensor, torch.Tensor], torch.Tensor]) -> float:
        def call() -> None:
            multiply(matrix, matrix)
            synchronize(matrix.device)

        return median_seconds(call, Repeats(least=5, seconds=1.0), warm_ups=2)

    with torch.inference_mode():
        return 2 * side**3 / min(seconds(torch.mm), seconds(linear))


def encoder_operations(encoder: torch.nn.Module) -> int:
    """Floating-point operations of one image as PyTorch counts them; nothing is computed.

    The encoder must be on the device "meta".
    """
    with counting() as counter, torch.device("meta"):
        encoder(torch.zeros(1, 3, encoder.img_size, encoder.img_size))
    return counter.get_total_flops()


def decoder_operations(model: SamModel, count: int) -> int:
    """Floating-point operations of our decoding of `count` boxes on an image as PyTorch counts
    them; nothing is computed."""
    decoder = copy.deepcopy(model.sam.mask_decoder).to("meta")
    grid, width = model.sam.prompt_encoder.image_embedding_size, decoder.transformer_dim
    drawn = isinstance(model.sam.prompt_encoder, MappedPromptEncoder)
    with counting() as counter, torch.device("meta"):
        image = torch.zeros(1, width, *grid)
        dense = torch.zeros(count if drawn else 1, width, *grid).expand(count, -1, -1, -1)
        decode_jointly(decoder, image, image, torch.zeros(count, 2, width), dense, False)
    return counter.get_total_flops()


@contextmanager
def counting() -> Iterator[Any]:
    """PyTorch's counter of floating-point operations, of what is done in the block."""
    from torch.utils.flop_counter import FlopCounterMode

    with FlopCounterMode(display=False) as counter, torch.inference_mode():
        yield counter


def peak_bytes(device: str = "cpu") -> int:
    """The most memory that this process has had, on a GPU that PyTorch has had there."""
    import resource

    if torch.device(device).type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak << 10


def resident_bytes() -> int:
    """Memory of this process now; Linux alone tells it so."""
    import resource

    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def peak_above(idle: int, call: Callable[[], object]) -> int:
    """Bytes above `idle` at the highest while `call` runs, looked at every millisecond."""
    highest, over = [idle], threading.Event()

    def watch() -> None:
        while not over.wait(0.001):
            highest[0] = max(highest[0], resident_bytes())

    watcher = threading.Thread(target=watch)
    watcher.start()
    call()
    over.set()
    watcher.join()
    return highest[0] - idle
