"""How long a quality assessment takes, beside asking the same questions one by one.

    python -m Testing.benchmarks.quality_speed [--data ../shared/data]

A slice with 20 objects is assessed from its embedding, two prompts an object; the reference is
`segment_anything.SamPredictor.predict` with the same weights, once for each of the 40 prompts,
in the same process. Then, where the data is there, all labels of the CT of organs. Processor
time is printed beside wall time: on a shared machine it says more.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "SlicerMedSAM"))

from MedSAMLib import assess, load_model
from MedSAMLib.images import read_volume
from MedSAMLib.images.labels import read_labels
from MedSAMLib.prompts import center_of_mass
from MedSAMLib.quality import Settings, assess_slice
from MedSAMLib.sam.cache import EmbeddingCache

REPEATS = 5
SIDE = 512
TARGET = 5.0


def least_seconds(call: Callable[[], object], repeats: int = REPEATS) -> tuple[float, float]:
    """The least (wall, processor) time of some calls after one that warms up."""
    call()
    times = []
    for _ in range(repeats):
        start = time.perf_counter(), time.process_time()
        call()
        times.append((time.perf_counter() - start[0], time.process_time() - start[1]))
    walls, processors = zip(*times, strict=True)
    return min(walls), min(processors)


def twenty_objects(count: int = 20) -> tuple[np.ndarray, dict[int, np.ndarray]]:
    """A gray image (512, 512) with 20 bright ellipses or fewer, and their masks as labels."""
    y, x = np.indices((SIDE, SIDE))
    image = np.random.default_rng(0).normal(80, 10, (SIDE, SIDE))
    masks = {}
    for number in range(count):
        row, column = divmod(number, 5)
        inside = ((x - 100 * column - 55) / 30) ** 2 + ((y - 125 * row - 65) / 40) ** 2 < 1
        image[inside] += 90
        masks[number + 1] = inside
    return image.clip(0, 255).astype(np.uint8), masks


def asker(model, embedding, masks: dict[int, np.ndarray]) -> Callable[[], object]:
    """Assesses the slice by what single calls answer, too: not by the learned judge."""
    settings = Settings(learned=False)
    return lambda: assess_slice(model, embedding, masks, settings=settings)


def one_by_one(predictor, masks: dict[int, np.ndarray]) -> Callable[[], None]:
    """Asks a `SamPredictor` for each object's mask by its box, then by its point."""
    boxes = [
        [x.min(), y.min(), x.max() + 1, y.max() + 1] for y, x in map(np.nonzero, masks.values())
    ]
    points = [center_of_mass(mask) for mask in masks.values()]

    def ask() -> None:
        for box in boxes:
            predictor.predict(box=np.array(box), multimask_output=False)
        for point in points:
            predictor.predict(point[None], np.ones(1), multimask_output=False)

    return ask


def compare_with_single_calls(model) -> float:
    """Print both times; the ratio of the wall times."""
    from segment_anything import SamPredictor

    image, masks = twenty_objects()
    embedding = model.embed(image)
    predictor = SamPredictor(model.sam)
    predictor.set_image(np.repeat(image[..., None], 3, axis=2))
    ours = least_seconds(asker(model, embedding, masks))
    theirs = least_seconds(one_by_one(predictor, masks))
    for name, (wall, processor) in (("assess_slice, 20 objects", ours), ("40 x predict", theirs)):
        print(f"{name:28}{1e3 * wall:10.0f} ms wall{1e3 * processor:10.0f} ms processor")
    ratio, processor_ratio = (b / a for a, b in zip(ours, theirs, strict=True))
    print(
        f"ratio {ratio:.1f} of wall time, {processor_ratio:.1f} of processor time (target {TARGET})"
    )
    return ratio


def assess_organs(model, data: Path) -> None:
    """Print how long the CT of 41 organs takes, nothing being in the cache."""
    folder = data / "ct_mr_organs"
    if not folder.is_dir():
        print(f"There is no {folder}: the CT of organs is left out.")
        return
    volume = read_volume(folder / "example_ct_sm.nii.gz")
    labels = read_labels(folder / "example_seg.nii.gz")
    start = time.process_time()
    report = assess(model, volume.array, labels.array, volume.affine)
    print(
        f"CT of organs: {len(report.segments)} labels, {len(report.slices)} label-slices, "
        f"{len(report.objects)} objects: {report.seconds:.1f} s wall, "
        f"{time.process_time() - start:.1f} s processor, score {report.score:.3f}"
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    beside = Path(__file__).resolve().parents[3] / "shared" / "data"
    parser.add_argument("--data", type=Path, default=beside, help="the folder of real data")
    parser.add_argument("--model", default="starter", help="the judge")
    options = parser.parse_args()
    model = load_model(options.model, device="cpu", cache=EmbeddingCache(max_bytes=0))
    print(f"{torch.get_num_threads()} threads, torch {torch.__version__}, judge {options.model}")
    compare_with_single_calls(model)
    assess_organs(model, options.data)


if __name__ == "__main__":
    main()
