"""Images and volumes: reading files, and mapping intensities to what a network wants."""

from .labels import read_labels
from .reading import read_volume
from .volume import Volume
from .windowing import auto_window, to_uint8

__all__ = ["Volume", "auto_window", "read_labels", "read_volume", "to_uint8"]
