"""Training an implicit head: views, boxes, losses, every ablation, and a whole small run."""

from __future__ import annotations

import argparse
import dataclasses
import itertools
import json

import numpy as np
import pytest
import torch

from MedSAMLib.implicit import load_head, upsample
from MedSAMLib.implicit.embedding import embed
from MedSAMLib.prompts import tight_box
from Testing.unit.sam_factory import tiny_model
from training.datasets import Sample
from training.imedsam.augmentation import augmented
from training.imedsam.baselines import load_boxless
from training.imedsam.config import TrainingConfig, add_settings, settings_of
from training.imedsam.examples import (
    Batch,
    Examples,
    category_of,
    example,
    outward,
    pictures_of,
)
from training.imedsam.losses import dice_loss, fine_weight, point_loss
from training.imedsam.objective import Objective
from training.imedsam.train import ImplicitTraining, new_network

# Imported here, after what makes torchvision importable: these take too long for a test's own time.
pytest.importorskip("peft")
pytest.importorskip("monai.networks.nets")


SMALL = TrainingConfig(
    sets=("one",), batch=2, points=12, workers=0, warmup_steps=1, steps=2, samples=2, detail=4
)


def sample(label: int = 1) -> Sample:
    mask = np.zeros((1, 48, 64), bool)
    mask[0, 10:34, 20:50] = True
    image = np.where(mask[0, ..., None], 200, 30).astype(np.uint8).repeat(3, 2)
    return Sample(image, mask, (f"a/label{label}",), "a")


def pictures(**settings) -> list:
    return pictures_of([sample()], SMALL.classes, 1.0, 0)


def batch_of(config: TrainingConfig, side: int = 64) -> Batch:
    rng = np.random.default_rng(0)
    return Batch.of([example(pictures()[0], config, side, rng) for _ in range(2)])


def test_a_view_always_shows_the_object_and_keeps_its_size(rng):
    one = sample()
    seen = [augmented(one.image, one.masks[0], rng) for _ in range(30)]
    assert all(mask.any() and mask.shape == (48, 64) for _, mask in seen)
    assert all(image.dtype == np.uint8 for image, _ in seen)
    areas = {int(mask.sum()) for _, mask in seen}
    assert len(areas) > 5


def test_image_and_mask_are_moved_together(rng):
    one = sample()
    for _ in range(20):
        image, mask = augmented(one.image, one.masks[0], rng)
        inside, outside = image[mask].mean(), image[~mask].mean()
        assert inside > outside + 80


def test_a_small_set_is_drawn_as_often_as_a_large_one(monkeypatch):
    monkeypatch.setattr("training.imedsam.examples.example", lambda picture, *_: picture.source)
    few = pictures_of([sample()], 1, 1.0, 0, "few")
    many = pictures_of([sample() for _ in range(50)], 1, 1.0, 0, "many")
    drawn = list(itertools.islice(Examples(few + many, SMALL, 64), 400))
    assert 150 < drawn.count("few") < 250


def test_a_corner_object_that_every_view_loses_is_left_as_it_is():
    mask = np.zeros((48, 64), bool)
    mask[0, 63] = True
    rng = np.random.default_rng(1)
    assert all(augmented(sample().image, mask, rng)[1].any() for _ in range(30))


def test_a_box_only_grows_and_stays_in_the_image(rng):
    mask = sample().masks[0]
    tight = tight_box(mask)
    for _ in range(50):
        box = outward(tight, 19, mask.shape, rng)
        assert (box[:2] <= tight[:2]).all()
        assert (box[2:] >= tight[2:]).all()
        assert np.abs(box - tight).max() <= 19
        assert (box >= 0).all()
        assert (box <= [64, 48, 64, 48]).all()


def test_the_box_of_a_small_object_moves_by_a_share_of_its_own_extent(rng):
    boxes = [outward(np.array([50, 50, 60, 70]), 19, (128, 128), rng, 0.1) for _ in range(50)]
    most = np.abs(np.array(boxes) - [50, 50, 60, 70]).max(axis=0)
    assert (most <= [1, 2, 1, 2]).all()
    assert (most > [0.5, 1, 0.5, 1]).all()


