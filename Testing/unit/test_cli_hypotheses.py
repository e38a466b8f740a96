"""`medsam hypotheses`: several masks of one object in a file, in what is said, and in the JSON."""

from __future__ import annotations

import functools
import importlib
import json

import numpy as np
import pytest
import SimpleITK as sitk

from MedSAMLib.cli import build_parser
from MedSAMLib.commands import hypotheses as command
from MedSAMLib.hypotheses import CONSENSUS_RULES, Hypotheses
from MedSAMLib.hypotheses.consensus import consensus
from MedSAMLib.images import read_labels, read_volume
from MedSAMLib.sam import load_model

BOX = ("--box", 14, 12, 34, 28)
SLICE = ("--slice", 3)


@pytest.fixture
def hypotheses(medsam, tiny_checkpoint):
    return functools.partial(medsam, "hypotheses", "--model", tiny_checkpoint)


def bars(*lengths: int) -> np.ndarray:
    """Masks (M, 40, 48) of rows 10 to 12 from column 10 on, of these lengths."""
    masks = np.zeros((len(lengths), 40, 48), bool)
    for mask, length in zip(masks, lengths, strict=True):
        mask[10:12, 10 : 10 + length] = True
    return masks


@pytest.fixture
def network(monkeypatch):
    """The network is replaced by one that always answers bars of 4, 8, 6, 8 and 20 pixels."""

    class Network:
        name, model_id = "some/folder/bars.pth", "0123"

        def __init__(self) -> None:
            self.calls: list[dict] = []

        def embed(self, image, window):
            return image

        def hypotheses(self, embedding, **arguments):
            self.calls.append(arguments)
            masks = bars(4, 8, 6, 8, 20)
            scores = np.array([0.5, 0.6, 0.7, 0.8, 0.9], np.float32)
            return Hypotheses(masks, masks.astype(np.float32), scores, "seqsam")

    made = Network()
    monkeypatch.setattr("MedSAMLib.command_line.reading.load_model", lambda _: made)
    return made


def layers_of(path) -> dict[str, np.ndarray]:
    """The segments of a .seg.nrrd by name, as Slicer reads them from their layers."""
    image = sitk.ReadImage(str(path))
    array = sitk.GetArrayFromImage(image)
    array = array[..., None] if array.ndim == 3 else array
    found = {}
    for number in range(99):
        if not image.HasMetaDataKey(f"Segment{number}_Name"):
            return found
        layer, value = (
            int(image.GetMetaData(f"Segment{number}_{key}")) for key in ("Layer", "LabelValue")
        )
        found[image.GetMetaData(f"Segment{number}_Name")] = array[..., layer] == value
    return found


def test_every_mask_becomes_a_segment_that_may_overlap(hypotheses, network, volume_file, tmp_path):
    out = tmp_path / "masks.seg.nrrd"
    result = hypotheses(volume_file, *BOX, *SLICE, "--count", 5, "-o", out)
    assert (result.status, result.err) == (0, "")
    segments = layers_of(out)
    assert list(segments) == [f"Hypothesis {number}" for number in range(1, 6)]
    for found, expected in zip(segments.values(), bars(4, 8, 6, 8, 20), strict=True):
        np.testing.assert_array_equal(found[3], expected)
        assert found.sum() == expected.sum()
    image = sitk.ReadImage(str(out))
    colors = {image.GetMetaData(f"Segment{number}_Color") for number in range(5)}
    assert len(colors) == 5


def test_what_is_said_begins_with_the_medoid(hypotheses, network, volume_file, tmp_path):
    """Bars of 8 pixels overlap the others best; the second of them repeats the first."""
    result = hypotheses(volume_file, *BOX, *SLICE, "-o", tmp_path / "m.seg.nrrd")
    lines = result.out.splitlines()
    assert lines[0].split() == ["RANK", "NAME", "AREA", "DIFFERENCE", "SCORE"]
    assert lines[1].split() == ["1.", "Hypothesis", "2", "16", "pixels", "0%", "0.60"]
    assert lines[2].split()[-2:] == ["repeats", "2"]
    assert lines[6].startswith("made by seqsam, disagreement 0.")
    assert lines[7] == f"wrote {tmp_path / 'm.seg.nrrd'}"


