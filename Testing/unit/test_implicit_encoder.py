"""The adapted encoder: LoRA through peft, the frequency adapter, and what is shared and merged."""

from __future__ import annotations

import pytest
import torch

from MedSAMLib.errors import MedSAMError, UsageError
from MedSAMLib.implicit.adapted_encoder import MEAN, AdaptedEncoder
from MedSAMLib.implicit.config import ImplicitConfig
from MedSAMLib.implicit.lora import lora_state, merge_lora
from MedSAMLib.implicit.spectrum import spectrum_image
from MedSAMLib.sam.starter import build_starter
from Testing.unit.sam_factory import TINY_SIZE, tiny_sam

# Imported here, after what makes torchvision importable: it takes too long for a test's own time.
pytest.importorskip("peft")


TINY_STARTER = {
    "image_size": 64,
    "stem_channels": [8, 8, 16],
    "stem_blocks": [0, 0, 1],
    "depth": 2,
    "heads": 2,
    "window": 4,
    "global_blocks": [1],
}


def images(seed: int = 0, side: int = TINY_SIZE) -> torch.Tensor:
    return torch.rand(1, 3, side, side, generator=torch.Generator().manual_seed(seed))


def smooth_and_sharp() -> tuple[torch.Tensor, torch.Tensor]:
    """A wave, and a step where it changes its sign."""
    wave = (torch.arange(32) * torch.pi / 16).sin().expand(1, 3, 32, 32) / 2 + 0.5
    return wave, (wave > 0.5).float()


@pytest.mark.parametrize("kind", ["amplitude", "phase"])
@pytest.mark.parametrize("compat", [False, True])
def test_a_constant_image_has_a_finite_spectrum(kind, compat):
    spectra = spectrum_image(torch.full((2, 3, 16, 16), 0.5), kind, compat)
    assert torch.isfinite(spectra).all()
    assert spectra.shape == (2, 3, 16, 16)
    assert spectra.min() >= 0
    assert spectra.max() <= 1


def test_the_log_amplitude_tells_smooth_from_sharp():
    smooth, sharp = (spectrum_image(each, "amplitude") for each in smooth_and_sharp())
    assert sharp.mean() > 1.2 * smooth.mean()


def test_the_released_amplitude_is_little_but_one_bright_pixel():
    image = images()
    assert spectrum_image(image, "amplitude", compat=True).median() < 0.02
    assert spectrum_image(image, "amplitude").median() > 0.2


def test_the_spectrum_sees_all_colors_the_release_red_alone():
    red, blue = torch.zeros(1, 3, 16, 16), torch.zeros(1, 3, 16, 16)
    red[:, 0, 4:8], blue[:, 2, 4:8] = 1, 1
    assert spectrum_image(blue, "amplitude").std() > 0
    assert spectrum_image(blue, "amplitude", compat=True).std() == 0
    assert spectrum_image(red, "amplitude", compat=True).std() > 0


@pytest.mark.parametrize("sam", [tiny_sam(), build_starter(TINY_STARTER)], ids=["vit", "starter"])
@torch.inference_mode()
def test_untrained_adapters_change_nothing(sam):
    config = ImplicitConfig(frequency="amplitude")
    encoder = AdaptedEncoder(sam.image_encoder, config)
    encoder.add_adapters()
    image = images()
    expected = sam.image_encoder((image - encoder.mean) / encoder.deviation)
    torch.testing.assert_close(encoder(image), expected)


@torch.inference_mode()
def test_padding_with_the_mean_color_is_sams_padding():
    sam = tiny_sam()
    pixels = torch.randint(0, 256, (1, 3, 40, 64), dtype=torch.uint8)
    expected = sam.image_encoder(sam.preprocess(pixels))
    image = torch.tensor(MEAN).view(1, 3, 1, 1).repeat(1, 1, 64, 64)
    image[:, :, :40] = pixels / 255
    encoder = AdaptedEncoder(sam.image_encoder, ImplicitConfig(frequency="none"))
    torch.testing.assert_close(encoder(image), expected, atol=1e-4, rtol=1e-4)


