"""Images with several raters: what is yielded of small files in the sets' own layouts."""

from __future__ import annotations

import collections
import json
import pickle
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from PIL import Image

from MedSAMLib.errors import MedSAMError
from MedSAMLib.geometry import Plane, extract
from MedSAMLib.hypotheses import Hypotheses, run_length
from MedSAMLib.images import read_volume, to_uint8
from MedSAMLib.prompts import Prompts
from MedSAMSlicerLib.hypotheses import choices
from MedSAMSlicerLib.hypotheses.candidates import SliceSet
from MedSAMSlicerLib.hypotheses.request import Request
from MedSAMSlicerLib.session.prompts import SliceKey
from training import datasets
from training.datasets.numpy_pickle import load_numpy_pickle
from training.imedsam import sets as implicit_sets
from training.seqsam.sets import CROP, training_samples, validation_samples


def disc(shape=(32, 32), center=(16, 16), radius=6.0) -> np.ndarray:
    rows, columns = np.indices(shape)
    return np.hypot(rows - center[0], columns - center[1]) < radius


def write_nifti(path: Path, array: np.ndarray, spacing=None) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    image = sitk.GetImageFromArray(array)
    if spacing:
        image.SetSpacing(spacing)
    sitk.WriteImage(image, str(path))


# --- the LIDC pickle -----------------------------------------------------------------------------


def lidc_content() -> dict:
    rng = np.random.default_rng(0)
    return {
        f"case{number}": {
            "image": rng.random((128, 128)),
            "masks": [disc((128, 128), (60, 60), r) * 1.0 for r in (8, 9, 0, 10)],
            "series_uid": f"1.2.{number // 2}",
        }
        for number in range(3)
    }


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_the_lidc_pickle_of_every_protocol(tmp_path, protocol):
    content = lidc_content()
    (tmp_path / "data_lidc.pickle").write_bytes(pickle.dumps(content, protocol=protocol))
    samples = list(datasets.read_lidc_pickle(tmp_path / "data_lidc.pickle"))
    assert [s.group for s in samples] == ["1.2.0", "1.2.0", "1.2.1"]
    assert samples[0].masks.sum(axis=(1, 2)).tolist() == [193, 249, 0, 305]
    assert samples[0].ids[2] == "case0/reader2"
    expected = np.rint(255 * content["case0"]["image"])
    np.testing.assert_allclose(to_uint8(samples[0].image, samples[0].window), expected, atol=1)


def test_a_pickle_that_numpy_1_wrote(tmp_path):
    """NumPy 1 named the module numpy.core; the names have one length apart from an underscore."""
    written = pickle.dumps(lidc_content(), protocol=2)
    old = written.replace(b"numpy._core.multiarray", b"numpy.core.multiarray")
    (tmp_path / "old.pickle").write_bytes(old)
    assert len(list(datasets.read_lidc_pickle(tmp_path / "old.pickle"))) == 3


