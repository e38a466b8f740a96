"""A whole small run of the starter's training: it learns, is interrupted, goes on."""

from __future__ import annotations

import json

import numpy as np
import pytest

from MedSAMLib.sam import load_model
from MedSAMLib.sam.starter import StarterConfig
from training.datasets import Sample
from training.starter.config import TrainingConfig
from training.starter.schedule import Progress, learning_rate_factor
from training.starter.sources import Picture
from training.starter.train import StarterTraining

TINY = StarterConfig(
    image_size=64, stem_channels=(8, 8, 16), stem_blocks=(0, 0, 0), depth=1, heads=2, window=4
)


def small_run(steps: int) -> TrainingConfig:
    return TrainingConfig(
        network=TINY,
        steps=steps,
        batch=2,
        workers=0,
        warmup_steps=1,
        rounds=2,
        weights={"one": 1.0},
    )


@pytest.fixture
def training_in(tmp_path):
    mask = np.zeros((1, 64, 64), bool)
    mask[0, 10:40, 20:50] = True
    image = np.where(mask[0], 200, 30).astype(np.uint8)
    pictures = {"one": [Picture.of(image, mask)]}
    validation = {"one": [Sample(image, mask, ("a",), "a")]}
    return lambda steps: StarterTraining(small_run(steps), pictures, validation, tmp_path)


@pytest.mark.timeout(180)
def test_an_interrupted_run_goes_on_where_it_was(training_in, tmp_path):
    training_in(2).run()
    training_in(4).run()
    history = [
        json.loads(line) for line in (tmp_path / "validation.jsonl").read_text().splitlines()
    ]
    assert [record["step"] for record in history] == [2, 4]
    assert 0 <= history[-1]["one/box"] <= 1
    assert load_model(tmp_path / "starter.safetensors", device="cpu").image_size == 64
    assert list(tmp_path.glob("log/**/events*"))


def test_a_run_ends_by_steps_or_by_the_clock_whichever_comes_first():
    progress = Progress(steps=100, minutes=1)
    progress.step = 25
    assert progress.fraction == 0.25
    progress.set_seconds(30)
    assert progress.fraction == 0.5


def test_the_learning_rate_warms_up_and_ends_at_zero():
    assert learning_rate_factor(0, 0.0, 10) == pytest.approx(0.1)
    assert learning_rate_factor(9, 0.0, 10) == 1
    assert learning_rate_factor(50, 0.5, 10) == pytest.approx(0.5)
    assert learning_rate_factor(99, 1.0, 10) == 0


def test_unknown_settings_are_refused(tmp_path):
    (tmp_path / "run.json").write_text('{"stepps": 3}')
    with pytest.raises(ValueError, match="stepps"):
        TrainingConfig.read(tmp_path / "run.json")


def test_the_shipped_configuration_is_valid(request):
    config = TrainingConfig.read(request.config.rootpath / "training/configs/starter.json")
    assert config.network.stem == "pyramid"
