"""What a program leaves behind: memory, nodes, observers, threads, timers, open files, widgets."""

from __future__ import annotations

import gc
import os
import threading
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import shiboken6
import slicer
from PySide6 import QtCore, QtGui, QtWidgets


@dataclass(frozen=True)
class Traces:
    """Counts that must be the same before and after."""

    nodes: int
    observed: int
    threads: int
    timers: int
    widgets: int
    shortcuts: int
    files: int

    def more_than(self, before: Traces) -> dict[str, int]:
        """What there is more of than before."""
        grown = {name: getattr(self, name) - count for name, count in vars(before).items()}
        return {name: count for name, count in grown.items() if count > 0}


def traces() -> Traces:
    """The counts now, after what is pending is done."""
    _wake_up()
    settle()
    widgets = QtWidgets.QApplication.allWidgets()
    return Traces(
        nodes=slicer.mrmlScene.GetNumberOfNodes(),
        observed=sum(observer_counts().values()),
        threads=threading.active_count(),
        timers=sum(_alive(each) and each.isActive() for each in gc_objects(QtCore.QTimer)),
        widgets=len(widgets),
        shortcuts=sum(_alive(each) for each in gc_objects(QtGui.QShortcut)),
        files=len(list(Path("/proc/self/fd").iterdir())) if Path("/proc/self/fd").exists() else 0,
    )


def _wake_up() -> None:
    """The host's widgets let go of what is deleted at the scene's next event: here it is."""
    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLTextNode")
    slicer.mrmlScene.RemoveNode(node)


def settle() -> None:
    """Let deferred deletions and the collector do their work."""
    for _round in range(3):
        slicer.app.processEvents()
        QtCore.QCoreApplication.sendPostedEvents(None, QtCore.QEvent.Type.DeferredDelete)
        gc.collect()


def gc_objects(kind: type) -> list[Any]:
    """All living Python objects of a class."""
    return [each for each in gc.get_objects() if isinstance(each, kind)]


def _alive(each: Any) -> bool:
    """Whether Qt's side of the object is still there."""
    return shiboken6.isValid(each)


def observer_counts() -> Counter[str]:
    """Class of node -> observers of the scene, its nodes and the slice views."""
    counts: Counter[str] = Counter()
    for each in _observed_objects():
        counts[each.GetClassName()] += _observers(each)
    return counts


def _observed_objects() -> list[Any]:
    scene = slicer.mrmlScene
    nodes = [scene.GetNthNode(n) for n in range(scene.GetNumberOfNodes())]
    manager = slicer.app.layoutManager()
    views = [manager.sliceWidget(name).sliceView() for name in manager.sliceViewNames()]
    return [scene, *nodes, *(view.interactor() for view in views)]


def _observers(target: Any) -> int:
    """How many observers an object has: the tags given out so far that have a command."""
    newest = target.AddObserver("NoEvent", lambda *_: None)
    target.RemoveObserver(newest)
    return sum(target.GetCommand(tag) is not None for tag in range(1, newest))


def resident_bytes() -> int:
    """Memory of this process that is in RAM (Linux)."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")
