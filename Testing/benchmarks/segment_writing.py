"""How long a mask of one slice takes to be written into a segment, two ways side by side.

    python -m Testing.benchmarks.segment_writing [--shape K J I] [--repeats N]

"changed extent" is what accepting does (`SegmentWriter.accept`: plane to voxels, masking, the
undo state, the write); "whole volume" is reading the segment by
`slicer.util.arrayFromSegmentBinaryLabelmap`, adding the mask, and
`slicer.util.updateSegmentBinaryLabelmapFromArray`. Wall clock and processor time are told apart,
because on a machine with other work the first says more about that work. Nothing is rendered.
"""

from __future__ import annotations

import argparse
import os
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2] / "SlicerMedSAM"))

from Testing.SlicerHost import core

core.boot()

import slicer  # noqa: E402
import slicer.util  # noqa: E402

from MedSAMSlicerLib.segments import (  # noqa: E402
    LogicUndo,
    SegmentWriter,
    addSegment,
    createSegmentation,
)
from MedSAMSlicerLib.slices import slicePlane  # noqa: E402


@dataclass
class Times:
    """Milliseconds of each repeat."""

    wall: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)

    def measure(self, action: Callable[[], Any]) -> None:
        """Run it once."""
        wall, processor = time.perf_counter(), time.process_time()
        action()
        self.wall.append(1e3 * (time.perf_counter() - wall))
        self.processor.append(1e3 * (time.process_time() - processor))

    def row(self, name: str) -> str:
        """As a line of a Markdown table."""
        cells = [f(v) for v in (self.wall, self.processor) for f in (np.median, _p95)]
        return f"| {name} | " + " | ".join(f"{cell:.1f}" for cell in cells) + " |"


class Bench:
    """A volume with two large organs (spheres in one layer) and an empty segment."""

    def __init__(self, shape: tuple[int, int, int]) -> None:
        self.volume = slicer.util.addVolumeFromArray(np.zeros(shape, np.int16))
        self.segmentation = createSegmentation(self.volume)
        self.organs = [addSegment(self.segmentation, "organ") for _ in range(2)]
        self.target = addSegment(self.segmentation, "lesion")
        self.editor = slicer.vtkSlicerSegmentEditorLogic()
        self.editor.SetMRMLScene(slicer.mrmlScene)
        self.editor.SetMRMLApplicationLogic(slicer.app.applicationLogic())
        self.node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentEditorNode")
        self.editor.SetSegmentEditorNode(self.node)
        self.editor.SetSegmentationNode(self.segmentation)
        self.editor.SetSourceVolumeNode(self.volume)
        self.node.SetOverwriteMode(self.node.OverwriteNone)
        self.writer = SegmentWriter(self.node, LogicUndo(self.editor))
        self.view = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSliceNode")
        self.shape, self.slice, self.count = shape, 0, 0
        self._fill_organs()

    def _fill_organs(self) -> None:
        k, j, i = (np.arange(n) / n - 0.5 for n in self.shape)
        for segment, side in zip(self.organs, (-0.25, 0.25), strict=True):
            ball = (k**2)[:, None, None] + (j**2)[:, None] + (i - side) ** 2 < 0.2**2
            slicer.util.updateSegmentBinaryLabelmapFromArray(
                ball.astype(np.uint8), self.segmentation, segment, self.volume
            )

    def next_slice(self) -> None:
        """The view goes to another slice, a dozen of them in turn."""
        self.count += 1
        self.slice = self.shape[0] // 2 - 6 + self.count % 12
        self.view.JumpSlice(0, 0, self.slice)

    def mask(self) -> np.ndarray:
        """A disk of a fifth of the image's width, each a little beside the last: all are new."""
        y, x = np.ogrid[: self.shape[1], : self.shape[2]]
        center = self.shape[1] / 2, self.shape[2] / 4 + self.count % (self.shape[2] // 2)
        return (y - center[0]) ** 2 + (x - center[1]) ** 2 < (self.shape[2] / 10) ** 2

    def changed_extent(self) -> None:
        """What accepting a mask does."""
        plane = slicePlane(self.view, self.volume)
        self.writer.accept(self.segmentation, self.target, self.mask(), plane, self.volume)

    def whole_volume(self) -> None:
        """The same with Slicer's helper functions."""
        self.editor.SaveStateForUndo()
        segmentation, volume = self.segmentation, self.volume
        array = slicer.util.arrayFromSegmentBinaryLabelmap(segmentation, self.target, volume)
        array[self.slice][self.mask()] = 1
        slicer.util.updateSegmentBinaryLabelmapFromArray(array, segmentation, self.target, volume)

    def times(self, action: Callable[[], None], repeats: int) -> Times:
        """Of repeats on slices in turn, after one that is not counted."""
        times = Times()
        for _ in range(repeats + 1):
            self.next_slice()
            times.measure(action)
        return Times(times.wall[1:], times.processor[1:])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shape", type=int, nargs=3, default=(200, 512, 512), metavar="N")
    parser.add_argument("--repeats", type=int, default=30)
    parser.add_argument("--clicks", type=int, default=1000, help="for the memory's growth")
    options = parser.parse_args()
    bench = Bench(tuple(options.shape))
    print(f"Volume {options.shape} (K, J, I), {os.cpu_count()} processors, ", end="")
    print(f"load {os.getloadavg()[0]:.1f}, {options.repeats} repeats; milliseconds\n")
    print("| way | wall median | wall p95 | processor median | processor p95 |")
    print("|---|---|---|---|---|")
    for name, action, repeats in _ways(bench, options.repeats):
        print(bench.times(action, repeats).row(name), flush=True)
    print(f"\nMemory after {options.clicks} more masks: +{_growth(bench, options.clicks):.1f} MB")


def _ways(bench: Bench, repeats: int):
    segmentation = slicer.vtkMRMLSegmentationNode
    yield "changed extent", bench.changed_extent, repeats
    bench.node.SetOverwriteMode(bench.node.OverwriteAllSegments)
    yield "changed extent, overwriting all segments", bench.changed_extent, repeats
    bench.node.SetOverwriteMode(bench.node.OverwriteNone)
    bench.node.SetMaskMode(segmentation.EditAllowedOutsideAllSegments)
    yield "changed extent, outside other segments", bench.changed_extent, repeats
    bench.node.SetMaskMode(segmentation.EditAllowedEverywhere)
    bench.node.SourceVolumeIntensityMaskOn()
    bench.node.SetSourceVolumeIntensityMaskRange(-1, 1)
    yield "changed extent, in an intensity range", bench.changed_extent, repeats
    bench.node.SourceVolumeIntensityMaskOff()
    yield "whole volume", bench.whole_volume, max(repeats // 10, 3)


def _growth(bench: Bench, clicks: int) -> float:
    for _ in range(50):  # until the undo states are all in use
        bench.next_slice()
        bench.changed_extent()
    before = _resident_mb()
    for _ in range(clicks):
        bench.next_slice()
        bench.changed_extent()
    return _resident_mb() - before


def _resident_mb() -> float:
    pages = Path("/proc/self/statm")
    if not pages.exists():  # only the greatest so far is known elsewhere
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return int(pages.read_text().split()[1]) * resource.getpagesize() / 1e6


def _p95(values: list[float]) -> float:
    return float(np.percentile(values, 95))


if __name__ == "__main__":
    main()