class Hostile:
    """Unpickled by Python's own loader, it would make a file."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self):
        return (Path.touch, (self.target,))


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_hostile_pickle_is_refused_before_it_does_anything(tmp_path, protocol):
    target = tmp_path / "it ran"
    content = {**lidc_content(), "case9": Hostile(target)}
    path = tmp_path / "hostile.pickle"
    path.write_bytes(pickle.dumps(content, protocol=protocol))
    with pytest.raises(MedSAMError, match="arrays only"):
        list(datasets.read_lidc_pickle(path))
    assert not target.exists()
    pickle.loads(path.read_bytes())
    assert target.exists()  # the file was hostile indeed


@pytest.mark.parametrize(
    "code",
    [
        b"cos\nsystem\n(S'exit 3'\ntR.",
        b"cbuiltins\neval\n(S'1/0'\ntR.",
        b"cnumpy\nload\n(S'x.npy'\ntR.",
        b"c_codecs\nencode\n(S'aGk='\nS'base64'\ntR.",
        b"cnumpy\n__builtins__\n.",
    ],
    ids=["os.system", "eval", "numpy.load", "another codec", "a module's inside"],
)
def test_names_that_no_array_needs_are_refused(tmp_path, code):
    (tmp_path / "x.pickle").write_bytes(code)
    with pytest.raises(MedSAMError):
        load_numpy_pickle(tmp_path / "x.pickle")


def test_other_classes_are_refused_even_if_harmless(tmp_path):
    (tmp_path / "x.pickle").write_bytes(pickle.dumps(collections.OrderedDict(a=1)))
    with pytest.raises(MedSAMError, match="OrderedDict"):
        load_numpy_pickle(tmp_path / "x.pickle")


@pytest.mark.parametrize("content", [b"", b"no pickle", pickle.dumps(np.arange(9))[:-20]])
def test_a_damaged_pickle_is_told(tmp_path, content):
    (tmp_path / "x.pickle").write_bytes(content)
    with pytest.raises(MedSAMError, match="damaged or no pickle"):
        load_numpy_pickle(tmp_path / "x.pickle")


@pytest.mark.parametrize("content", [[1, 2], {"a": 5}, {"a": {"image": np.zeros((3, 3))}}])
def test_a_pickle_of_something_else_is_told(tmp_path, content):
    (tmp_path / "x.pickle").write_bytes(pickle.dumps(content))
    with pytest.raises(MedSAMError, match="LIDC"):
        list(datasets.read_lidc_pickle(tmp_path / "x.pickle"))


# --- QUBIQ ---------------------------------------------------------------------------------------


def qubiq_case(folder: Path, image: np.ndarray, tasks: dict[int, list[np.ndarray]]) -> None:
    write_nifti(folder / "image.nii.gz", image.astype(np.float32))
    for task, raters in tasks.items():
        for number, mask in enumerate(raters, start=1):
            path = folder / f"task{task:02}_seg{number:02}.nii.gz"
            write_nifti(path, mask.astype(np.uint8))


def test_qubiq_has_a_sample_a_task_and_a_mask_a_rater(tmp_path):
    image = np.arange(32 * 32, dtype=float).reshape(32, 32) - 1000
    tasks = {1: [disc(radius=r) for r in (5, 6, 7)], 2: [disc(radius=3), disc(radius=0)]}
    qubiq_case(tmp_path / "prostate" / "Training" / "case01", image, tasks)
    qubiq_case(tmp_path / "kidney" / "Training" / "case02", image, {1: tasks[1]})
    kidney, first, second = datasets.read_qubiq(tmp_path)
    assert kidney.group == "kidney/Training/case02"
    assert first.group == second.group == "prostate/Training/case01"
    assert first.ids[2] == "prostate/Training/case01/task01_seg03"
    assert (len(first.masks), len(second.masks)) == (3, 2)
    np.testing.assert_array_equal(first.masks[1], disc(radius=6))
    assert not second.masks[1].any()


def test_qubiq_images_reach_the_network_whole(tmp_path):
    """The release's brightest pixels wrapped to 0 and all were 255 times too large."""
    qubiq_case(tmp_path, np.linspace(-50, 900, 1024).reshape(32, 32), {1: [disc()]})
    (sample,) = datasets.read_qubiq(tmp_path)
    assert sample.image.dtype == np.float32
    assert (sample.image.min(), sample.image.max()) == (0, 1)
    pixels = to_uint8(sample.image, sample.window)
    assert (pixels[0, 0], pixels[-1, -1]) == (0, 255)
    assert (np.diff(pixels.ravel().astype(int)) >= 0).all()