def test_the_truth_is_read_where_the_positions_are():
    config = TrainingConfig(augment=False, box_jitter=0.0, points=40)
    made = example(pictures()[0], config, 64, np.random.default_rng(0))
    x, y = made.positions[0].unbind(-1)
    inside = (x * 64 > 20) & (x * 64 < 50) & (y * 48 > 10) & (y * 48 < 34)
    assert (made.truth[0].bool() == inside).float().mean() > 0.995
    np.testing.assert_allclose(made.boxes[0].numpy(), [20, 10, 50, 34])
    np.testing.assert_allclose(made.extent[0].numpy(), [1, 0.75])
    # One position in each cell of the grid, not all at its center.
    cells = (made.positions[0] * 40).floor().unique(dim=0)
    assert len(cells) == 1600
    assert (made.positions[0] * 40 % 1).std() > 0.2


def test_a_step_sees_other_views_than_the_one_before_and_a_resumed_run_others_again():
    stream = iter(Examples(pictures(), SMALL, 64))
    first, second = next(stream), next(stream)
    resumed = next(iter(Examples(pictures(), SMALL, 64, start=5)))
    again = next(iter(Examples(pictures(), SMALL, 64)))
    assert not torch.equal(first.images, second.images)
    assert not torch.equal(first.images, resumed.images)
    torch.testing.assert_close(first.images, again.images)


def test_a_share_of_the_training_data_is_a_share_of_the_groups():
    many = [Sample(s.image, s.masks, s.ids, str(n)) for n, s in enumerate([sample()] * 20)]
    kept = {p.group for p in pictures_of(many, 1, 0.25, seed=0)}
    assert len(kept) == 5
    assert kept == {p.group for p in pictures_of(many[::-1], 1, 0.25, seed=0)}


def test_the_class_is_the_label():
    assert category_of("case/axial3/label2", 3) == 1
    assert category_of("anything", 1) == 0
    with pytest.raises(ValueError, match="classes"):
        category_of("case/label4", 3)


def test_a_perfect_answer_costs_nothing():
    truth = (torch.arange(40) % 3 == 0).float().view(2, 20)
    perfect, wrong = 40 * (2 * truth - 1), 40 * (1 - 2 * truth)
    assert point_loss(perfect, truth).item() == pytest.approx(0, abs=1e-4)
    assert dice_loss(wrong, truth).mean().item() == pytest.approx(1, abs=1e-3)
    # The release's cross-entropy is always zero (papers.md 2e.7).
    assert point_loss(wrong, truth, compat=True).item() == pytest.approx(0.8, abs=1e-3)
    assert point_loss(wrong, truth).item() > 10


def test_the_coarse_weight_decays_to_its_floor():
    assert [fine_weight(f, 0.5, 0.2) for f in (0.0, 0.25, 0.5, 1.0)] == [0, 0.4, 0.8, 0.8]
    assert [fine_weight(f, 0.5) for f in (0.0, 0.25, 0.5, 1.0)] == [0, 0.5, 1, 1]
    assert fine_weight(0.0, 0.0) == 1


ABLATIONS = {
    "as it is": {},
    "rank 2": {"lora_rank": 2},
    "no LoRA": {"lora_rank": 0},
    "no frequency": {"frequency": "none"},
    "phase": {"frequency": "phase"},
    "no INR": {"inr": False},
    "no refinement": {"refine": 0.0},
    "half refined": {"refine": 0.5},
    "margin": {"uncertainty": "margin"},
    "no detail": {"detail": 0},
    "three classes": {"classes": 3},
    "SAM": {"method": "sam"},
    "U-Net": {"method": "unet"},
    "DynUNet": {"method": "dynunet"},
}


@pytest.mark.parametrize("changes", ABLATIONS.values(), ids=ABLATIONS)
def test_every_ablation_changes_the_network_and_learns(changes):
    torch.manual_seed(0)
    config = TrainingConfig(**{**vars(SMALL), **changes})
    network = new_network(tiny_model(), config)
    objective = Objective(network, config).train()
    terms = objective(batch_of(config), 0.5, 0)
    sum(terms.values()).backward()
    assert all(torch.isfinite(term) for term in terms.values())
    moved = {name for name, p in objective.named_parameters() if p.grad is not None}
    assert moved
    assert all("base_layer" not in name and "transformer" not in name for name in moved)
    refines = config.method == "imedsam" and config.inr and config.refine > 0
    assert ("fine" in terms) is refines
    assert any("lora_" in name for name in moved) is (
        config.lora_rank > 0 and config.method in ("imedsam", "sam")
    )
    frequency = getattr(network.encoder, "frequency", None)
    assert (frequency is not None) is (
        config.frequency != "none" and config.method in ("imedsam", "sam")
    )


