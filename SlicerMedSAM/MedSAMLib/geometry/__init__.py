"""Planes through volumes: taking an image out, and putting a mask back exactly."""

from .plane import Plane

__all__ = ["Plane"]
