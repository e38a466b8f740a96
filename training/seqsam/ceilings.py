"""Write why the majority vote of several masks is worth no more than one mask (D_avg).

    python -m training.seqsam.ceilings --data ../shared/data --runs runs/ceilings --out docs/results

writes hypotheses_ceilings.md and hypotheses_ceilings.json: what the readers themselves reach, what
runs reach that differ in seed or loss, and what each way of counting votes gives. RUNS keeps
embeddings, heads and scores: what is there is not made again. `--limit 200` draws as many slices,
as `training.seqsam.evaluate` does.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from MedSAMLib import SamModel, load_model
from MedSAMLib.hypotheses.heads import Head, find_head, head_of
from MedSAMLib.sam import EmbeddingCache
from MedSAMLib.sam.checksums import sha256_of
from training.datasets import Sample
from training.evaluation.bootstrap import Interval, grouped_means
from training.evaluation.provenance import provenance
from training.evaluation.report import write_report
from training.seqsam.cache import CachedSet, cached_set
from training.seqsam.config import SeqSamConfig
from training.seqsam.evaluate import lidc_samples
from training.seqsam.evaluation.ceilings_table import ceilings_markdown
from training.seqsam.evaluation.single_mask import READERS, reader_values
from training.seqsam.evaluation.trial_list import BOXES_OF_VOTES, REFERENCE, SHIPPED_COUNTS, TRIALS
from training.seqsam.evaluation.trials import (
    Scores,
    boxes_of,
    case_scores,
    head_of_trial,
    read_scores,
    write_scores,
)
from training.seqsam.evaluation.votes import VOTE
from training.seqsam.sets import training_samples

MODULE = "training.seqsam.ceilings"
NAME = "hypotheses_ceilings"
CONFIG = Path("training/configs/seqsam.json")


@dataclass(frozen=True, eq=False)
class Tested:
    """The images that everything is measured on, their patients, and the draw of boxes."""

    images: CachedSet
    groups: list[str]
    side: int
    seed: int

    def means(self, scores: Scores) -> dict[str, Interval]:
        """By "name@M", with intervals by patient."""
        columns = np.stack(list(scores.values()), axis=1)
        found = grouped_means(columns, self.groups, self.seed)
        return {f"{name}@{m}": each for (m, name), each in zip(scores, found, strict=True)}

    def of_head(
        self, head: Head, counts: Sequence[int], boxes: Sequence[str], folder: Path
    ) -> dict[str, Scores]:
        """By kind of box; what was measured before comes from `folder`."""
        found = {}
        for kind in boxes:
            path = folder / f"scores-{kind}-{len(self.images)}-{self.seed}.npz"
            if not path.is_file():
                prompts = boxes_of(self.images, kind, self.seed, self.side)
                write_scores(path, case_scores(head, self.images, prompts, counts))
            found[kind] = read_scores(path)
        return found


def of_readers(samples: Sequence[Sample], seed: int) -> dict[str, Interval]:
    """Each of READERS, with intervals by patient; images that one reader marked are left out."""
    marked = [(s.group, s.masks[s.masks.any(axis=(1, 2))]) for s in samples]
    kept = [(group, masks) for group, masks in marked if len(masks) > 1]
    values = np.array([list(reader_values(masks).values()) for _, masks in kept])
    intervals = grouped_means(values, [group for group, _ in kept], seed)
    return dict(zip(READERS, intervals, strict=True))


def of_trials(
    model: SamModel, tested: Tested, data: Path, runs: Path
) -> dict[str, dict[str, Scores]]:
    """Every trial's scores, by its name and kind of box."""

    @cache
    def learnt() -> CachedSet:
        return cached_set(model, training_samples(data, "lidc"), runs / "cache" / "lidc-train")

    config = SeqSamConfig.read(CONFIG)
    found = {}
    for trial in TRIALS:
        head = head_of_trial(trial, config, model, learnt, tested.images, runs)
        own = runs / trial.name
        found[trial.name] = tested.of_head(head, (trial.count,), trial.boxes, own)
    return found


def measured_shipped(model: SamModel, tested: Tested, runs: Path) -> dict[str, Scores]:
    """The head that ships, by kind of box."""
    folder = runs / f"shipped-{sha256_of(find_head(model))[:12]}"
    folder.mkdir(parents=True, exist_ok=True)
    return tested.of_head(head_of(model), SHIPPED_COUNTS, BOXES_OF_VOTES, folder)


def with_gains(
    tested: Tested, trials: dict[str, dict[str, Scores]]
) -> dict[str, dict[str, dict[str, Interval]]]:
    """By trial and kind of box: means, and "gain", the vote's paired difference from REFERENCE."""
    found = {}
    for trial in TRIALS:
        found[trial.name] = {}
        for kind, scores in trials[trial.name].items():
            gain = scores[trial.count, VOTE] - trials[REFERENCE][kind][1, VOTE]
            paired = grouped_means(gain[:, None], tested.groups, tested.seed)[0]
            found[trial.name][kind] = {**tested.means(scores), "gain": paired}
    return found


def run(arguments: argparse.Namespace, argv: Sequence[str]) -> list[Path]:
    """Measure all and write the page."""
    model = load_model("starter", "cpu", cache=EmbeddingCache(0))
    samples = lidc_samples(arguments.data, "test", arguments.limit, arguments.seed)
    images = cached_set(model, samples, arguments.runs / "cache" / f"lidc-test-{len(samples)}")
    groups = [sample.group for sample in samples]
    tested = Tested(images, groups, model.image_size, arguments.seed)
    shipped = measured_shipped(model, tested, arguments.runs)
    trials = of_trials(model, tested, arguments.data, arguments.runs)
    content = {
        "provenance": provenance(model, MODULE, argv, arguments.seed),
        "cases": f"{len(samples)} slices of {len(set(groups))} patients, LIDC test split",
        "readers": of_readers(samples, arguments.seed),
        "shipped": {kind: tested.means(scores) for kind, scores in shipped.items()},
        "trials": with_gains(tested, trials),
    }
    return write_report(arguments.out, NAME, ceilings_markdown(content), content)


def main(argv: Sequence[str] | None = None) -> int:
    """Read the arguments, measure, write."""
    parser = argparse.ArgumentParser(
        prog=f"python -m {MODULE}",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--data", type=Path, required=True, help="folder of the data sets")
    parser.add_argument("--runs", type=Path, required=True, help="folder of embeddings and heads")
    parser.add_argument("--out", type=Path, required=True, help="folder for the page")
    parser.add_argument("--limit", type=int, help="at most so many slices")
    parser.add_argument("--seed", type=int, default=0, help="of boxes and bootstrap")
    argv = list(sys.argv[1:] if argv is None else argv)
    print("\n".join(map(str, run(parser.parse_args(argv), argv))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
