"""`python -m Testing.benchmarks`: what it makes of times, and that a trial of it runs."""

from __future__ import annotations

import copy
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from Testing.benchmarks.measuring import (
    Repeats,
    counting,
    decoder_operations,
    median_seconds,
)
from Testing.benchmarks.suite import ratios
from Testing.benchmarks.suite.page import facts, table
from Testing.benchmarks.suite.plan import ROWS, WAYS, Job, jobs
from Testing.benchmarks.suite.plots import draw
from Testing.benchmarks.suite.ratios import BARS, Bar
from Testing.unit.sam_factory import tiny_model

ROOT = Path(__file__).parents[2]


def record(row: str, way: str, value: float, model: str = "vit_b", **more) -> dict:
    return {"row": row, "way": way, "model": model, "device": "cpu", "value": value, **more}


class TestRatios:
    def test_a_time_is_compared_with_the_reference_s_on_the_same_model(self):
        records = [
            record("encode", "reference", 12.0),
            record("encode", "reference", 0.3, model="starter"),
            record("encode", "torch-bfloat16", 3.0),
        ]
        compared = ratios.with_ratios(records)
        assert [each["ratio"] for each in compared] == [1.0, 1.0, 4.0]
        assert compared[2]["base"] == 12.0

    def test_boxes_at_once_are_compared_with_the_reference_s_one_by_one(self):
        records = [
            record("prompts", "reference", 2.0),
            record("singly", "reference", 3.2),
            record("prompts", "torch-float32", 0.4),
        ]
        assert [e["ratio"] for e in ratios.with_ratios(records)] == pytest.approx([1.6, 1.0, 8.0])

    def test_without_the_reference_there_is_no_ratio(self):
        assert ratios.with_ratios([record("box", "torch-float32", 0.02)])[0]["ratio"] is None

    def test_the_share_of_the_limit_is_operations_a_second_over_the_matrix_products(self):
        told = record("encode", "torch-float32", 4.0, matrix_rate=500e9)
        (shared,) = ratios.with_shares([told], {"vit_b": 1000 * 10**9})
        assert shared["share"] == 0.5

    def test_operations_of_the_record_itself_are_taken_for_what_is_not_encoding(self):
        given = {"matrix_rate": 500e9, "operations": 10**12}
        told = record("prompts", "torch-float32", 4.0, **given)
        (shared,) = ratios.with_shares([told], {"vit_b": 7})
        assert shared["share"] == 0.5

    def test_the_best_rate_of_each_precision_is_the_machine_s(self):
        records = [
            record("encode", "reference", 1, matrix_rate=90.0),
            record("encode", "torch-float32", 1, matrix_rate=100.0),
            record("encode", "torch-bfloat16", 1, matrix_rate=700.0),
        ]
        assert ratios.rates(records) == {"cpu": {"float32": 100.0, "bfloat16": 700.0}}

    def test_answers_are_compared_with_those_of_the_reference(self, tmp_path):
        empty, whole = np.zeros((2, 4, 4), bool), np.ones((2, 4, 4), bool)
        half = whole.copy()
        half[1, :2] = False
        answers = {
            "reference": {"features": np.array([3.0, 4.0]), "masks": whole},
            "torch-float32": {"features": np.array([3.0, 4.5]), "masks": half},
        }
        for way, arrays in answers.items():
            np.savez(tmp_path / f"{Job('cpu', 'vit_b', way, ()).name}.npz", **arrays)
        records = [record(row, "torch-float32", 1.0) for row in ("encode", "prompts", "box")]
        told = ratios.with_differences(records, tmp_path)
        assert told[0]["difference"] == pytest.approx(0.1)
        assert told[1]["dice"] == pytest.approx((1 + 2 / 3) / 2)
        assert told[2] == records[2]
        assert ratios.mean_dice(empty, empty) == 1


class TestBars:
    def test_the_best_of_the_ways_counts(self):
        bar = Bar("encoding", "encode", "vit_b", ("torch-float32", "torch-bfloat16"), "ratio", 4)
        records = [
            record("encode", "torch-float32", 6.0, ratio=1.5),
            record("encode", "torch-bfloat16", 2.0, ratio=4.5),
        ]
        (told,) = ratios.judged(records, (bar,))
        assert (told["reached"], told["met"], told["asked"]) == (4.5, True, "at least 4 times")

    def test_a_time_must_not_be_above_its_limit(self):
        bar = Bar("starter", "answer", "starter", ("torch-float32",), "value", 0.25)
        records = [record("answer", "torch-float32", 0.3, model="starter")]
        (told,) = ratios.judged(records, (bar,))
        assert (told["met"], told["asked"]) == (False, "at most 0.25")

    def test_matrix_products_alone_would_take_their_share_of_the_time(self):
        bar = Bar("encoding", "encode", "vit_b", ("torch-float32",), "ratio", 4)
        records = [record("encode", "torch-float32", 6.0, ratio=1.5, share=0.5)]
        (told,) = ratios.judged(records, (bar,))
        assert told["most"] == 3.0
        (told,) = ratios.judged([{**records[0], "share": None}], (bar,))
        assert told["most"] is None

    def test_what_was_not_measured_is_not_judged(self):
        assert ratios.judged([]) == []

    def test_every_bar_is_about_something_that_is_measured(self):
        for bar in BARS:
            assert set(bar.ways) <= set(ROWS[bar.row].ways), bar.title


