"""Runs the jobs one after the other, each in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tqdm import tqdm

from Testing.benchmarks.suite.plan import QUICK, WAYS, Amounts, Job
from Testing.benchmarks.suite.ratios import Record

ROOT = Path(__file__).resolve().parents[3]
LIMIT_S = 1800


def run_all(jobs: list[Job], folder: Path, quick: bool) -> tuple[list[Record], list[str]]:
    """The records of all jobs, and a sentence for each job that failed."""
    prepare(jobs, folder, QUICK if quick else Amounts())
    records: list[Record] = []
    failures: list[str] = []
    progress = tqdm(jobs, unit="way", dynamic_ncols=True)
    for job in progress:
        progress.set_description(job.name)
        try:
            told = run(job, folder, quick)
        except subprocess.CalledProcessError as error:
            last = (error.stderr.strip() or f"status {error.returncode}").splitlines()[-1]
            failures.append(_sentence(job, last))
        except subprocess.TimeoutExpired:
            failures.append(_sentence(job, f"it took more than {LIMIT_S} s"))
        else:
            records += [each for each in told if "failed" not in each]
            failures += [_sentence(job, e["failed"], e["row"]) for e in told if "failed" in e]
    return records, failures


def _sentence(job: Job, reason: str, row: str = "") -> str:
    what = f"the row {row} of " if row else ""
    return f"{what}{WAYS[job.way].title}, {job.model}, {job.device}, failed: {reason}"


def prepare(jobs: list[Job], folder: Path, amounts: Amounts) -> None:
    """What the processes share: weights and a volume."""
    from Testing.benchmarks.suite import networks
    from Testing.benchmarks.suite.child import VOLUME
    from Testing.benchmarks.suite.scenes import write_volume

    folder.mkdir(parents=True, exist_ok=True)
    for model in {job.model for job in jobs} - {"starter"}:
        if not networks.checkpoint(model, folder).exists():
            networks.write_checkpoint(model, folder)
    if any("volume" in job.rows for job in jobs):
        write_volume(folder / VOLUME, amounts.slices)


def run(job: Job, folder: Path, quick: bool) -> list[Record]:
    """One process; CalledProcessError with what it said if it fails."""
    path = folder / "job.json"
    path.write_text(json.dumps(job.to_dict()), encoding="utf-8")
    command = [sys.executable, "-m", "Testing.benchmarks.suite.child", str(folder), str(path)]
    packages = [str(ROOT / "SlicerMedSAM"), str(ROOT), os.environ.get("PYTHONPATH", "")]
    subprocess.run(
        [*command, *(["--quick"] if quick else [])],
        check=True,
        capture_output=True,
        encoding="utf-8",
        timeout=LIMIT_S,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, packages))},
    )
    return json.loads((folder / f"{job.name}.json").read_text(encoding="utf-8"))
