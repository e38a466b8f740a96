"""The parts of the evaluation; each returns plain values for quality.json."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from tqdm import tqdm

from MedSAMLib import metrics
from MedSAMLib.quality.learned_judge import LearnedJudge
from training.datasets import Sample, read_polyp_quality
from training.sqasam import conformal, missed_objects, severity, weaker_judges, wrong_names
from training.sqasam.leakage import find_leaks
from training.sqasam.ranking import FAILURE, difference, ranking
from training.sqasam.readings import (
    MIN_PIXELS,
    POINTS,
    LearnedReader,
    Reader,
    Readings,
    read_kept,
)
from training.sqasam.scores import BY_NAME, SCORES, by_area, reduction

COMPARED = ("combined_default", "box", "learned", "combined_whole")
REFERENCE = "max_alike"  # the module's earlier default
CALIBRATED = ("box", "learned", "combined_whole", "soft_dice_confidence")
CALIBRATING_IMAGES = 20


@dataclass(frozen=True)
class Bench:
    """What the parts share. limit, severity_limit: images of polyp_quality, of each other set."""

    data: Path
    cache: Path
    model: object
    learned: LearnedJudge | None
    limit: int | None
    severity_limit: int
    seed: int

    def readers(self, full: bool, min_pixels: int = MIN_PIXELS) -> list:
        """The promptable judge's reader, and the learned judge's if there is one."""
        readers: list = [Reader(self.model, full, min_pixels)]
        if self.learned is not None:
            readers.append(LearnedReader(self.learned, min_pixels))
        return readers


@dataclass(frozen=True)
class Case:
    """A triple of polyp_quality with its readings."""

    name: str
    network: str
    group: str
    dice: float
    readings: Readings


def quality_cases(bench: Bench) -> list[Case]:
    """The triples' readings, from the cache where they are."""
    readers, kept = bench.readers(full=True), []
    triples = list(read_polyp_quality(bench.data))
    groups = list(dict.fromkeys(t.group for t in triples))[: bench.limit]
    for triple in tqdm([t for t in triples if t.group in groups], desc="polyp_quality"):
        readings = read_kept(
            readers,
            lambda triple=triple: bench.model.embed(triple.image),
            triple.mask,
            bench.cache / "polyp_quality" / f"{triple.group}_{triple.network}",
            triple.probability,
        )
        true = metrics.dice(triple.mask, triple.truth)
        kept.append(Case(triple.name, triple.network, triple.group, true, readings))
    return kept


def rank_scores(bench: Bench) -> dict:
    """Every score's ranking of the triples, and within each network."""
    cases = quality_cases(bench)
    dices, groups = np.array([c.dice for c in cases]), [c.group for c in cases]
    values = {s.name: [s.of(c.readings) for c in cases] for s in SCORES}
    present = {name: v for name, v in values.items() if np.isfinite(v).any()}
    return {
        "triples": len(cases),
        "images": len(set(groups)),
        "without_score": {n: int(np.isnan(v).sum()) for n, v in present.items()},
        "rankings": {n: _plain(ranking(v, dices, groups, bench.seed)) for n, v in present.items()},
        "gains": {
            n: asdict(difference(present[n], present[REFERENCE], dices, groups, bench.seed))
            for n in COMPARED
            if n in present
        },
        "networks": _per_network(cases, present),
        "scatter": {"dice": dices.tolist(), "network": [c.network for c in cases], **present},
    }


def _per_network(cases: list[Case], values: dict[str, list[float]]) -> dict:
    result = {}
    for network in sorted({c.network for c in cases}):
        rows = [n for n, case in enumerate(cases) if case.network == network]
        true = np.array([cases[n].dice for n in rows])
        result[network] = {"dice": float(true.mean()), "failures": float((true < FAILURE).mean())}
        for name in ("box", "learned", "combined_whole", "soft_dice_confidence"):
            if name in values:
                scores = metrics.bottom_first([values[name][n] for n in rows])
                result[network][name] = metrics.spearman(scores, true)
    return result