def test_the_released_form_learns_on_the_full_grid():
    config = TrainingConfig(**{**vars(SMALL), "compat": True, "image_size": 64})
    objective = Objective(new_network(tiny_model(), config), config).train()
    batch = batch_of(config)
    assert batch.positions.shape[1] == 64 * 64
    assert set(objective(batch, 0.5, 0)) == {"coarse", "fine"}


def test_steps_make_the_loss_smaller():
    torch.manual_seed(0)
    config = TrainingConfig(**{**vars(SMALL), "augment": False})
    objective = Objective(new_network(tiny_model(), config), config).train()
    optimizer = torch.optim.AdamW([p for p in objective.parameters() if p.requires_grad], 3e-3)
    batch = batch_of(config)
    losses = []
    for number in range(12):
        loss = sum(objective(batch, 0.5, number).values())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.7 * losses[0]


@pytest.fixture
def training_in(tmp_path):
    def make(**changes):
        config = TrainingConfig(**{**vars(SMALL), **changes})
        return ImplicitTraining(config, tiny_model(), pictures(), {"one": [sample()]}, tmp_path)

    return make


def history_of(tmp_path) -> list[dict]:
    return [json.loads(line) for line in (tmp_path / "validation.jsonl").read_text().splitlines()]


def test_an_interrupted_run_goes_on_and_its_head_can_be_used(training_in, tmp_path):
    training_in(steps=2).run()
    training_in(steps=4).run()
    history = history_of(tmp_path)
    assert [record["step"] for record in history] == [2, 4]
    assert list(tmp_path.glob("log/**/events*"))
    model = tiny_model()
    head = load_head(tmp_path / "head.safetensors", model)
    best = max(record["dice"] for record in history)
    assert head.training["dice"] == best
    assert head.training["settings"]["frequency"] == "amplitude"
    one = sample()
    found = upsample(
        model, embed(model, one.image, head=head), box=tight_box(one.masks[0]), scale=2, head=head
    )
    assert found.mask.shape == (96, 128)


def test_a_worse_checkpoint_does_not_replace_the_best(training_in, tmp_path, monkeypatch):
    from training.imedsam import train

    dice = iter((0.8, 0.5))
    monkeypatch.setattr(train, "validation_dice", lambda *_: {"dice": next(dice)})
    training_in(steps=1).run()
    first = (tmp_path / "head.safetensors").read_bytes()
    training_in(steps=2).run()
    assert (tmp_path / "head.safetensors").read_bytes() == first
    assert [record["dice"] for record in history_of(tmp_path)] == [0.8, 0.5]


def test_a_baseline_without_a_box_is_trained_by_the_same_script(training_in, tmp_path):
    training_in(method="unet", steps=1).run()
    network = load_boxless(tmp_path / "head.safetensors")
    assert network.method == "unet"
    assert 0 <= history_of(tmp_path)[0]["dice"] <= 1


def test_every_setting_is_an_option(request):
    parser = argparse.ArgumentParser()
    parser.add_argument("--config", type=str, default=None)
    add_settings(parser)
    line = (
        "--lora-rank 8 --frequency none --no-inr --refine 0.25 --share 0.1 --method sam --sets a b"
    )
    config = settings_of(parser.parse_args(line.split()))
    assert (config.lora_rank, config.frequency, config.inr) == (8, "none", False)
    assert (config.refine, config.share, config.sets) == (0.25, 0.1, ("a", "b"))
    assert not config.head.inr
    folder = request.config.rootpath / "training" / "configs"
    for path in folder.glob("imedsam*.json"):
        assert TrainingConfig.read(path)
    released = TrainingConfig.read(folder / "imedsam_released.json").head
    assert released.coarse_widths == (1024, 512)


def test_wrong_settings_are_refused(tmp_path):
    for wrong in ({"method": "x"}, {"share": 0.0}, {"frequency": "x"}):
        with pytest.raises(ValueError, match="must be"):
            TrainingConfig(**wrong)
    (tmp_path / "run.json").write_text('{"stepps": 3}')
    with pytest.raises(ValueError, match="stepps"):
        TrainingConfig.read(tmp_path / "run.json")


def test_a_share_of_the_boxes_is_tight():
    tight = tight_box(sample().masks[0])
    shares = {}
    for share in (0.0, 0.5, 1.0):
        config = dataclasses.replace(SMALL, augment=False, tight_share=share)
        rng = np.random.default_rng(0)
        boxes = [example(pictures()[0], config, 64, rng).boxes[0].numpy() for _ in range(60)]
        shares[share] = np.mean([np.allclose(box, tight) for box in boxes])
    assert shares[0.0] == 0
    assert 0.3 < shares[0.5] < 0.7
    assert shares[1.0] == 1