def trained(sam, **settings) -> AdaptedEncoder:
    """An encoder whose adapters are no longer zero."""
    torch.manual_seed(0)
    encoder = AdaptedEncoder(sam.image_encoder, ImplicitConfig(**settings))
    encoder.add_adapters()
    with torch.no_grad():
        for weight in encoder.parameters():
            if weight.requires_grad:
                weight.add_(torch.randn_like(weight), alpha=0.3)
    return encoder


@torch.inference_mode()
def test_merged_adapters_answer_as_peft_does():
    sam = tiny_sam()
    before = {name: weight.clone() for name, weight in sam.state_dict().items()}
    raw = trained(sam, frequency="none")
    merged = AdaptedEncoder(sam.image_encoder, ImplicitConfig(frequency="none"))
    merge_lora(merged.encoder, lora_state(raw.encoder))
    image = images()
    plain = AdaptedEncoder(sam.image_encoder, ImplicitConfig(frequency="none"))(image)
    torch.testing.assert_close(merged(image), raw(image), atol=1e-5, rtol=1e-4)
    assert not torch.allclose(merged(image), plain, atol=1e-3)
    # The backbone is still what it was.
    assert all(torch.equal(before[name], weight) for name, weight in sam.state_dict().items())


def test_only_query_value_and_the_frequency_adapter_are_trained():
    encoder = trained(tiny_sam(), frequency="amplitude", lora_rank=4)
    names = {name for name, weight in encoder.named_parameters() if weight.requires_grad}
    assert {n.split(".")[-4] for n in names if "lora" in n} == {"query", "value"}
    assert all("lora_" in name or name.startswith("frequency.") for name in names)
    down = dict(encoder.named_parameters())["encoder.blocks.0.attn.qkv.query.lora_A.default.weight"]
    assert down.shape == (4, 32)


@torch.inference_mode()
def test_the_frequency_adapter_reads_the_spectrum():
    sam = tiny_sam()
    image = images()
    answers = [trained(sam, frequency=f, lora_rank=0)(image) for f in ("amplitude", "phase")]
    assert not torch.allclose(*answers)


@torch.inference_mode()
def test_a_released_gate_scales_the_low_rank_part():
    sam = tiny_sam()
    encoder = trained(sam, compat=True, frequency="none")
    image = images()
    plain = AdaptedEncoder(sam.image_encoder, ImplicitConfig(compat=True, frequency="none"))(image)
    assert not torch.allclose(encoder(image), plain, atol=1e-3)
    for block in encoder.encoder.blocks:
        block.attn.qkv.gate.weight.zero_()
    torch.testing.assert_close(encoder(image), plain)


@torch.inference_mode()
def test_another_input_size_keeps_the_cells():
    sam = tiny_sam()
    encoder = AdaptedEncoder(sam.image_encoder, ImplicitConfig(image_size=96))
    assert encoder(images(side=96)).shape == (1, 32, 12, 12)
    assert sam.image_encoder.img_size == TINY_SIZE


def test_frozen_weights_are_shared_and_not_copied():
    sam = tiny_sam()
    encoder = AdaptedEncoder(sam.image_encoder, ImplicitConfig())
    shared = encoder.encoder.blocks[0].mlp.lin1.weight
    assert shared is sam.image_encoder.blocks[0].mlp.lin1.weight


def test_raw_adapters_without_peft_say_what_to_install(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "peft", None)
    with pytest.raises(MedSAMError, match="pip install peft"):
        AdaptedEncoder(tiny_sam().image_encoder, ImplicitConfig()).add_adapters()


def test_settings_that_mean_nothing_are_refused():
    for wrong in ({"frequency": "x"}, {"uncertainty": "x"}, {"refine": 2.0}, {"dropout": 1.0}):
        with pytest.raises(UsageError):
            ImplicitConfig(**wrong)
    config = ImplicitConfig.released()
    assert ImplicitConfig.from_dict(config.to_dict()) == config
