"""A trained head becomes the one that ships: beside the weights, in the catalogue, on the card."""

from __future__ import annotations

import dataclasses
import json

import pytest
import torch

from MedSAMLib.hypotheses.heads import load_head, new_head
from MedSAMLib.sam.checkpoint_files import read_checkpoint
from MedSAMLib.sam.checksums import sha256_of
from Testing.unit.sam_factory import tiny_model
from training.seqsam.config import SeqSamConfig
from training.seqsam.export import export_head
from training.seqsam.release import END, START, release, with_head

SOURCE = 'SEQSAM_SHA256 = "old"\nSEQSAM_BYTES = 1\nOTHER = 2\n'


@pytest.fixture(scope="module")
def model():
    return tiny_model()


def test_a_shipped_head_says_how_it_was_trained_and_for_what(model, tmp_path):
    path = tmp_path / "head.safetensors"
    export_head(new_head(model), model, path, {"step": 3})
    metadata = read_checkpoint(path).metadata
    assert metadata["kind"] == "seqsam"
    assert metadata["model_id"] == model.model_id
    assert json.loads(metadata["training"]) == {"step": 3}
    assert load_head(path, model).config == new_head(model).config


def record(step: int, masks: tuple[int, ...], **more) -> dict:
    settings = dataclasses.asdict(SeqSamConfig(masks=masks))
    return {"step": step, "minutes": 3.4, "settings": settings, **more}


def test_the_catalogue_and_the_card_tell_of_the_shipped_head(model, tmp_path):
    weights, catalogue = tmp_path / "head.safetensors", tmp_path / "catalogue.py"
    stages = record(300, (4, 16), before=[record(600, (4, 8))])
    export_head(new_head(model), model, weights, stages)
    catalogue.write_text(SOURCE)
    (tmp_path / "starter-seqsam.md").write_text(f"above\n{START}\nold\n{END}\nbelow\n")
    shipped = release(weights, model, tmp_path, catalogue)
    written = catalogue.read_text()
    assert f'SEQSAM_SHA256 = "{sha256_of(shipped)}"' in written
    assert f"SEQSAM_BYTES = {shipped.stat().st_size:_}" in written
    assert "OTHER = 2" in written
    exact, kept = (load_head(path, model).state_dict() for path in (weights, shipped))
    for name, value in exact.items():  # eight bits at worst
        torch.testing.assert_close(kept[name], value, atol=value.abs().max().item() / 250, rtol=0)
    card = (tmp_path / "starter-seqsam.md").read_text()
    assert "| 1 | 600 | 4 | one of 4, 8 |" in card
    assert "| 2 | 300 | 4 | one of 4, 16 |" in card
    assert card.startswith("above")
    assert card.endswith("below\n")
    assert "old" not in card


def test_a_baseline_does_not_ship(model, tmp_path):
    path = tmp_path / "head.safetensors"
    export_head(new_head(model, "mcl"), model, path, {})
    with pytest.raises(ValueError, match="cannot ship"):
        release(path, model, tmp_path, tmp_path / "catalogue.py")


def test_a_catalogue_without_the_entry_is_refused():
    with pytest.raises(ValueError, match="0 definitions"):
        with_head("OTHER = 2\n", "0", 1)
