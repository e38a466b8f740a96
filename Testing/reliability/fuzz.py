"""Thousands of damaged files for all that reads files: `python -m Testing.reliability.fuzz`.

Every case must be read, or refused with one sentence (MedSAMError), within seconds and without
large allocations. Anything else is a fault: another exception, a crash of the process, a hang.
"""

from __future__ import annotations

import argparse
import collections
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from .fuzzing.all_targets import WEIGHTS
from .fuzzing.guard import FAULT, READ, REFUSED

ROOT = Path(__file__).resolve().parents[2]
# A process is made new after so many cases: what libraries keep must not add up.
BATCH = 500


def main() -> int:
    """Print a line for each target and the different faults; 1 if there was any."""
    args = _arguments()
    counts = _counts(args.cases, args.target or list(WEIGHTS))
    everything: collections.Counter[str] = collections.Counter()
    faults = []
    started = time.monotonic()
    print(f"{'target':20}{'cases':>7}{'read':>7}{'refused':>9}{'faults':>8}{'s':>6}")
    for name, count in counts.items():
        begun = time.monotonic()
        outcomes = _run_target(name, count, args.seed, args.keep)
        kinds = collections.Counter(kind for kind, _ in outcomes)
        faults += [f"{name}: {text}" for kind, text in outcomes if kind == FAULT]
        everything += kinds
        numbers = f"{len(outcomes):7}{kinds[READ]:7}{kinds[REFUSED]:9}{kinds[FAULT]:8}"
        print(f"{name:20}{numbers}{time.monotonic() - begun:6.0f}", flush=True)
    total = (
        f"{everything.total():7}{everything[READ]:7}{everything[REFUSED]:9}{everything[FAULT]:8}"
    )
    print(f"{'all':20}{total}{time.monotonic() - started:6.0f}")
    for text, times in collections.Counter(faults).most_common():
        print(f"{times:4} x {text}")
    return 1 if everything[FAULT] else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=5000, help="in all (default: 5000)")
    parser.add_argument("--target", action="append", choices=list(WEIGHTS), help="default: all")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, help="folder for the files of faults")
    return parser.parse_args()


def _counts(cases: int, targets: list[str]) -> dict[str, int]:
    total = sum(WEIGHTS[name] for name in targets)
    return {name: max(1, round(cases * WEIGHTS[name] / total)) for name in targets}


def _run_target(name: str, count: int, seed: int, keep: Path | None) -> list[tuple[str, str]]:
    """(kind, text) of each case."""
    outcomes: list[tuple[str, str]] = []
    number = 0
    while len(outcomes) < count:
        with tempfile.TemporaryDirectory() as folder:
            wanted = min(BATCH, count - len(outcomes))
            found = _run_process(name, wanted, seed * 1000 + number, Path(folder))
            outcomes += found[:wanted]
            if keep is not None and (Path(folder) / "faults").exists():
                shutil.copytree(
                    Path(folder) / "faults", keep / name / str(number), dirs_exist_ok=True
                )
        number += 1
        if len(found) <= 1:
            break  # nothing runs, or the same case kills every process
    return outcomes


def _run_process(name: str, count: int, seed: int, folder: Path) -> list[tuple[str, str]]:
    command = [sys.executable, "-m", "Testing.reliability.fuzzing", name, str(count), str(seed)]
    paths = os.pathsep.join([str(ROOT / "SlicerMedSAM"), str(ROOT)])
    done = subprocess.run(
        [*command, str(folder)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": paths, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        errors="replace",
    )
    results = folder / "results.jsonl"
    lines = results.read_text(encoding="utf-8").splitlines() if results.exists() else []
    outcomes = [tuple(json.loads(line)) for line in lines]
    if done.returncode:
        why = (done.stderr.strip().splitlines() or [""])[-1]
        outcomes.append((FAULT, f"the process ended with {done.returncode}: {why[:200]}"))
        if (folder / "case").exists():
            shutil.copytree(folder / "case", folder / "faults" / "crash")
    return outcomes


if __name__ == "__main__":
    sys.exit(main())
