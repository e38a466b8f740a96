"""The evaluation of hypotheses: boxes, pools, measures and tables, on small cases."""

from __future__ import annotations

import json

import numpy as np
import pytest

from MedSAMLib import UsageError, metrics
from MedSAMLib.hypotheses import Hypotheses
from MedSAMLib.hypotheses.heads import new_head
from MedSAMLib.prompts import tight_box
from Testing.unit.sam_factory import tiny_model
from training.datasets import Sample
from training.seqsam import evaluate
from training.seqsam.boxes import JITTER
from training.seqsam.evaluation.boxes import BOXES, case_box
from training.seqsam.evaluation.measuring import (
    COUNTS,
    MEASURES,
    READOUTS,
    cropped,
    measures,
    readouts,
    repeated,
)
from training.seqsam.evaluation.methods import Method, head_methods, training_free_methods
from training.seqsam.evaluation.pools import pool_of
from training.seqsam.evaluation.summary import case_values, summarize
from training.seqsam.export import export_head

SHAPE = (32, 40)


def disc(radius: float, center=(16, 20)) -> np.ndarray:
    rows, columns = np.indices(SHAPE)
    return np.hypot(rows - center[0], columns - center[1]) < radius


def sample(number: int = 0, radii=(5, 6, 0, 8)) -> Sample:
    masks = np.stack([disc(radius) for radius in radii])
    image = np.random.default_rng(number).integers(0, 255, SHAPE).astype(np.uint8)
    names = tuple(f"case{number}/reader{reader}" for reader in range(len(radii)))
    return Sample(image, masks, names, group=f"patient{number // 2}")


SAMPLES = [sample(number, radii=(5, 6, 0, 6 + number)) for number in range(4)]


def of_masks(*masks: np.ndarray, scores=None, name="fixed") -> Method:
    """A method that always answers the same masks."""
    scores = np.ones(len(masks)) if scores is None else np.array(scores)
    found = Hypotheses(
        np.stack(masks), np.zeros((len(masks), 4, 4), np.float32), scores.astype(np.float32), name
    )
    return Method(name, name, len(masks), lambda embedding, box: found, "")


@pytest.fixture(scope="module")
def model():
    return tiny_model()


# --- boxes ---------------------------------------------------------------------------------------


def test_the_union_box_holds_all_readers():
    np.testing.assert_array_equal(case_box(sample(), "union"), tight_box(disc(8)))


def test_the_readers_box_is_of_one_who_marked_something_and_stays_with_the_case():
    own = [tight_box(disc(radius)).tolist() for radius in (5, 6, 8)]
    boxes = [case_box(sample(number), "reader").tolist() for number in range(30)]
    assert {tuple(box) for box in boxes} == {tuple(box) for box in own}
    assert boxes[7] == case_box(sample(7), "reader").tolist()
    others = [case_box(sample(number), "reader", seed=1).tolist() for number in range(30)]
    assert boxes != others


def test_the_jittered_box_is_the_readers_moved():
    for number in range(20):
        reader, moved = (case_box(sample(number), kind) for kind in ("reader", "jittered"))
        extent = np.tile(reader[2:] - reader[:2], 2)
        assert 0 < np.abs((moved - reader) / extent).max() <= JITTER


# --- measures ------------------------------------------------------------------------------------


def test_measures_are_those_of_the_library():
    masks, readers = np.stack([disc(5), disc(7)]), sample().masks
    found = measures(metrics.Comparison.of(masks, readers))
    assert set(found) == set(MEASURES)
    assert found["ged_keep"] == metrics.ged(masks, readers, empty="keep")
    assert found["ged_drop"] == metrics.ged(masks, readers, empty="drop")
    assert found["d_max_reader_drop"] == metrics.dice_max(masks, readers, "reader", "drop")
    assert found["d_max_prediction_keep"] == metrics.dice_max(masks, readers, "prediction")
    assert found["diversity"] == metrics.diversity(masks)


def test_misfits_are_of_no_readers_size():
    """Readers have radius 5 to 8: 3 is less than half of 5's area, 12 more than twice 8's."""
    masks = np.stack([disc(3), disc(4.5), disc(9), disc(12)])
    assert measures(metrics.Comparison.of(masks, sample().masks))["misfits"] == 0.5


def test_cropping_changes_no_measure():
    masks, readers = np.stack([disc(5), disc(7, (10, 25))]), sample().masks
    small = cropped(masks, readers)
    assert small[0].shape[1:] < SHAPE
    whole = metrics.Comparison.of(masks, readers)
    assert measures(metrics.Comparison.of(*small)) == pytest.approx(measures(whole))
    empty = np.zeros((2, *SHAPE), bool)
    assert metrics.ged(*cropped(empty, empty)) == 0


