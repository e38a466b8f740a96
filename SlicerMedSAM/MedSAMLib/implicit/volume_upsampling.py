"""An object of a volume on a grid finer than its voxels.

Two things are known of where its boundary runs between the voxels: the shape that the user gave,
as a signed distance, and what the network says of the image. Their logits are added (a product of
experts). Farther than BAND from the given boundary the given shape alone decides: the network
draws the boundary, it adds and removes nothing. Between the slices logits are interpolated, which
is shape-based interpolation (Raya and Udupa 1990) of what both know.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from ..default_window import default_window
from ..errors import UsageError
from ..geometry import array_axis
from ..images import Volume, auto_window
from ..sam.cache import Window
from ..sam.predictor import SamModel
from .fine_grid import Extent, FineGrid
from .given_shape import object_extent, read_between, signed_distance
from .heads import head_of
from .memory import check_bytes
from .slice_logits import Sampling, SliceLogits, slice_logits

# In voxels from the given boundary, up to which the network has a say.
BAND = 1.0
# Logits a voxel of distance, and the weight and limit of the network's logits beside them;
# measured on training volumes, see `training.imedsam.volume_evaluation`.
STEEPNESS = 4.0
TRUST, MOST_LOGIT = 0.2, 4.0
# Of a fine voxel while it is made: logits, distance, network, uncertainty and the results.
BYTES_PER_VOXEL = 40

Progress = Callable[[int, int], None]
Checkpoint = Callable[[], None]


@dataclass(frozen=True, eq=False)
class UpsampledObject:
    """One object on a part of a finer grid.

    Attributes:
        mask: (k, j, i) bool on `extent`; beyond it is nothing of the object.
        probability: float32, of belonging to the object.
        uncertainty: float32, 0 sure to 1; of the network where it was asked, else 0.
        refined: bool, where the fine network was asked.
        grid, extent: which voxels these are.
        method: "implicit", or "interpolated" where the model has no implicit head.
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
    return BYTES_PER_VOXEL * int(np.prod([part.stop - part.start for part in fine]))


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
        in_plane = tuple(axis for axis in range(3) if axis != self.along)
        distance = signed_distance(mask[coarse], self.volume.spacing[::-1])
        distance = read_between(distance, grid, fine, coarse, in_plane)
        logits = STEEPNESS * distance
        near = np.abs(distance) <= BAND
        del distance
        uncertainty, refined = np.zeros_like(logits), np.zeros_like(logits)
        asked = self._asked_slices(mask, coarse)
        for done, index in enumerate(asked):
            progress(done, len(asked))
            said = self._slice(mask, grid, fine, index, checkpoint)
            place = self._at(index - coarse[self.along].start)
            band = near[place] & said.asked
            trusted = TRUST * said.logits.clip(-MOST_LOGIT, MOST_LOGIT)
            logits[place] += np.where(band, trusted, 0)
            uncertainty[place] = np.where(band, said.uncertainty, 0)
            refined[place] = band & said.refined
        progress(len(asked), len(asked))
        across = (self.along,)
        logits, uncertainty, refined = (
            read_between(each, grid, fine, coarse, across)
            for each in (logits, uncertainty, refined)
        )
        probability = expit(logits)
        method = "interpolated" if head_of(self.model) is None else "implicit"
        return UpsampledObject(
            logits > 0, probability, uncertainty, refined >= 0.5, grid, fine, method
        )

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


def _fixed_window(volume: Volume, window: Window) -> Window:
    """One window for all cut-outs of all slices."""
    window = default_window(volume) if window == "auto" else window
    if window == "auto" and not volume.is_color and volume.array.dtype != np.uint8:
        return auto_window(volume.array)
    return window


def _tell_nobody(_done: int, _total: int) -> None:
    pass
