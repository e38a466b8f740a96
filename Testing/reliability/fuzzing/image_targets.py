"""Damaged images: NIfTI, NRRD, MetaImage, PNG, JPEG, and Slicer's segmentations."""

from __future__ import annotations

import bz2
import gzip
import io
import struct
import tempfile
import zlib
from functools import cache
from pathlib import Path

import numpy as np
import SimpleITK as sitk
from hypothesis import strategies as st

from MedSAMLib.default_window import default_window
from MedSAMLib.geometry import array_axis, slice_count
from MedSAMLib.images import Volume, read_labels, read_volume, to_uint8
from MedSAMLib.quality.cohort import read_segmentation
from MedSAMLib.segmentation_io import Segment, write_segmentation

from .damage import NUMBERS, damaged, damaged_lines
from .target import Files, Target

VOXELS = np.arange(4 * 5 * 6, dtype=np.int16).reshape(4, 5, 6)
MASK = np.zeros((4, 5, 6), bool)
MASK[1:3, 1:4, 2:5] = True
PICTURE = np.arange(24 * 20 * 3, dtype=np.uint16).reshape(24, 20, 3).astype(np.uint8)


def use_image(path: Path) -> None:
    """What every command does with an image: read it, find its window and planes, show a slice."""
    volume = read_volume(path)
    axis = array_axis(volume, "axial")
    middle = volume.array.take(slice_count(volume, "axial") // 2, axis=axis)
    to_uint8(middle, default_window(volume))


def use_segmentation(path: Path) -> None:
    """A segmentation as `medsam assess` and the baselines read it."""
    read_segmentation(path).labels()
    read_labels(path)


@cache
def saved(name: str, kind: str = "int16") -> bytes:
    """A small valid file, by its name's ending."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        if name.endswith(".seg.nrrd"):
            segments = [Segment("liver", MASK), Segment("lesion", ~MASK | np.roll(MASK, 1))]
            write_segmentation(path, segments, Volume(VOXELS, np.eye(4)))
        elif path.suffix in (".png", ".jpg"):
            sitk.WriteImage(sitk.GetImageFromArray(PICTURE, isVector=True), str(path))
        else:
            image = sitk.GetImageFromArray(VOXELS.astype(kind))
            image.SetSpacing((0.5, 1.25, 3.0))
            sitk.WriteImage(image, str(path))
        return path.read_bytes()


def _file(name: str):
    return lambda data: Files({name: data}, name)


# --- NIfTI: a binary header of 348 bytes (nifti1.h) ---

_NIFTI_FIELDS = (
    [(40 + 2 * n, "h") for n in range(8)]  # dim
    + [(70, "h"), (72, "h")]  # datatype, bitpix
    + [(76 + 4 * n, "f") for n in range(8)]  # pixdim
    + [(108, "f"), (112, "f"), (116, "f")]  # vox_offset, scl_slope, scl_inter
    + [(252, "h"), (254, "h")]  # qform_code, sform_code
    + [(256 + 4 * n, "f") for n in range(18)]  # quaternion, offsets, srow
    + [(0, "i"), (344, "i")]  # size of the header, magic
)
_VALUES = {
    "h": (0, -1, 1, 2, 3, 4, 5, 7, 8, 16, 64, 128, 256, 512, 1792, 2304, 32767, -32768),
    "f": (0.0, -1.0, 1.0, float("nan"), float("inf"), -float("inf"), 1e38, 1e-40, 352.5, -352.0),
    "i": (0, -1, 348, 540, 1543569408),
}


@st.composite
def _nifti_headers(draw) -> bytes:
    content = bytearray(saved("a.nii", draw(st.sampled_from(["int16", "uint8", "float32"]))))
    for _ in range(draw(st.integers(1, 4))):
        place, kind = draw(st.sampled_from(_NIFTI_FIELDS))
        struct.pack_into("<" + kind, content, place, draw(st.sampled_from(_VALUES[kind])))
    return bytes(content)


def _nifti() -> st.SearchStrategy[Files]:
    plain = st.one_of(_nifti_headers(), damaged(saved("a.nii"), header=352))
    return st.one_of(
        plain.map(_file("a.nii")),
        plain.map(lambda data: gzip.compress(data, 1)).map(_file("a.nii.gz")),
        damaged(saved("a.nii.gz"), header=30).map(_file("a.nii.gz")),
    )


# --- headers of text: NRRD and MetaImage ---


def _nrrd_lines(kind: str = "int16") -> tuple[str, list[tuple[str, str]]]:
    return "NRRD0004", [
        ("type", kind),
        ("dimension", "3"),
        ("space", "left-posterior-superior"),
        ("sizes", "6 5 4"),
        ("space directions", "(0.5,0,0) (0,1.25,0) (0,0,3)"),
        ("kinds", "domain domain domain"),
        ("endian", "little"),
        ("encoding", "raw"),
        ("space origin", "(0,0,0)"),
    ]


_ENCODERS = {
    "raw": bytes,
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "hex": lambda pixels: pixels.hex().encode(),
    "ascii": lambda pixels: " ".join(map(str, range(len(pixels)))).encode(),
}


@st.composite
def _nrrds(draw) -> bytes:
    magic, lines = _nrrd_lines(draw(st.sampled_from(["int16", "short", "int16", "double"])))
    encoding = draw(st.sampled_from(list(_ENCODERS)))
    lines = [(name, encoding if name == "encoding" else value) for name, value in lines]
    extra = draw(
        st.sampled_from(["data file", "line skip", "byte skip", "spacings", "thicknesses"])
    )
    if draw(st.integers(0, 4)) == 0:
        lines.append((extra, draw(st.sampled_from(NUMBERS))))
    lines = draw(damaged_lines(lines))
    text = "\n".join([magic, *(f"{name}: {value}" for name, value in lines), "", ""])
    pixels = VOXELS.tobytes()
    data = _ENCODERS[encoding](pixels)
    return text.encode("utf-8", "surrogatepass") + data


def _nrrd() -> st.SearchStrategy[Files]:
    return st.one_of(
        _nrrds().map(_file("a.nrrd")),
        _nrrds().map(_file("a.nhdr")),
        damaged(saved("a.nrrd"), header=300).map(_file("a.nrrd")),
    )


@st.composite
def _metas(draw) -> bytes:
    text, _, pixels = saved("a.mha").partition(b"ElementDataFile = LOCAL\n")
    lines = [tuple(line.split(" = ", 1)) for line in text.decode().splitlines()]
    lines = draw(damaged_lines([*lines, ("ElementDataFile", "LOCAL")], " = "))
    header = "".join(f"{name} = {value}\n" for name, value in lines)
    return header.encode("utf-8", "surrogatepass") + pixels


def _meta() -> st.SearchStrategy[Files]:
    return st.one_of(
        _metas().map(_file("a.mha")),
        _metas().map(_file("a.mhd")),
        damaged(saved("a.mha"), header=350).map(_file("a.mha")),
    )


@st.composite
def _slicer_segmentations(draw) -> bytes:
    head, _, data = saved("a.seg.nrrd").partition(b"\n\n")
    magic, *rest = head.decode().split("\n")
    lines = [tuple(line.split(":", 1)) for line in rest if ":" in line]
    chosen = [n for n, (name, _) in enumerate(lines) if name.startswith("Segment")]
    edited = draw(damaged_lines([lines[n] for n in chosen]))
    others = [line for n, line in enumerate(lines) if n not in chosen]
    text = "\n".join([magic, *(f"{name}:{value}" for name, value in [*others, *edited])])
    return text.encode("utf-8", "surrogatepass") + b"\n\n" + data


def _segmentation() -> st.SearchStrategy[Files]:
    return st.one_of(
        _slicer_segmentations().map(_file("a.seg.nrrd")),
        damaged(saved("a.seg.nrrd"), header=1500).map(_file("a.seg.nrrd")),
        damaged(saved("a.nii.gz"), header=30).map(_file("a.nii.gz")),
        damaged(saved("a.png"), header=60).map(_file("a.png")),
    )


# --- pictures ---


@st.composite
def _png_headers(draw) -> bytes:
    """Width, height, depth and kind of color replaced, with the checksum that belongs to them."""
    content = saved("a.png")
    size = st.sampled_from([0, 1, 20, 24, 65535, 1 << 20, (1 << 31) - 1, (1 << 32) - 1])
    width, height = draw(size), draw(size)
    rest = bytes(draw(st.sampled_from([1, 2, 8, 16, 99])) for _ in range(1))
    rest += bytes(
        [draw(st.sampled_from([0, 2, 3, 4, 6, 9])), 0, 0, draw(st.sampled_from([0, 1, 7]))]
    )
    chunk = b"IHDR" + struct.pack(">II", width, height) + rest
    return content[:12] + chunk + struct.pack(">I", zlib.crc32(chunk)) + content[33:]


@st.composite
def _jpeg_sizes(draw) -> bytes:
    content = bytearray(saved("a.jpg"))
    start_of_frame = next(m for m in (b"\xff\xc0", b"\xff\xc2") if m in content)
    at = content.index(start_of_frame) + 5
    size = st.sampled_from([0, 1, 23, 25, 4096, 65535])
    struct.pack_into(">HH", content, at, draw(size), draw(size))
    return bytes(content)


def _picture() -> st.SearchStrategy[Files]:
    return st.one_of(
        damaged(saved("a.png"), header=60).map(_file("a.png")),
        _png_headers().map(_file("a.png")),
        damaged(saved("a.jpg"), header=300).map(_file("a.jpg")),
        _jpeg_sizes().map(_file("a.jpg")),
        damaged(saved("a.jpg"), header=300).map(_file("a.png")),
    )


# --- NumPy's files, as probabilities ---


def _numpy() -> st.SearchStrategy[Files]:
    plain, packed = io.BytesIO(), io.BytesIO()
    np.save(plain, np.zeros((4, 5, 6), np.float32))
    np.savez_compressed(packed, probabilities=np.zeros((4, 5, 6), np.float32))
    huge = plain.getvalue().replace(b"(4, 5, 6)", b"(1000000, 1000000)")
    objects = io.BytesIO()
    np.save(objects, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    return st.one_of(
        damaged(plain.getvalue(), header=128).map(_file("a.npy")),
        damaged(packed.getvalue()).map(_file("a.npz")),
        damaged(huge).map(_file("a.npy")),
        damaged(objects.getvalue()).map(_file("a.npy")),
    )


def _use_probabilities(path: Path) -> None:
    from MedSAMLib.quality.cohort.probabilities import read_probabilities

    read_probabilities(path, (4, 5, 6))


TARGETS = (
    Target("nifti", _nifti(), use_image),
    Target("nrrd", _nrrd(), use_image),
    Target("metaimage", _meta(), use_image),
    Target("png-jpeg", _picture(), use_image),
    Target("seg.nrrd", _segmentation(), use_segmentation),
    Target("probabilities", _numpy(), _use_probabilities),
)
