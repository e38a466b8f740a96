"""The four views of Slicer's conventional layout, made once in a process."""

from __future__ import annotations

from dataclasses import dataclass

import slicer

from .slice_view import SliceView
from .threed_view import ThreeDView

# Name -> orientation and color of the bar above the view, as in the application.
SLICES = {
    "Red": ("Axial", (0.953, 0.290, 0.200)),
    "Green": ("Coronal", (0.431, 0.690, 0.294)),
    "Yellow": ("Sagittal", (0.929, 0.835, 0.298)),
}
SIZE = (400, 400)


@dataclass(frozen=True)
class StandardViews:
    """Slice views by name, and the 3-D view."""

    slices: dict[str, SliceView]
    threed: ThreeDView

    def resize(self, width: int, height: int) -> None:
        """Give every view the same size in pixels; inside a window Qt does that."""
        for view in (*self.slices.values(), self.threed):
            view.resize(width, height)

    def start_afresh(self) -> None:
        """Give slices and mouse their usual ways back; a cleared scene resets the rest."""
        for view in self.slices.values():
            view.node.SetOrientationToDefault()  # a cleared scene leaves oblique slices as they are
        interaction = slicer.app.applicationLogic().GetInteractionNode()
        interaction.SetPlaceModePersistence(0)
        interaction.SetCurrentInteractionMode(interaction.ViewTransform)


_views: list[StandardViews] = []


def standard_views() -> StandardViews:
    """Red, Green, Yellow and the 3-D view, on the running core."""
    if not _views:
        slices = {name: SliceView(name, *look, size=SIZE) for name, look in SLICES.items()}
        _views.append(StandardViews(slices, ThreeDView(size=SIZE)))
    return _views[0]
