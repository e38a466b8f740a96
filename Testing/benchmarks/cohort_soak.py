"""A cohort that is killed again and again, and the same cohort unbroken and on Ray.

    python -m Testing.benchmarks.cohort_soak --count 200 --kills 3

The whole process group is killed (SIGKILL) when a random number of cases is finished, then the
run is resumed. Every result must be whole at every kill, written once, and in the end the same,
byte for byte without the seconds, as that of a run that nobody killed, and of a run on Ray. The
judge is a small network with seeded weights: what is tested is the bookkeeping, not the scores.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "SlicerMedSAM"), str(ROOT)]

from Testing.unit import cohort_runs as runs  # noqa: E402
from Testing.unit.conftest import TINY_STARTER  # noqa: E402


def tiny_judge(folder: Path) -> Path:
    """A starter network of 64 x 64 pixels with seeded random weights."""
    import torch
    from safetensors.torch import save_file

    from MedSAMLib.sam.backbone import Sam  # noqa: F401  torchvision may lack its operators
    from MedSAMLib.sam.starter import build_starter

    torch.manual_seed(0)
    path = folder / "tiny.safetensors"
    weights = {name: each.half() for name, each in build_starter(TINY_STARTER).state_dict().items()}
    save_file(weights, path, metadata={"config": json.dumps(TINY_STARTER)})
    return path


def timed(command: runs.Command) -> float:
    """Seconds of a run to its end."""
    start = time.perf_counter()
    command.run()
    return time.perf_counter() - start


def killed_and_resumed(command: runs.Command, points: list[int]) -> list[int]:
    """Kill the run at each point and resume it to the end; gives how many were done each time."""
    done, written = [], {}
    for number, point in enumerate(points):
        done.append(len(command.run_and_kill(point, resume=number > 0)))
        runs.check_all_whole(command.output)
        written |= {name: t for name, t in runs.times_of_change(command.output).items()
                    if name not in written}  # fmt: skip
    command.run(resume=True)
    now = runs.times_of_change(command.output)
    again = [name for name, when in written.items() if now[name] != when]
    assert not again, f"assessed again: {again}"
    left = [path for path in command.output.rglob(".*") if path.name != ".lock"]
    assert not left, f"left behind: {left}"
    return done


def main() -> None:
    """Run all three and print figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=200, help="cases")
    parser.add_argument("--kills", type=int, default=3)
    parser.add_argument("--seed", type=int, default=0, help="of the data and of the kills")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--no-ray", action="store_true", help="leave out the run on Ray")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        cases = runs.make_cohort(folder, args.count, args.seed, shape=(1, 24, 28))
        judge = tiny_judge(folder)

        def command(output: str, *options: str) -> runs.Command:
            return runs.Command(cases, folder / output, judge, args.workers, options)

        seconds = timed(command("unbroken"))
        expected = runs.content(folder / "unbroken")
        print(
            f"unbroken: {args.count} cases, {args.workers} processes, {seconds:.0f} s", flush=True
        )
        points = runs.kill_points(args.count, args.kills, args.seed)
        done = killed_and_resumed(command("killed"), points)
        is_same = runs.content(folder / "killed") == expected
        print(
            f"killed when {done} cases were done, resumed: no half file, none assessed twice",
            flush=True,
        )
        print(f"the same {len(expected)} files as unbroken: {is_same}")
        if not args.no_ray:
            seconds = timed(command("ray", "--engine", "ray"))
            on_ray = runs.content(folder / "ray") == expected
            print(f"on Ray ({seconds:.0f} s) the same files: {on_ray}")
            is_same = is_same and on_ray
    sys.exit(0 if is_same else 1)


if __name__ == "__main__":
    main()