def test_missing_masks_are_repeated_in_turn():
    assert repeated(own=3, count=4).tolist() == [0, 1, 2, 0]
    assert repeated(own=16, count=3).tolist() == [0, 1, 2]


def test_readouts_by_hand():
    """Readers have radius 6; the masks 5, 6, 7, 12, of which the last scores itself best."""
    masks = np.stack([disc(radius) for radius in (5, 6, 7, 12)])
    readers = np.stack([disc(6), disc(6), disc(0)])
    found = readouts(masks, np.array([0.1, 0.2, 0.3, 0.9]), readers)
    assert tuple(found) == READOUTS
    dice = [metrics.dice(mask, disc(6)) for mask in masks]
    assert found["first"] == pytest.approx(dice[0])
    assert found["random"] == pytest.approx(np.mean(dice))
    assert found["own score"] == pytest.approx(dice[3])
    assert found["medoid"] == found["oracle"] == 1
    # Radius 7 is what three of four hold at most; two of four (a tie) are enough for the vote.
    assert found["majority"] == pytest.approx(dice[2])


# --- pools ---------------------------------------------------------------------------------------


def test_pools_are_kept_and_made_again_when_anything_changes(model, tmp_path):
    calls = []

    def make(embedding, box):
        calls.append(box)
        return of_masks(disc(5), disc(6)).make(embedding, box)

    method = Method("counted", "counted", 2, make, "a")
    pool = pool_of(model, method, SAMPLES, "union", 0, tmp_path)
    np.testing.assert_array_equal(pool.masks(3, SHAPE), [disc(5), disc(6)])
    assert len(calls) == len(SAMPLES)
    again = pool_of(model, method, SAMPLES, "union", 0, tmp_path)
    assert len(calls) == len(SAMPLES)
    np.testing.assert_array_equal(again.packed, pool.packed)
    other = Method("counted", "counted", 2, make, "b")
    for changed in ((other, SAMPLES, "union", 0), (method, SAMPLES, "reader", 0)):
        calls.clear()
        pool_of(model, *changed, tmp_path)
        assert len(calls) == len(SAMPLES)
    calls.clear()
    further = [*SAMPLES[1:3], sample(9)]
    pool_of(model, method, further, "union", 0, tmp_path)
    assert len(calls) == 1  # the case that was not asked before


def test_every_method_gets_the_same_boxes(model):
    boxes = {"a": [], "b": []}
    for name, seen in boxes.items():
        fixed = of_masks(disc(5))
        method = Method(
            name, name, 1, lambda e, box, s=seen, f=fixed: s.append(box) or f.make(e, box), ""
        )
        pool_of(model, method, SAMPLES, "jittered", 3)
    np.testing.assert_array_equal(boxes["a"], boxes["b"])


# --- summaries -----------------------------------------------------------------------------------


def values_of(model, method):
    return case_values(pool_of(model, method, SAMPLES, "union", 0), SAMPLES)


def test_a_perfect_method_beats_a_constant_one_with_certainty(model):
    class Readers:
        """Answers the readers' own masks, which a fixed method cannot know."""

        count = 0

        def make(self, embedding, box):
            radius = (box[2] - box[0] + 1) / 2
            masks = [disc(5), disc(6), disc(0), disc(radius)]
            return of_masks(*masks).make(embedding, box)

    perfect = Method("perfect", "perfect", 4, Readers().make, "")
    values = {m.name: values_of(model, m) for m in (perfect, of_masks(disc(3)))}
    summary = summarize(values, [s.group for s in SAMPLES], seed=0)
    assert summary.methods["perfect"].measures[4]["ged_keep"].value == pytest.approx(0, abs=1e-9)
    assert summary.methods["perfect"].measures[8]["ged_keep"].value == pytest.approx(0, abs=1e-9)
    difference = summary.differences["fixed"][4]["ged_keep"]
    assert difference.high < 0
    assert list(summary.differences) == ["fixed"]


def test_readouts_are_measured_up_to_a_methods_own_number(model):
    three = values_of(model, of_masks(disc(5), disc(6), disc(7)))
    assert list(three.readouts) == [3]
    assert set(three.by_count) == set(COUNTS)
    assert values_of(model, of_masks(disc(5))).readouts == {}


# --- the command ---------------------------------------------------------------------------------


