"""The runs of `training.imedsam.ablate`, each against the full network on the same images."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from MedSAMLib.implicit import ImplicitHead, load_head
from MedSAMLib.implicit.rendering import RenderSettings
from MedSAMLib.sam import SamModel
from training.evaluation.bootstrap import Interval
from training.evaluation.report import markdown_table, number, with_interval
from training.imedsam.ablate import ABLATIONS, folder_name
from training.imedsam.evaluation.cases import Case
from training.imedsam.evaluation.certainty import REFINED_SHARES
from training.imedsam.evaluation.measuring import Result, gain, intervals, mean_fit
from training.imedsam.evaluation.methods import Method, network_method, plain

FULL = "full"
UNTRAINED = "untrained"
PROMPT = "oracle"


@dataclass(frozen=True)
class Ablation:
    """One run: its fits, the difference of its Dice from the full network's on the same images
    (None where there is no full one), and its budget in words."""

    fits: dict[str, Interval]
    difference: Interval | None
    budget: str


def ablations(
    model: SamModel, folder: Path, cases: Sequence[Case], seed: int
) -> dict[str, Ablation]:
    """The runs in `folder` in the order in which they are trained, with the oracle box.

    Table 7 of the paper comes from the full network alone: which share of the points is refined
    is a setting of the inference, see `REFINED_SHARES`. `UNTRAINED` is the backbone as it is.
    """
    results: dict[str, list[Result]] = {}
    budgets: dict[str, str] = {}
    for name, method, budget in _asked(model, folder, seed):
        shown = tqdm(cases, desc=name, unit="image", dynamic_ncols=True)
        results[name] = [_result(method, case, name) for case in shown]
        budgets[name] = budget
    return {name: _ablation(name, results, budgets[name], seed) for name in results}


def _asked(model: SamModel, folder: Path, seed: int) -> Iterator[tuple[str, Method, str]]:
    yield UNTRAINED, network_method(plain(model), RenderSettings(seed=seed)), "0"
    for name in ABLATIONS:
        path = folder / folder_name(name) / "head.safetensors"
        if not path.exists():
            continue
        head = load_head(path, model)
        own = head.config.refine
        for share in (own, *(s for s in REFINED_SHARES if s != own and name == FULL)):
            asked = name if share == own else f"{name}, refined {100 * share:g} %"
            settings = RenderSettings(refine=share, seed=seed)
            yield asked, network_method(head.network, settings), _budget(head)


def _budget(head: ImplicitHead) -> str:
    """Steps and views a step, as the training's record tells them."""
    settings = head.training.get("settings", {})
    return f"{head.training.get('step', '?')} x {settings.get('batch', '?')}"


def _result(method: Method, case: Case, name: str) -> Result:
    fit = mean_fit(method(case, case.boxes(PROMPT, 0)), case.masks)
    return Result(case.group, {(name, PROMPT): fit})


def _ablation(name: str, results: dict[str, list[Result]], budget: str, seed: int) -> Ablation:
    key, full = (name, PROMPT), (FULL, PROMPT)
    difference = None
    if FULL in results and name != FULL:
        pairs = zip(results[name], results[FULL], strict=True)
        both = [Result(one.group, one.fits | other.fits) for one, other in pairs]
        difference = gain(both, key, full, "dice", seed)
    return Ablation(intervals(results[name], key, seed), difference, budget)


def ablation_table(found: dict[str, Ablation]) -> str:
    """A row a run."""
    header = ("run", "steps x views", "Dice [95 % CI]", "minus full", "HD95", "surface Dice")
    rows = [
        (
            name,
            each.budget,
            with_interval(each.fits["dice"]),
            "" if each.difference is None else with_interval(each.difference, 4),
            number(each.fits["hd95"].value, 2),
            with_interval(each.fits["surface_dice"]),
        )
        for name, each in found.items()
    ]
    return markdown_table(header, rows)
