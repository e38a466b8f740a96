"""Rank the scores on data that may be used for choosing: Kvasir-Sessile val with the outputs of the
small networks that the judge's training makes.

    python -m training.sqasam.choose_scores --data ../shared/data --run runs/judge --out OUT

reads the views and maps that `training.sqasam.train_judge --out runs/judge` left, and writes
quality_choice.md and .json. What `polyp_quality` is then measured with is what wins here.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from MedSAMLib import load_model
from MedSAMLib.metrics import dice
from MedSAMLib.quality.learned_judge import learned_judge, load_judge
from MedSAMLib.sam.embedding import Embedding
from training.evaluation.bootstrap import Interval
from training.evaluation.report import write_report
from training.sqasam.judge_training import Source
from training.sqasam.judge_views import MASK_FRACTION
from training.sqasam.quality_page import ablation_table
from training.sqasam.ranking import ranking
from training.sqasam.readings import LearnedReader, Reader, Readings, read_kept
from training.sqasam.scores import SCORES

MIN_PIXELS = 12  # of 256 x 256, what 50 are of 512 x 512
THRESHOLDS = (80, 127)


def main() -> None:
    """Read the arguments, rank, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of the data sets")
    parser.add_argument("--run", type=Path, required=True, help="folder of the judge's training")
    parser.add_argument("--out", type=Path, required=True, help="folder for the table")
    parser.add_argument("--cache", type=Path, default=Path("runs/sqasam"), help="kept answers")
    parser.add_argument("--learned", type=Path, help="a learned judge's file, else the bundled one")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    from training.sqasam.train_judge import read_sources

    model = load_model("starter", device="cpu")
    judge = load_judge(arguments.learned) if arguments.learned else learned_judge(model)
    _, source = read_sources(model, arguments.data, arguments.seed, arguments.run)
    rankings = rank(model, judge, source, arguments.cache, arguments.seed)
    content = {n: {k: asdict(i) for k, i in measured.items()} for n, measured in rankings.items()}
    write_report(arguments.out, "quality_choice", page(rankings), content)


def rank(model, judge, source: Source, cache: Path, seed: int) -> dict[str, dict[str, Interval]]:
    """Every score's ranking of the validation images' erroneous masks; an image is a group."""
    readers = [Reader(model, full=False, min_pixels=MIN_PIXELS)]
    readers += [LearnedReader(judge, MIN_PIXELS)] if judge else []
    rows = []
    for row, number, mask, truth in outputs(source):
        embedding = embedding_of(model, source, row)
        place = cache / "choice" / f"{row}_{number}"
        found = read_kept(readers, lambda embedding=embedding: embedding, mask, place)
        rows.append((found, dice(mask, truth), str(row)))
    return {score.title: measured for score in SCORES if (measured := _ranked(score, rows, seed))}


def outputs(source: Source) -> Iterator[tuple[int, int, NDArray, NDArray]]:
    """(image, number, mask, truth) of the late maps, cut at two thresholds, at image resolution."""
    for row in range(len(source.views)):
        height, width = source.views.sizes[row]
        truth = _enlarged(source.views.truth[row] > 127)[:height, :width]
        for number, soft in enumerate(source.maps[row, 1::2]):
            for threshold in THRESHOLDS:
                mask = _enlarged(soft > threshold)[:height, :width]
                yield row, number * 1000 + threshold, mask, truth


def embedding_of(model, source: Source, row: int) -> Embedding:
    """The stored features as an embedding."""
    size = tuple(int(extent) for extent in source.views.sizes[row])
    features = torch.as_tensor(source.views.features[row].astype(np.float32))[None]
    return Embedding(features, size, size, model.model_id)


def page(rankings: dict[str, dict[str, Interval]]) -> str:
    return (
        "# Which score was chosen, on other data\n\nThe 31 images of Kvasir-Sessile val, each with "
        "the outputs of three small networks cut at two thresholds (`training/sqasam/"
        "weak_networks.py`); none of `polyp_quality`. Intervals: 95 %, resampled by image.\n\n"
        + ablation_table(list(rankings.items()))
    )


def _ranked(score, rows: list[tuple[Readings, float, str]], seed: int) -> dict[str, Interval]:
    values = [score.of(found) for found, _, _ in rows]
    if not np.isfinite(values).any():
        return {}
    return ranking(values, [true for _, true, _ in rows], [group for *_, group in rows], seed)


def _enlarged(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    return mask.repeat(MASK_FRACTION, axis=0).repeat(MASK_FRACTION, axis=1)


if __name__ == "__main__":
    main()
