"""The box and point tables, with models whose numbers are known beforehand."""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np
import pytest

from MedSAMLib.errors import UsageError
from Testing.training.fake_models import EllipseModel, Oracle
from training import evaluate_prompts
from training.datasets import Sample
from training.evaluation.prompts_table import METHODS, compare, evaluate_image, evaluate_samples
from training.evaluation.sets import load_samples
from training.evaluation.summary import summarize

SHAPE = (40, 48)


def block(y0: int, x0: int, y1: int, x1: int) -> np.ndarray:
    mask = np.zeros(SHAPE, dtype=bool)
    mask[y0:y1, x0:x1] = True
    return mask


TRUTHS = np.array([block(5, 5, 20, 25), block(22, 12, 36, 40), block(2, 30, 10, 44)])


def sample(index: int = 0, spacing: tuple[float, float] | None = None) -> Sample:
    image = np.where(TRUTHS.any(axis=0), 200, 50).astype(np.uint8)
    ids = tuple(f"{index}/{n}" for n in range(len(TRUTHS)))
    return Sample(image, TRUTHS, ids, group=f"patient{index // 2}", spacing=spacing)


def test_an_oracle_is_perfect_everywhere():
    result = evaluate_image(Oracle(truths=TRUTHS), sample())
    for method in ("tight_box", "loose_box"):
        for scores in result.methods[method]:
            assert (scores.dice, scores.iou, scores.hd95, scores.surface_dice) == (1, 1, 0, 1)
    assert (result.clicks.dice == 1).all()


def test_the_ellipse_model_scores_as_the_ellipse_baseline():
    result = evaluate_image(EllipseModel(), sample())
    assert result.methods["tight_box"] == result.methods["ellipse"]
    assert result.methods["loose_box"] != result.methods["ellipse"]


def test_distances_are_in_mm_and_the_tolerance_is_one_pixel():
    shifted = np.roll(TRUTHS[0], 1, axis=1)
    scores = compare(shifted, TRUTHS[0], spacing=(0.5, 3.0))
    assert scores.hd95 == pytest.approx(3.0)
    assert scores.surface_dice == 1


def test_the_summary_counts_and_averages_over_images():
    results = list(evaluate_samples(Oracle(truths=TRUTHS), [sample(n) for n in range(4)]))
    summary = summarize(results, seed=0)
    assert (summary.images, summary.objects, summary.groups) == (4, 12, 2)
    assert summary.methods["tight_box"]["dice"].value == 1
    assert summary.noc90.value == 1
    assert summary.never_reached.value == 0
    assert summary.click_dice["1"].value == 1
    ellipse = summary.methods["ellipse"]["dice"].value
    assert summary.gains["tight_box - ellipse"].value == pytest.approx(1 - ellipse)


def write_lidc(folder, slices: int = 3) -> None:
    masks = np.zeros((slices, 4, 128, 128), np.uint8)
    masks[:, :2, 30:50, 40:70] = 1
    (folder / "lidc").mkdir()
    np.savez(
        folder / "lidc" / "test.npz",
        images=np.where(masks[:, 0], 180, 40).astype(np.uint8),
        masks_packed=np.packbits(masks.reshape(slices, 4, -1), axis=2),
        ids=np.array([(n, 0, 7) for n in range(slices)], np.int16),
    )


@dataclass
class NamedEllipse(EllipseModel):
    """The ellipse with what the page tells of a model."""

    name: str = "some/folder/ellipse.safetensors"
    architecture: str = "none"
    model_id: str = "0" * 64
    device: str = "cpu"


@pytest.fixture
def ellipse_is_loaded(monkeypatch):
    monkeypatch.setattr(evaluate_prompts, "load_model", lambda name, device: NamedEllipse())


def run(*arguments: object) -> int:
    return evaluate_prompts.main([str(argument) for argument in arguments])


@pytest.mark.usefixtures("ellipse_is_loaded")
def test_the_command_writes_a_page_and_its_numbers(tmp_path, capsys):
    write_lidc(tmp_path)
    out = tmp_path / "results"
    assert run("--data", tmp_path, "--out", out, "--sets", "lidc", "--seed", 5) == 0
    assert capsys.readouterr().out.split() == [str(out / "prompts.md"), str(out / "prompts.json")]
    numbers = json.loads((out / "prompts.json").read_text(encoding="utf-8"))
    lidc = numbers["sets"]["lidc"]
    assert (lidc["images"], lidc["objects"], lidc["groups"]) == (3, 6, 3)
    assert set(lidc["methods"]) == set(METHODS)
    assert lidc["methods"]["tight_box"] == lidc["methods"]["ellipse"]
    assert numbers["provenance"]["seed"] == 5
    page = (out / "prompts.md").read_text(encoding="utf-8")
    for told in ("inscribed ellipse", "GrabCut", "NoC90", "Spearman", "seed 5", "0" * 64):
        assert told in page
    assert "ellipse.safetensors" in page
    assert "some/folder" not in page


@pytest.mark.usefixtures("ellipse_is_loaded")
def test_a_missing_set_is_told_in_one_line(tmp_path, capsys):
    assert run("--data", tmp_path, "--out", tmp_path / "out", "--sets", "lidc") == 1
    assert len(capsys.readouterr().err.strip().splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_the_limit_draws_the_same_images_each_time(tmp_path):
    write_lidc(tmp_path, slices=12)
    first, second = (load_samples("lidc", tmp_path, limit=5, seed=1) for _ in range(2))
    assert [s.ids for s in first] == [s.ids for s in second]
    assert len({s.ids for s in first}) == 5
    assert len(load_samples("lidc", tmp_path, limit=None, seed=1)) == 12


def test_empty_readers_are_no_objects(tmp_path):
    write_lidc(tmp_path)
    assert [len(s.masks) for s in load_samples("lidc", tmp_path, None, 0)] == [2, 2, 2]


def test_an_unknown_set_is_refused_by_name(tmp_path):
    with pytest.raises(UsageError, match="nonsense"):
        load_samples("nonsense", tmp_path, None, 0)
