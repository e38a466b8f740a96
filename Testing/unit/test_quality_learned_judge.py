"""The learned judge: what its map means, whom an object's part of it belongs to, and its file."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from MedSAMLib.errors import MedSAMError
from MedSAMLib.quality import learned_judge as module
from MedSAMLib.quality.judge_network import FINENESS, JudgeNetwork, expected_dice
from MedSAMLib.quality.learned_judge import LearnedJudge, load_judge
from MedSAMLib.sam.catalogue import bundled_folder
from MedSAMLib.sam.checksums import sha256_of
from MedSAMLib.sam.embedding import Embedding

GRID = 8
SIDE = GRID * FINENESS


def embedding(height=64, width=64) -> Embedding:
    features = torch.randn(1, 256, GRID, GRID, generator=torch.Generator().manual_seed(1))
    scale = 64 / max(height, width)
    size = (round(scale * height), round(scale * width))
    return Embedding(features, (height, width), size, "model")


def disc(y, x, radius, shape=(64, 64)) -> np.ndarray:
    rows, columns = np.ogrid[: shape[0], : shape[1]]
    return (rows - y) ** 2 + (columns - x) ** 2 <= radius**2


class Knowing(torch.nn.Module):
    """Instead of the network: it knows the truth, given as shares on the square."""

    def __init__(self, truth):
        super().__init__()
        self.truth = torch.as_tensor(truth, dtype=torch.float32)

    def forward(self, features, masks, inside):
        logits = torch.logit(self.truth.clamp(1e-6, 1 - 1e-6))[None]
        return logits, expected_dice(torch.sigmoid(logits) * inside, masks)


def knowing(truth: np.ndarray) -> LearnedJudge:
    shape = (SIDE, truth.shape[0] // SIDE, SIDE, truth.shape[1] // SIDE)
    return LearnedJudge(Knowing(truth.astype(float).reshape(shape).mean((1, 3))), "model")


def test_expected_dice_by_hand():
    probability = torch.tensor([[1.0, 0.5], [0.0, 0.0]])
    mask = torch.tensor([[1.0, 0.0], [1.0, 0.0]])
    assert float(expected_dice(probability, mask)) == pytest.approx(2 * 1 / (1.5 + 2))


def test_a_judge_that_knows_the_truth_expects_the_true_dice():
    truth = disc(30, 30, 14)
    for mask in (truth, disc(36, 34, 14), disc(10, 50, 9)):
        true = 2 * (mask & truth).sum() / (mask.sum() + truth.sum())
        assert knowing(truth).verdict(embedding(), mask).dice == pytest.approx(true, abs=0.05)


def test_every_object_answers_for_its_own_surroundings():
    truth = disc(16, 16, 9) | disc(48, 48, 9)
    good, wrong = disc(16, 16, 9), disc(48, 14, 6)
    found = knowing(truth).verdict(embedding(), good | wrong, [good, wrong])
    assert found.objects[0] > 0.9
    assert found.objects[1] < 0.05
    half = disc(48, 48, 9)
    half[:, 48:] = False
    found = knowing(truth).verdict(embedding(), good | half, [good, half])
    assert found.objects[0] > 0.9
    assert 0.5 < found.objects[1] < 0.85  # what is missing beside it counts


def test_nothing_has_no_dice():
    found = knowing(disc(30, 30, 14)).verdict(embedding(), np.zeros((64, 64), bool))
    assert math.isnan(found.dice)
    assert found.objects == ()


def test_the_padding_of_an_oblong_image_belongs_to_nothing():
    judge = LearnedJudge(Knowing(np.ones((SIDE, SIDE))), "model")
    found = judge.verdict(embedding(32, 64), np.ones((32, 64), bool))
    assert found.probability[SIDE // 2 :].max() == 0
    assert found.dice == pytest.approx(1, abs=0.01)


def test_the_network_gives_a_map_and_a_dice_for_any_mask():
    torch.manual_seed(0)
    judge = LearnedJudge(JudgeNetwork(), "model")
    for mask in (disc(30, 30, 14), disc(0, 0, 1), np.ones((64, 64), bool)):
        found = judge.verdict(embedding(), mask, [mask])
        assert found.probability.shape == (SIDE, SIDE)
        assert 0 <= found.dice <= 1
        assert 0 <= found.objects[0] <= 1


def test_a_file_is_read_back_and_others_are_refused(tmp_path):
    torch.manual_seed(0)
    network = JudgeNetwork()
    tensors = {name: value.half() for name, value in network.state_dict().items()}
    path = tmp_path / "judge.safetensors"
    save_file(tensors, path, {"kind": "judge", "model_id": "model"})
    judge = load_judge(path)
    assert judge.model_id == "model"
    mask = disc(30, 30, 14)
    expected = LearnedJudge(network, "model").verdict(embedding(), mask).dice
    assert judge.verdict(embedding(), mask).dice == pytest.approx(expected, abs=0.01)
    save_file(tensors, path, {"kind": "seqsam"})
    with pytest.raises(MedSAMError, match="not a judge"):
        load_judge(path)
    tensors.pop("draw.bias")
    save_file(tensors, path, {"kind": "judge"})
    with pytest.raises(MedSAMError, match="another version"):
        load_judge(path)


def test_the_bundled_judge_is_the_one_that_the_code_names():
    path = bundled_folder() / module.FILENAME
    assert path.stat().st_size == module.BYTES
    assert sha256_of(path) == module.SHA256


def test_another_backbone_has_no_bundled_judge():
    model = type("Model", (), {"model_id": "of another network"})()
    assert module.learned_judge(model) is None