class TestPages:
    RECORDS = ratios.with_ratios(
        [
            record("encode", "reference", 9.92),
            record("encode", "torch-bfloat16", 2.48),
            record("memory", "reference", 3 * 2**30),
            record("memory", "torch-bfloat16", 2**30),
            record("box", "torch-bfloat16", 0.021),
        ]
    )

    def test_a_row_has_all_ways_side_by_side_with_their_ratios(self):
        lines = table(self.RECORDS, "cpu", "vit_b").splitlines()
        assert lines[0] == "|  | `SamPredictor`, float32 | ours, PyTorch bfloat16 |"
        assert lines[2:] == [
            "| encode an image | 9.92 s (1×) | 2.48 s (4×) |",
            "| answer a box |  | 21 ms |",
            "| peak memory of loading and encoding | 3.00 GB (1×) | 1.00 GB (3×) |",
        ]

    def test_masks_of_random_weights_are_not_compared(self):
        told = {"difference": 1e-6, "share": 0.25}
        records = [record("encode", "torch-float32", 1.0, **told)]
        records.append(record("prompts", "torch-float32", 1.0, dice=0.1))
        last = facts(records, "cpu", "vit_b").splitlines()[-1]
        assert last == "| ours, PyTorch float32 | 25% |  | 1.0e-06 |  |"

    def test_growth_is_drawn_where_it_was_measured(self, tmp_path):
        draw(self.RECORDS, tmp_path / "none.png")
        assert not (tmp_path / "none.png").exists()
        growth = [(1, 0.1), (20, 1.4)]
        told = record("quality", "torch-float32", 1.4, model="starter", growth=growth)
        draw([told], tmp_path / "speed.png")
        assert (tmp_path / "speed.png").stat().st_size > 5000


class TestPlan:
    def test_what_a_way_cannot_do_is_not_asked_of_it(self):
        planned = jobs(["cpu"], ["starter", "vit_b"], list(WAYS), list(ROWS))
        asked = {(job.model, job.way): job.rows for job in planned}
        assert asked["vit_b", "openvino-float32"] == ("encode", "memory")
        assert ("starter", "transformers") not in asked
        assert ("vit_b", "compiled") not in asked
        assert "volume" not in asked["vit_b", "torch-float32"]
        assert set(asked["starter", "torch-bfloat16"]) == set(ROWS)

    def test_a_process_without_a_row_is_not_started(self):
        (job,) = jobs(["cpu"], ["starter"], list(WAYS)[:2], ["volume"])
        assert job == Job("cpu", "starter", "reference", ("volume",))


def test_our_decoding_of_boxes_takes_fewer_operations_than_the_reference_s():
    model = tiny_model()
    decoder = copy.deepcopy(model.sam.mask_decoder).to("meta")
    with counting() as counter, torch.device("meta"):
        image = torch.zeros(
            1, decoder.transformer_dim, *model.sam.prompt_encoder.image_embedding_size
        )
        decoder(image, image, torch.zeros(8, 2, decoder.transformer_dim), image, False)
    assert 0 < decoder_operations(model, 8) < counter.get_total_flops()


def test_calls_are_repeated_as_often_as_asked():
    calls = []
    median_seconds(lambda: calls.append(0), Repeats(least=2, most=4), warm_ups=1)
    assert len(calls) == 5


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_quick_run_of_a_cheap_row_writes_its_page(tmp_path):
    command = [sys.executable, "-m", "Testing.benchmarks", "--quick", "--out", str(tmp_path)]
    done = subprocess.run(
        [*command, "--only", "box", "--models", "starter", "--device", "cpu"]
        + ["--ways", "reference", "torch-float32"],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr
    content = json.loads((tmp_path / "speed.json").read_text(encoding="utf-8"))
    told = {each["way"]: each["ratio"] for each in content["records"]}
    assert told["reference"] == 1
    assert told["torch-float32"] > 0
    page = (tmp_path / "speed.md").read_text(encoding="utf-8")
    assert "| answer a box |" in page
    assert "the numbers mean nothing" in page
