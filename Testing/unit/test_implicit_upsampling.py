"""`implicit.upsample`: from an embedding and a prompt to a finer mask; heads and their files."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from MedSAMLib import implicit
from MedSAMLib.errors import MedSAMError, UsageError
from MedSAMLib.implicit import memory
from MedSAMLib.implicit.config import ImplicitConfig
from MedSAMLib.implicit.network import ImplicitNetwork
from MedSAMLib.sam import load_model
from Testing.unit.sam_factory import random_image, tiny_model

# Imported here, after what makes torchvision importable: it takes too long for a test's own time.
pytest.importorskip("peft")


BOX = np.array([20.0, 10.0, 70.0, 50.0])
SMALL = ImplicitConfig(
    coarse_widths=(16, 16), coarse_features=8, fine_widths=(16, 16), detail=4, lora_rank=2
)
IMAGE = random_image(60, 90, 3)


def trained_network(model, config: ImplicitConfig = SMALL, seed: int = 0) -> ImplicitNetwork:
    """With raw adapters and weights as if they had been trained."""
    torch.manual_seed(seed)
    network = ImplicitNetwork(model.sam, config)
    network.encoder.add_adapters()
    with torch.no_grad():
        for weight in network.parameters():
            if weight.requires_grad:
                # Numbers that half precision, in which heads are stored, has too.
                noisy = weight + 0.2 * torch.randn_like(weight)
                weight.copy_(noisy.half().float())
    return network.eval()


@pytest.fixture
def model():
    return tiny_model()


@pytest.fixture
def head_of_config(model, tmp_path):
    def make(config: ImplicitConfig = SMALL, seed: int = 0):
        path = tmp_path / f"{seed}-imedsam.safetensors"
        network = trained_network(model, config, seed)
        implicit.save_head(path, network, model.model_id, {"steps": 3})
        return implicit.load_head(path, model)

    return make


def embedded(model, head=None):
    return implicit.embed(model, IMAGE, head=head)


def test_an_output_has_the_asked_size_at_any_scale(model, head_of_config):
    head = head_of_config()
    embedding = embedded(model, head)
    for target, shape in (
        ({}, (60, 90)),
        ({"scale": 2.5}, (150, 225)),
        ({"scale": 0.5}, (30, 45)),
        ({"shape": (7, 301)}, (7, 301)),
    ):
        found = implicit.upsample(model, embedding, box=BOX, head=head, **target)
        for name in ("mask", "probability", "uncertainty", "refined"):
            assert getattr(found, name).shape == shape
        assert found.mask.dtype == found.refined.dtype == bool
        assert found.probability.dtype == found.uncertainty.dtype == np.float32
        np.testing.assert_array_equal(found.mask, found.probability > 0.5)
        assert found.refined.sum() == round(0.125 * shape[0] * shape[1])
        assert found.method == "implicit"


def test_the_same_seed_gives_the_same_answer(model, head_of_config):
    head = head_of_config()
    first, again, other = (
        implicit.upsample(model, embedded(model, head), box=BOX, head=head, scale=2, seed=seed)
        for seed in (5, 5, 6)
    )
    np.testing.assert_array_equal(first.probability, again.probability)
    np.testing.assert_array_equal(first.refined, again.refined)
    assert not np.array_equal(first.uncertainty, other.uncertainty)


def test_a_saved_head_answers_as_the_network_in_training(model, head_of_config):
    """Merged adapters from the file against peft's raw ones."""
    head = head_of_config()
    raw = trained_network(model)
    pixels = torch.rand(1, 3, 64, 64)
    with torch.inference_mode():
        torch.testing.assert_close(
            head.network.encoder(pixels), raw.encoder(pixels), atol=2e-4, rtol=1e-3
        )
        assert not hasattr(head.network.encoder.encoder.blocks[0].attn.qkv, "query")
    assert head.training == {"steps": 3}
    assert head.config == SMALL


def test_the_released_form_is_saved_and_loaded_with_its_gates(model, head_of_config):
    config = ImplicitConfig.released(image_size=64).replace(
        coarse_widths=(16, 16), coarse_features=8, fine_widths=(16, 16, 8)
    )
    head = head_of_config(config)
    raw = trained_network(model, config)
    pixels = torch.rand(1, 3, 64, 64)
    with torch.inference_mode():
        torch.testing.assert_close(head.network.encoder(pixels), raw.encoder(pixels))
    found = implicit.upsample(model, embedded(model, head), box=BOX, head=head, scale=0.5)
    assert found.refined.sum() == round(0.125 * 30 * 45)


