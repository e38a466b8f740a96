"""What a user has pointed at, in world coordinates, so that it outlives views and slices."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace

import numpy as np

from MedSAMLib.errors import MedSAMError
from MedSAMLib.geometry import Plane
from MedSAMLib.json_text import parsed
from MedSAMLib.prompts import Prompts

RAS = tuple[float, float, float]
# Planes closer than a thousandth of a pixel are the same slice: far above rounding.
_DECIMALS = 3
_HALF_PIXEL = 0.5


@dataclass(frozen=True)
class SliceKey:
    """A slice of a volume: its pixel grid, as numbers that can be compared and saved.

    `affine` are the 16 numbers of pixel (x, y, 0, 1) -> world RAS (mm); `grid` are the same in
    pixels and rounded, and are what is compared.
    """

    volume_id: str
    shape: tuple[int, int]
    affine: tuple[float, ...] = field(compare=False)
    grid: tuple[float, ...]

    @classmethod
    def of(cls, volume_id: str, plane: Plane) -> SliceKey:
        """The key of a plane through the volume with that node ID."""
        affine = np.asarray(plane.affine, float)
        rounded = np.round(affine / min(plane.pixel_spacing), _DECIMALS) + 0.0  # no negative zero
        numbers = (tuple(array.ravel().tolist()) for array in (affine, rounded))
        return cls(volume_id, tuple(int(n) for n in plane.shape), *numbers)

    @property
    def plane(self) -> Plane:
        """The pixel grid."""
        return Plane(self.shape, np.array(self.affine).reshape(4, 4))


@dataclass(frozen=True)
class Point:
    """A click: inside the object, or where it must not be."""

    ras: RAS
    positive: bool


@dataclass(frozen=True)
class Box:
    """Two opposite corners of a rectangle in the slice, in any order."""

    first: RAS
    second: RAS


@dataclass(frozen=True)
class Target:
    """The prompts for one mask in one slice."""

    slice: SliceKey
    box: Box | None = None
    points: tuple[Point, ...] = ()

    @property
    def can_be_segmented(self) -> bool:
        """A negative point alone says what is not meant, but not what is."""
        return self.box is not None or any(point.positive for point in self.points)

    def with_point(self, point: Point) -> Target:
        """One more click."""
        return replace(self, points=(*self.points, point))

    def contains(self, ras: RAS) -> bool:
        """Whether a world point lies in the box."""
        if self.box is None:
            return False
        x0, y0, x1, y1 = pixel_box(self.slice.plane, self.box)
        x, y = pixel_of(self.slice.plane, ras) + _HALF_PIXEL
        return bool(x0 <= x <= x1 and y0 <= y <= y1)

    def in_pixels(self) -> Prompts:
        """The prompts as the network takes them; UsageError if they are outside the image."""
        plane = self.slice.plane
        points = labels = None
        if self.points:
            points = np.array([pixel_of(plane, point.ras) for point in self.points])
            labels = np.array([int(point.positive) for point in self.points])
        box = None if self.box is None else pixel_box(plane, self.box)
        return Prompts(box=box, points=points, labels=labels).validated(plane.shape)


Targets = tuple[Target, ...]


def on_slice(targets: Targets, key: SliceKey) -> Targets:
    """Those of one slice, as they were drawn."""
    return tuple(target for target in targets if target.slice == key)


def last_on_slice(targets: Targets, key: SliceKey) -> Target | None:
    """The one that was drawn last on a slice."""
    return next(reversed(on_slice(targets, key)), None)


def pixel_of(plane: Plane, ras: RAS) -> np.ndarray:
    """Pixel (x, y) of a world point, seen along the normal of the plane."""
    return (np.linalg.inv(plane.affine) @ (*ras, 1.0))[:2]


def pixel_box(plane: Plane, box: Box) -> np.ndarray:
    """The box (4,) in pixels with exclusive ends, corners in order.

    A pixel reaches half a pixel beyond its center: 9.5 to 19.5 are the pixels 10 up to 20.
    """
    corners = np.array([pixel_of(plane, box.first), pixel_of(plane, box.second)]) + _HALF_PIXEL
    return np.concatenate([corners.min(axis=0), corners.max(axis=0)])


def is_inside(plane: Plane, ras: RAS) -> bool:
    """Whether a world point falls on a pixel of the plane."""
    x, y = pixel_of(plane, ras)
    height, width = plane.shape
    return bool(-0.5 <= x <= width - 0.5 and -0.5 <= y <= height - 0.5)


def has_area_inside(plane: Plane, box: Box) -> bool:
    """Whether at least a pixel of the plane's image lies in the box."""
    height, width = plane.shape
    x0, y0, x1, y1 = np.clip(pixel_box(plane, box), 0, [width, height, width, height])
    return bool(x1 - x0 >= 1 and y1 - y0 >= 1)


def to_json(targets: Targets) -> str:
    """The prompts as a text that a scene can keep."""
    return json.dumps([_as_dict(target) for target in targets])


def from_json(text: str, volume_id: str) -> Targets:
    """The prompts of a saved scene; a text that is none of ours gives no prompts.

    `volume_id` is the node that the prompts are for: a loaded scene may have renamed it.
    """
    try:
        return tuple(_target(entry, volume_id) for entry in parsed(text or "[]"))
    except (LookupError, ValueError, TypeError, OverflowError, MedSAMError):
        return ()


def _as_dict(target: Target) -> dict:
    box = target.box
    return {
        "shape": target.slice.shape,
        "affine": target.slice.affine,
        "box": None if box is None else [box.first, box.second],
        "points": [[*point.ras, int(point.positive)] for point in target.points],
    }


def _target(entry: dict, volume_id: str) -> Target:
    height, width = (int(number) for number in entry["shape"])
    affine = np.array(entry["affine"], float).reshape(4, 4)
    if not np.isfinite(affine).all():
        raise ValueError("a slice is nowhere")
    key = SliceKey.of(volume_id, Plane((height, width), affine))
    box = entry["box"] and Box(*(_ras(corner) for corner in entry["box"]))
    points = tuple(Point(_ras(numbers[:3]), bool(numbers[3])) for numbers in entry["points"])
    return Target(key, box or None, points)


def _ras(numbers: list[float]) -> RAS:
    r, a, s = (float(number) for number in numbers)
    if not np.isfinite([r, a, s]).all():
        raise ValueError("a point is nowhere")
    return r, a, s
