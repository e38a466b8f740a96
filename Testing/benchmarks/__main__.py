"""Speed and memory in one run: ours beside `SamPredictor`, `transformers` and plain autocast.

    python -m Testing.benchmarks [--out docs/results] [--quick] [--only ROW ...]

ViT-B (random weights) and the starter, on the CPU and on a GPU where PyTorch sees one. Writes
speed.json, speed.md and speed.png; `python -m training.publish_results` takes the README's table
from there. transformers and OpenVINO take part where they are installed. Times mean something
only on a machine that does nothing else.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "SlicerMedSAM"))

from Testing.benchmarks.suite.origin import is_installed, origin
from Testing.benchmarks.suite.page import markdown
from Testing.benchmarks.suite.plan import MODELS, ROWS, WAYS, Job, jobs, titles
from Testing.benchmarks.suite.plots import draw
from Testing.benchmarks.suite.ratios import (
    Record,
    judged,
    rates,
    with_differences,
    with_ratios,
    with_shares,
)
from Testing.benchmarks.suite.running import ROOT, run_all
from training.evaluation.report import write_report

NEEDED = {"transformers": "transformers", "openvino": "openvino"}  # kind of way, package
CORE = "slicer-core"  # of Slicer, where clicks are made


def main(arguments: list[str] | None = None) -> int:
    """Measure and write; 1 if a way failed."""
    given = sys.argv[1:] if arguments is None else arguments
    options = build_parser().parse_args(given)
    ways, left_out = _ways_here(options.ways)
    devices, told = _devices(options.device)
    rows = [row for row in options.only if row != "click" or is_installed(CORE)]
    if len(rows) < len(options.only):
        left_out.append(f"{CORE} is not installed: clicks are left out")
    planned = jobs(devices, options.models, ways, rows)
    provenance = origin(given)
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.work or Path(temporary)
        records, failures = run_all(planned, folder, options.quick)
        content = _content(records, planned, folder)
    provenance["machine"]["threads"] = max((r["threads"] for r in records), default=0)
    content.update(
        provenance=provenance, quick=options.quick, left_out=[*left_out, *told, *failures]
    )
    draw(content["records"], options.out / "speed.png")
    page = markdown(content)
    write_report(options.out, "speed", page, content)
    print(page)
    return int(bool(failures))


def build_parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "results")
    parser.add_argument("--quick", action="store_true", help="a trial: once, and little of each")
    parser.add_argument("--only", nargs="+", choices=ROWS, default=list(ROWS), metavar="ROW")
    parser.add_argument(
        "--models", nargs="+", choices=MODELS, default=["vit_b", "starter"], metavar="MODEL"
    )
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=list(WAYS), metavar="WAY")
    parser.add_argument("--device", help="cpu, cuda; all that work if it is not given")
    parser.add_argument("--work", type=Path, help="folder for weights, kept for a next run")
    return parser


def _ways_here(wanted: list[str]) -> tuple[list[str], list[str]]:
    """The ways whose packages are installed, and sentences about the others."""
    missing = {kind: p for kind, p in NEEDED.items() if not is_installed(p)}
    ways = [way for way in wanted if WAYS[way].kind not in missing]
    absent = sorted({missing[WAYS[w].kind] for w in wanted if WAYS[w].kind in missing})
    return ways, [f"{package} is not installed and takes no part" for package in absent]


def _devices(name: str | None) -> tuple[list[str], list[str]]:
    import torch

    if name:
        return [name], []
    if torch.cuda.is_available():
        return ["cpu", "cuda"], [f"GPU: {torch.cuda.get_device_name()}"]
    return ["cpu"], ["no GPU: the rows on one are left out"]


def _content(records: list[Record], planned: list[Job], folder: Path) -> dict[str, Any]:
    from Testing.benchmarks.measuring import encoder_operations
    from Testing.benchmarks.suite.networks import shape_of_encoder

    models = {job.model for job in planned if "encode" in job.rows}
    operations = {model: encoder_operations(shape_of_encoder(model)) for model in models}
    told = with_differences(with_shares(with_ratios(records), operations), folder)
    return {
        "records": told,
        "bars": judged(told),
        "rates": rates(told),
        "operations": operations,
        "titles": titles(),
    }


if __name__ == "__main__":
    sys.exit(main())