def test_the_json_file_tells_how_the_masks_differ(hypotheses, network, volume_file, tmp_path):
    file = tmp_path / "m.json"
    result = hypotheses(
        volume_file, *BOX, *SLICE, "--seed", 3, "-o", tmp_path / "m.seg.nrrd", "--json", file
    )
    assert result.out.splitlines()[-1] == f"wrote {file}"
    told = json.loads(file.read_text(encoding="utf-8"))
    assert (told["image"], told["axis"], told["slice"]) == ("volume.nii.gz", "axial", 3)
    assert told["slices"] == 6
    assert (told["model"], told["model_id"], told["seed"]) == ("bars.pth", "0123", 3)
    assert (told["method"], told["count"], told["medoid"]) == ("seqsam", 5, 2)
    assert (told["box"], told["points"]) == ([14, 12, 34, 28], None)
    masks = told["hypotheses"]
    assert [each["area_pixels"] for each in masks] == [8, 16, 12, 16, 40]
    assert [each["area_mm2"] for each in masks] == [8, 16, 12, 16, 40]
    assert [each["rank"] for each in masks] == [4, 1, 3, 2, 5]
    assert [each["duplicate_of"] for each in masks] == [None, None, None, 2, None]
    # Dice of bars of 4 and 8 pixels is 8/12, of 8 and 20 it is 16/28.
    assert masks[0]["difference_from_medoid"] == pytest.approx(1 / 3, abs=1e-6)
    assert masks[4]["difference_from_medoid"] == pytest.approx(1 - 16 / 28, abs=1e-6)
    assert masks[1]["difference_from_medoid"] == 0
    assert 0 < told["disagreement"] < 1
    assert str(tmp_path) not in file.read_text(encoding="utf-8")


@pytest.mark.parametrize("ending", [".nii.gz", ".nrrd", ".mha"])
def test_a_label_map_gets_the_majority(hypotheses, network, volume_file, tmp_path, ending):
    out = tmp_path / f"mask{ending}"
    assert hypotheses(volume_file, *BOX, *SLICE, "-o", out).status == 0
    labels = read_labels(out).array
    np.testing.assert_array_equal(labels[3] > 0, consensus(bars(4, 8, 6, 8, 20)))
    assert np.unique(labels).tolist() == [0, 1]


@pytest.mark.parametrize(("rule", "length"), [("union", 20), ("intersection", 4)])
def test_the_rule_of_the_consensus(hypotheses, network, picture_file, tmp_path, rule, length):
    out = tmp_path / "mask.png"
    assert hypotheses(picture_file, *BOX, "--consensus", rule, "-o", out).status == 0
    np.testing.assert_array_equal(read_volume(out).array[0] > 0, bars(length)[0])


def test_a_consensus_is_a_further_segment(hypotheses, network, volume_file, tmp_path):
    out = tmp_path / "m.seg.nrrd"
    names = ("--name", "nodule", "--consensus", "staple")
    assert hypotheses(volume_file, *BOX, *SLICE, *names, "-o", out).status == 0
    segments = layers_of(out)
    numbered = [f"nodule {number}" for number in range(1, 6)]
    assert list(segments) == [*numbered, "nodule consensus (staple)"]
    np.testing.assert_array_equal(
        segments["nodule consensus (staple)"][3], consensus(bars(4, 8, 6, 8, 20), "staple")
    )


def test_prompts_and_choices_reach_the_network(hypotheses, network, volume_file, tmp_path):
    choices = ("--count", 7, "--method", "perturbation", "--seed", 5)
    points = ("--point", 20, 20, 1, "--point", 3, 4, 0)
    hypotheses(volume_file, *BOX, *points, *SLICE, *choices, "-o", tmp_path / "m.seg.nrrd")
    (asked,) = network.calls
    assert (asked["count"], asked["method"], asked["seed"]) == (7, "perturbation", 5)
    np.testing.assert_array_equal(asked["box"], [14, 12, 34, 28])
    np.testing.assert_array_equal(asked["points"], [[20, 20], [3, 4]])
    np.testing.assert_array_equal(asked["labels"], [1, 0])


def test_empty_masks_are_written_with_a_warning(hypotheses, monkeypatch, picture_file, tmp_path):
    class Nothing:
        name, model_id = "nothing", "0"

        def embed(self, image, window):
            return image

        def hypotheses(self, embedding, **_):
            return Hypotheses(bars(0, 0), np.zeros((2, 4, 4), np.float32), np.zeros(2), "seqsam")

    monkeypatch.setattr("MedSAMLib.command_line.reading.load_model", lambda _: Nothing())
    result = hypotheses(picture_file, *BOX, "-o", tmp_path / "mask.png")
    assert result.status == 0
    assert result.err == "medsam: warning: nothing was found for Hypothesis\n"