def test_qubiq_labels_are_not_dilated_by_scaling(tmp_path):
    qubiq_case(tmp_path, np.zeros((32, 32)), {1: [disc(radius=7)]})
    (larger,) = datasets.read_qubiq(tmp_path, size=64)
    np.testing.assert_array_equal(larger.masks[0], disc(radius=7).repeat(2, 0).repeat(2, 1))
    assert larger.image.shape == (64, 64)
    assert not larger.image.any()  # a constant image has no range to scale by
    (smaller,) = datasets.read_qubiq(tmp_path, size=16)
    blocks = disc(radius=7).reshape(16, 2, 16, 2)
    assert (blocks.all(axis=(1, 3)) <= smaller.masks[0]).all()
    assert (smaller.masks[0] <= blocks.any(axis=(1, 3))).all()


def test_qubiq_brain_tumors_have_four_sequences(tmp_path):
    sequences = np.stack([np.full((32, 24), n) + np.eye(32, 24) for n in range(4)], axis=-1)
    qubiq_case(tmp_path, sequences, {3: [disc((32, 24))]})
    (first,) = datasets.read_qubiq(tmp_path)
    np.testing.assert_array_equal(first.image, np.eye(32, 24))
    with pytest.raises(MedSAMError, match="shape"):
        list(datasets.read_qubiq(tmp_path, channel=4))


def test_qubiq_volumes_give_their_marked_slices(tmp_path):
    volume = np.random.default_rng(0).normal(size=(5, 32, 32))
    one, other = np.zeros((2, 5, 32, 32), bool)
    one[1:3], other[2:4] = disc(), disc(radius=4)
    qubiq_case(tmp_path, volume, {1: [one, other]})
    samples = list(datasets.read_qubiq(tmp_path))
    assert [s.masks.any(axis=(1, 2)).tolist() for s in samples] == [
        [True, False],
        [True, True],
        [False, True],
    ]
    assert len({name for s in samples for name in s.ids}) == 6


# --- a folder of one's own -----------------------------------------------------------------------


def test_a_folder_of_images_with_a_folder_a_reader(tmp_path):
    (tmp_path / "images").mkdir()
    Image.fromarray(np.full((32, 32, 3), 90, np.uint8)).save(tmp_path / "images" / "polyp.jpg")
    write_nifti(tmp_path / "images" / "ct.nii.gz", np.zeros((3, 32, 32), np.int16), (0.5, 0.7, 4))
    for reader, mask in (("anna", disc()), ("bert", disc(radius=4))):
        (tmp_path / "masks" / reader).mkdir(parents=True)
        picture = Image.fromarray(mask.astype(np.uint8) * 255)
        picture.save(tmp_path / "masks" / reader / "polyp.png")
    of_ct = np.zeros((3, 32, 32), np.uint8)
    of_ct[1] = disc()
    write_nifti(tmp_path / "masks" / "bert" / "ct.nii.gz", of_ct)
    (tmp_path / "groups.csv").write_text("polyp, patient 3\n", encoding="utf-8")
    ct, polyp = datasets.read_raters(tmp_path)
    assert ct.ids == ("ct/slice1/anna", "ct/slice1/bert")
    assert (ct.group, ct.spacing) == ("ct", pytest.approx((0.7, 0.5)))
    assert ct.masks.any(axis=(1, 2)).tolist() == [False, True]
    assert (polyp.group, polyp.spacing, polyp.image.shape) == ("patient 3", None, (32, 32, 3))
    np.testing.assert_array_equal(polyp.masks, [disc(), disc(radius=4)])


def test_a_folder_without_readers_is_told(tmp_path):
    (tmp_path / "images").mkdir()
    Image.fromarray(np.zeros((8, 8), np.uint8)).save(tmp_path / "images" / "a.png")
    with pytest.raises(MedSAMError, match="one a reader"):
        list(datasets.read_raters(tmp_path))


def test_a_mask_of_another_size_is_told(tmp_path):
    (tmp_path / "images").mkdir()
    (tmp_path / "masks" / "anna").mkdir(parents=True)
    Image.fromarray(np.zeros((8, 8), np.uint8)).save(tmp_path / "images" / "a.png")
    Image.fromarray(np.zeros((9, 8), np.uint8)).save(tmp_path / "masks" / "anna" / "a.png")
    with pytest.raises(MedSAMError, match="its image"):
        list(datasets.read_raters(tmp_path))