def test_the_backbones_embedding_is_encoded_again_once(model, head_of_config, monkeypatch):
    head = head_of_config()
    plain = model.embed(IMAGE)
    runs = []
    encode = head.network.encoder.forward
    monkeypatch.setattr(
        head.network.encoder, "forward", lambda image: runs.append(1) or encode(image)
    )
    first = implicit.upsample(model, plain, box=BOX, head=head)
    implicit.upsample(model, plain, box=BOX, head=head, scale=3)
    own = implicit.upsample(model, embedded(model, head), box=BOX, head=head)
    np.testing.assert_array_equal(first.probability, own.probability)
    assert len(runs) == 1


def test_a_head_without_adapters_uses_the_backbones_features(model, head_of_config):
    head = head_of_config(SMALL.replace(lora_rank=0, frequency="none"))
    plain = model.embed(IMAGE)
    assert not head.config.adapts_encoder
    found = implicit.upsample(model, plain, box=BOX, head=head)
    own = implicit.upsample(model, embedded(model, head), box=BOX, head=head)
    np.testing.assert_allclose(found.probability, own.probability, atol=1e-4)


def test_an_embedding_without_its_image_is_refused_with_what_to_do(model, head_of_config):
    import dataclasses

    head = head_of_config()
    bare = dataclasses.replace(model.embed(IMAGE), pixels=None)
    with pytest.raises(UsageError, match="embed the image again"):
        implicit.upsample(model, bare, box=BOX, head=head)
    other = embedded(model, head_of_config(seed=1))
    with pytest.raises(UsageError, match="another model"):
        implicit.upsample(model, other, box=BOX, head=head)


def test_without_a_head_the_backbones_mask_is_interpolated(model):
    embedding = model.embed(IMAGE)
    found = implicit.upsample(model, embedding, box=BOX)
    logits = torch.from_numpy(model.segment(embedding, box=BOX).logits)[None]
    sizes = embedding.input_size, embedding.original_size
    expected = model.sam.postprocess_masks(logits, *sizes)[0, 0].sigmoid().numpy()
    assert found.method == "interpolated"
    assert not found.refined.any()
    # The backbone interpolates twice, which blurs the noise of random weights a little more.
    assert np.corrcoef(found.probability.ravel(), expected.ravel())[0, 1] > 0.95
    assert implicit.upsample(model, embedding, box=BOX, scale=4).mask.shape == (240, 360)


def test_the_model_upsamples_its_own_embedding(model, tmp_path, monkeypatch):
    """Contract 1 of the design: embed, then upsample, with the head beside the weights."""
    path = tmp_path / "x-imedsam.safetensors"
    implicit.save_head(path, trained_network(model), model.model_id, {})
    monkeypatch.setattr("MedSAMLib.implicit.heads.find_head", lambda model: path)
    embedding = model.embed(IMAGE)
    told = []
    fine = model.upsample(
        embedding, box=BOX, scale=2, samples=4, seed=3, progress=lambda *each: told.append(each)
    )
    same = implicit.upsample(model, embedding, box=BOX, scale=2, samples=4, seed=3)
    assert fine.method == "implicit"
    assert fine.mask.shape == (120, 180)
    np.testing.assert_array_equal(fine.probability, same.probability)
    assert told[-1][0] == told[-1][1]


def test_a_batch_of_boxes_is_answered_as_each_alone(model, head_of_config):
    head = head_of_config()
    embedding = embedded(model, head)
    boxes = np.stack([BOX, BOX / 2])
    both = implicit.upsample(model, embedding, box=boxes, head=head)
    assert both.mask.shape == (2, 60, 90)
    for number, box in enumerate(boxes):
        one = implicit.upsample(model, embedding, box=box, head=head)
        np.testing.assert_allclose(both.probability[number], one.probability, atol=1e-4)


@pytest.mark.parametrize(
    "prompts",
    [
        {"points": [[40, 30], [5, 5]], "labels": [1, 0]},
        {"mask": np.pad(np.ones((20, 30), bool), ((20, 20), (30, 30)))},
        {"box": BOX, "points": [[40, 30]], "labels": [1]},
    ],
)
def test_every_prompt_of_segment_can_be_upsampled(model, head_of_config, prompts):
    head = head_of_config()
    found = implicit.upsample(model, embedded(model, head), **prompts, head=head, scale=1.5)
    assert found.mask.shape == (90, 135)


def test_progress_ends_at_the_total_and_work_can_be_cancelled(model, head_of_config):
    head = head_of_config()
    embedding = embedded(model, head)
    told = []
    implicit.upsample(
        model, embedding, box=BOX, head=head, scale=3, progress=lambda *each: told.append(each)
    )
    done, totals = zip(*told, strict=True)
    assert list(done) == sorted(done)
    assert done[-1] == totals[-1]
    assert len(set(totals)) == 1

    def cancel():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        implicit.upsample(model, embedding, box=BOX, head=head, checkpoint=cancel)


