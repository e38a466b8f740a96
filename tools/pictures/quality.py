"""A picture of the panel of MedSAMQuality at work, on the project's test host.

python -m tools.pictures.quality OUT.png

The image and its labels are a case of the hippocampus set (MSD Task04, CC BY-SA 4.0) in
../shared/data; three slices of the labels are spoilt by this script. The panel, the views and the
judge are the real ones.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
from scipy import ndimage

from tools.testing import HOST_VARIABLES

WINDOW = (1240, 1010)
PATIENCE_S = 900
CASE = "hippocampus_300.nii.gz"
NAMES = ("Anterior", "Posterior")
COLORS = ((0.9, 0.6, 0.0), (0.0, 0.62, 0.45))


def main(arguments: list[str]) -> int:
    """Make the picture; 0 if it was written, 1 without the image."""
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    os.environ.update({name: str(value) for name, value in HOST_VARIABLES.items()})
    files = _files()
    if files is None:
        print("There is no ../shared/data with hippocampus images.", file=sys.stderr)
        return 1
    panel = _open_panel()
    _work(panel, *files)
    _take_picture(panel.window, Path(arguments[0]))
    panel.leave()
    panel.module.unload()
    return 0


def spoilt(mask: np.ndarray) -> np.ndarray:
    """A mask (K, J, I) that is moved aside, leaks, and lacks a part in three of its slices."""
    mask = mask.astype(bool)
    occupied = np.flatnonzero(mask.any(axis=(1, 2)))
    moved, leaking, cut = occupied[[len(occupied) // 2, len(occupied) // 4, 3 * len(occupied) // 4]]
    mask[moved] = np.roll(mask[moved], 6, axis=1)
    disc = np.hypot(*np.mgrid[-4:5, -4:5]) <= 4
    mask[leaking] = ndimage.binary_dilation(mask[leaking], disc)
    mask[cut] &= np.arange(mask.shape[2]) > np.median(np.nonzero(mask[cut])[1])
    return mask


def _files() -> tuple[Path, Path] | None:
    from Testing.shared_data import shared_data

    data = shared_data()
    if data is None:
        return None
    image, labels = (data / "hippocampus/test" / folder / CASE for folder in ("images", "labels"))
    return (image, labels) if image.is_file() and labels.is_file() else None


def _open_panel() -> Any:
    """The host's window with the module, and somebody who works with it."""
    from Testing.SlicerHost import window  # first: it sets the environment for slicer and PySide6

    main_window = window.start()
    from Testing.gui.quality_user import QualityUser
    from Testing.SlicerHost.window.user import User

    main_window.resize(*WINDOW)
    main_window.show()
    main_window.activateWindow()
    return QualityUser(User(), main_window, None, None, Path())


def _work(panel: Any, image: Path, labels: Path) -> None:
    """Judge, flag the worst, and look at the next one."""
    import slicer

    volume = slicer.util.loadVolume(str(image))
    volume.SetName("Brain MR")
    segmentation = slicer.util.loadSegmentation(str(labels))
    segmentation.SetName("Hippocampus")
    _spoil(segmentation, volume)
    panel.parameters.inputVolume = volume
    panel.user.choose(panel.ui.segmentationSelector, "Hippocampus")
    panel.parameters.reviewer = "Anna"
    panel.wait_for("Ready", PATIENCE_S)
    panel.click("judgeButton")
    panel.user.wait_until(lambda: panel.session.report is not None, PATIENCE_S)
    panel.user.wait_until(lambda: not panel.widget.panel.services.worker.busy, PATIENCE_S)
    panel.ui.reasonComboBox.currentIndex = 1
    panel.click("flagButton")
    panel.session.select_previous()
    panel.user.wait_until(lambda: not panel.widget.panel.services.worker.busy, PATIENCE_S)
    _to_the_top(panel)


def _spoil(segmentation: Any, volume: Any) -> None:
    import slicer

    contents = segmentation.GetSegmentation()
    for number, (name, color) in enumerate(zip(NAMES, COLORS, strict=True)):
        segment_id = contents.GetNthSegmentID(number)
        contents.GetSegment(segment_id).SetName(name)
        contents.GetSegment(segment_id).SetColor(color)
    first = contents.GetNthSegmentID(0)
    mask = slicer.util.arrayFromSegmentBinaryLabelmap(segmentation, first, volume)
    voxels = spoilt(mask).astype(np.uint8)
    slicer.util.updateSegmentBinaryLabelmapFromArray(voxels, segmentation, first, volume)


def _to_the_top(panel: Any) -> None:
    """The panel shows its first line."""
    import slicer

    area = panel.widget.uiWidget
    while area is not None and not hasattr(area, "ensureWidgetVisible"):
        area = area.parentWidget()
    slicer.app.processEvents()
    if area is not None:
        area.verticalScrollBar().setValue(0)


def _take_picture(window: Any, path: Path) -> None:
    import slicer

    for _round in range(5):  # layouts and views come to rest
        slicer.app.processEvents()
    if not window.grab().save(str(path)):
        raise OSError(f"{path.name} could not be written")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
