"""What the demo segments: the head MR that comes with nilearn, or the user's own image."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

import numpy as np

from MedSAMLib.command_line import options, reading
from MedSAMLib.errors import MedSAMError, UsageError
from MedSAMLib.geometry import axis_plane, extract, slice_count
from MedSAMLib.images import Volume, read_volume, to_uint8
from MedSAMLib.prompts import Prompts

from .salient import salient_box

SAMPLE_PACKAGE = "nilearn"
SAMPLE_FILE = "mni_icbm152_t1_tal_nlin_sym_09a_converted.nii.gz"
SAMPLE_SLICE = 94
# Left alone, the network goes on into the thalamus below and the white matter above.
SAMPLE_REACH = 92, 100
# Tight, because boxes are best so; the click is at the inner wall, which the box alone leaves out.
SAMPLE_PROMPTS = Prompts(box=(75, 95, 97, 146), points=[(94, 124)], labels=[1])


@dataclass(frozen=True, eq=False)
class Subject:
    """One object in one image.

    Attributes:
        volume: where it is.
        axis: "axial", "coronal" or "sagittal"; `index`: the slice that the prompts are on.
        prompts: one object, in pixels of that slice.
        window: (center, width) of the gray values, or "auto".
        segment_name: what the segment is called; title: what the page is called.
        image_name: what the image is called in a sentence; image_text: more about it.
        choice_text: who chose the slice and the prompts, in one sentence.
        reach: the first and the last slice that the mask is carried to; None where nobody knows.
        is_sample: it is the image that comes with the demo.
    """

    volume: Volume
    axis: str
    index: int
    prompts: Prompts
    window: tuple[float, float] | str
    segment_name: str
    title: str
    image_name: str
    image_text: str
    choice_text: str
    reach: tuple[int, int] | None = None
    is_sample: bool = False

    @property
    def is_volume(self) -> bool:
        """Whether there is more than one slice to segment."""
        return slice_count(self.volume, self.axis) > 1


def sample_subject() -> Subject:
    """The left lateral ventricle in the averaged head MR."""
    volume = read_volume(sample_path())
    return Subject(
        volume=volume,
        axis="axial",
        index=SAMPLE_SLICE,
        prompts=SAMPLE_PROMPTS.validated(axis_plane(volume, "axial", SAMPLE_SLICE).shape),
        window="auto",
        segment_name="Left lateral ventricle",
        title="Left lateral ventricle",
        image_name="an MR of the head",
        image_text="T1-weighted MR of the head, the average of 152 adults "
        "(ICBM 2009a template), skull removed, voxels of 1 mm.",
        choice_text="The box, the click, and the slices that show the body of the ventricle were "
        "chosen by hand for this page.",
        reach=SAMPLE_REACH,
        is_sample=True,
    )


def sample_path() -> Path:
    """The image's file inside the installed nilearn, which is not imported."""
    try:
        listed = files(SAMPLE_PACKAGE) or []
    except PackageNotFoundError:
        listed = []
    for file in listed:
        if file.name == SAMPLE_FILE and Path(file.locate()).is_file():
            return Path(file.locate())
    raise MedSAMError(
        f"The sample image is not in the installed package {SAMPLE_PACKAGE}: give an image of "
        "your own, or install the package again."
    )


def own_subject(args: argparse.Namespace) -> Subject:
    """The user's image; what the options leave open is chosen here, and said."""
    volume = read_volume(args.image)
    axis = reading.axis_of(args, volume)
    if args.slice is None:
        args.slice = slice_count(volume, axis) // 2
    index = reading.slice_of(args, volume, axis)
    plane = axis_plane(volume, axis, index)
    prompts, choice = _prompts(args, extract(volume, plane), volume)
    return Subject(
        volume=volume,
        axis=axis,
        index=index,
        prompts=prompts.validated(plane.shape),
        window=reading.window_of(args, volume),
        segment_name=options.names_of(args, 1)[0],
        title=args.name[0] if args.name else volume.name,
        image_name=volume.name,
        image_text=_image_text(volume),
        choice_text=choice,
    )


def _prompts(args: argparse.Namespace, image: np.ndarray, volume: Volume) -> tuple[Prompts, str]:
    if not args.objects:
        box = salient_box(to_uint8(image, reading.window_of(args, volume)))
        return Prompts(box=box), (
            "No prompt was given, so the box was put around the object that stands out most near "
            "the center; it may well not be the one that matters to you."
        )
    if len(args.objects) > 1:
        raise UsageError("The demo shows one object: give one --box, with any number of --point.")
    return args.objects[0].prompts(), "The prompts are yours."


def _image_text(volume: Volume) -> str:
    k, j, i = volume.shape
    if k == 1:
        return f"{volume.name}, {i} x {j} pixels."
    spacing = " x ".join(f"{s:.3g}" for s in volume.spacing)
    return f"{volume.name}, {i} x {j} x {k} voxels of {spacing} mm."
