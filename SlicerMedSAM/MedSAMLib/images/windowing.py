"""From intensities of any type to the 8 bits that a network is given."""

from __future__ import annotations

import numpy as np

from ..errors import UsageError

# Half a percent at either end is left out: metal, air and padding do not set the window.
_ROBUST_PERCENTILES = (0.5, 99.5)


def auto_window(array: np.ndarray) -> tuple[float, float]:
    """The (center, width) that spans the 0.5th to the 99.5th percentile of the finite values.

    Where these coincide, the full range is taken; for a constant array the width is 1, so that
    it becomes a uniform gray. The width is always positive.
    """
    finite = _finite_values(array)
    if finite.size == 0:
        return 0.0, 1.0
    low, high = (float(value) for value in np.percentile(finite, _ROBUST_PERCENTILES))
    if not high > low:
        low, high = float(finite.min()), float(finite.max())
    return _center_and_width(low, high)


def to_uint8(array: np.ndarray, window: str | tuple[float, float] | None = "auto") -> np.ndarray:
    """Map intensities to 0..255 as a linear window does (DICOM PS3.3 C.11.2.1.3.2).

    array: an image (H, W), (H, W, 3) or (H, W, 4) (transparency is dropped), or a volume
    (K, J, I[, 3]), of any real type. window: "auto" (see auto_window, of what is passed; colors
    together), (center, width), or None for the full range. uint8 passes through unchanged unless
    a (center, width) is given; bool becomes 0 and 255. NaN and infinities become 0.
    """
    array = _without_transparency(np.asarray(array))
    if array.dtype == bool:
        return array.astype(np.uint8) * np.uint8(255)
    if array.dtype == np.uint8 and (window is None or isinstance(window, str)):
        _check_name(window)
        return array
    center, width = _resolved(array, window)
    values = array.astype(np.float32 if array.dtype.itemsize <= 2 else np.float64)
    with np.errstate(over="ignore", invalid="ignore"):  # huge values and NaN; both are clipped
        share = np.clip((values - center) / width + 0.5, 0, 1)
    return np.where(np.isfinite(array), np.rint(255 * share), 0).astype(np.uint8)


def _resolved(array: np.ndarray, window: str | tuple[float, float] | None) -> tuple[float, float]:
    _check_name(window)
    if window is None:
        finite = _finite_values(array)
        return (
            _center_and_width(float(finite.min()), float(finite.max())) if finite.size else (0, 1)
        )
    if isinstance(window, str):
        return auto_window(array)
    try:
        center, width = (float(number) for number in window)
    except (TypeError, ValueError):
        raise UsageError("A window is two numbers: center and width.") from None
    if not (np.isfinite(center) and np.isfinite(width) and width > 0):
        raise UsageError(f"The window width must be a positive number, not {width:g}.")
    return center, width


def _check_name(window: object) -> None:
    if isinstance(window, str) and window != "auto":
        raise UsageError(f'The window must be "auto" or center and width, not {window!r}.')


def _finite_values(array: np.ndarray) -> np.ndarray:
    if not np.issubdtype(array.dtype, np.floating):
        return array.ravel()
    # Percentiles of half precision would overflow.
    finite = array[np.isfinite(array)]
    return finite.astype(np.float32) if finite.dtype == np.float16 else finite


def _center_and_width(low: float, high: float) -> tuple[float, float]:
    # Halves first: the sum and the difference of huge values may overflow.
    center, width = low / 2 + high / 2, high - low
    if not width > 0:
        return center, 1.0
    return center, min(width, float(np.finfo(np.float64).max))


def _without_transparency(array: np.ndarray) -> np.ndarray:
    return array[..., :3] if array.ndim == 3 and array.shape[-1] == 4 else array
