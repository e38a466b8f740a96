"""What upsampling needs from the outside; `scene` fills it in Slicer, fakes do in tests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import numpy as np

from ..quality.ports import Request as Chosen
from ..quality.ports import Subject
from ..session.ports import Models, Runner, Window
from ..session.prompts import Targets
from .drawing import Shown

if TYPE_CHECKING:
    from MedSAMLib.images import Volume
    from MedSAMLib.implicit import Comparison, FineGrid, UpsampledObject
    from MedSAMLib.implicit.grids import Extent

__all__ = ["Chosen", "Shown", "Subject"]


@dataclass(frozen=True)
class Request:
    """Which segments, and how fine.

    Attributes:
        segment_ids: () for all segments.
        scale: factor above 1 for rows and columns; or spacing_mm: their distance instead.
        through_plane: also between the slices.
        axis: "axial", "coronal" or "sagittal": the slices that the network looks at; "auto":
            across the largest spacing.
    """

    segment_ids: tuple[str, ...] = ()
    scale: float | None = 2.0
    spacing_mm: float | None = None
    through_plane: bool = False
    axis: str = "auto"


@dataclass(frozen=True, eq=False)
class DrawnSlice:
    """The slice on which objects were drawn, for the worker.

    Attributes:
        volume: (K, J, I[, 3]), a copy; of an oblique slice, that slice alone.
        axis, index: which slice of it, as `geometry.axis_plane` counts.
        targets: what is drawn there, at least one.
        affine: (4, 4), voxel -> world mm of the volume that the user chose.
    """

    volume: Volume
    axis: str
    index: int
    targets: Targets
    window: Window
    affine: np.ndarray


@dataclass(frozen=True, eq=False)
class Part:
    """One segment's result, beside the ways that know nothing of the image.

    Attributes:
        segment_id: of the segment that was upsampled; "" where the object was drawn.
        upsampled: on a part of the finer grid.
        baselines: mask (k, j, i) bool and its extent, by the method's name.
        comparisons: every method, measured.
    """

    segment_id: str
    name: str
    upsampled: UpsampledObject
    baselines: Mapping[str, tuple[np.ndarray, Extent]]
    comparisons: tuple[Comparison, ...]


@dataclass(frozen=True, eq=False)
class Found:
    """All results; the grid's affine is voxel -> world, all parent transforms applied."""

    grid: FineGrid
    parts: tuple[Part, ...] = field(default=())


class Reader(Protocol):
    """Takes pixels out of the scene. MedSAMError with a sentence where it cannot be done."""

    def read(self, chosen: Chosen) -> Subject:
        """The image and the chosen segments on its grid."""


class DrawnReader(Protocol):
    """Takes the slice out of the scene that was drawn on."""

    def read(self, targets: Targets) -> DrawnSlice:
        """A copy; MedSAMError where it cannot be done."""


class Results(Protocol):
    """Keeps the results in the scene."""

    @property
    def exists(self) -> bool:
        """Whether there are any."""

    def put(self, subject: Subject | DrawnSlice, found: Found) -> None:
        """These instead of the last ones; MedSAMError if that cannot be, and nothing is changed."""

    def remove(self) -> None:
        """Take them out of the scene."""

    def hide(self) -> None:
        """Nothing of them lies over the image."""


@dataclass(frozen=True)
class Collaborators:
    """What the session works with."""

    runner: Runner
    models: Models
    reader: Reader
    results: Results
    slices: Shown
    drawn: DrawnReader
