"""How long the starter takes to embed an image and to answer a prompt, beside the reference.

    python Testing/benchmarks/starter_speed.py

Same weights, same image, same process: ours in float32 and bfloat16, and
`segment_anything.SamPredictor`. The last column is the share of the machine's matrix product
rate, measured in the same run, that the encoder reaches.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "SlicerMedSAM"))

from MedSAMLib import load_model
from MedSAMLib.sam.cache import EmbeddingCache

REPEATS = 15
BOX = np.array([60, 60, 190, 170])


def median_seconds(call: Callable[[], object]) -> float:
    """Median of REPEATS calls after two that warm up."""
    times = []
    for number in range(REPEATS + 2):
        start = time.perf_counter()
        call()
        if number >= 2:
            times.append(time.perf_counter() - start)
    return statistics.median(times)


def matrix_product_rate(dtype: torch.dtype) -> float:
    """Floating-point operations a second of a 1024 x 1024 matrix product."""
    matrix = torch.randn(1024, 1024).to(dtype)
    return 2 * 1024**3 / median_seconds(lambda: matrix @ matrix)


def encoder_operations(encoder: torch.nn.Module, side: int) -> int:
    """Floating-point operations of one image, as PyTorch counts them."""
    from torch.utils.flop_counter import FlopCounterMode

    with FlopCounterMode(display=False) as counter, torch.inference_mode():
        encoder(torch.zeros(1, 3, side, side))
    return counter.get_total_flops()


def main() -> None:
    """Measure and print."""
    from segment_anything import SamPredictor

    image = np.random.default_rng(0).integers(0, 255, (512, 512, 3)).astype(np.uint8)
    nothing_kept = EmbeddingCache(max_bytes=0)
    rows = []
    for precision, dtype in (("float32", torch.float32), ("bfloat16", torch.bfloat16)):
        model = load_model("starter", device="cpu", precision=precision, cache=nothing_kept)
        embedding = model.embed(image)
        embed = median_seconds(lambda model=model: model.embed(image))
        decode = median_seconds(lambda m=model, e=embedding: m.segment(e, box=BOX))
        operations = encoder_operations(model.sam.image_encoder, model.image_size)
        share = operations / embed / matrix_product_rate(dtype)
        rows.append((f"ours, {precision}", embed, decode, f"{share:.0%}"))
    reference = SamPredictor(load_model("starter", device="cpu").sam)
    embed = median_seconds(lambda: reference.set_image(image))
    decode = median_seconds(lambda: reference.predict(box=BOX, multimask_output=False))
    rows.append(("segment_anything, float32", embed, decode, ""))
    print(f"{torch.get_num_threads()} threads, torch {torch.__version__}, 512 x 512 image")
    print(f"{'':28}{'embed ms':>10}{'decode ms':>11}{'ratio':>8}{'of GEMM':>9}")
    for name, seconds, answer, share in rows:
        ratio = (embed + decode) / (seconds + answer)
        print(f"{name:28}{1e3 * seconds:10.1f}{1e3 * answer:11.1f}{ratio:8.2f}{share:>9}")


if __name__ == "__main__":
    main()
