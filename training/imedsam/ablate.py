"""Train every ablation of the paper's tables, one after the other, each under the same budget.

    python -m training.imedsam.ablate --data ../shared/data --out runs/imedsam-ablations \\
        --config training/configs/imedsam_sessile.json --minutes 2

Each run is a folder of `--out`; what is complete is not trained again, what was interrupted goes
on. `--only frequency` takes the runs whose names contain a word.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

# Tables 5, 6 and 7, the LoRA ranks and Figure 6 of the paper (papers.md 2d), and what is mended.
ABLATIONS: dict[str, tuple[str, ...]] = {
    "full": (),
    "LoRA": ("--frequency", "none", "--no-inr"),
    "LoRA and frequency": ("--no-inr",),
    "LoRA and INR": ("--frequency", "none"),
    "frequency phase": ("--frequency", "phase"),
    **{f"rank {rank}": ("--lora-rank", str(rank)) for rank in (0, 2, 8)},
    **{
        f"refined {share:.4%}".rstrip("0%").rstrip(".") + " %": ("--refine", str(share))
        for share in (0.5, 0.25, 0.0625, 0.03125)
    },
    "refined nothing": ("--refine", "0"),
    **{f"{share:.0%} of the data": ("--share", str(share)) for share in (0.1, 0.25, 0.5)},
    "margin": ("--uncertainty", "margin"),
    "margin and variance": ("--uncertainty", "combined"),
    "coarse weight to nothing": ("--coarse-floor", "0"),
    "without detail": ("--detail", "0"),
    "SAM's decoder": ("--method", "sam"),
}


def chosen(only: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The runs whose names contain one of the words; all without words."""
    return {
        name: options
        for name, options in ABLATIONS.items()
        if not only or any(word in name for word in only)
    }


def folder_name(name: str) -> str:
    """A run's folder: its name without what shells and Windows mind."""
    kept = (character if character.isalnum() or character == "." else "-" for character in name)
    return "-".join(filter(None, "".join(kept).split("-")))


def main() -> int:
    """Train what is chosen; the first failure ends it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, required=True, help="folder of the runs")
    parser.add_argument("--only", nargs="+", default=(), help="words of the runs' names")
    arguments, passed_on = parser.parse_known_args()
    for name, options in chosen(arguments.only).items():
        out = arguments.out / folder_name(name)
        command = [sys.executable, "-m", "training.imedsam.train", "--out", str(out)]
        status = subprocess.run([*command, *passed_on, *options]).returncode
        if status:
            return status
    return 0


if __name__ == "__main__":
    sys.exit(main())
