"""Write the box-prompt and point-prompt tables of a model over the test splits.

    python -m training.evaluate_prompts --model starter --data ../shared/data --out results

writes results/prompts.md and results/prompts.json. The sets and the protocol are told there.
An image takes about half a second on two cores (up to ten clicks an object), and the hippocampus
has 1,900: `--limit 300` draws as many images of each set at random, the same ones each time.
The command is written into the tables as it was typed: give paths relative to the repository.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from tqdm import tqdm

from MedSAMLib import MedSAMError, load_model
from training.evaluation.prompts_report import PROTOCOL, prompts_markdown
from training.evaluation.prompts_table import evaluate_samples
from training.evaluation.provenance import provenance
from training.evaluation.report import write_report
from training.evaluation.sets import DEFAULT_SETS, SETS, load_samples
from training.evaluation.summary import SetSummary, summarize

MODULE = "training.evaluate_prompts"


def parser() -> argparse.ArgumentParser:
    """The command line."""
    result = argparse.ArgumentParser(
        prog=f"python -m {MODULE}",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    result.add_argument("--model", default="starter", help="catalogue name or checkpoint path")
    result.add_argument("--data", type=Path, required=True, help="folder of the data sets")
    result.add_argument("--out", type=Path, required=True, help="folder for the tables")
    result.add_argument("--sets", nargs="+", default=DEFAULT_SETS, choices=SETS, metavar="SET")
    result.add_argument("--limit", type=_count, help="at most so many images of each set")
    result.add_argument("--seed", type=int, default=0, help="of the subset and the bootstrap")
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
    """Evaluate the sets one after the other; the tables are written anew after each."""
    model = load_model(arguments.model, device=arguments.device)
    origin = provenance(model, MODULE, argv, arguments.seed)
    summaries: dict[str, SetSummary] = {}
    for name in arguments.sets:
        samples = load_samples(name, arguments.data, arguments.limit, arguments.seed)
        progress = tqdm(samples, desc=name, unit="image", dynamic_ncols=True)
        summaries[name] = summarize(list(evaluate_samples(model, progress)), arguments.seed)
        markdown = prompts_markdown(summaries, origin, arguments.limit)
        content = {
            "provenance": origin,
            "limit": arguments.limit,
            "protocol": PROTOCOL,
            "sets": {key: {**_facts(key), **asdict(s)} for key, s in summaries.items()},
        }
        paths = write_report(arguments.out, "prompts", markdown, content)
    return paths


def _facts(name: str) -> dict[str, str]:
    entry = SETS[name]
    return {"title": entry.title, "relation": entry.relation, "unit": entry.unit}


def _count(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return value


if __name__ == "__main__":
    sys.exit(main())
