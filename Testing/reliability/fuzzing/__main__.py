"""One process of the fuzzer: so many cases of one target, noted line by line in a file.

A crash or a hang ends this process and not the campaign: `fuzz.py` sees which case was in work.
"""

from __future__ import annotations

import faulthandler
import json
import logging
import shutil
import sys
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, seed, settings

from . import guard
from .all_targets import find_target

HANG_S = 60


def main(name: str, count: int, number: int, folder: Path) -> None:
    """Run `count` cases of a target with a seed; results go to `folder`/results.jsonl."""
    logging.disable(logging.CRITICAL)
    target = find_target(name)
    work = folder / "case"
    guard.limit_memory()
    with (folder / "results.jsonl").open("a", encoding="utf-8") as results:

        @seed(number)
        @settings(
            max_examples=count,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(target.cases)
        def run(files) -> None:
            shutil.rmtree(work, ignore_errors=True)
            work.mkdir()
            path = files.write(work)
            faulthandler.dump_traceback_later(HANG_S, exit=True)
            outcome = guard.outcome_of(target.read, path)
            faulthandler.cancel_dump_traceback_later()
            print(json.dumps([outcome.kind, outcome.text]), file=results, flush=True)
            if outcome.kind == guard.FAULT:
                _keep(work, folder / "faults")

        run()


def _keep(work: Path, faults: Path) -> None:
    """The files of a fault, for whoever mends it; a few are enough."""
    faults.mkdir(exist_ok=True)
    number = len(list(faults.iterdir()))
    if number < 20:
        shutil.copytree(work, faults / str(number))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4]))
