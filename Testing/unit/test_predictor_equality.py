"""Same weights, same numbers: our results are SamPredictor's."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from MedSAMLib.sam import SamModel, load_model
from MedSAMLib.sam.backbone import sam_model_registry
from Testing.unit.sam_factory import meta_predictor, random_image, randomized, tiny_model

TOLERANCE = 1e-4

BOX = np.array([5.0, 7.0, 40.0, 33.5])
POINTS = np.array([[12.0, 15.0], [30.0, 20.5], [3.0, 2.0]])
LABELS = np.array([1, 1, 0])
PROMPTS = {
    "box": {"box": BOX},
    "one point": {"points": POINTS[:1], "labels": LABELS[:1]},
    "points": {"points": POINTS, "labels": LABELS},
    "box and points": {"box": BOX, "points": POINTS, "labels": LABELS},
    "box partly outside": {"box": np.array([-4.0, -2.0, 20.0, 30.0])},
}
IMAGES = {
    "square color": random_image(48, 48, 3),
    "wide color": random_image(48, 80, 3),
    "tall color": random_image(97, 50, 3),
    "exact size": random_image(64, 64, 3),
    "gray": random_image(60, 70),
}


def reference(model: SamModel, image: np.ndarray):
    predictor = meta_predictor(model.sam)
    predictor.set_image(image if image.ndim == 3 else np.repeat(image[..., None], 3, axis=2))
    return predictor


def assert_same(ours, theirs) -> None:
    masks, scores, logits = theirs
    np.testing.assert_allclose(ours.logits, logits, atol=TOLERANCE)
    np.testing.assert_allclose(ours.scores, scores, atol=TOLERANCE)
    np.testing.assert_array_equal(ours.masks, masks)


def ask_reference(predictor, prompt: dict, multimask: bool, mask=None) -> tuple:
    return predictor.predict(
        point_coords=prompt.get("points"),
        point_labels=prompt.get("labels"),
        box=prompt.get("box"),
        mask_input=mask,
        multimask_output=multimask,
    )


@pytest.fixture(scope="module")
def model() -> SamModel:
    return tiny_model()


@pytest.mark.parametrize("multimask", [False, True], ids=["single", "multi"])
@pytest.mark.parametrize("prompt", PROMPTS.values(), ids=PROMPTS.keys())
@pytest.mark.parametrize("image", IMAGES.values(), ids=IMAGES.keys())
def test_masks_equal_the_reference(model, image, prompt, multimask):
    predictor = reference(model, image)
    ours = model.segment(model.embed(image), **prompt, multimask=multimask)
    assert_same(ours, ask_reference(predictor, prompt, multimask))
    assert ours.masks.shape == (3 if multimask else 1, *image.shape[:2])


@pytest.mark.parametrize("image", IMAGES.values(), ids=IMAGES.keys())
def test_a_previous_mask_equals_the_reference(model, image):
    predictor = reference(model, image)
    embedding = model.embed(image)
    first = model.segment(embedding, box=BOX)
    second = model.segment(embedding, box=BOX, mask=first.logits)
    _, _, low = ask_reference(predictor, PROMPTS["box"], False)
    assert_same(second, ask_reference(predictor, PROMPTS["box"], False, mask=low))


def test_a_mask_alone_is_a_prompt(model):
    image = IMAGES["wide color"]
    logits = np.linspace(-5, 5, 32 * 32, dtype=np.float32).reshape(32, 32)
    ours = model.segment(model.embed(image), mask=logits)
    assert_same(ours, ask_reference(reference(model, image), {}, False, mask=logits[None]))


def test_embeddings_equal_the_reference(model):
    for image in IMAGES.values():
        theirs = reference(model, image).get_image_embedding()
        torch.testing.assert_close(model.embed(image).features, theirs, rtol=0, atol=TOLERANCE)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_real_vit_b_equals_the_reference(tmp_path):
    torch.manual_seed(0)
    meta = randomized(sam_model_registry["vit_b"]())
    torch.save(meta.state_dict(), tmp_path / "vit_b.pth")
    model = load_model(tmp_path / "vit_b.pth", device="cpu", precision="float32")
    for name, weight in meta.state_dict().items():
        assert torch.equal(weight, model.sam.state_dict()[name]), name

    image = random_image(150, 200, 3)
    embedding = model.embed(image)
    predictor = meta_predictor(meta)
    predictor.set_image(image)

    assert embedding.features.shape == (1, 256, 64, 64)
    torch.testing.assert_close(embedding.features, predictor.features, rtol=0, atol=1e-4)
    for prompt in PROMPTS.values():
        for multimask in (False, True):
            ours = model.segment(embedding, **prompt, multimask=multimask)
            assert_same(ours, ask_reference(predictor, prompt, multimask))
