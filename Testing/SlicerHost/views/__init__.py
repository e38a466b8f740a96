"""Slice and 3-D views with Slicer's displayable managers, drawn off screen."""

from .render_view import RenderView
from .slice_view import SliceView
from .threed_view import ThreeDView

__all__ = ["RenderView", "SliceView", "ThreeDView"]
