"""Reading checkpoints: what is loaded, what is refused, and what the refusal says."""

from __future__ import annotations

import json
import os
import pickle
import zipfile
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from MedSAMLib.errors import MedSAMError, UsageError
from MedSAMLib.sam import load_model
from MedSAMLib.sam.backbone import sam_model_registry
from MedSAMLib.sam.checkpoint_files import read_checkpoint
from MedSAMLib.sam.loading import load_sam
from MedSAMLib.sam.starter import StarterConfig, build_starter
from Testing.unit.sam_factory import tiny_sam

SMALL = StarterConfig(
    image_size=64,
    stem_channels=(8, 8, 16),
    stem_blocks=(0, 0, 1),
    depth=2,
    heads=2,
    global_blocks=(1,),
)


def starter_file(folder: Path, **extra: torch.Tensor) -> Path:
    """A starter network in half precision, as it ships."""
    torch.manual_seed(0)
    weights = {k: v.half().contiguous() for k, v in build_starter(SMALL).state_dict().items()}
    path = folder / "small.safetensors"
    save_file({**weights, **extra}, path, metadata={"config": json.dumps(SMALL.to_dict())})
    return path


def vit_names(architecture: str = "vit_b") -> dict[str, torch.Tensor]:
    """A state dict with the names and shapes of a ViT and nearly no bytes."""
    with torch.device("meta"):
        sam = sam_model_registry[architecture]()
    return {name: torch.zeros(1).expand(t.shape) for name, t in sam.state_dict().items()}


def saved(content: object, path: Path) -> Path:
    torch.save(content, path)
    return path


def refusal(path: Path) -> str:
    """What the user is told: one sentence that begins with the file."""
    with pytest.raises(MedSAMError) as caught:
        load_sam(path)
    text = str(caught.value)
    assert "\n" not in text
    assert text.startswith(str(path))
    return text


def test_a_starter_is_built_from_its_file(tmp_path):
    path = starter_file(tmp_path)
    sam, architecture = load_sam(path)
    assert architecture == "starter"
    assert not sam.training
    for name, weight in sam.state_dict().items():
        assert weight.dtype == torch.float32, name
        assert torch.equal(weight, read_checkpoint(path).tensors[name].float()), name


def test_heads_beside_the_starter_are_left_to_their_methods(tmp_path):
    sam, _ = load_sam(starter_file(tmp_path, **{"quality.weight": torch.ones(3)}))
    assert not any(name.startswith("quality") for name in sam.state_dict())


def test_a_loaded_model_segments(tmp_path):
    model = load_model(starter_file(tmp_path), device="cpu")
    masks = model.segment(model.embed(torch.zeros(30, 40).numpy()), box=[3, 3, 20, 20])
    assert masks.masks.shape == (1, 30, 40)
    assert model.architecture == "starter"
    assert model.image_size == 64


@pytest.mark.parametrize("architecture", ["vit_b", "vit_l", "vit_h"])
def test_the_architecture_is_told_by_the_weights(tmp_path, architecture, monkeypatch):
    monkeypatch.setattr("MedSAMLib.sam.loading._fill", lambda *_: None)
    path = saved(vit_names(architecture), tmp_path / "any.pth")
    sam, told = load_sam(path)
    assert told == architecture
    assert torch.equal(sam.pixel_mean, tiny_sam().pixel_mean)
    assert torch.equal(sam.pixel_std, tiny_sam().pixel_std)


@pytest.mark.parametrize("wrapper", ["model", "state_dict", "model_state_dict"])
def test_training_checkpoints_are_unwrapped(tmp_path, wrapper):
    weights = {f"module.{name}": t for name, t in vit_names().items()}
    path = saved({wrapper: weights, "epoch": 3, "optimizer": {"lr": 0.1}}, tmp_path / "a.pth")
    assert set(read_checkpoint(path).tensors) == set(vit_names())


class Malicious:
    """A pickle of this runs a shell command when it is loaded carelessly."""

    def __init__(self, traces: Path) -> None:
        self.traces = traces

    def __reduce__(self):
        return os.system, (f"echo executed > {self.traces}",)


@pytest.mark.parametrize("protocol", ["zip", "legacy", "plain pickle"])
def test_code_in_a_pickle_is_refused_and_not_run(tmp_path, protocol):
    traces, path = tmp_path / "traces", tmp_path / "evil.pth"
    content = {"image_encoder.x": torch.zeros(1), "payload": Malicious(traces)}
    if protocol == "plain pickle":
        path.write_bytes(pickle.dumps(Malicious(traces)))
    else:
        torch.save(content, path, _use_new_zipfile_serialization=protocol == "zip")
    told = refusal(path)
    if protocol == "plain pickle":
        assert "may carry code" in told
    else:
        assert "carries code besides weights (posix.system)" in told.replace("nt.", "posix.")
    assert not traces.exists()


