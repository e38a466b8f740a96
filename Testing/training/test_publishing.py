"""Numbers in documents come from the measured files, weights in the catalogue from the release."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from MedSAMLib.sam import load_model
from MedSAMLib.sam.starter import StarterConfig, build_starter
from training.datasets import Sample
from training.publish_results import (
    PUBLICATIONS,
    hypotheses_table,
    quality_table,
    short_table,
    speed_table,
)
from training.starter.curve import curve_table, draw
from training.starter.export import export_starter
from training.starter.release import release, with_constants
from training.starter.threshold import best_threshold


class ModelThatAnswers:
    """Stands in for a network: the same logits, at full size, whatever it is asked."""

    def __init__(self, logits: np.ndarray) -> None:
        self.logits = logits
        self.sam = SimpleNamespace(mask_threshold=0.25)

    def embed(self, image, window):
        return None

    def segment(self, embedding, box):
        masks = self.logits > self.sam.mask_threshold
        return SimpleNamespace(masks=np.repeat(masks[None], len(box), 0))


def interval(value: float) -> dict[str, float]:
    return {"value": value, "low": value - 0.01, "high": value + 0.01}


@pytest.fixture
def measured() -> dict:
    methods = {"ellipse": 0.85, "grabcut": 0.8, "tight_box": 0.9, "loose_box": 0.88}
    return {
        "provenance": {"date": "2026-11-21T10:00", "machine": {"cores": 2}, "command": "python"},
        "sets": {
            "one": {
                "title": "One",
                "images": 7,
                "methods": {name: {"dice": interval(dice)} for name, dice in methods.items()},
                "click_dice": {"1": interval(0.7), "5": interval(0.86)},
                "noc90": interval(5.25),
            }
        },
    }


def test_the_short_table_has_a_row_a_set(measured):
    row = "| One | 7 | 0.850 | 0.800 | **0.900** [0.890, 0.910] | 0.880 | 0.700 | 0.860 | 5.2 |"
    assert row in short_table(measured).splitlines()


def test_the_hypotheses_table_has_a_row_a_method(measured):
    values = {"ged_drop": interval(0.3), "d_avg_drop": interval(0.8)}
    content = {
        **measured,
        "cases": "5 slices of 3 patients",
        "methods": {"seqsam": {"title": "SeqSAM"}},
        "boxes": {
            "union": {"methods": {"seqsam": {"measures": dict.fromkeys(["1", "4", "16"], values)}}}
        },
    }
    row = "| SeqSAM | 0.300 | 0.300 | 0.300 [0.290, 0.310] | 0.800 | 0.800 [0.790, 0.810] |"
    assert row in hypotheses_table(content).splitlines()
    assert "5 slices of 3 patients" in hypotheses_table(content)


def test_the_quality_table_has_a_row_a_score(measured):
    names = ("pearson", "spearman", "bottom25", "bottom50", "auroc")
    ranking = {"rankings": {"box": dict.fromkeys(names, interval(0.6))}, "triples": 8, "images": 2}
    row = "| 0.600 [0.590, 0.610] | 0.600 [0.590, 0.610] | 60 % | 60 % | 0.600 |"
    assert row in quality_table({**measured, "ranking": ranking})


def test_only_what_is_between_the_markers_is_replaced():
    publication = PUBLICATIONS[0]
    start, end = publication.markers
    document = f"before\n{start}\nold\n{end}\nafter\n"
    expected = f"before\n{start}\nnew\n{end}\nafter\n"
    assert publication.published(document, "new\n") == expected


def test_a_document_without_markers_is_refused():
    with pytest.raises(ValueError, match="no markers"):
        PUBLICATIONS[0].published("text", "table")


def test_the_speed_table_tells_the_reference_and_the_best_of_ours(measured):
    def record(row: str, way: str, value: float, base: float | None = None) -> dict:
        told = {"device": "cpu", "model": "vit_b", "row": row, "way": way, "value": value}
        return {**told, "base": base, "ratio": base and base / value}

    content = {
        **measured,
        "titles": {
            "rows": {
                "encode": {"title": "encode", "unit": "s"},
                "upsampling": {"title": "finer", "unit": "s"},
                "memory": {"title": "memory", "unit": "GB"},
            },
            "ways": {"torch": "ours, PyTorch", "openvino": "ours, OpenVINO"},
            "ours": ["torch", "openvino"],
            "models": {"vit_b": "ViT-B"},
        },
        "records": [
            record("encode", "reference", 10.0, 10.0),
            record("encode", "transformers", 8.0, 10.0),
            record("encode", "torch", 4.0, 10.0),
            record("encode", "openvino", 0.5, 10.0),
            record("upsampling", "torch", 2.0),
            record("memory", "torch", 2.0**30, 3 * 2.0**30),
        ],
    }
    lines = speed_table(content).splitlines()
    assert "| ViT-B, cpu: encode | 10.00 s | 8.00 s | **500 ms** | OpenVINO | 20.0 |" in lines
    assert "| ViT-B, cpu: finer |  |  | **2.00 s** | PyTorch |  |" in lines
    assert "| ViT-B, cpu: memory | 3.00 GB |  | **1.00 GB** | PyTorch | 3.0 |" in lines


@pytest.mark.parametrize(
    "publication", [p for p in PUBLICATIONS if p.is_measured], ids=lambda each: each.name
)
def test_documents_show_the_measured_results(publication):
    table = publication.made()
    for path in publication.documents:
        text = path.read_text(encoding="utf-8")
        told = "run: python -m training.publish_results"
        assert publication.published(text, table) == text, told


def test_a_release_enters_size_and_sum_in_the_catalogue(tmp_path):
    config = StarterConfig(stem_channels=(8, 8, 24), stem_blocks=(0, 0, 0), depth=1, heads=2)
    export_starter(build_starter(config), config, tmp_path / "w.safetensors", {})
    (tmp_path / "models").mkdir()
    source = tmp_path / "catalogue.py"
    source.write_text('STARTER_SHA256 = ""\nSTARTER_BYTES = 0\n')
    release(tmp_path / "w.safetensors", tmp_path / "models", source, threshold=-0.5)
    values: dict = {}
    exec(source.read_text(), values)
    shipped = tmp_path / "models" / "starter.safetensors"
    assert values["STARTER_BYTES"] == shipped.stat().st_size
    assert values["STARTER_SHA256"] == load_model(shipped, device="cpu").model_id
    assert load_model(shipped, device="cpu").sam.mask_threshold == -0.5


def test_a_catalogue_without_the_constants_is_refused():
    with pytest.raises(ValueError, match="STARTER_SHA256"):
        with_constants("nothing", "0", 1)


def test_the_training_curve_has_a_row_a_checkpoint_and_a_picture(tmp_path):
    history = [
        {"step": 10, "minutes": 5.0, "lidc/box": 0.5, "lidc/point": 0.25},
        {"step": 20, "minutes": 10.2, "lidc/box": 0.75, "lidc/point": 0.5},
    ]
    assert "| 10 | 20 | 0.750 | 0.500 |" in curve_table(history).splitlines()
    draw(history, tmp_path / "curve.png")
    assert (tmp_path / "curve.png").stat().st_size > 5000


def test_the_threshold_is_where_masks_fit_best():
    mask = np.zeros((1, 64, 64), bool)
    mask[0, 16:48, 16:48] = True
    model = ModelThatAnswers(np.where(mask[0], -0.6, -3.0))
    sample = Sample(np.zeros((64, 64), np.uint8), mask, ("a",), "a")
    threshold, means = best_threshold(model, {"one": [sample]})
    assert threshold <= -0.75
    assert means[threshold] == 1
    assert means[0.0] == 0
    assert model.sam.mask_threshold == 0.25
