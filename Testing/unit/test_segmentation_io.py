from __future__ import annotations

import os
import subprocess
import sys
import textwrap

import numpy as np
import pytest
import SimpleITK as sitk
from scipy.spatial.transform import Rotation

from MedSAMLib.errors import UsageError
from MedSAMLib.images import Volume, read_labels
from MedSAMLib.segmentation_io import PALETTE, Segment, default_color, write_segmentation
from MedSAMLib.slicer_segmentation import stacked_layers


def oblique_affine(handedness: int = 1) -> np.ndarray:
    affine = np.eye(4)
    turn = Rotation.from_euler("xyz", (20, -35, 50), degrees=True).as_matrix()
    affine[:3, :3] = turn * (0.5, 1.25, 3.0 * handedness)
    affine[:3, 3] = 10, -20, 30
    return affine


VOLUME = Volume(np.zeros((4, 5, 6), dtype=np.int16), oblique_affine())


def box_mask(*kji: slice, shape=(4, 5, 6)) -> np.ndarray:
    mask = np.zeros(shape, dtype=bool)
    mask[kji] = True
    return mask


LIVER = Segment("liver", box_mask(slice(0, 3), slice(1, 4), slice(0, 4)), (0.8, 0.4, 0.2))
TUMOR = Segment("tumor in liver", box_mask(slice(1, 2), slice(2, 3), slice(2, 6)), (0, 1, 0.5))
SPLEEN = Segment("spleen", box_mask(slice(3, 4), slice(0, 5), slice(0, 6)), (0, 0, 1))


@pytest.mark.parametrize("ending", [".nii.gz", ".nii", ".nrrd", ".mha"])
@pytest.mark.parametrize("handedness", [1, -1])
def test_a_label_map_comes_back_where_it_was(tmp_path, ending, handedness):
    volume = Volume(VOLUME.array, oblique_affine(handedness))
    path = tmp_path / f"labels{ending}"
    write_segmentation(path, [LIVER, TUMOR, SPLEEN], volume)
    back = read_labels(path)
    np.testing.assert_array_equal(
        back.array, np.where(TUMOR.mask, 2, np.where(SPLEEN.mask, 3, LIVER.mask))
    )
    np.testing.assert_allclose(back.affine, volume.affine, atol=1e-5)
    assert list(tmp_path.iterdir()) == [path]


def test_segments_are_described_in_the_file_for_slicer(tmp_path):
    path = tmp_path / "case.seg.nrrd"
    write_segmentation(path, [LIVER, TUMOR, SPLEEN], VOLUME)
    image = sitk.ReadImage(str(path))
    described = {key: image.GetMetaData(key) for key in image.GetMetaDataKeys()}
    assert described["Segment1_Name"] == "tumor in liver"
    assert described["Segment1_Color"] == "0 1 0.5"
    assert described["Segment1_Extent"] == "2 5 2 2 1 1"
    assert [described[f"Segment{n}_Layer"] for n in range(3)] == ["0", "1", "0"]
    assert [described[f"Segment{n}_LabelValue"] for n in range(3)] == ["1", "1", "2"]
    layers = sitk.GetArrayFromImage(image)
    np.testing.assert_array_equal(layers[..., 0], LIVER.mask + 2 * SPLEEN.mask)
    np.testing.assert_array_equal(layers[..., 1], TUMOR.mask)


@pytest.mark.parametrize("segments", [[LIVER, SPLEEN], [LIVER, TUMOR], [LIVER, TUMOR, LIVER]])
def test_a_segmentation_is_read_as_a_label_map_where_later_segments_cover(tmp_path, segments):
    path = tmp_path / "case.seg.nrrd"
    write_segmentation(path, segments, VOLUME)
    back = read_labels(path)
    expected = np.zeros(VOLUME.shape, dtype=int)
    for number, segment in enumerate(segments, start=1):
        expected[segment.mask] = number
    np.testing.assert_array_equal(back.array, expected)
    np.testing.assert_allclose(back.affine, VOLUME.affine, atol=1e-9)


def test_segments_that_do_not_overlap_share_a_layer():
    masks = [LIVER.mask, SPLEEN.mask, np.zeros_like(LIVER.mask)]
    layers, places = stacked_layers(masks, VOLUME.shape)
    assert layers.shape == (4, 5, 6)
    assert places == [(0, 1), (0, 2), (0, 3)]


