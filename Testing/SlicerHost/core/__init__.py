"""Scene, module logics, `slicer.app` and file reading and writing, without Qt."""

from .boot import Core, boot

__all__ = ["Core", "boot"]
