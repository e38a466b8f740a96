"""What an output needs, foreseen before it is made: refused with a sentence, not by the system."""

from __future__ import annotations

from ..errors import MedSAMError
from ..memory import available_bytes

# Of an output pixel while it is made: probability, uncertainty, their enlarging, the choice of the
# refined ones (float32 and int64), and the results.
BYTES_PER_PIXEL = 36
# Of a voxel of a finer grid while it is made: logits, shape, network, uncertainty and the results.
BYTES_PER_FINE_VOXEL = 40
# Of a voxel while two boundaries are compared: distances, the places they lead to, masks.
BYTES_PER_COMPARED_VOXEL = 48
# The network's own maps and one chunk of points in its hidden layers.
BYTES_OF_WORK = 256 << 20


def needed_bytes(shape: tuple[int, int], objects: int = 1) -> int:
    """Memory for an output of `shape` (H, W): the results of all objects, the work of one."""
    pixels = shape[0] * shape[1]
    results = 9  # float32 twice and bool
    return BYTES_OF_WORK + pixels * (BYTES_PER_PIXEL + results * (objects - 1))


def check_memory(shape: tuple[int, int], objects: int = 1) -> None:
    """MedSAMError with what to do if an output of `shape` (H, W) would exhaust the memory."""
    needed, free = needed_bytes(shape, objects), available_bytes()
    if free is not None and needed > free:
        raise MedSAMError(
            f"An output of {shape[1]} x {shape[0]} pixels needs {needed / 2**30:.1f} GB of memory "
            f"and {free / 2**30:.1f} GB are free: choose a smaller scale."
        )


def check_bytes(needed: int) -> None:
    """MedSAMError with what to do if work that needs so many bytes would exhaust the memory."""
    free = available_bytes()
    if free is not None and needed + BYTES_OF_WORK > free:
        raise MedSAMError(
            f"The finer grid needs {needed / 2**30:.1f} GB of memory and {free / 2**30:.1f} GB are "
            "free: choose a smaller factor or a larger spacing."
        )