def test_more_segments_than_a_byte_can_count_keep_their_labels(tmp_path):
    volume = Volume(np.zeros((1, 1, 300), dtype=np.uint8), np.eye(4))
    single_voxels = np.eye(300, dtype=bool).reshape(300, 1, 1, 300)
    segments = [Segment(str(n), mask) for n, mask in enumerate(single_voxels)]
    for name in ("many.nrrd", "many.seg.nrrd"):
        write_segmentation(tmp_path / name, segments, volume)
        labels = sitk.GetArrayFromImage(sitk.ReadImage(str(tmp_path / name)))
        np.testing.assert_array_equal(labels.ravel(), np.arange(1, 301))


def test_a_png_has_one_segment_in_white_and_several_as_numbers(tmp_path):
    volume = Volume(np.zeros((1, 5, 6, 3), dtype=np.uint8), np.eye(4))
    left = box_mask(slice(None), slice(None), slice(0, 2), shape=volume.shape)
    right = box_mask(slice(None), slice(None), slice(3, 6), shape=volume.shape)
    write_segmentation(tmp_path / "one.png", [Segment("left", left)], volume)
    write_segmentation(tmp_path / "two.PNG", [Segment("l", left), Segment("r", right)], volume)
    np.testing.assert_array_equal(read_labels(tmp_path / "one.png").array, left * 255)
    np.testing.assert_array_equal(read_labels(tmp_path / "two.PNG").array, left + 2 * right)


@pytest.mark.parametrize(
    ("name", "segments", "complaint"),
    [
        ("volume.png", [LIVER], "does not fit into a PNG"),
        ("lossy.jpg", [LIVER], "has an ending that cannot be written"),
        ("no_ending", [LIVER], "has an ending that cannot be written"),
        ("a.nrrd", [Segment("flat", np.ones((5, 6), dtype=bool))], "has the shape"),
    ],
)
def test_what_cannot_be_written_is_said(tmp_path, name, segments, complaint):
    with pytest.raises(UsageError, match=complaint):
        write_segmentation(tmp_path / name, segments, VOLUME)
    assert not list(tmp_path.iterdir())


def test_an_existing_file_is_replaced_only_when_asked(tmp_path):
    path = tmp_path / "a.nrrd"
    write_segmentation(path, [LIVER], VOLUME)
    with pytest.raises(UsageError, match="--force"):
        write_segmentation(path, [SPLEEN], VOLUME)
    write_segmentation(path, [SPLEEN], VOLUME, overwrite=True)
    np.testing.assert_array_equal(read_labels(path).array, SPLEEN.mask)


def test_default_colors_are_seven_and_repeat():
    assert len({default_color(n) for n in range(7)}) == 7
    assert default_color(7) == PALETTE[0]


WRITE_ON_A_FULL_DISK = """
    import resource, signal, sys
    import numpy as np
    from MedSAMLib.errors import MedSAMError
    from MedSAMLib.images import Volume
    from MedSAMLib.segmentation_io import Segment, write_segmentation

    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    _, hard_limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    volume = Volume(np.zeros((1, 200, 300), dtype=np.uint8), np.eye(4))
    mask = np.random.default_rng(0).random(volume.shape) < 0.5
    mask[:, 100:] = False
    for path in sys.argv[1:]:
        # 40,000 bytes are too few for the form without compression only. There the missing part
        # is zeros, which must not pass for zeros that were written.
        for limit in (10, 700, 3000, *([40_000] if path.endswith(".nii") else [])):
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard_limit))
            try:
                write_segmentation(path, [Segment("a", mask)], volume, overwrite=True)
            except MedSAMError as error:
                print(error)
            else:
                print(f"{path} passed for written in {limit} bytes")
"""


@pytest.mark.skipif(os.name == "nt", reason="file sizes cannot be limited on Windows")
def test_a_full_disk_leaves_the_old_file_and_one_sentence(tmp_path):
    endings = (".seg.nrrd", ".nii.gz", ".nii", ".nrrd", ".mha", ".png")
    paths = [tmp_path / f"mask{ending}" for ending in endings]
    for path in paths:
        path.write_text("old")
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(WRITE_ON_A_FULL_DISK), *map(str, paths)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    sentences = done.stdout.splitlines()
    assert len(sentences) == 3 * len(paths) + 1
    assert all("was not written" in sentence for sentence in sentences)
    assert done.stderr == ""
    assert all(path.read_text() == "old" for path in paths)
    assert sorted(tmp_path.iterdir()) == sorted(paths)
