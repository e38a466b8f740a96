"""Whole small runs of SeqSAM's training: every method and flag, resuming, learning."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest
import torch

from MedSAMLib.hypotheses.generators import hypotheses_of_head
from MedSAMLib.hypotheses.heads import load_head
from Testing.unit.sam_factory import random_image, tiny_model
from training.datasets import Sample
from training.seqsam.cache import cached_set
from training.seqsam.config import METHODS, SeqSamConfig
from training.seqsam.train import SeqSamTraining, earlier_stages, parser, read_settings

SIDE = 64
SMALL = SeqSamConfig(
    masks=(2, 5), steps=2, batch=2, warmup_steps=1, validation_limit=2, learning_rate=1e-3
)


def sample(number: int, radii: tuple[float, ...]) -> Sample:
    """A bright disc of which the readers, one a radius (0: none), see different extents."""
    y, x = np.mgrid[:SIDE, :SIDE]
    distance = np.hypot(x - 24 - number, y - 30)
    masks = np.stack([distance < radius for radius in radii])
    image = random_image(SIDE, SIDE, seed=number) // 4 + np.where(distance < 14, 150, 0)
    names = tuple(f"{number}/{reader}" for reader in range(len(radii)))
    return Sample(image.astype(np.uint8), masks, names, group=str(number))


@pytest.fixture(scope="module")
def model():
    return tiny_model()


@pytest.fixture(scope="module")
def images(model, tmp_path_factory):
    samples = [sample(n, (8, 12, 16, 0 if n % 2 else 20)) for n in range(4)]
    return cached_set(model, samples, tmp_path_factory.mktemp("cache") / "discs")


@pytest.fixture
def training(model, images, tmp_path):
    def start(folder: str = "run", **settings) -> SeqSamTraining:
        config = dataclasses.replace(SMALL, **settings)
        return SeqSamTraining(config, model, [images], images, tmp_path / folder)

    return start


def history(folder) -> list[dict]:
    return [json.loads(line) for line in (folder / "validation.jsonl").read_text().splitlines()]


@pytest.mark.parametrize("method", METHODS)
def test_every_method_trains_and_leaves_a_head(training, model, tmp_path, method):
    training(method=method).run()
    head = load_head(tmp_path / "run" / "head.safetensors", model)
    assert head.config.kind == method.partition("-")[0]
    embedding = model.embed(random_image(SIDE, SIDE))
    found = hypotheses_of_head(model, head, embedding, box=(10, 10, 40, 40), count=4)
    assert found.masks.shape == (4, SIDE, SIDE)
    record = history(tmp_path / "run")[-1]
    assert record["step"] == 2
    assert 0 <= record["union/dice@4"] <= 1
    assert list((tmp_path / "run" / "log").rglob("events*"))


@pytest.mark.parametrize(
    "flags",
    [
        {"loss": "hungarian"},
        {"loss": "hungarian", "selection": "random"},
        {"loss": "hungarian", "selection": "sequential"},
        {"loss": "hungarian", "matching": "identity"},
        {"stop_gradient": True},
        {"loss": "hungarian", "compat": True, "masks": (4,), "boxes": "reader"},
    ],
    ids=lambda flags: " ".join(map(str, flags.values())),
)
def test_every_ablation_trains(training, flags):
    run = training(**flags)
    run.run()
    assert run.progress.step == 2


def test_flags_change_what_is_learnt(training):
    """With the same seed two runs differ only by their flags."""

    def weights(folder: str, **flags) -> torch.Tensor:
        run = training(folder, masks=(6,), loss="hungarian", **flags)
        run.run()
        return run.objective.head.cell.prompt.weight.detach().clone()

    plain = weights("a")
    assert torch.equal(plain, weights("b"))
    for number, flags in enumerate(
        ({"selection": "random"}, {"matching": "identity"}, {"stop_gradient": True})
    ):
        assert not torch.equal(plain, weights(f"flag{number}", **flags))


def test_the_encoder_is_frozen_and_the_rest_learns(training, model):
    before = {name: value.clone() for name, value in model.sam.state_dict().items()}
    run = training(steps=3)
    run.run()
    assert all(torch.equal(before[name], value) for name, value in model.sam.state_dict().items())
    head = run.objective.head
    names = {name.partition(".")[0] for name, _ in head.named_parameters()}
    assert names == {"prompt_encoder", "mask_decoder", "cell"}
    trained = head.mask_decoder.output_hypernetworks_mlps[0].layers[0].weight
    original = before["mask_decoder.output_hypernetworks_mlps.0.layers.0.weight"]
    assert not torch.equal(trained, original)


def test_an_interrupted_run_ends_where_an_uninterrupted_one_does(training):
    """Two steps, then two more in another process's place, against four at once."""
    whole = training("whole", steps=4)
    whole.run()
    first = training("parts", steps=4)
    first.config = dataclasses.replace(first.config, save_minutes=0)
    first.progress.start_clock()
    for batch, _ in zip(first.batches.from_number(0), range(2), strict=False):
        first.step(batch)
    first.save()
    second = training("parts", steps=4)
    second.run()
    assert second.progress.step == 4
    for ours, theirs in zip(
        whole.objective.parameters(), second.objective.parameters(), strict=True
    ):
        torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("loss", ["energy", "hungarian"])
