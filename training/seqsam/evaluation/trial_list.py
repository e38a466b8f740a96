"""The short runs that tell chance and losses apart."""

from __future__ import annotations

from training.seqsam.evaluation.trials import Trial

REFERENCE = "deterministic"
SHIPPED_COUNTS = (2, 3, 4)
STEPS = 480  # of the shipped head and the baselines in docs/results/hypotheses.md
STEPS_OF_SETS, MASKS_OF_SETS = 120, 4
BOXES_OF_SETS, BOXES_OF_VOTES = ("union",), ("union", "reader")
CONSENSUS_WEIGHTS = (0.0, 1.0)

ONE_READER = "one mask, one reader a step"
SINGLE = (
    Trial(REFERENCE, ONE_READER, {"method": "deterministic", "steps": STEPS, "seed": 1}),
    Trial(f"{REFERENCE}-seed2", ONE_READER, {"method": "deterministic", "steps": STEPS, "seed": 2}),
    Trial(
        "mcl-hungarian",
        "MCL, Hungarian: vote of three",
        {"method": "mcl-hungarian", "steps": STEPS},
        count=3,
    ),
    Trial("all-readers", "one mask, all readers a step", {"masks": (1,), "steps": STEPS}),
)
SETS = tuple(
    Trial(
        f"consensus-{weight:g}",
        f"{weight:g}",
        {"masks": (MASKS_OF_SETS,), "steps": STEPS_OF_SETS, "consensus": weight},
        count=MASKS_OF_SETS,
        boxes=BOXES_OF_SETS,
    )
    for weight in CONSENSUS_WEIGHTS
)
TRIALS = (*SETS, *SINGLE)