@pytest.mark.parametrize("prompts", [BOX, ("--point", 20, 20, 1), (*BOX, "--point", 20, 20, 1)])
def test_a_real_network_gives_the_librarys_masks(
    hypotheses, tiny_checkpoint, picture_file, tmp_path, prompts
):
    out = tmp_path / "m.seg.nrrd"
    assert hypotheses(picture_file, *prompts, "--count", 3, "--seed", 2, "-o", out).status == 0
    model = load_model(tiny_checkpoint, device="cpu")
    (asked,) = command.options.prompts_of(
        build_parser().parse_args(
            [str(w) for w in ("hypotheses", picture_file, *prompts, "-o", out)]
        )
    )
    asked = asked.validated((40, 48))
    expected = model.hypotheses(
        model.embed(read_volume(picture_file).array[0]),
        box=asked.box,
        points=asked.points,
        labels=asked.labels,
        count=3,
        seed=2,
    )
    for found, mask in zip(layers_of(out).values(), expected.masks, strict=True):
        np.testing.assert_array_equal(found[0], mask)


def test_the_same_seed_gives_the_same_files(hypotheses, picture_file, tmp_path):
    for name in ("first", "second"):
        hypotheses(
            *(picture_file, *BOX, "--method", "perturbation", "--seed", 7),
            *("-o", tmp_path / f"{name}.seg.nrrd", "--json", tmp_path / f"{name}.json"),
        )
    for ending in ("seg.nrrd", "json"):
        first, second = (tmp_path / f"{name}.{ending}" for name in ("first", "second"))
        assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "add --box X0 Y0 X1 Y1"),
        ((*BOX, "--box", 1, 1, 5, 5), "of one object, but 2 were given"),
        ((*BOX, "--count", 0), "1 to 16 masks, not 0"),
        ((*BOX, "--count", 17), "1 to 16 masks, not 17"),
        ((*BOX, "--count", "many"), "invalid int"),
        ((*BOX, "--method", "multimask", "--count", 4), "at most 3"),
        ((*BOX, "--method", "guess"), "invalid choice"),
        ((*BOX, "--consensus", "vote"), "invalid choice"),
        (("--box", 100, 100, 120, 120), "outside the image"),
        (("--box", 30, 10, 5, 20), "inverted"),
        ((*BOX, "--name", "a", "--name", "b"), "2 names were given for 1 object"),
    ],
)
def test_wrong_use_is_told_in_one_line(hypotheses, picture_file, tmp_path, words, message):
    result = hypotheses(picture_file, *words, "-o", tmp_path / "mask.png")
    assert (result.status, result.out) == (2, "")
    assert message in result.error
    assert list(tmp_path.glob("mask*")) == []


def test_a_model_without_a_head_is_told(hypotheses, picture_file, tmp_path):
    result = hypotheses(picture_file, *BOX, "--method", "seqsam", "-o", tmp_path / "mask.png")
    assert result.status == 2
    assert "has no SeqSAM head" in result.error


def test_a_volume_needs_a_slice(hypotheses, volume_file, tmp_path):
    result = hypotheses(volume_file, *BOX, "-o", tmp_path / "m.seg.nrrd")
    assert result.status == 2
    assert "add --slice K with K from 0 to 5" in result.error


@pytest.mark.parametrize("which", ["OUT", "JSON"])
def test_nothing_is_replaced_without_force(hypotheses, network, picture_file, tmp_path, which):
    out, file = tmp_path / "m.seg.nrrd", tmp_path / "m.json"
    there = out if which == "OUT" else file
    there.write_text("mine", encoding="utf-8")
    arguments = (picture_file, *BOX, "-o", out, "--json", file)
    result = hypotheses(*arguments)
    assert result.status == 2
    assert "already there: add --force" in result.error
    assert there.read_text(encoding="utf-8") == "mine"
    assert hypotheses(*arguments, "--force").status == 0
    assert there.read_bytes() != b"mine"


def test_one_file_is_not_for_two_things(hypotheses, network, picture_file, tmp_path):
    out = tmp_path / "m.seg.nrrd"
    assert hypotheses(picture_file, *BOX, "-o", out, "--json", out).status == 2
    result = hypotheses(picture_file, *BOX, "-o", out, "--json", picture_file, "--force")
    assert result.status == 2
    assert "which is to be read" in result.error


def test_help_has_examples_that_parse():
    lines = importlib.import_module("MedSAMLib.commands.hypotheses").EPILOG.replace("\\\n", "")
    examples = [line.split() for line in lines.splitlines() if line.strip().startswith("medsam ")]
    assert len(examples) == 3
    for words in examples:
        assert build_parser().parse_args(words[1:]).command == "hypotheses"


def test_the_choices_are_the_librarys():
    from MedSAMLib.hypotheses import generators, training_free

    assert command.METHODS == generators.METHODS
    assert command.RULES == CONSENSUS_RULES
    assert command.MOST == training_free.MAX_COUNT
    assert command.MOST_OF_MULTIMASK == training_free.MULTIMASK_COUNT
