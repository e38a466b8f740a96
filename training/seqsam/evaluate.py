"""Write the table of several masks against several readers, for SeqSAM and every baseline.

    python -m training.seqsam.evaluate --data ../shared/data --heads runs/seqsam --out docs/results

writes hypotheses.md, hypotheses.json and hypotheses.png. HEADS is a folder of heads as
`training.seqsam.train` exports them (`*.safetensors`, or one folder a run); without it only what
needs no training is measured. On one core the 373 slices take about 40 minutes, nearly all of it
decoding; `--cache FOLDER` keeps embeddings (in half precision) and masks, so that another head
costs only its own, and an interrupted run goes on. `--limit 100` draws as many slices, the same
ones each time.
The command is written into the table as it was typed: give paths relative to the repository.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from MedSAMLib import MedSAMError, SamModel, UsageError, load_model
from MedSAMLib.sam import EmbeddingCache
from training.datasets import Sample, read_lidc
from training.evaluation.provenance import provenance
from training.evaluation.report import write_report
from training.seqsam.evaluation.boxes import BOXES
from training.seqsam.evaluation.figure import draw
from training.seqsam.evaluation.methods import Method, head_methods, training_free_methods
from training.seqsam.evaluation.pools import pool_of
from training.seqsam.evaluation.summary import BoxSummary, case_values, summarize
from training.seqsam.evaluation.table import PROTOCOL, hypotheses_markdown

MODULE = "training.seqsam.evaluate"
NAME = "hypotheses"


def parser() -> argparse.ArgumentParser:
    """The command line."""
    result = argparse.ArgumentParser(
        prog=f"python -m {MODULE}",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    result.add_argument("--model", default="starter", help="catalogue name or checkpoint path")
    result.add_argument("--data", type=Path, required=True, help="folder of the data sets")
    result.add_argument("--heads", type=Path, help="folder of heads for this model")
    result.add_argument("--out", type=Path, required=True, help="folder for the tables")
    result.add_argument("--split", default="test", choices=("test", "val"), help="of LIDC")
    result.add_argument("--boxes", nargs="+", default=BOXES, choices=BOXES, metavar="BOX")
    result.add_argument("--limit", type=_count, help="at most so many slices")
    result.add_argument("--cache", type=Path, help="folder to keep the masks in")
    result.add_argument("--seed", type=int, default=0, help="of boxes, moved prompts, bootstrap")
    result.add_argument("--device", default="auto", help="auto, cpu, cuda or mps")
    return result


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; 0 when the tables are written, 1 with one line when they cannot be."""
    argv = list(sys.argv[1:] if argv is None else argv)
    arguments = parser().parse_args(argv)
    try:
        paths = run(arguments, argv)
    except (MedSAMError, OSError) as error:
        print(f"{MODULE}: {error}", file=sys.stderr)
        return 1
    print("\n".join(str(path) for path in paths))
    return 0


def run(arguments: argparse.Namespace, argv: Sequence[str]) -> list[Path]:
    """Evaluate one kind of box after the other; the tables are written at the end."""
    samples = lidc_samples(arguments.data, arguments.split, arguments.limit, arguments.seed)
    model = load_model(arguments.model, arguments.device, cache=_embeddings(arguments.cache))
    methods = methods_of(model, arguments.heads, arguments.seed)
    summaries = {
        box: evaluate_box(model, methods, samples, box, arguments.seed, arguments.cache)
        for box in arguments.boxes
    }
    origin = provenance(model, MODULE, argv, arguments.seed)
    groups = len({sample.group for sample in samples})
    cases = f"{len(samples)} slices of {groups} patients, LIDC {arguments.split} split"
    arguments.out.mkdir(parents=True, exist_ok=True)
    figure = arguments.out / f"{NAME}.png"
    draw(summaries, methods, figure)
    markdown = hypotheses_markdown(summaries, methods, origin, cases, figure.name)
    content = {
        "provenance": origin,
        "cases": cases,
        "protocol": PROTOCOL,
        "methods": {m.name: {"title": m.title, "own": m.own} for m in methods},
        "boxes": {box: asdict(summary) for box, summary in summaries.items()},
    }
    return [*write_report(arguments.out, NAME, markdown, content), figure]


def methods_of(model: SamModel, heads: Path | None, seed: int) -> list[Method]:
    """SeqSAM first, then the other heads, then what needs no training."""
    trained = [] if heads is None else head_methods(model, heads)
    return [*trained, *training_free_methods(model, seed)]


def evaluate_box(
    model: SamModel,
    methods: Sequence[Method],
    samples: Sequence[Sample],
    box: str,
    seed: int,
    cache: Path | None,
) -> BoxSummary:
    """All methods on the same boxes of one kind."""
    values = {
        method.name: case_values(pool_of(model, method, samples, box, seed, cache), samples)
        for method in methods
    }
    return summarize(values, [sample.group for sample in samples], seed)


def lidc_samples(data: Path, split: str, limit: int | None, seed: int) -> list[Sample]:
    """The slices on which a reader marked something; at most `limit` of them, drawn by `seed`."""
    try:
        samples = [sample for sample in read_lidc(data, split) if sample.masks.any()]
    except OSError as error:
        raise UsageError(f"LIDC cannot be read in {data}: {error}") from error
    if limit is None or limit >= len(samples):
        return samples
    # The start of one order, so that a larger limit adds to the slices of a smaller one.
    chosen = np.random.default_rng(seed).permutation(len(samples))[:limit]
    return [samples[index] for index in sorted(chosen)]


def _embeddings(cache: Path | None) -> EmbeddingCache:
    return EmbeddingCache(folder=None if cache is None else cache / "embeddings")


def _count(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return value


if __name__ == "__main__":
    sys.exit(main())
