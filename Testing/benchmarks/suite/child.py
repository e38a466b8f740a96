"""One process of the benchmark: a way on a model, its rows in turn.

    python -m Testing.benchmarks.suite.child FOLDER JOB.json [--quick]

writes NAME.json, a list of records, and NAME.npz, what it computed, into the folder.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import torch

from Testing.benchmarks import quality_speed
from Testing.benchmarks.measuring import decoder_operations, matrix_rate, peak_bytes
from Testing.benchmarks.suite import networks
from Testing.benchmarks.suite.measures import MEASURES, Bench, Record
from Testing.benchmarks.suite.plan import QUICK, WAYS, Amounts, Job, amounts_for
from Testing.benchmarks.suite.scenes import boxes

VOLUME = "volume.nii.gz"


def run(job: Job, folder: Path, amounts: Amounts) -> list[Record]:
    """Measure the rows; features and masks go into the folder. A row that fails tells `failed`."""
    image, _ = quality_speed.twenty_objects()
    network = networks.make(job, folder)
    network.encode(image)
    # Before anything else takes memory; not every system tells it.
    peak = peak_bytes(job.device) if "memory" in job.rows else 0
    computed = {"features": network.features()}
    if "prompts" in job.rows:
        computed["masks"] = network.boxes(boxes(amounts.prompts))
    np.savez(folder / f"{job.name}.npz", **computed)
    bench = Bench(network, amounts, image, folder / VOLUME)
    records = []
    for row in job.rows:
        try:
            told = {"value": peak} if row == "memory" else MEASURES[row](bench)
        except Exception as error:  # whatever it is, the other rows are worth having
            told = {"failed": f"{type(error).__name__}: {error}"}
        if row in ("encode", "prompts"):
            precision = getattr(torch, WAYS[job.way].precision)
            told["matrix_rate"] = matrix_rate(precision, job.device)
        if row == "prompts" and isinstance(network, networks.Ours):
            told["operations"] = decoder_operations(network.model, amounts.prompts)
        records.append({"row": row, "device": job.device, "model": job.model, "way": job.way})
        records[-1].update(told, threads=torch.get_num_threads())
    return records


def main() -> None:
    """Read the job, write the records."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("job", type=Path)
    parser.add_argument("--quick", action="store_true")
    arguments = parser.parse_args()
    job = Job(**json.loads(arguments.job.read_text(encoding="utf-8")))
    amounts = amounts_for(job.model, QUICK if arguments.quick else Amounts())
    records = run(job, arguments.folder, amounts)
    path = arguments.folder / f"{job.name}.json"
    path.write_text(json.dumps(records), encoding="utf-8")


if __name__ == "__main__":
    main()
