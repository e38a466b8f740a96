"""How long M hypotheses of the starter take once the image is embedded, and how much memory.

    python -m Testing.benchmarks.hypotheses_speed [--limit 0.4]

Two threads, one 512 x 512 image, float32. Every M is measured in a process of its own, because
the peak of a process's memory never goes down. With `--limit` the exit status is 1 if eight
hypotheses take longer, in seconds, or if sixteen need more than a twentieth more memory than one.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

COUNTS = (1, 2, 4, 8, 16)
REPEATS = 9
THREADS = 2
BOX = (180, 190, 300, 290)
MEMORY_GROWTH = 1.05

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "SlicerMedSAM"))


def measure(count: int) -> dict[str, float]:
    """Seconds (median and fastest) and the process's peak memory in MB for `count` masks."""
    import numpy as np
    import torch

    from MedSAMLib import load_model
    from Testing.benchmarks.measuring import peak_bytes

    torch.set_num_threads(THREADS)
    model = load_model("starter", device="cpu")
    image = np.random.default_rng(0).integers(0, 255, (512, 512)).astype(np.uint8)
    ask = asker(model, model.embed(image))
    times = []
    for _ in range(REPEATS + 2):
        start = time.perf_counter()
        ask(count)
        times.append(time.perf_counter() - start)
    peak = peak_bytes() / 2**20
    return {"median": statistics.median(times[2:]), "fastest": min(times), "peak": peak}


def asker(model, embedding) -> Callable[[int], object]:
    """Asks the model's SeqSAM head, or an untrained one, for a number of masks of BOX."""
    from MedSAMLib.hypotheses.generators import hypotheses_of_head
    from MedSAMLib.hypotheses.heads import head_of, new_head

    head = head_of(model) or new_head(model)
    return lambda count: hypotheses_of_head(model, head, embedding, box=BOX, count=count)


def main() -> int:
    """Measure every M, print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--limit", type=float, help="seconds that eight hypotheses may take")
    parser.add_argument("--count", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.count:
        print(json.dumps(measure(arguments.count)))
        return 0
    found = {}
    print("| M | seconds, median | fastest | peak memory of the process, MB |\n|---|---|---|---|")
    for count in COUNTS:
        command = [sys.executable, "-m", "Testing.benchmarks.hypotheses_speed"]
        told = subprocess.run(
            [*command, "--count", str(count)],
            check=True,
            capture_output=True,
            text=True,
            timeout=300,
        )
        found[count] = json.loads(told.stdout.splitlines()[-1])
        row = found[count]
        print(f"| {count} | {row['median']:.3f} | {row['fastest']:.3f} | {row['peak']:.0f} |")
    if arguments.limit is None:
        return 0
    grown = found[16]["peak"] / found[1]["peak"]
    return int(found[8]["median"] > arguments.limit or grown > MEMORY_GROWTH)


if __name__ == "__main__":
    sys.exit(main())
