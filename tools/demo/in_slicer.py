"""The page's section about Slicer's panel; its pictures are made in a process of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from PIL import Image

from MedSAMLib.geometry import axis_plane
from tools.host import HOST_VARIABLES

from .pictures import Figure
from .sections import Section, grid, note, paragraph
from .slicer_journey import PICTURES, Task
from .subject import Subject

ROOT = Path(__file__).resolve().parents[2]
LIMIT_S = 45
HOST_MODULES = ("slicer", "PySide6")
READABLE = (".nii", ".nii.gz", ".nrrd", ".nhdr")  # by the host
HEADING = "The same in 3D Slicer's panel (shown in the project's test host on Slicer's own core)"


def slicer_section(subject: Subject, window: tuple[float, float] | str, folder: Path) -> Section:
    """Draw the box in the panel and show that; one sentence instead where that fails."""
    trouble = _take_pictures(_task(subject, window, folder))
    if trouble is None:
        return _with_pictures(folder)
    for name in PICTURES:
        (folder / name).unlink(missing_ok=True)
    return Section(HEADING, note(f"The pictures could not be made: {trouble}."), is_step=False)


def panel_can_show(subject: Subject, model_name: str) -> bool:
    """Whether there is a box to draw in the axial red view, and nobody waits long for it.

    The host reads few formats, and networks larger than the starter take their time.
    """
    if model_name != "starter":
        return False
    name = "" if subject.volume.source is None else subject.volume.source.name.lower()
    has_box = subject.prompts.box is not None
    return has_box and subject.is_volume and subject.axis == "axial" and name.endswith(READABLE)


def _task(subject: Subject, window: tuple[float, float] | str, folder: Path) -> Task:
    plane = axis_plane(subject.volume, subject.axis, subject.index)
    x0, y0, x1, y1 = subject.prompts.box
    # Ends of a box are exclusive and centers of pixels integers: its edges are half a pixel off.
    pixels = np.array([(x0 - 0.5, y0 - 0.5, 0, 1), (x1 - 0.5, y1 - 0.5, 0, 1)])
    corners = (pixels @ plane.affine.T)[:, :3].tolist()
    chosen = None if window == "auto" else tuple(float(value) for value in window)
    return Task(str(subject.volume.source.resolve()), str(folder.resolve()), corners, chosen)


def _take_pictures(task: Task) -> str | None:
    """Run the journey; returns why there are no pictures, or None if there are."""
    if not all(find_spec(name) for name in HOST_MODULES):
        return "the packages slicer-core and PySide6 are not installed"
    command = [sys.executable, "-m", "tools.demo.slicer_journey", task.to_json()]
    told = {"capture_output": True, "text": True, "errors": "replace"}
    try:
        ended = subprocess.run(command, env=_variables(), cwd=ROOT, timeout=LIMIT_S, **told)
    except subprocess.TimeoutExpired:
        return f"the panel took longer than {LIMIT_S} s"
    except OSError as error:
        return f"the panel could not be started ({error.strerror})"
    if ended.returncode == 0:
        return None
    if ended.returncode < 0:
        return f"the panel's process was ended by signal {-ended.returncode}"
    return _last_line(ended.stderr) or f"the panel's process ended with {ended.returncode}"


def _variables() -> dict[str, str]:
    paths = [str(ROOT), str(ROOT / "SlicerMedSAM"), os.environ.get("PYTHONPATH", "")]
    search = os.pathsep.join(path for path in paths if path)
    return {**os.environ, **HOST_VARIABLES, "PYTHONPATH": search, "PYTHONUTF8": "1"}


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1].rstrip(".") if lines else ""


def _with_pictures(folder: Path) -> Section:
    figures = [
        _figure(
            folder / PICTURES[0],
            "The panel and the views after the box was drawn with the mouse",
            "The box was dragged with the mouse in the red view; the mask is there to be accepted "
            "or corrected.",
        ),
        _figure(
            folder / PICTURES[1],
            "The panel and the views after the mask was accepted",
            "Enter accepted it: the mask is now a segment of the scene.",
        ),
    ]
    html = paragraph(
        "This is the module MedSAM Segment at work on the same slice and box. It is not the "
        "application: scene and views are Slicer's own, and the window around them is the "
        "project's, made for its tests."
    )
    return Section(HEADING, html + grid("wide", figures), figures)


def _figure(path: Path, description: str, caption: str) -> Figure:
    with Image.open(path) as picture:
        return Figure(path.name, picture.convert("RGB"), description, caption)
