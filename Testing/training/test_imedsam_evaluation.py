"""The tables of an implicit head: resolutions, what is refined, what the uncertainty tells."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from MedSAMLib.errors import UsageError
from MedSAMLib.implicit import ImplicitConfig, save_head
from MedSAMLib.implicit.network import ImplicitNetwork
from MedSAMLib.implicit.rendering import Rendered
from MedSAMLib.implicit.selection import most_uncertain
from MedSAMLib.sam import load_model
from MedSAMLib.sam.catalogue import BundledFile
from MedSAMLib.sam.checksums import sha256_of
from MedSAMLib.sam.starter import build_starter
from Testing.unit.sam_factory import tiny_model
from training.datasets import Sample
from training.evaluation.bootstrap import Interval
from training.imedsam import evaluate
from training.imedsam.ablate import ABLATIONS, chosen, folder_name
from training.imedsam.baselines import BoxlessNetwork, save_boxless
from training.imedsam.config import add_settings, settings_of
from training.imedsam.evaluation import cases
from training.imedsam.evaluation.budgets import budget_table, budgets
from training.imedsam.evaluation.certainty import (
    certainty_of,
    choosers,
    expected_calibration_error,
    random_points,
    refinement_fits,
)
from training.imedsam.evaluation.measuring import Fit, Result, fit, gain, intervals, measure
from training.imedsam.evaluation.methods import (
    ADAPTED,
    LORA,
    Files,
    boxes_on,
    ellipse,
    methods_of,
)
from training.imedsam.evaluation.published import published_section
from training.imedsam.evaluation.verdicts import verdict, verdict_table
from training.imedsam.export import export

TINY_STARTER = {
    "image_size": 64,
    "stem_channels": [8, 8, 16],
    "stem_blocks": [0, 0, 0],
    "depth": 1,
    "heads": 2,
    "window": 4,
    "global_blocks": [0],
}
SMALL = ImplicitConfig(
    coarse_widths=(16, 16), coarse_features=8, fine_widths=(16, 16), detail=4, lora_rank=0
)


def disc(shape=(40, 60)) -> np.ndarray:
    y, x = np.ogrid[: shape[0], : shape[1]]
    return ((x - 30) / 20) ** 2 + ((y - 20) / 12) ** 2 <= 1


def sample() -> Sample:
    image = np.where(disc()[..., None], 200, 30).astype(np.uint8).repeat(3, 2)
    return Sample(image, disc()[None], ("a",), "a")


def network() -> ImplicitNetwork:
    torch.manual_seed(0)
    return ImplicitNetwork(tiny_model().sam, SMALL).eval()


def test_the_truth_is_asked_for_in_its_own_resolution(monkeypatch):
    monkeypatch.setattr(cases, "TRAINING_SIDE", 30)
    monkeypatch.setattr(cases, "LOW_SIDE", 30)
    one = sample()
    assert cases.as_it_is(one).image.shape[:2] == cases.as_it_is(one).shape == (40, 60)
    small_image = cases.image_at_training_resolution(one)
    assert (small_image.image.shape[:2], small_image.shape) == ((20, 30), (40, 60))
    half = cases.image_at_half_resolution(one)
    assert (half.image.shape[:2], half.shape) == ((20, 30), (40, 60))
    low = cases.truth_at_low_resolution(one)
    assert (low.image.shape[:2], low.shape) == ((40, 60), (20, 30))
    assert low.masks.sum() == pytest.approx(one.masks.sum() / 4, rel=0.05)


def test_boxes_follow_the_image_that_the_network_sees():
    case = cases.image_at_half_resolution(sample())
    box = case.boxes("oracle", 0)
    np.testing.assert_allclose(boxes_on(case.image, box, case), box / 2)


def test_jittered_boxes_are_the_same_every_time_and_not_tight():
    case = cases.as_it_is(sample())
    first, again, other = (case.boxes("jittered", seed) for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)
    assert not np.array_equal(first, case.boxes("oracle", 0))


def test_the_ellipse_of_an_ellipse_is_perfect():
    case = cases.as_it_is(sample())
    found = fit(ellipse(case, case.boxes("oracle", 0))[0], case.masks[0])
    assert found.dice > 0.95
    assert found.surface_dice == 1
    nothing = fit(np.zeros_like(case.masks[0]), case.masks[0])
    assert (nothing.dice, nothing.hd95) == (0, pytest.approx(np.hypot(40, 60)))


def test_results_have_intervals_and_gains():
    case = cases.as_it_is(sample())
    methods = {
        "ellipse": ellipse,
        "nothing": lambda c, boxes: np.zeros_like(c.masks),
    }
    results = [measure(case, methods, 0)] * 3
    values = intervals(results, ("ellipse", "oracle"), 0)
    assert values["dice"].value > 0.95
    better = gain(results, ("ellipse", "oracle"), ("nothing", "oracle"), "dice", 0)
    assert better.low > 0.95


def rendered(probability: np.ndarray, uncertainty: np.ndarray, share: float = 0.1) -> Rendered:
    refined = np.zeros(uncertainty.size, dtype=bool)
    refined[most_uncertain(uncertainty.ravel(), share)] = True
    return Rendered(probability, uncertainty, refined.reshape(uncertainty.shape))


def test_an_uncertainty_that_knows_the_errors_captures_them_all():
    truth = disc()
    shifted = np.roll(truth, 1, axis=1)
    wrong = truth != shifted
    probability = np.where(shifted, 0.9, 0.1).astype(np.float32)
    box = np.array([10, 8, 51, 33])
    knows = certainty_of(rendered(probability, wrong.astype(np.float32)), truth, box)
    blind = certainty_of(rendered(probability, (~wrong).astype(np.float32)), truth, box)
    assert knows.captured[-1] == 1
    assert knows.in_refined == 1
    assert blind.captured[-1] == 0
    assert list(knows.captured) == sorted(knows.captured)
    flawless = certainty_of(rendered(np.where(truth, 1.0, 0.0), wrong * 1.0), truth, box)
    assert np.isnan(flawless.captured).all()


def test_calibration_is_the_distance_of_what_is_told_from_what_is_true(rng):
    box = np.array([0, 0, 60, 40])
    told = rng.random((40, 60)).astype(np.float32)
    true = rng.random((40, 60)) < told
    nothing = np.zeros_like(told)
    honest = certainty_of(rendered(told, nothing), true, box).bins
    boastful = certainty_of(rendered(np.where(told > 0.5, 0.99, 0.01), nothing), true, box).bins
    assert expected_calibration_error([honest] * 2) < 0.05
    assert expected_calibration_error([boastful]) > 0.15


def fits(dice: float, hd95: float = 1.0, surface: float = 0.5) -> Fit:
    return Fit(dice, hd95, 1.0, surface)


def test_what_was_expected_is_said_to_be_kept_or_not():
    ours, theirs = ("**implicit decoder**", "oracle"), ("tiny's decoder, mask resized", "oracle")
    better = [Result(str(n), {ours: fits(0.9, 2.0, 0.6), theirs: fits(0.8, 3.0)}) for n in range(4)]
    worse = [Result(str(n), {ours: fits(0.7, 4.0, 0.4), theirs: fits(0.8, 3.0)}) for n in range(4)]
    refinement = {"native": [{"random": fits(0.9), "uncertain 12.5 %": fits(0.9, surface=0.6)}] * 3}
    kept = verdict_table(
        {"sessile": better, "sessile_low": better, "native": better}, refinement, 0
    )
    assert kept.count("| yes |") == 5
    assert "| no |" not in kept
    broken = verdict_table({"sessile": better, "sessile_low": worse, "native": worse}, {}, 0)
    assert broken.count("| no |") == 3  # HD95, surface Dice, and what is lost at 128
    assert "0.1000" in broken
    assert verdict_table({"sessile": [Result("0", {theirs: fits(1.0)})]}, {}, 0) == ""


@pytest.mark.parametrize(
    ("low", "mean", "high", "told"),
    [(0.0, 0.1, 0.2, "yes"), (-0.2, -0.1, -0.01, "no"), (-0.1, 0.1, 0.2, "mean yes")],
)
def test_only_a_whole_interval_decides(low, mean, high, told):
    assert verdict(Interval(mean, low, high), 1, 0.0) == told
    # The same of a distance, of which less is better.
    assert verdict(Interval(-mean, -high, -low), -1, 0.0) == told


def test_an_adapted_head_is_compared_with_the_discrete_one_that_was_trained_like_it():
    keys = [(name, "oracle") for name in (ADAPTED, f"{LORA}, mask resized", "plain, mask resized")]
    results = [
        Result(str(n), {k: fits(d) for k, d in zip(keys, (0.9, 0.8, 0.7), strict=True)})
        for n in range(4)
    ]
    told = verdict_table({"sessile": results}, {}, 0)
    assert "0.1000" in told
    assert "plain" not in told


def test_the_record_of_a_trained_network_is_told(tmp_path):
    record = {"settings": {"sets": ["sessile"], "image_size": 64, "batch": 4, "seed": 3}, "step": 7}
    network = BoxlessNetwork("unet", 1, 64)
    save_boxless(tmp_path / "unet.safetensors", network, record | {"dice": 0.5})
    table = budget_table(budgets(Files(unet=tmp_path / "unet.safetensors")))
    assert "| U-Net, no box | sessile | 64 | 7 x 4 | 3 | 0.500 |" in table


def test_random_points_are_as_many_and_do_not_look():
    uncertainty = np.linspace(0, 1, 400)
    drawn = random_points(uncertainty, 0.125)
    assert len(drawn) == len(set(drawn)) == 50
    np.testing.assert_array_equal(drawn, random_points(uncertainty[::-1], 0.125))


def test_every_way_to_refine_is_measured():
    fits = refinement_fits(network(), cases.as_it_is(sample()), seed=0)
    assert list(fits) == list(choosers(0))
    # An untrained fine network adds nothing, wherever it is asked.
    assert len({round(each.dice, 4) for each in fits.values()}) == 1


def test_published_numbers_say_that_they_are_not_comparable():
    text = published_section()
    assert "not comparable" in text
    assert "91.49" in text


@pytest.fixture
def polyps(tmp_path):
    """Two images of each polyp folder."""
    for folder in ("kvasir_sessile/test", "kvasir_sessile/val", "kvasir_native"):
        for part in ("images", "masks"):
            (tmp_path / folder / part).mkdir(parents=True)
        for number in range(2):
            one = np.roll(sample().image, number, axis=0)
            mask = (np.roll(disc(), number, axis=0) * 255).astype(np.uint8)
            Image.fromarray(one).save(tmp_path / folder / "images" / f"{number}.jpg")
            Image.fromarray(mask).save(tmp_path / folder / "masks" / f"{number}.jpg", quality=100)
    return tmp_path


def test_the_command_writes_the_page(polyps, tmp_path):
    torch.manual_seed(0)
    checkpoint = tmp_path / "tiny.safetensors"
    weights = {name: each.half() for name, each in build_starter(TINY_STARTER).state_dict().items()}
    save_file(weights, checkpoint, metadata={"config": json.dumps(TINY_STARTER)})
    model = load_model(checkpoint, device="cpu")
    run = tmp_path / "runs" / "full"
    run.mkdir(parents=True)
    save_head(run / "head.safetensors", ImplicitNetwork(model.sam, SMALL), model.model_id, {})
    options = {
        "--model": checkpoint,
        "--data": polyps,
        "--out": tmp_path / "out",
        "--head": run / "head.safetensors",
        "--ablations": tmp_path / "runs",
        "--limit": 2,
    }
    line = [str(part) for pair in options.items() for part in pair]
    assert evaluate.main([*line, "--sets", "sessile", "native"]) == 0
    page = (tmp_path / "out" / "imedsam.md").read_text()
    for told in (
        "**implicit decoder**",
        "| tiny.safetensors's decoder, image resized first",
        "inscribed ellipse",
        "random 12.5 %",
        "ECE",
        "| untrained |",
        "| full, refined 50 % |",
        "not comparable",
    ):
        assert told in page
    content = json.loads((tmp_path / "out" / "imedsam.json").read_text())
    methods = content["sets"]["sessile"]["methods"]
    assert 0 <= methods["**implicit decoder** | oracle"]["dice"]["value"] <= 1
    assert content["certainty"]["native"]["images"] == 2


def test_a_network_without_a_box_is_compared_too(tmp_path):
    save_boxless(tmp_path / "unet.safetensors", BoxlessNetwork("unet", 1, 64), {})
    methods = methods_of(tiny_model(), Files(unet=tmp_path / "unet.safetensors"), seed=0)
    assert "**implicit decoder**" not in methods
    case = cases.as_it_is(sample())
    masks = methods["U-Net, no box, mask resized"](case, case.boxes("oracle", 0))
    assert masks.shape == (1, 40, 60)


def test_a_set_that_is_not_there_is_told(tmp_path):
    with pytest.raises(UsageError, match="is not in"):
        cases.load_cases("native", tmp_path, None, 0)
    with pytest.raises(UsageError, match="Unknown set"):
        cases.load_cases("nothing", tmp_path, None, 0)


def test_every_ablation_is_a_valid_run_of_its_own():
    import argparse

    parser = argparse.ArgumentParser()
    parser.add_argument("--config", default=None)
    add_settings(parser)
    settings = {name: settings_of(parser.parse_args(o)) for name, o in ABLATIONS.items()}
    assert len({str(each) for each in settings.values()}) == len(ABLATIONS)
    assert len({folder_name(name) for name in ABLATIONS}) == len(ABLATIONS)
    assert {each.refine for each in settings.values()} == {0, 0.5, 0.25, 0.125, 0.0625, 0.03125}
    assert list(chosen(["phase"])) == ["frequency phase"]


def table_of(source: Path) -> dict:
    """The heads of a catalogue's source."""
    names: dict = {"BundledFile": BundledFile}
    exec(source.read_text(), names)
    return names["BUNDLED_HEADS"]


def test_an_exported_head_is_entered_in_the_catalogue(tmp_path):
    model = tiny_model()
    save_head(tmp_path / "head.safetensors", network(), model.model_id, {})
    source = tmp_path / "catalogue.py"
    source.write_text('BUNDLED_HEADS = {"other": BundledFile("0", 1)}\n')
    (tmp_path / "models").mkdir()
    shipped = export(tmp_path / "head.safetensors", model, tmp_path / "models", source)
    assert shipped.name == "tiny-imedsam.safetensors"
    entry = table_of(source)[shipped.name]
    assert (entry.sha256, entry.bytes) == (sha256_of(shipped), shipped.stat().st_size)
    assert table_of(source).keys() == {"other", shipped.name}
    # A second time the entry is replaced.
    again = export(shipped, model, tmp_path, source)
    assert table_of(source)[again.name] == entry
    # Another catalogue is refused.
    source.write_text("A = 1\n")
    with pytest.raises(ValueError, match="0 tables"):
        export(shipped, model, tmp_path, source)