# --- what readers chose in Slicer ----------------------------------------------------------------

COLUMNS = (
    "time,reader,volume,slice,axis,plane,prompt_box,prompt_points,model,method,count,chosen,"
    "medoid,disagreement,areas,merged,masks"
)


def choice(reader: str, chosen: str, merged: str = "", index: int = 1) -> str:
    """A line of the table for three masks on slice `index` of a volume of 1 x 2 x 3 mm."""
    masks = [disc((10, 12), (5, 5), radius) for radius in (2, 3, 4)]
    plane = [[-1, 0, 0, 0], [0, -2, 0, 0], [0, 0, 3, 3 * index], [0, 0, 0, 1]]
    cells = {
        "time": f"2026-01-01T00:00:0{len(chosen)}",
        "reader": reader,
        "volume": "ct",
        "plane": json.dumps(plane),
        "prompt_box": "[1, 1, 9, 9]",
        "chosen": chosen,
        "merged": merged,
        "masks": json.dumps([run_length.encode(mask) for mask in masks]),
    }
    values = (cells.get(name, "") for name in COLUMNS.split(","))
    return ",".join('"' + value.replace('"', '""') + '"' for value in values)


@pytest.fixture
def preferences(tmp_path):
    """Write a table of lines beside a volume whose slice k has the value k, and read it."""
    values = np.broadcast_to(np.arange(4, dtype=np.int16)[:, None, None], (4, 10, 12))
    write_nifti(tmp_path / "ct.nii.gz", np.ascontiguousarray(values), (1, 2, 3))

    def read(*lines: str):
        (tmp_path / "choices.csv").write_text("\n".join((COLUMNS, *lines)), encoding="utf-8")
        return list(datasets.read_preferences(tmp_path / "choices.csv", tmp_path))

    return read


def test_choices_of_several_readers_on_a_slice_are_one_sample(preferences):
    first, second = preferences(
        choice("anna", "1"), choice("bert", "3"), choice("anna", "2", index=2)
    )
    assert first.masks.sum(axis=(1, 2)).tolist() == [9, 45]
    assert len(second.masks) == 1
    assert (np.unique(first.image), np.unique(second.image)) == ([1], [2])
    assert first.spacing == (2, 1)
    assert first.group == second.group == "ct"
    assert first.ids == ("ct/choice0/anna/0", "ct/choice0/bert/0")


def test_the_last_choice_of_a_reader_counts(preferences):
    (sample,) = preferences(choice("anna", "1"), choice("anna", "2"))
    assert sample.masks.sum(axis=(1, 2)).tolist() == [disc((10, 12), (5, 5), 3).sum()]


def test_merged_masks_are_merged_again(preferences):
    (union,) = preferences(choice("anna", "1+3", merged="union"))
    (inner,) = preferences(choice("anna", "1+3", merged="intersection"))
    (several,) = preferences(choice("anna", "1+3"))
    assert union.masks.sum(axis=(1, 2)).tolist() == [45]
    assert inner.masks.sum(axis=(1, 2)).tolist() == [9]
    assert several.masks.sum(axis=(1, 2)).tolist() == [9, 45]


def test_choices_and_own_images_train_seqsam(preferences, tmp_path):
    """`--sets preferences raters` takes them from the folders of these names."""
    preferences(choice("anna", "1"), choice("bert", "3"))
    folder = tmp_path / "data" / "preferences"
    folder.mkdir(parents=True)
    for name in ("ct.nii.gz", "choices.csv"):
        (tmp_path / name).rename(folder / name)
    (chosen,) = training_samples(tmp_path / "data", "preferences")
    assert chosen.masks.sum(axis=(1, 2)).tolist() == [9, 45]
    qubiq_case(tmp_path / "data" / "qubiq" / "case01", np.zeros((32, 32)), {1: [disc()]})
    (case,) = training_samples(tmp_path / "data", "qubiq")
    assert case.image.shape == (CROP, CROP)


