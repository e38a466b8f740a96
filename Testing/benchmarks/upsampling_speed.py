"""How long a mask of 2048 x 2048 takes from a 512 x 512 image, after embedding, and the memory.

    python -m Testing.benchmarks.upsampling_speed [--head FILE] [--threads 2]

The implicit head is the starter's own or FILE's; without either an untrained one of the shipped
shape, which costs the same. Memory is the peak above the process with the model loaded and the
image embedded. The rows show that fine points cost only where the mask is refined.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "SlicerMedSAM"))

from MedSAMLib import implicit, load_model
from MedSAMLib.implicit.network import ImplicitNetwork
from Testing.benchmarks.measuring import peak_above, resident_bytes

REPEATS = 5
BOX = np.array([120, 140, 330, 360])
SHARES = (0.0, 0.03125, 0.125, 0.5)


def head_for(model, path: Path | None = None) -> implicit.ImplicitHead:
    """The head that is measured."""
    if path is not None:
        return implicit.load_head(path, model)
    own = implicit.head_of(model)
    if own is not None:
        return own
    torch.manual_seed(0)
    config = implicit.ImplicitConfig(lora_rank=0)  # merged adapters cost nothing
    network = ImplicitNetwork(model.sam, config)
    with torch.no_grad():  # an answer that differs from point to point
        for weight in network.decoder.parameters():
            weight.add_(torch.randn_like(weight), alpha=0.05)
    return implicit.ImplicitHead(network.requires_grad_(False).eval(), "untrained")


def upsampled(
    model, embedding, head: implicit.ImplicitHead, shape: tuple[int, int], share: float = 0.125
):
    """The mask (H2, W2) of BOX, its points refined where the share of them lies."""
    return implicit.upsample(model, embedding, box=BOX, shape=shape, refine=share, head=head)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--head", type=Path, help="a head's file")
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    model = load_model("starter", device="cpu")
    head = head_for(model, arguments.head)
    image = np.random.default_rng(0).integers(0, 255, (512, 512, 3)).astype(np.uint8)
    embedding = implicit.embed(model, image, head=head)
    idle = resident_bytes()
    print(f"{torch.get_num_threads()} threads, torch {torch.__version__}, head {head.id}")
    print(f"{'2048 x 2048 of 512 x 512':28}{'median s':>10}{'best s':>8}{'peak MB':>9}")
    for share in SHARES:

        def call(share: float = share) -> None:
            upsampled(model, embedding, head, (2048, 2048), share)

        peak = peak_above(idle, call)
        seconds = [_seconds(call) for _ in range(REPEATS)]
        row = f"{statistics.median(seconds):10.2f}{min(seconds):8.2f}{peak / 2**20:9.0f}"
        print(f"{f'refined {share:.3%}':28}{row}")


def _seconds(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