def ablate(bench: Bench) -> dict:
    """Reduction, point and multimask policy, all by area."""
    cases = quality_cases(bench)
    dices, groups = [c.dice for c in cases], [c.group for c in cases]
    rows = {}
    for point in POINTS:
        for policy in ("single", "best"):
            for name in ("point", "max", "mean", "min"):
                rule = by_area(reduction(name, f"{point}_{policy}"))
                title = f"{name}; {point}, {policy} mask"
                values = [rule(c.readings) for c in cases]
                rows[title] = _plain(ranking(values, dices, groups, bench.seed))
    return rows


def weaken(bench: Bench) -> dict:
    """The box score with judges that see less; and how good each is with true boxes."""
    return weaker_judges.measure(bench.model, list(read_polyp_quality(bench.data)), bench)


def grade_severity(bench: Bench) -> dict:
    """Mean scores by kind of error and step."""
    readers, result = bench.readers(full=False, min_pixels=10), {}
    names = [n for n in severity.SHOWN if bench.learned or n in ("max", "box")]
    for name, (_, read) in severity.SETS.items():
        samples = _drawn([s for s in read(bench.data) if _usable(s)], bench)
        progress = tqdm(samples, desc=f"severity, {name}")
        folder = bench.cache / f"severity_{name}_{bench.seed}"
        spoilt = list(severity.spoilt_objects(bench.model, readers, progress, bench.seed, folder))
        found = severity.curves(spoilt, names, bench.seed)
        result[name] = {
            kind: {score: [asdict(mean) for mean in means] for score, means in scores.items()}
            for kind, scores in found.items()
        }
    return result


def cover(bench: Bench) -> dict:
    """Conformal coverage on random splits by image."""
    cases = quality_cases(bench)
    dices, groups = [c.dice for c in cases], [c.group for c in cases]
    result = {}
    for name in CALIBRATED:
        values = [BY_NAME[name].of(c.readings) for c in cases]
        if np.isfinite(values).sum() > len(values) / 2:
            count = min(CALIBRATING_IMAGES, len(set(groups)) // 2)
            for level in (0.8, 0.9):
                found = conformal.repeated_coverage(values, dices, groups, count, level)
                result[f"{BY_NAME[name].title}, {level:.0%}"] = asdict(found)
    return result


def find_leakage(bench: Bench) -> dict:
    """polyp_quality against the polyp images of training and choice; and a positive control."""
    evaluated = (bench.data / "polyp_quality" / "images").glob("*.jpg")
    parts = ("kvasir_seg/train", "kvasir_sessile/train", "kvasir_sessile/val")
    known = [path for part in parts for path in (bench.data / part / "images").glob("*.jpg")]
    native = (bench.data / "kvasir_native" / "images").glob("*.jpg")
    sessile = (bench.data / "kvasir_sessile").glob("*/images/*.jpg")
    return {
        "polyp_quality": asdict(find_leaks(evaluated, known)),
        "control": asdict(find_leaks(native, sessile)),
    }


PARTS: dict[str, Callable[[Bench], dict]] = {
    "leakage": find_leakage,
    "ranking": rank_scores,
    "ablation": ablate,
    "coverage": cover,
    "weaker_judges": weaken,
    "severity": grade_severity,
    "missed": lambda bench: missed_objects.measure(bench),
    "wrong_labels": lambda bench: wrong_names.measure(bench),
}


def _usable(sample: Sample) -> bool:
    return severity.first_object(sample) is not None


def _drawn(samples: list[Sample], bench: Bench) -> list[Sample]:
    chosen = np.random.default_rng(bench.seed).permutation(len(samples))[: bench.severity_limit]
    return [samples[row] for row in sorted(chosen)]


def _plain(measured: dict) -> dict:
    return {name: asdict(interval) for name, interval in measured.items()}
