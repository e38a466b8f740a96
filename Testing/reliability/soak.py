"""Long use of the modules in the host: `python -m Testing.reliability.soak`.

Without options 10,000 clicks and 200 visits, which takes about half an hour.

Clicks are mouse events on the red view of MedSAMSegment, each waits for its mask; objects are
accepted, undone or thrown away, and now and then the segmentation is deleted. Visits go from module
to module. Memory is noted all along; its slope, after a warm-up, and what is left behind at the end
(nodes, observers, threads, timers, widgets, shortcuts, open files) are printed. The network is a
stand-in that sees bright pixels, unless `--network starter` is given.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "SlicerMedSAM"))

from Testing.SlicerHost import window  # noqa: E402

MAIN_WINDOW = window.start()

import slicer  # noqa: E402
import slicer.util  # noqa: E402
from PySide6.QtCore import Qt  # noqa: E402

from MedSAMSlicerLib.self_test.bright_pixels import NothingToInstall, StandInModels  # noqa: E402
from MedSAMSlicerLib.session.status import Stage  # noqa: E402
from Testing.reliability.traces import Traces, resident_bytes, settle, traces  # noqa: E402
from Testing.SlicerHost.modules.scripted_module import load_module  # noqa: E402
from Testing.SlicerHost.window.user import User  # noqa: E402

MODULES = ("MedSAMSegment", "MedSAMHypotheses", "MedSAMUpsample", "MedSAMQuality")
SHAPE, RADIUS = (24, 96, 96), 30.0
WINDOW = (760, 520)
CLICKS_OF_AN_OBJECT = 5
OBJECTS_OF_A_SEGMENTATION = 20
LIMIT_S = 60
# The first part of a run fills caches.
WARM_UP = 0.2


class Soak:
    """All modules on a volume with a bright ball."""

    def __init__(self, models: Any) -> None:
        self.user, self.random = User(), np.random.default_rng(0)
        self.volume = ball()
        MAIN_WINDOW.resize(*WINDOW)
        MAIN_WINDOW.show()
        red_only = slicer.vtkMRMLLayoutNode.SlicerLayoutOneUpRedSliceView
        slicer.app.layoutManager().setLayout(red_only)
        slicer.util.setSliceViewerLayers(background=self.volume, fit=True)
        files = [ROOT / "SlicerMedSAM" / f"{name}.py" for name in MODULES]
        self.modules = {path.stem: load_module(path) for path in files if path.exists()}
        for module in self.modules.values():
            module.widget.makePanel(models, NothingToInstall())
        self.view = slicer.app.layoutManager().sliceWidget("Red").sliceView()

    def visit(self, name: str) -> None:
        """Open a module, and let it do what it does by itself."""
        MAIN_WINDOW.moduleSelector().selectModule(name)
        slicer.app.processEvents()
        if name:
            worker = self.modules[name].widget.panel.services.worker
            self.wait(lambda: not worker.busy, name)

    def begin_clicks(self) -> None:
        """MedSAMSegment is open with the tool for points inside."""
        self.visit("MedSAMSegment")
        self.session = self.modules["MedSAMSegment"].widget.panel.session
        self.wait(lambda: self.session.status.stage is Stage.READY, "no embedding")
        self._choose_points()

    def click(self, number: int) -> None:
        """One click with its mask; after five of them the object is decided on."""
        angle, radius = self.random.uniform(0, 2 * np.pi), self.random.uniform(0, 0.8 * RADIUS)
        x, y, _ = self.view.convertRASToXYZ((radius * np.cos(angle), radius * np.sin(angle), 0))
        self.user.click(self.view, (round(x), self.view.height - 1 - round(y)))
        self.wait(lambda: self.session.status.stage is Stage.REVIEW, "no mask")
        if number % CLICKS_OF_AN_OBJECT == CLICKS_OF_AN_OBJECT - 1:
            self._decide(number // CLICKS_OF_AN_OBJECT)

    def _decide(self, number: int) -> None:
        """Accept, or take the clicks back one by one, or throw the object away, in turn."""
        if number % 3 == 0:
            self.user.press_key(self.view, Qt.Key.Key_Return)
        elif number % 3 == 1:
            for _click in range(CLICKS_OF_AN_OBJECT):
                self.user.press_key(self.view, Qt.Key.Key_Z)
        else:
            self.session.discard()
        if number % OBJECTS_OF_A_SEGMENTATION == 0:
            for node in slicer.util.getNodesByClass("vtkMRMLSegmentationNode"):
                slicer.mrmlScene.RemoveNode(node)
        self.wait(lambda: self.session.status.stage is Stage.READY, "not ready")
        self._choose_points()

    def _choose_points(self) -> None:
        """The tool for points inside, which may be chosen already."""
        ui = slicer.util.childWidgetVariables(self.modules["MedSAMSegment"].widget.uiWidget)
        if not ui.positiveButton.checked:
            self.user.press_key(self.view, Qt.Key.Key_P)
        assert ui.positiveButton.checked

    def rest(self) -> Traces:
        """No module is open, and nothing is in work: what is there now."""
        self.visit("")
        for node in slicer.util.getNodesByClass("vtkMRMLSegmentationNode"):
            slicer.mrmlScene.RemoveNode(node)
        settle()
        return traces()

    def wait(self, condition: Callable[[], bool], what: str) -> None:
        end = time.monotonic() + LIMIT_S
        while not condition():
            if time.monotonic() > end:
                raise AssertionError(
                    f"{what}: {getattr(self, 'session', None) and self.session.status}"
                )
            slicer.app.processEvents()
            time.sleep(0.001)


def ball() -> Any:
    """A bright ball in the middle, 1 mm voxels."""
    k, j, i = (np.arange(n) - n // 2 for n in SHAPE)
    inside = k[:, None, None] ** 2 + (j**2)[:, None] + i**2 < RADIUS**2
    matrix = np.eye(4)
    matrix[:3, 3] = [-(n // 2) for n in SHAPE[::-1]]
    array = np.where(inside, 180, 20).astype(np.int16)
    node = slicer.util.addVolumeFromArray(array, slicer.util.vtkMatrixFromArray(matrix))
    node.CreateDefaultDisplayNodes()
    node.GetDisplayNode().SetAutoWindowLevel(False)
    node.GetDisplayNode().SetWindowLevel(255, 127)
    return node


def repeated(action: Callable[[int], None], times: int, samples: int = 50) -> list[tuple[int, int]]:
    """Do it so often; (how often so far, bytes of memory) along the way."""
    every = max(times // samples, 1)
    found = []
    for number in range(times):
        action(number)
        if number % every == every - 1:
            settle()
            found.append((number + 1, resident_bytes()))
    return found


def slope(found: list[tuple[int, int]], per: int) -> float:
    """KiB more for so many repetitions, by least squares after the warm-up."""
    after = [each for each in found if each[0] > WARM_UP * found[-1][0]]
    numbers, sizes = np.array(after, float).T
    return float(np.polyfit(numbers, sizes, 1)[0]) * per / 1024


def models_named(name: str) -> Any:
    """The stand-in, or what the catalogue has."""
    if name == "stand-in":
        return StandInModels()
    from MedSAMSlicerLib.scene.catalogue_models import CatalogueModels

    return CatalogueModels()


def main() -> int:
    """Print the figures; 1 where something was left behind or Qt or VTK reported an error."""
    from Testing.SlicerHost.messages import trouble

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clicks", type=int, default=10_000)
    parser.add_argument("--visits", type=int, default=200)
    parser.add_argument("--network", choices=("stand-in", "starter"), default="stand-in")
    options = parser.parse_args()
    soak = Soak(models_named(options.network))
    names = list(soak.modules)
    for name in names:
        soak.visit(name)
    soak.begin_clicks()
    for number in range(3 * CLICKS_OF_AN_OBJECT):
        soak.click(number)
    before = soak.rest()
    started = time.monotonic()
    visits = repeated(lambda number: soak.visit(names[number % len(names)]), options.visits)
    _tell("visits", visits, 100, time.monotonic() - started)
    soak.begin_clicks()
    started = time.monotonic()
    clicks = repeated(soak.click, options.clicks)
    _tell("clicks", clicks, 1000, time.monotonic() - started)
    left = soak.rest().more_than(before)
    print(f"modules: {', '.join(names)}")
    print(f"before: {vars(before)}")
    print(f"left behind: {left or 'nothing'}; errors reported: {len(trouble.errors)}")
    return 1 if left or trouble.errors else 0


def _tell(what: str, found: list[tuple[int, int]], per: int, seconds: float) -> None:
    first, last = (size / 2**20 for size in (found[0][1], found[-1][1]))
    print(
        f"{found[-1][0]} {what} in {seconds:.0f} s: {first:.0f} MiB after {found[0][0]}, "
        f"{last:.0f} MiB at the end; slope {slope(found, per):+.0f} KiB per {per} {what}",
        flush=True,
    )


if __name__ == "__main__":
    status = main()
    sys.stdout.flush()
    os._exit(status)  # VTK and Qt have nothing to save
