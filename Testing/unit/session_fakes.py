"""Stand-ins for what the session works with; the tests decide when the worker is done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from MedSAMLib.errors import MedSAMError
from MedSAMLib.geometry import Plane
from MedSAMLib.images import Volume
from MedSAMSlicerLib.self_test.bright_pixels import BrightPixels
from MedSAMSlicerLib.session.ports import ModelChoice, ShownMask, SliceImage, SliceStack
from MedSAMSlicerLib.session.prompts import SliceKey

# 10 slices of 32 x 32 voxels of 1 mm; K, J, I are superior, posterior, left.
AFFINE = np.diag([-1.0, -1.0, 1.0, 1.0])
COUNT, SIDE = 10, 32


def bright_squares() -> np.ndarray:
    """Two bright squares of 6 pixels in slices 2 to 7, at columns and rows 4 and 20."""
    array = np.zeros((COUNT, SIDE, SIDE), np.uint8)
    for start in (4, 20):
        array[2:8, start : start + 6, start : start + 6] = 200
    return array


def key_of(index: int, volume_id: str = "volume") -> SliceKey:
    """The axial slice `index`."""
    affine = AFFINE.copy()
    affine[2, 3] = index
    return SliceKey.of(volume_id, Plane((SIDE, SIDE), affine))


def ras(x: float, y: float, index: int) -> tuple[float, float, float]:
    """The world point of a pixel of an axial slice."""
    return -x, -y, float(index)


@dataclass
class FakeTask:
    """Work that has not been done yet; `report` is what it tells on the way."""

    work: Callable[[Any], Any]
    on_result: Callable[[Any], None]
    on_error: Callable[[str], None]
    on_progress: Callable[[Any], None]
    cancelled: bool = False

    def cancel(self) -> None:
        self.cancelled = True

    def checkpoint(self) -> None:
        if self.cancelled:
            raise MedSAMError("cancelled")

    def progress(self, value: Any) -> None:
        self.on_progress(value)


@dataclass
class FakeRunner:
    """Keeps tasks until a test lets them run."""

    tasks: list[FakeTask] = field(default_factory=list)

    def submit(self, work, onResult, onError, onProgress) -> FakeTask:
        self.tasks.append(FakeTask(work, onResult, onError, onProgress))
        return self.tasks[-1]

    @property
    def waiting(self) -> list[FakeTask]:
        return [task for task in self.tasks if not task.cancelled]

    def run_one(self) -> None:
        """Do the next task that nobody cancelled."""
        task = self.waiting[0]
        self.tasks = [other for other in self.tasks if other is not task]
        try:
            result = task.work(task)
        except MedSAMError as error:
            task.on_error(str(error))
        else:
            if not task.cancelled:
                task.on_result(result)

    def run_all(self) -> None:
        while self.waiting:
            self.run_one()


@dataclass
class FakeSlices:
    """Axial slices; the view "Red" shows slice `index`, "Beside" shows no slice."""

    array: np.ndarray = field(default_factory=bright_squares)
    index: int = 5
    level: float = 127.0
    read_keys: list[SliceKey] = field(default_factory=list)

    def current(self, view: str) -> SliceKey | None:
        return None if view == "Beside" else key_of(self.index)

    def others(self, view: str) -> list[SliceKey]:
        return []

    def read(self, key: SliceKey) -> SliceImage | None:
        self.read_keys.append(key)
        index = round(key.plane.affine[2, 3])
        if not 0 <= index < COUNT:
            return None
        return SliceImage(key, self.array[index].copy(), self.window())

    def window(self) -> tuple[float, float]:
        return (self.level, 255.0)

    def stack_size(self, key: SliceKey) -> tuple[int, int] | None:
        return round(key.plane.affine[2, 3]), COUNT

    def stack(self, key: SliceKey) -> SliceStack:
        volume = Volume(array=self.array.copy(), affine=AFFINE)
        return SliceStack(volume, "axial", self.stack_size(key)[0], COUNT)


@dataclass
class FakeModels:
    """One network, which is here or not."""

    network: Any = field(default_factory=BrightPixels)
    here: bool = True
    problem: str = ""

    def is_here(self, choice: ModelChoice) -> bool:
        return self.here

    def load(self, choice: ModelChoice) -> Any:
        if self.problem:
            raise MedSAMError(self.problem)
        return self.network

    def download(self, choice: ModelChoice, task: Any) -> None:
        task.progress(0.5)
        self.here = True


@dataclass
class FakePreview:
    """Remembers what is drawn."""

    masks: list[ShownMask] = field(default_factory=list)

    def show(self, masks) -> None:
        self.masks = list(masks)

    def clear(self) -> None:
        self.masks = []


@dataclass
class FakeSegments:
    """Remembers what is written."""

    written: list[list[ShownMask]] = field(default_factory=list)
    separate: list[bool] = field(default_factory=list)
    started: int = 0
    problem: str = ""

    def write(self, masks, separate: bool) -> str:
        if self.problem:
            raise MedSAMError(self.problem)
        self.written.append(list(masks))
        self.separate.append(separate)
        return "written"

    def start_next(self) -> None:
        self.started += 1

    def can_undo(self) -> bool:
        return bool(self.written)

    def undo(self) -> None:
        self.written.pop()