def test_a_torchscript_program_is_refused(tmp_path):
    path = tmp_path / "program.pt"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("program/data.pkl", b"")
        archive.writestr("program/constants.pkl", b"")
    assert "TorchScript program" in refusal(path)


@pytest.mark.parametrize("share", [0.02, 0.5, 0.99])
@pytest.mark.parametrize("kind", ["pth", "legacy", "safetensors"])
def test_cut_files_are_called_damaged(tmp_path, kind, share):
    path = tmp_path / f"cut.{kind}"
    weights = {name: torch.randn(64, 64) for name in "abc"}
    if kind == "safetensors":
        save_file(weights, path)
    else:
        torch.save(weights, path, _use_new_zipfile_serialization=kind == "pth")
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    assert "damaged" in refusal(path)


NOT_CHECKPOINTS = {
    "it is empty": b"",
    "web page": b"<!DOCTYPE html>\n<html><body>Please log in</body></html>",
    "a text file": "Notes on what the network café was trained on".encode(),
    "Git LFS pointer": b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n",
    "neither a PyTorch nor": b"\x00\xff\x13\x37" * 300,
}


@pytest.mark.parametrize(("told", "content"), NOT_CHECKPOINTS.items())
def test_other_files_are_named_as_what_they_are(tmp_path, told, content):
    path = tmp_path / "model.pth"
    path.write_bytes(content)
    assert told in refusal(path)


FOREIGN = {
    "a ResNet": {"conv1.weight": 1, "layer1.0.conv1.weight": 1, "fc.weight": 1},
    "MobileSAM": {"image_encoder.patch_embed.seq.0.c.weight": 1, "mask_decoder.x": 1},
    "SAM 2": {"image_encoder.trunk.pos_embed": 1, "sam_mask_decoder.x": 1},
    "Hugging Face": {"vision_encoder.layers.0.attn.qkv.weight": 1, "mask_decoder.x": 1},
    "LoRA adapters": {"base_model.model.image_encoder.lora_A.weight": 1},
    "not a SAM checkpoint: it has 2 weights": {"encoder.stage.0": 1, "head": 1},
    "no prompt_encoder and no mask_decoder": {"image_encoder.blocks.0.norm1.weight": 1},
    "none of ViT-B, ViT-L, ViT-H": {
        "image_encoder.patch_embed.proj.weight": 1,
        "prompt_encoder.x": 1,
        "mask_decoder.x": 1,
    },
}


@pytest.mark.parametrize(("told", "names"), FOREIGN.items())
def test_other_networks_are_named_as_what_they_are(tmp_path, told, names):
    weights = {name: torch.zeros(count) for name, count in names.items()}
    assert told in refusal(saved(weights, tmp_path / "model.pth"))


def test_other_content_of_pickles_is_named(tmp_path):
    assert "holds a list" in refusal(saved([1, 2], tmp_path / "list.pth"))
    assert "without weights" in refusal(saved({"epoch": 3}, tmp_path / "dict.pth"))


def test_a_modified_vit_is_refused(tmp_path):
    names = vit_names()
    more = {**names, "image_encoder.blocks.0.adapter.weight": torch.zeros(1)}
    assert "1 weights that SAM does not have" in refusal(saved(more, tmp_path / "more.pth"))
    less = {n: t for n, t in names.items() if n != "mask_decoder.iou_token.weight"}
    assert "lacks 1 of SAM's weights" in refusal(saved(less, tmp_path / "less.pth"))
    other = {**names, "image_encoder.pos_embed": torch.zeros(1, 16, 16, 768)}
    assert "for another input" in refusal(saved(other, tmp_path / "other.pth"))
    nan = {**names, "mask_decoder.iou_token.weight": torch.full((1, 256), torch.nan)}
    assert "not finite" in refusal(saved(nan, tmp_path / "nan.pth"))


@pytest.mark.parametrize("config", ["{", "[]", '{"depth": "x"}', '{"unknown": 1}'])
def test_a_starter_with_a_bad_description_is_refused(tmp_path, config):
    path = tmp_path / "bad.safetensors"
    names = ("image_encoder.x", "prompt_encoder.x", "mask_decoder.x")
    save_file({name: torch.zeros(1) for name in names}, path, metadata={"config": config})
    assert "cannot be built" in refusal(path)


def test_missing_files_and_unknown_names(tmp_path):
    with pytest.raises(MedSAMError, match="does not exist"):
        load_model(tmp_path / "none.pth")
    with pytest.raises(MedSAMError, match="is a folder"):
        load_model(tmp_path)
    with pytest.raises(UsageError, match=r"Unknown model 'sam3'; known are starter, sam-vit-b"):
        load_model("sam3")
    with pytest.raises(MedSAMError, match="medsam models download sam-vit-b"):
        load_model("sam-vit-b")
    with pytest.raises(MedSAMError, match="TinyViT"):
        load_model("mobile-sam")
