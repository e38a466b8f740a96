"""Write the tables of an implicit head: resolutions, hospitals, refinement, uncertainty, ablations.

    python -m training.imedsam.evaluate --data ../shared/data --out docs/results \\
        --head runs/imedsam/head.safetensors --sam-head runs/imedsam-sam/head.safetensors

writes docs/results/imedsam.md and imedsam.json. `--ablations` is a folder of runs, as
`training.imedsam.ablate` makes it. Give paths relative to the repository: the command is written
into the page as it was typed.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from tqdm import tqdm

from MedSAMLib import MedSAMError, SamModel, load_model
from MedSAMLib.implicit import find_head, load_head
from training.evaluation.provenance import provenance
from training.evaluation.report import write_report
from training.imedsam.evaluation.ablated import ablations
from training.imedsam.evaluation.budgets import budgets
from training.imedsam.evaluation.cases import CASE_SETS, DEFAULT_SETS, Case, as_it_is, load_cases
from training.imedsam.evaluation.certainty import certainty, refinement_fits
from training.imedsam.evaluation.measuring import intervals, mean_of, measure
from training.imedsam.evaluation.methods import Files, methods_of
from training.imedsam.evaluation.tables import evaluation_page
from training.imedsam.sets import validation_samples

MODULE = "training.imedsam.evaluate"
# Where it is asked whether refinement and uncertainty are worth something.
REFINEMENT_SETS = ("sessile", "native")


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(
        prog=f"python -m {MODULE}",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument("--data", type=Path, required=True, help="folder of the data sets")
    made.add_argument("--out", type=Path, required=True, help="folder for the tables")
    made.add_argument("--model", default="starter", help="backbone: a name or a checkpoint")
    made.add_argument("--head", type=Path, help="implicit head; the model's own if not given")
    made.add_argument("--adapted-head", type=Path, help="one with LoRA and frequency adapter")
    made.add_argument("--sam-head", type=Path, help="SAM's decoder with LoRA, trained")
    made.add_argument("--unet", type=Path, help="U-Net, trained")
    made.add_argument("--dynunet", type=Path, help="DynUNet, trained")
    made.add_argument("--ablations", type=Path, help="folder of runs, a head.safetensors in each")
    made.add_argument("--sets", nargs="+", default=DEFAULT_SETS, choices=CASE_SETS, metavar="SET")
    made.add_argument("--limit", type=int, help="at most so many images of each set")
    made.add_argument("--seed", type=int, default=0, help="of subsets, jitter and bootstrap")
    made.add_argument("--workers", type=int, default=1, help="processes, each takes a set")
    made.add_argument("--device", default="auto", help="auto, cpu, cuda or mps")
    return made


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
    """Evaluate set by set; what is done is written after each, so that a long run can be read."""
    model = load_model(arguments.model, device=arguments.device)
    origin = provenance(model, MODULE, argv, arguments.seed)
    found = {"results": {}, "refinement": {}, "certainties": {}, "ablations": {}}
    found["trained"] = budgets(_files(arguments, model))
    paths: list[Path] = []
    for name, parts in zip(arguments.sets, _measured_sets(arguments), strict=True):
        for part, values in parts.items():
            found[part][name] = values
        paths = _write(arguments, origin, found)
    if arguments.ablations is not None:
        samples = validation_samples(arguments.data, ("sessile",), 1000, arguments.seed)["sessile"]
        cases = [as_it_is(sample) for sample in samples]  # choices are not made on tests
        found["ablations"] = ablations(model, arguments.ablations, cases, arguments.seed)
        paths = _write(arguments, origin, found)
    return paths


def _measured_sets(arguments: argparse.Namespace) -> Iterator[dict[str, list]]:
    """Of every set in its order, by `--workers` processes."""
    measured = partial(_measured_set, arguments)
    if arguments.workers < 2:
        yield from map(measured, arguments.sets)
        return
    with ProcessPoolExecutor(arguments.workers, get_context("spawn")) as pool:
        yield from pool.map(measured, arguments.sets)


def _measured_set(arguments: argparse.Namespace, name: str) -> dict[str, list]:
    """The fits of all methods, and of the head what refinement and uncertainty are worth."""
    model, seed = load_model(arguments.model, device=arguments.device), arguments.seed
    files = _files(arguments, model)
    head = None if files.head is None else load_head(files.head, model)
    methods = methods_of(model, files, seed)
    cases = load_cases(name, arguments.data, arguments.limit, seed)
    found: dict[str, list] = {"results": [measure(c, methods, seed) for c in _shown(cases, name)]}
    if head is not None and head.config.inr and name in REFINEMENT_SETS:
        network = head.network
        found["refinement"] = [
            refinement_fits(network, case, seed) for case in _shown(cases, "refinement")
        ]
        found["certainties"] = [
            certainty(network, case, seed) for case in _shown(cases, "uncertainty")
        ]
    return found


def _files(arguments: argparse.Namespace, model: SamModel) -> Files:
    head = arguments.head or find_head(model)
    return Files(
        head, arguments.adapted_head, arguments.sam_head, arguments.unet, arguments.dynunet
    )


def _shown(cases: Sequence[Case], what: str) -> tqdm:
    return tqdm(cases, desc=what, unit="image", dynamic_ncols=True)


def _write(arguments: argparse.Namespace, origin: dict, found: dict) -> list[Path]:
    page = evaluation_page(origin, **found, seed=arguments.seed, limit=arguments.limit)
    content = {
        "provenance": origin,
        "limit": arguments.limit,
        "sets": {
            name: {
                "title": CASE_SETS[name].title,
                "images": len(results),
                "methods": {
                    f"{method} | {prompt}": intervals(results, (method, prompt), arguments.seed)
                    for method, prompt in results[0].fits
                },
            }
            for name, results in found["results"].items()
        },
        "refinement": {
            name: {way: asdict(mean_of([case[way] for case in cases])) for way in cases[0]}
            for name, cases in found["refinement"].items()
        },
        "certainty": {
            name: {
                "images": len(cases),
                "captured": np.nanmean([c.captured for c in cases], axis=0).tolist(),
                "in_refined": float(np.nanmean([c.in_refined for c in cases])),
                "bins": np.sum([c.bins for c in cases], axis=0).tolist(),
            }
            for name, cases in found["certainties"].items()
        },
        "trained": found["trained"],
        "ablations": found["ablations"],
    }
    return write_report(arguments.out, "imedsam", page, content)


if __name__ == "__main__":
    sys.exit(main())