def test_the_browsers_own_table_is_read(tmp_path):
    """What Slicer exports, by the code that exports it: an oblique slice and a merged choice."""
    values = np.random.default_rng(0).integers(0, 99, (6, 20, 20)).astype(np.int16)
    write_nifti(tmp_path / "mr.nii.gz", values)
    turned = np.eye(4)
    turned[:2, :2] = [[-0.8, 0.6], [-0.6, -0.8]]
    turned[:3, 3] = [-4, -9, 2]
    masks = np.stack([disc((10, 12), (5, 5), radius) for radius in (2, 3, 4)])
    found = Hypotheses(masks, masks.astype(np.float32), np.ones(3, np.float32), "seqsam")
    key = SliceKey.of("vtkMRMLScalarVolumeNode1", Plane((10, 12), turned))
    prompts = Prompts(np.array([1.0, 1, 9, 9])).validated((10, 12))
    chosen = SliceSet.of(key, prompts, Request(3), "starter", found)
    where = choices.Circumstances("2026-01-01T10:00:00", 'Anna "A", MD', "mr")
    rows = [choices.row(chosen, chosen.combine((0, 2), "intersection"), where)]
    (tmp_path / "choices.csv").write_text(choices.to_csv(rows), encoding="utf-8", newline="")
    (sample,) = datasets.read_preferences(tmp_path / "choices.csv", tmp_path)
    np.testing.assert_array_equal(sample.masks, masks[:1])
    expected = extract(read_volume(tmp_path / "mr.nii.gz"), Plane((10, 12), turned))
    np.testing.assert_array_equal(sample.image, expected)


@pytest.mark.parametrize("bad", ["4", "0", "", "one"])
def test_a_choice_that_is_none_is_told_with_its_line(preferences, bad):
    with pytest.raises(MedSAMError, match="line 3"):
        preferences(choice("anna", "1"), choice("bert", bad))


def test_a_table_of_something_else_is_told(tmp_path):
    (tmp_path / "x.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(MedSAMError, match="no column reader"):
        list(datasets.read_preferences(tmp_path / "x.csv", tmp_path))


def test_a_volume_that_is_not_there_is_told(preferences, tmp_path):
    (tmp_path / "ct.nii.gz").unlink()
    with pytest.raises(MedSAMError, match="'ct' is not in"):
        preferences(choice("anna", "1"))


# --- training on one's own images alone ----------------------------------------------------------


@pytest.fixture
def own_images(tmp_path):
    """Two images to learn from and one that watches, two readers each."""
    for name, folder in (("a", "raters"), ("b", "raters"), ("c", "raters-val")):
        write_nifti(tmp_path / folder / "images" / f"{name}.nii.gz", disc().astype(np.int16) * 90)
        for reader, radius in (("anna", 5.0), ("bert", 7.0)):
            mask = disc(radius=radius).astype(np.uint8)
            write_nifti(tmp_path / folder / "masks" / reader / f"{name}.nii.gz", mask)
    return tmp_path


def test_own_images_watch_over_a_run_where_lidc_is_not_there(own_images):
    name, watching = validation_samples(own_images)
    assert name == "raters-val"
    assert [sample.group for sample in watching] == ["c"]
    assert [sample.group for sample in training_samples(own_images, "raters")] == ["a", "b"]


def test_a_run_without_images_that_watch_is_refused_in_a_sentence(tmp_path):
    with pytest.raises(MedSAMError, match=r"neither lidc/val\.npz nor a folder raters-val"):
        validation_samples(tmp_path)


def test_the_implicit_head_learns_from_own_images_too(own_images):
    learnt = implicit_sets.training_samples(own_images, "raters")
    watching = implicit_sets.validation_samples(own_images, ("raters",), 10, 0)
    assert [sample.group for sample in learnt] == ["a", "b"]
    assert [sample.group for sample in watching["raters"]] == ["c"]
