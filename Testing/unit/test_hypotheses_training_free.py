"""Several masks from a network that was never trained for it: what they are made of."""

from __future__ import annotations

import numpy as np
import pytest

from MedSAMLib.errors import UsageError
from MedSAMLib.hypotheses import multimask_hypotheses, perturbed_hypotheses, training_free
from MedSAMLib.object_mask import segment_object
from MedSAMLib.prompts import Prompts
from MedSAMLib.sam import Masks
from Testing.unit.sam_factory import random_image, tiny_model

BOX = np.array([10.0, 12.0, 34.0, 30.0])
POINT = {"points": np.array([[20.0, 20.0]]), "labels": np.array([1])}
CLICKS = {"points": np.array([[20.0, 20.0], [3.0, 4.0]]), "labels": np.array([1, 0])}


@pytest.fixture(scope="module")
def model():
    return tiny_model()


@pytest.fixture(scope="module")
def embedding(model):
    return model.embed(random_image(40, 48))


class Boxes:
    """A network that fills its box, or a disc around its first point, and keeps the prompts."""

    def __init__(self) -> None:
        self.calls: list[dict] = []

    def segment(self, embedding, box=None, points=None, labels=None, mask=None, multimask=False):
        self.calls.append({"box": box, "points": points, "labels": labels, "tokens": multimask})
        if box is not None:
            masks = np.array([self._filled(one) for one in np.atleast_2d(box)])
        else:
            firsts = np.asarray(points).reshape(-1, np.shape(points)[-2], 2)[:, 0]
            masks = np.array([self._disc(point) for point in firsts])
        if multimask:
            masks = np.stack([masks, masks, masks], axis=1)
            is_batch = np.ndim(points) == 3
            masks = masks if is_batch else masks[0]
        scores = np.full(masks.shape[:-2], 0.5, np.float32)
        return Masks(masks, masks[..., ::4, ::4].astype(np.float32), scores)

    @staticmethod
    def _filled(box):
        x0, y0, x1, y1 = np.round(box).astype(int)
        mask = np.zeros((40, 48), bool)
        mask[y0:y1, x0:x1] = True
        return mask

    @staticmethod
    def _disc(point):
        rows, columns = np.indices((40, 48))
        return np.hypot(columns - point[0], rows - point[1]) < 6


class Embedded:
    original_size = (40, 48)


@pytest.mark.parametrize(
    "prompts",
    [{"box": BOX}, POINT, CLICKS, {"box": BOX, **CLICKS}, {"mask": np.eye(40, 48) > 0}],
    ids=["box", "point", "clicks", "box and clicks", "mask"],
)
def test_the_first_mask_is_the_answer_to_the_prompts_as_they_are(model, embedding, prompts):
    found = perturbed_hypotheses(model, embedding, **prompts, count=3)
    expected = segment_object(model, embedding, Prompts(**prompts).validated((40, 48)))
    assert found.masks.shape == (3, 40, 48)
    assert found.masks.dtype == bool
    assert found.logits.shape == (3, 32, 32)
    assert (found.logits.dtype, found.scores.dtype) == (np.float32, np.float32)
    np.testing.assert_array_equal(found.masks[0], expected.mask)
    assert found.scores[0] == pytest.approx(expected.score)
    assert found.method == "perturbation"


@pytest.mark.parametrize("count", range(1, 17))
def test_as_many_as_asked_for(model, embedding, count):
    assert len(perturbed_hypotheses(model, embedding, box=BOX, count=count)) == count


def test_the_seed_decides(model, embedding):
    first, again, other = (
        perturbed_hypotheses(model, embedding, box=BOX, count=6, seed=seed) for seed in (4, 4, 5)
    )
    np.testing.assert_array_equal(first.logits, again.logits)
    assert not np.array_equal(first.logits[1:], other.logits[1:])


def test_all_variants_of_a_box_are_decoded_in_one_batch():
    network = Boxes()
    found = perturbed_hypotheses(network, Embedded(), box=BOX, count=8)
    answer, batch = (np.atleast_2d(call["box"]) for call in network.calls)
    np.testing.assert_array_equal(answer, BOX[None])
    assert len(batch) == training_free.CANDIDATES - 1
    extent = np.tile(BOX[2:] - BOX[:2], 2)
    moved = np.abs(batch - BOX) / extent
    assert moved.max() <= training_free.BOX_JITTER
    assert moved.max() > training_free.BOX_JITTER / 2
    assert found.disagreement > 0
    assert len(np.unique(found.duplicates)) == 8


def test_moved_clicks_stay_on_their_side_of_the_border():
    network = Boxes()
    perturbed_hypotheses(network, Embedded(), **CLICKS, count=4)
    answer = Boxes._disc(CLICKS["points"][0])
    batch = network.calls[1]
    assert batch["points"].shape == (training_free.CANDIDATES - 1, 2, 2)
    column, row = np.moveaxis(batch["points"].round().astype(int), -1, 0)
    np.testing.assert_array_equal(answer[row, column], batch["labels"])
    assert (batch["points"][:, 0] != CLICKS["points"][0]).any(axis=1).mean() > 0.5
    reach = training_free.CLICK_JITTER * 6
    assert np.hypot(*(batch["points"] - CLICKS["points"]).T).max() <= reach * 1.1


def test_a_lone_click_also_offers_its_three_readings():
    """Part, object, whole: each candidate of a lone point brings SAM's three masks."""
    network = Boxes()
    perturbed_hypotheses(network, Embedded(), **POINT, count=2)
    perturbed_hypotheses(network, Embedded(), **CLICKS, count=2)
    assert [call["tokens"] for call in network.calls] == [True, True, False, False]


def test_multimask_gives_the_tokens_by_the_models_own_score(model, embedding):
    tokens = model.segment(embedding, box=BOX, multimask=True)
    found = multimask_hypotheses(model, embedding, box=BOX)
    order = np.argsort(-tokens.scores)
    np.testing.assert_array_equal(found.masks, tokens.masks[order])
    np.testing.assert_array_equal(found.scores, tokens.scores[order])
    assert found.method == "multimask"
    assert len(multimask_hypotheses(model, embedding, **POINT, count=1)) == 1


@pytest.mark.parametrize("count", [0, 4])
def test_multimask_has_three(model, embedding, count):
    with pytest.raises(UsageError, match="1 to 3"):
        multimask_hypotheses(model, embedding, box=BOX, count=count)


@pytest.mark.parametrize("count", [0, 17])
def test_more_than_sixteen_are_refused(model, embedding, count):
    with pytest.raises(UsageError, match="1 to 16"):
        perturbed_hypotheses(model, embedding, box=BOX, count=count)


def test_without_a_prompt_nothing_is_moved(model, embedding):
    with pytest.raises(UsageError, match="No prompt"):
        perturbed_hypotheses(model, embedding)


def test_a_box_of_one_pixel_at_the_edge_works(model, embedding):
    found = perturbed_hypotheses(model, embedding, box=np.array([47.0, 39.0, 48.0, 40.0]), count=4)
    assert len(found) == 4
