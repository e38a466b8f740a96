"""The worker's thread never touches the scene: only arrays go into it and come out."""

from __future__ import annotations

import sys
import threading
import time

import numpy as np
import pytest

from MedSAMLib.images import to_uint8
from MedSAMSlicerLib.preview import MaskPreview
from MedSAMSlicerLib.slices import networkWindow, slicePlane
from MedSAMSlicerLib.worker import Worker
from Testing.mrml import bridge_scenes as scenes

SHAPE = (5, 20, 30)


class Timer:
    """Stands for qt.QTimer where there is no Qt: the test calls `poll` itself."""

    def connect(self, signal, slot) -> None: ...

    def start(self, milliseconds) -> None: ...

    def stop(self) -> None: ...


def vtk_calls(record: list[str]):
    """A profiling function that records every call of a method of a VTK or MRML object."""

    def profile(frame, event, argument):
        if event == "c_call" and hasattr(getattr(argument, "__self__", None), "GetClassName"):
            record.append(argument.__name__)

    return profile


def bright(image: np.ndarray, window) -> np.ndarray:
    """Stands for the network."""
    return to_uint8(image, window) > 127


def test_a_click_runs_from_the_scene_to_the_thread_and_back(scene):
    array = np.zeros(SHAPE, np.int16)
    array[2, 5:10, 5:20] = 100
    volume = scenes.add_volume(array)
    plane = slicePlane(scenes.add_axis_view("Axial", (0, 0, 2)), volume)
    preview, touched, places = MaskPreview(scene), [], {}

    image, window = plane.image(), networkWindow(volume)

    def work(task):
        sys.setprofile(vtk_calls(touched))
        try:
            places["work"] = threading.get_ident()
            return plane.voxels(bright(image, window))
        finally:
            sys.setprofile(None)

    def show(result):
        places["callback"] = threading.get_ident()
        preview.showVoxels(*result, volume)

    worker = Worker(Timer())
    worker.submit(work, show, onError=pytest.fail)
    end = time.monotonic() + 20
    while worker.busy and time.monotonic() < end:
        worker.poll()
    assert worker.stop()
    assert places["work"] != threading.get_ident() == places["callback"]
    assert touched == []
    np.testing.assert_array_equal(scenes.segment_array(preview.node, "Mask", volume), array > 0)


def test_the_recorder_of_calls_does_record(scene):
    touched = []
    sys.setprofile(vtk_calls(touched))
    scene.GetNumberOfNodes()
    sys.setprofile(None)
    assert touched == ["GetNumberOfNodes"]
