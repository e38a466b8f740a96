"""Measure every quality score against true Dice, and write docs/results/quality.*.

    python -m training.sqasam.evaluate --data ../shared/data --out docs/results

writes quality.md, quality.json and two figures. What the networks answered is kept in --cache, so
that a second run takes a minute; the first takes some ten minutes on one core. `--limit` and
`--severity-limit` take fewer images. `--parts` measures some of the parts again and keeps the rest
of an existing quality.json.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from MedSAMLib import MedSAMError, load_model
from MedSAMLib.quality.learned_judge import FILENAME, SHA256, learned_judge, load_judge
from training.evaluation.provenance import provenance
from training.sqasam.parts import PARTS, Bench
from training.sqasam.quality_report import write_quality

MODULE = "training.sqasam.evaluate"


def parser() -> argparse.ArgumentParser:
    """The command line."""
    result = argparse.ArgumentParser(
        prog=f"python -m {MODULE}",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    result.add_argument("--data", type=Path, required=True, help="folder of the data sets")
    result.add_argument("--out", type=Path, required=True, help="folder for the tables")
    result.add_argument("--cache", type=Path, default=Path("runs/sqasam"), help="kept answers")
    result.add_argument("--model", default="starter", help="the judge: a name or a checkpoint")
    result.add_argument("--learned", type=Path, help="a learned judge's file, else the bundled one")
    result.add_argument("--limit", type=int, help="at most so many images of polyp_quality")
    result.add_argument("--severity-limit", type=int, default=16, help="images a set")
    result.add_argument("--parts", nargs="+", default=list(PARTS), choices=PARTS, metavar="PART")
    result.add_argument("--seed", type=int, default=0, help="of subsets, errors and bootstraps")
    result.add_argument("--device", default="cpu", help="auto, cpu, cuda or mps")
    return result


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; 0 when the page is written, 1 with one line when it cannot be."""
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
    """Measure the parts one after the other; the page is written anew after each."""
    model = load_model(arguments.model, device=arguments.device)
    learned = load_judge(arguments.learned) if arguments.learned else learned_judge(model)
    bench = Bench(
        data=arguments.data,
        cache=arguments.cache,
        model=model,
        learned=learned,
        limit=arguments.limit,
        severity_limit=arguments.severity_limit,
        seed=arguments.seed,
    )
    content = _earlier(arguments.out / "quality.json") if _is_partial(arguments) else {}
    content["provenance"] = provenance(model, MODULE, argv, arguments.seed)
    content["learned"] = (
        f"{FILENAME}, sha256 {SHA256}" if learned and SHA256 else str(bool(learned))
    )
    for name in arguments.parts:
        content[name] = PARTS[name](bench)
        paths = write_quality(arguments.out, content)
    return paths


def _is_partial(arguments: argparse.Namespace) -> bool:
    return set(arguments.parts) != set(PARTS)


def _earlier(path: Path) -> dict:
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


if __name__ == "__main__":
    sys.exit(main())