@pytest.fixture
def setting(model, tmp_path, monkeypatch):
    """Four cases, a tiny network with two fresh heads, and a folder for the tables."""
    monkeypatch.setattr(evaluate, "load_model", lambda *_, **__: model)
    monkeypatch.setattr(evaluate, "read_lidc", lambda data, split: iter(SAMPLES))
    heads = tmp_path / "heads"
    for kind, settings in (
        ("seqsam", {"method": "seqsam", "loss": "energy"}),
        ("mcl", {"method": "mcl-released"}),
    ):
        export_head(
            new_head(model, kind), model, heads / f"{kind}.safetensors", {"settings": settings}
        )
    return ["--data", "nowhere", "--heads", str(heads), "--out", str(tmp_path / "out")]


def test_the_command_writes_tables_for_all_boxes_and_methods(setting, tmp_path, capsys):
    assert evaluate.main([*setting, "--boxes", "union", "jittered"]) == 0
    assert capsys.readouterr().out.split() == [
        str(tmp_path / "out" / f"hypotheses.{ending}") for ending in ("md", "json", "png")
    ]
    page = (tmp_path / "out" / "hypotheses.md").read_text(encoding="utf-8")
    for told in ("SeqSAM", "released loss", "moved prompts", "inscribed ellipse", "4 slices of 2"):
        assert told in page
    assert str(tmp_path) not in page.replace(str(tmp_path / "heads"), "").replace(
        str(tmp_path / "out"), ""
    )
    content = json.loads((tmp_path / "out" / "hypotheses.json").read_text(encoding="utf-8"))
    assert list(content["boxes"]) == ["union", "jittered"]
    union = content["boxes"]["union"]
    assert union["reference"] == "seqsam"
    assert set(union["methods"]) == {"seqsam", "mcl", "perturbation", "multimask", "ellipse"}
    assert set(union["methods"]["mcl"]["measures"]) == {str(count) for count in COUNTS}
    value = union["methods"]["ellipse"]["measures"]["4"]["ged_keep"]
    assert value["low"] <= value["value"] <= value["high"]


def test_the_same_command_gives_the_same_numbers(setting, tmp_path):
    arguments = [*setting[:2], *setting[4:], "--limit", "2", "--boxes", "reader"]
    pages = []
    for _ in range(2):
        assert evaluate.main([*arguments, "--cache", str(tmp_path / "cache")]) == 0
        text = (tmp_path / "out" / "hypotheses.json").read_text(encoding="utf-8")
        pages.append(json.loads(text)["boxes"])
    assert pages[0] == pages[1]


def test_without_heads_what_needs_no_training_is_measured(setting, tmp_path):
    arguments = [setting[0], setting[1], *setting[4:]]
    assert evaluate.main([*arguments, "--boxes", "union", "--limit", "2"]) == 0
    text = (tmp_path / "out" / "hypotheses.json").read_text(encoding="utf-8")
    content = json.loads(text)
    assert list(content["methods"]) == ["perturbation", "multimask", "ellipse"]
    assert content["cases"].startswith("2 slices")


def test_a_larger_limit_adds_to_a_smaller_one(setting):
    names = [
        {s.ids[0] for s in evaluate.lidc_samples("nowhere", "test", limit, seed=0)}
        for limit in (1, 2, 3, None)
    ]
    assert [len(each) for each in names] == [1, 2, 3, 4]
    assert names[0] < names[1] < names[2] < names[3]


def test_heads_come_first_seqsam_before_all(model, setting, tmp_path):
    assert [m.name for m in head_methods(model, tmp_path / "heads")] == ["seqsam", "mcl"]
    assert [m.own for m in head_methods(model, tmp_path / "heads")] == [16, 3]
    assert [m.own for m in training_free_methods(model, 0)] == [16, 3, 1]


def test_a_run_folder_names_its_head(model, tmp_path):
    export_head(new_head(model, "deterministic"), model, tmp_path / "det" / "head.safetensors", {})
    (tmp_path / "det" / "checkpoint").mkdir()
    (tmp_path / "det" / "checkpoint" / "model.safetensors").touch()  # no head
    (method,) = head_methods(model, tmp_path)
    assert (method.name, method.title, method.own) == ("det", "det", 1)


def test_a_folder_without_heads_is_told(model, tmp_path, setting, capsys):
    with pytest.raises(UsageError, match="no head"):
        head_methods(model, tmp_path / "none")
    arguments = [*setting[:3], str(tmp_path / "none"), *setting[4:]]
    assert evaluate.main(arguments) == 1
    assert "There is no head" in capsys.readouterr().err


def test_boxes_are_checked_against_the_known_ones():
    assert BOXES == ("union", "reader", "jittered")
    with pytest.raises(SystemExit):
        evaluate.parser().parse_args(["--data", "x", "--out", "y", "--boxes", "loose"])
