"""How the benchmarks take times, memory, and the rate that a machine can reach at most."""

from __future__ import annotations

import statistics
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch

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
    """Floating-point operations a second of a product of large square matrices."""
    side = MATRIX_SIDE[torch.device(device).type]
    matrix = torch.randn(side, side, device=device).to(dtype)

    def multiply() -> None:
        matrix @ matrix
        synchronize(torch.device(device))

    return 2 * side**3 / median_seconds(multiply, Repeats(least=5, seconds=1.0), warm_ups=2)


def encoder_operations(encoder: torch.nn.Module) -> int:
    """Floating-point operations of one image as PyTorch counts them; nothing is computed.

    The encoder must be on the device "meta".
    """
    from torch.utils.flop_counter import FlopCounterMode

    with (
        FlopCounterMode(display=False) as counter,
        torch.inference_mode(),
        torch.device("meta"),
    ):
        encoder(torch.zeros(1, 3, encoder.img_size, encoder.img_size))
    return counter.get_total_flops()


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
