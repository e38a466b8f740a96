"""Images and volumes: reading files, and mapping intensities to what a network wants."""

from .volume import Volume

__all__ = ["Volume"]