def test_it_learns_what_the_readers_disagree_on(training, images, loss):
    """Overfitting two discs: the loss falls well below where it started."""
    run = training(loss=loss, masks=(4,), steps=30, boxes="union", learning_rate=1e-2)
    batch = run.batches.batch(0)
    losses = [float(run.step(batch)["masks"]) for _ in range(30)]
    assert np.mean(losses[-3:]) < 0.8 * losses[0]


def test_a_second_stage_goes_on_from_the_first_ones_head(training, model, images, tmp_path):
    training("first").run()
    start, records = earlier_stages(tmp_path / "first" / "head.safetensors", model)
    assert [record["step"] for record in records] == [2]
    before = start.cell.prompt.weight.detach().clone()
    config = dataclasses.replace(SMALL, masks=(3,))
    second = SeqSamTraining(config, model, [images], images, tmp_path / "second", start, records)
    assert torch.equal(second.objective.head.cell.prompt.weight, before)
    second.run()
    assert not torch.equal(second.objective.head.cell.prompt.weight, before)
    _, records = earlier_stages(tmp_path / "second" / "head.safetensors", model)
    assert [record["settings"]["masks"] for record in records] == [[2, 5], [3]]


def test_settings_come_from_the_file_and_then_from_the_options(tmp_path):
    path = tmp_path / "run.json"
    path.write_text('{"masks": [3], "steps": 5}')
    line = ["--data", "d", "--out", "o", "--config", str(path), "--steps", "7", "--stop-gradient"]
    config = read_settings(parser().parse_args(line))
    assert (config.masks, config.steps, config.stop_gradient) == ((3,), 7, True)
    line = ["--data", "d", "--out", "o", "--masks", "4", "8", "--method", "mcl-released"]
    config = read_settings(parser().parse_args(line))
    assert (config.masks, config.kind) == ((4, 8), "mcl")


@pytest.mark.parametrize(
    "text", ['{"maskss": 3}', '{"masks": [0]}', '{"loss": "x"}', '{"method": "y"}']
)
def test_settings_that_mean_nothing_are_refused(tmp_path, text):
    path = tmp_path / "run.json"
    path.write_text(text)
    with pytest.raises(ValueError, match=r"unknown settings|must be"):
        SeqSamConfig.read(path)


@pytest.mark.parametrize("name", ["seqsam", "seqsam_paper"])
def test_the_shipped_configurations_are_valid(request, name):
    config = SeqSamConfig.read(request.config.rootpath / f"training/configs/{name}.json")
    assert config.kind == "seqsam"
    assert config.loss == ("hungarian" if name == "seqsam_paper" else "energy")
