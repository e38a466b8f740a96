"""An object of a volume on a grid finer than its voxels.

Two things are known of where its boundary runs between the voxels: the shape that the user gave,
as a signed distance, and what the network says of the image. Their logits are added (a product of
experts). Farther than BAND from the given boundary, and at the center of every given voxel, the
given shape alone decides: the network draws the boundary, it adds and removes nothing. Between
the slices both are interpolated (shape-based interpolation, Raya and Udupa 1990).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.special import expit

from ..default_window import default_window
from ..errors import UsageError
from ..geometry import array_axis
from ..images import Volume, auto_window
from ..sam.cache import Window
from ..sam.predictor import SamModel
from .given_shape import given_shape, object_extent, read_between, read_smoothly
from .grids import Extent, FineGrid
from .memory import BYTES_PER_FINE_VOXEL, check_bytes
from .slice_logits import Sampling, SliceLogits, slice_logits

# Of the given field, up to which the network has a say: half a voxel from the boundary.
BAND = 1.0
# Logits a unit of the given field, the weight of the network's logits beside them, and their
# limit: fitted and tried on training volumes, see docs/results/upsampling.md.
STEEPNESS = 4.6
TRUST, MOST_LOGIT = 0.2, 3.0
# The network's logits count against their average along the boundary, in a neighborhood of so
# many voxels (sigma), weighted by nearness (sigma in the given field): they shape the boundary, but
# where they are all too high or too low, they do not move it.
NEIGHBORHOOD, NEAR = 1.5, 0.35

Progress = Callable[[int, int], None]
Checkpoint = Callable[[], None]


@dataclass(frozen=True, eq=False)
class UpsampledObject:
    """One object on a part of a finer grid.

    Attributes:
        mask: (k, j, i) bool on `extent`; beyond it is nothing of the object.
        probability: float32, of belonging to the object.
        uncertainty: float32, 0 sure to 1: how near the probability is to 1/2. (The network's own
            uncertainty found hardly more of the wrong voxels than chance: here the network only
            shapes what is given.)
        refined: bool, where the fine network was asked.
        grid, extent: which voxels these are.
        method: "implicit", or "interpolated" where the model has no implicit head, or no slice
            shows enough of the object to ask it.
    """

    mask: NDArray[np.bool_]
    probability: NDArray[np.float32]
    uncertainty: NDArray[np.float32]
    refined: NDArray[np.bool_]
    grid: FineGrid
    extent: Extent
    method: str

    def everywhere(self, name: str = "mask") -> NDArray:
        """One of the arrays on the whole grid, 0 beyond the extent."""
        part = getattr(self, name)
        whole = np.zeros(self.grid.shape, part.dtype)
        whole[self.extent] = part
        return whole


def needed_bytes(mask: NDArray[np.bool_], grid: FineGrid) -> int:
    """Memory for `upsample_object` of a mask (K, J, I) on a grid; 0 for an empty mask."""
    if not mask.any():
        return 0
    fine = grid.covering(object_extent(mask))
    return BYTES_PER_FINE_VOXEL * int(np.prod([part.stop - part.start for part in fine]))


def upsample_object(
    model: SamModel,
    volume: Volume,
    mask: NDArray[np.bool_],
    grid: FineGrid,
    axis: str | None = None,
    window: Window = "auto",
    sampling: Sampling | None = None,
    progress: Progress | None = None,
    checkpoint: Checkpoint | None = None,
) -> UpsampledObject:
    """The object that `mask` (K, J, I) marks in `volume`, on the finer `grid`.

    Args:
        axis: "axial", "coronal" or "sagittal": the slices that the network looks at, as stored if
            None.
        window: (center, width) of the image, "auto" for the volume's default.
        progress: called with (slices done, slices in all); checkpoint: raises to cancel.

    The mask is not changed. UsageError for an empty mask and one of another shape; MedSAMError if
    the memory would not do.
    """
    if mask.shape != volume.shape:
        raise UsageError(f"The mask has the shape {mask.shape}, the volume {volume.shape}.")
    if not mask.any():
        raise UsageError("The mask is empty: there is nothing to upsample.")
    check_bytes(needed_bytes(mask, grid))
    along = 0 if axis is None else array_axis(volume, axis)
    work = _Work(model, volume, _fixed_window(volume, window), sampling or Sampling(), along)
    return work.upsampled(mask, grid, progress or _tell_nobody, checkpoint)


@dataclass(frozen=True)
class _Work:
    model: SamModel
    volume: Volume
    window: Window
    sampling: Sampling
    along: int

    def upsampled(self, mask, grid: FineGrid, progress, checkpoint) -> UpsampledObject:
        coarse = object_extent(mask)
        fine = grid.covering(coarse)
        field = given_shape(mask, grid, coarse)
        methods: set[str] = set()
        said = self._said(mask, field, grid, fine, coarse, methods, progress, checkpoint)
        evidence, refined = (read_between(each, grid, fine, coarse, (self.along,)) for each in said)
        logits = read_smoothly(field, grid, fine, coarse)
        far = np.abs(logits) > BAND
        evidence[far] = refined[far] = 0
        evidence *= self._nearness(grid, fine)
        logits *= STEEPNESS
        logits += evidence
        method = "implicit" if "implicit" in methods else "interpolated"
        probability = expit(logits)
        uncertainty = 1 - np.abs(2 * probability - 1)
        return UpsampledObject(
            logits > 0, probability, uncertainty, refined >= 0.5, grid, fine, method
        )

    def _said(
        self, mask, field, grid, fine, coarse, methods: set[str], progress, checkpoint
    ) -> tuple[NDArray[np.float32], ...]:
        """The network's evidence and refined pixels in the coarse slices, fine in plane: nothing
        where it was not asked. Its methods are added to `methods`."""
        in_plane = tuple(axis for axis in range(3) if axis != self.along)
        shown = read_smoothly(field, grid, fine, coarse, in_plane)
        evidence, refined = np.zeros_like(shown), np.zeros_like(shown)
        reach = [NEIGHBORHOOD * grid.factors[axis] for axis in in_plane]
        asked = self._asked_slices(mask, coarse)
        for done, index in enumerate(asked):
            progress(done, len(asked))
            said = self._slice(mask, grid, fine, index, checkpoint)
            place = self._at(index - coarse[self.along].start)
            evidence[place] = TRUST * _beside_the_average(said, shown[place], reach)
            refined[place] = said.refined
            methods |= said.methods
        progress(len(asked), len(asked))
        return evidence, refined

    def _nearness(self, grid: FineGrid, fine: Extent) -> NDArray[np.float32]:
        """1 in the slices that the network saw to 0 midway between them, to multiply with."""
        positions = grid.coarse_positions(self.along, fine[self.along])
        share = 1 - 2 * np.abs(positions - np.rint(positions))
        return share.astype(np.float32).reshape([-1 if a == self.along else 1 for a in range(3)])

    def _asked_slices(self, mask, coarse: Extent) -> list[int]:
        part = coarse[self.along]
        others = tuple(axis for axis in range(3) if axis != self.along)
        shown = mask.any(axis=others)
        return [index for index in range(part.start, part.stop) if shown[index]]

    def _slice(self, mask, grid: FineGrid, fine: Extent, index: int, checkpoint) -> SliceLogits:
        axes = [axis for axis in range(3) if axis != self.along]
        positions = tuple(grid.coarse_positions(axis, fine[axis]) for axis in axes)
        image, shown = self.volume.array[self._at(index)], mask[self._at(index)]
        return slice_logits(
            self.model, image, self.window, shown, positions, self.sampling, checkpoint
        )

    def _at(self, index: int) -> tuple:
        """The slice of this index, of any array of the volume's axes."""
        place: list = [slice(None)] * 3
        place[self.along] = index
        return tuple(place)


def _beside_the_average(
    said: SliceLogits, shown: NDArray[np.float32], reach: list[float]
) -> NDArray[np.float32]:
    """The network's logits less their average along the boundary nearby, within the limit."""
    weights = np.exp(-((shown / NEAR) ** 2) / 2) * said.asked
    total = ndimage.gaussian_filter(weights, reach)
    average = ndimage.gaussian_filter(weights * said.logits, reach) / np.maximum(total, 1e-6)
    return np.where(said.asked, said.logits - average, 0).clip(-MOST_LOGIT, MOST_LOGIT)


def _fixed_window(volume: Volume, window: Window) -> Window:
    """One window for all cut-outs of all slices."""
    window = default_window(volume) if window == "auto" else window
    if window == "auto" and not volume.is_color and volume.array.dtype != np.uint8:
        return auto_window(volume.array)
    return window


def _tell_nobody(_done: int, _total: int) -> None:
    pass
