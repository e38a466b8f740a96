"""Heads: written and read whole, refused where they do not fit, used by `SamModel.hypotheses`."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from MedSAMLib.errors import MedSAMError, UsageError
from MedSAMLib.hypotheses import generators
from MedSAMLib.hypotheses.generators import hypotheses, hypotheses_of_head
from MedSAMLib.hypotheses.heads import (
    changed_weights,
    find_head,
    head_metadata,
    head_of,
    load_head,
    new_head,
)
from MedSAMLib.sam import head_files, load_model
from MedSAMLib.sam.catalogue import BUNDLED_HEADS, BundledFile
from Testing.unit.sam_factory import random_image, tiny_model

BOX = (10, 12, 40, 50)


@pytest.fixture
def model():
    return tiny_model()


@pytest.fixture
def embedding(model):
    return model.embed(random_image(64, 64))


def write(head, model, path, model_id=None, **changes):
    tensors = {**changed_weights(head, model), **changes}
    save_file(tensors, path, metadata=head_metadata(head.config, model_id or model.model_id, {}))
    return path


def trained(model, kind="seqsam"):
    torch.manual_seed(5)
    head = new_head(model, kind)
    with torch.no_grad():
        for weight in head.parameters():
            weight.add_(torch.randn_like(weight), alpha=0.02)
    return head


def test_a_new_head_answers_first_as_the_model_itself(model, embedding):
    found = hypotheses_of_head(model, new_head(model), embedding, box=BOX, count=3)
    plain = model.segment(embedding, box=BOX)
    assert np.array_equal(found.masks[0], plain.masks[0])
    assert np.array_equal(found.logits[0], plain.logits[0])
    assert found.scores[0] == plain.scores[0]


@pytest.mark.parametrize("kind", ["seqsam", "deterministic", "mcl"])
def test_a_head_is_the_same_after_writing_and_reading(model, embedding, tmp_path, kind):
    head = trained(model, kind)
    loaded = load_head(write(head, model, tmp_path / "head.safetensors"), model)
    ours, theirs = (
        hypotheses_of_head(model, h, embedding, box=BOX, count=4) for h in (head, loaded)
    )
    assert theirs.method == kind
    np.testing.assert_allclose(ours.logits, theirs.logits, atol=0.05)  # half precision
    assert theirs.masks.shape == (4, 64, 64)


def test_only_what_training_changed_is_stored(model):
    head = new_head(model)
    assert all(name.startswith("cell.") for name in changed_weights(head, model))
    with torch.no_grad():
        head.mask_decoder.iou_token.weight.add_(1)
    assert "mask_decoder.iou_token.weight" in changed_weights(head, model)


def test_the_models_own_weights_stay_as_they_are(model):
    before = model.sam.mask_decoder.iou_token.weight.clone()
    head = new_head(model)
    with torch.no_grad():
        head.mask_decoder.iou_token.weight.add_(1)
    assert torch.equal(model.sam.mask_decoder.iou_token.weight, before)


def test_a_head_of_another_backbone_is_refused(model, tmp_path):
    path = write(new_head(model), model, tmp_path / "head.safetensors", model_id="another")
    with pytest.raises(MedSAMError, match="another backbone"):
        load_head(path, model)


def test_damaged_heads_are_refused(model, tmp_path):
    head, path = new_head(model), tmp_path / "head.safetensors"
    write(head, model, path, **{"cell.hidden.bias": torch.full((32,), torch.nan)})
    with pytest.raises(MedSAMError, match="not finite"):
        load_head(path, model)
    write(head, model, path, **{"cell.hidden.bias": torch.zeros(31)})
    with pytest.raises(MedSAMError, match="does not fit"):
        load_head(path, model)
    write(head, model, path)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(MedSAMError, match="damaged or incomplete"):
        load_head(path, model)


def test_a_head_without_its_cell_is_refused(model, tmp_path):
    path = write(new_head(model), model, tmp_path / "head.safetensors")
    metadata = head_metadata(new_head(model).config, model.model_id, {})
    tensors = {n: t for n, t in load_file(path).items() if n != "cell.prompt.weight"}
    save_file(tensors, path, metadata=metadata)
    with pytest.raises(MedSAMError, match="lacks 1 weights"):
        load_head(path, model)


@pytest.mark.parametrize(
    "config",
    [
        {"kind": "other", "mask_threshold": 0.0, "order": [0, 1, 2]},
        {"kind": "mcl", "mask_threshold": 0.0, "order": [0, 0, 2]},
        {"kind": "seqsam", "mask_threshold": float("nan"), "order": [0, 1, 2]},
        {"mask_threshold": "x"},
        [],
    ],
)
def test_unknown_heads_are_refused(model, tmp_path, config):
    path = tmp_path / "head.safetensors"
    metadata = {"model_id": model.model_id, "config": json.dumps(config)}
    save_file({"x": torch.zeros(1)}, path, metadata=metadata)
    with pytest.raises(MedSAMError):
        load_head(path, model)


def test_a_starter_file_is_not_a_head(model, tmp_path):
    path = tmp_path / "weights.safetensors"
    save_file({"x": torch.zeros(1)}, path)
    with pytest.raises(MedSAMError, match="not a head"):
        load_head(path, model)


def test_a_bundled_head_is_compared_with_the_catalogue(model, tmp_path, monkeypatch):
    path = write(new_head(model), model, tmp_path / "tiny-seqsam.safetensors")
    monkeypatch.setattr(head_files, "bundled_folder", lambda: tmp_path)
    monkeypatch.setitem(BUNDLED_HEADS, path.name, BundledFile("0" * 64, path.stat().st_size))
    with pytest.raises(MedSAMError, match="not the head that came with"):
        load_head(path, model)


def test_a_head_beside_the_weights_is_found_and_loaded_once(model, embedding, tmp_path):
    model.name = str(tmp_path / "my.pth")
    assert find_head(model) is None
    assert head_of(model) is None
    path = write(trained(model), model, tmp_path / "my-seqsam.safetensors")
    assert find_head(model) == path
    assert head_of(model) is head_of(model)
    assert model.hypotheses(embedding, box=BOX, count=5).method == "seqsam"


def test_without_a_head_prompts_are_moved_instead(model, embedding):
    found = model.hypotheses(embedding, box=BOX, count=3, seed=1)
    assert found.method == "perturbation"
    assert len(found.masks) == 3
    with pytest.raises(UsageError, match="no SeqSAM head"):
        model.hypotheses(embedding, box=BOX, method="seqsam")
    assert model.hypotheses(embedding, box=BOX, count=2, method="multimask").method == "multimask"


@pytest.mark.parametrize("count", [0, 17])
def test_the_number_of_hypotheses_is_1_to_16(model, embedding, count):
    with pytest.raises(UsageError, match="1 to 16"):
        model.hypotheses(embedding, box=BOX, count=count)


def test_requests_without_meaning_are_refused(model, embedding):
    with pytest.raises(UsageError, match="Unknown method"):
        hypotheses(model, embedding, box=BOX, method="dream")
    with pytest.raises(UsageError, match="one object"):
        hypotheses_of_head(model, new_head(model), embedding, box=np.array([BOX, BOX]))
    other = tiny_model(1)
    with pytest.raises(UsageError, match="another model"):
        hypotheses_of_head(other, new_head(other), embedding, box=BOX)


def test_points_and_masks_prompt_a_head(model, embedding):
    head = trained(model)
    by_point = hypotheses_of_head(model, head, embedding, points=[[20, 20]], labels=[1], count=2)
    by_mask = hypotheses_of_head(model, head, embedding, mask=by_point.logits[0], count=2)
    assert by_point.masks.shape == by_mask.masks.shape == (2, 64, 64)
    assert not np.array_equal(by_point.logits, by_mask.logits)


def test_baselines_repeat_their_masks_in_turn(model, embedding):
    mcl = hypotheses_of_head(model, new_head(model, "mcl"), embedding, box=BOX, count=7)
    assert np.array_equal(mcl.logits[:3], mcl.logits[3:6])
    three = model.segment(embedding, box=BOX, multimask=True)
    np.testing.assert_allclose(mcl.logits[:3], three.logits, atol=1e-5)
    one = hypotheses_of_head(model, new_head(model, "deterministic"), embedding, box=BOX, count=2)
    assert np.array_equal(one.logits[0], one.logits[1])


def test_the_shipped_head_is_the_one_in_the_catalogue_and_fits_the_shipped_starter():
    model = load_model("starter", device="cpu")
    path = find_head(model)
    assert path.name in BUNDLED_HEADS
    assert path.stat().st_size < 14_000_000
    assert load_head(path, model).config.kind == "seqsam"
    found = model.hypotheses(model.embed(random_image(64, 64)), box=BOX, count=3)
    assert found.method == "seqsam"


def test_the_steps_of_a_trained_head_equal_those_by_sams_own_decoder(model, embedding, monkeypatch):
    head = trained(model, "seqsam")
    ours = hypotheses_of_head(model, head, embedding, box=BOX, count=4)
    monkeypatch.setattr(generators, "can_decode_jointly", lambda _decoder: False)
    theirs = hypotheses_of_head(model, head, embedding, box=BOX, count=4)
    np.testing.assert_allclose(ours.logits, theirs.logits, atol=1e-4)
    np.testing.assert_allclose(ours.scores, theirs.scores, atol=1e-4)
    np.testing.assert_array_equal(ours.masks, theirs.masks)