@pytest.mark.parametrize(
    "wrong",
    [
        {"scale": 0},
        {"scale": float("nan")},
        {"scale": 2, "shape": (3, 3)},
        {"shape": (0, 5)},
        {"shape": (2.5, 5)},
        {"shape": (5,)},
        {"refine": 1.5},
        {"category": 1},
        {"scale": 1e6},
    ],
)
def test_sizes_without_meaning_are_refused(model, wrong):
    with pytest.raises(UsageError):
        implicit.upsample(model, model.embed(IMAGE), box=BOX, **wrong)


def test_memory_is_foreseen(model, monkeypatch):
    monkeypatch.setattr(memory, "available_bytes", lambda: 1 << 30)
    with pytest.raises(MedSAMError, match="choose a smaller scale"):
        implicit.upsample(model, model.embed(IMAGE), box=BOX, scale=200)
    monkeypatch.setattr(memory, "available_bytes", lambda: None)
    assert implicit.upsample(model, model.embed(IMAGE), box=BOX, scale=2).mask.any() in (0, 1)
    assert implicit.needed_bytes((2048, 2048)) < 1 << 30


def test_the_head_beside_a_checkpoint_is_found_and_used(tiny_checkpoint, tmp_path):
    path = tmp_path / "own.safetensors"
    path.write_bytes(tiny_checkpoint.read_bytes())
    model = load_model(path, device="cpu")
    assert implicit.find_head(model) is None
    assert implicit.upsample(model, model.embed(IMAGE), box=BOX).method == "interpolated"
    beside = tmp_path / "own-imedsam.safetensors"
    implicit.save_head(beside, trained_network(model), model.model_id, {})
    assert implicit.find_head(model) == beside
    embedding = implicit.embed(model, IMAGE)
    assert implicit.upsample(model, embedding, box=BOX).method == "implicit"
    assert implicit.head_of(model) is implicit.head_of(model)


def damaged(path, change) -> None:
    """The head's file with its tensors and metadata changed."""
    from safetensors import safe_open

    with safe_open(path, framework="pt") as file:
        metadata = dict(file.metadata())
    tensors = load_file(path)
    change(tensors, metadata)
    save_file(tensors, path, metadata=metadata)


def not_a_number(tensors, metadata):
    tensors["decoder.features.weight"][0] = float("nan")


def another_shape(tensors, metadata):
    tensors["decoder.features.weight"] = tensors["decoder.features.weight"][:2].clone()


def without_a_weight(tensors, metadata):
    del tensors["decoder.coarse_head.weight"]


def without_lora(tensors, metadata):
    del tensors["encoder.encoder.blocks.0.attn.qkv.query.lora_A.weight"]


def with_a_setting_more(tensors, metadata):
    metadata["config"] = json.dumps({**json.loads(metadata["config"]), "magic": 1})


def of_another_kind(tensors, metadata):
    metadata["kind"] = "seqsam"


def of_another_backbone(tensors, metadata):
    metadata["model_id"] = "another"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (not_a_number, "damaged"),
        (another_shape, "does not fit"),
        (without_a_weight, "does not fit"),
        (without_lora, "does not fit"),
        (with_a_setting_more, "does not know"),
        (of_another_kind, "not an implicit head"),
        (of_another_backbone, "made for another backbone"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_head_that_is_not_right_is_refused(model, tmp_path, change, told):
    path = tmp_path / "x-imedsam.safetensors"
    implicit.save_head(path, trained_network(model), model.model_id, {})
    damaged(path, change)
    with pytest.raises(MedSAMError, match=told):
        implicit.load_head(path, model)


def test_a_cut_file_is_refused(model, tmp_path):
    path = tmp_path / "x-imedsam.safetensors"
    implicit.save_head(path, trained_network(model), model.model_id, {})
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(MedSAMError, match="damaged"):
        implicit.load_head(path, model)


def test_a_bundled_head_is_found_and_refused_if_it_was_changed(model, tmp_path, monkeypatch):
    from MedSAMLib.sam import head_files
    from MedSAMLib.sam.catalogue import BundledFile
    from MedSAMLib.sam.checksums import sha256_of

    model.name = "starter"
    path = tmp_path / "starter-imedsam.safetensors"
    monkeypatch.setattr(head_files, "bundled_folder", lambda: tmp_path)
    assert implicit.find_head(model) is None
    implicit.save_head(path, trained_network(model), model.model_id, {})
    assert implicit.find_head(model) == path
    entry = BundledFile(sha256_of(path), path.stat().st_size)
    monkeypatch.setitem(head_files.BUNDLED_HEADS, path.name, entry)
    assert implicit.head_of(model) is not None
    monkeypatch.setitem(head_files.BUNDLED_HEADS, path.name, BundledFile("0" * 64, entry.bytes))
    with pytest.raises(MedSAMError, match="install it again"):
        implicit.load_head(path, model)
