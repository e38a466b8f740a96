"""Plays a tutorial about a panel from its first step to its last."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tools.tutorials.tutorial import ROOT, Tutorial, picture_of

FRONT = ROOT / "docs" / "pictures"
FRONT_NAMES = {
    "MedSAMSegment": "segment-panel.png",
    "MedSAMHypotheses": "hypotheses-panel.png",
    "MedSAMQuality": "quality-panel.png",
    "MedSAMUpsample": "upsample-panel.png",
}


def play(tutorial: Tutorial, stage: Any, after: Callable[[int], None] | None = None) -> None:
    """Do each step, and then `after(number)`, counted from 1; the module is closed at the end."""
    try:
        for number, step in enumerate(tutorial.steps, start=1):
            step.work(stage)
            if after is not None:
                after(number)
    finally:
        stage.close()


def taking_pictures(name: str, tutorial: Tutorial, stage: Any) -> Callable[[int], None]:
    """What takes a picture after each step."""

    def take(number: int) -> None:
        path = picture_of(name, number)
        path.parent.mkdir(exist_ok=True)
        stage.take_picture(path)
        print(f"{name}, step {number}: {path.relative_to(ROOT)}", flush=True)
        if number == tutorial.front:
            shutil.copyfile(path, FRONT / FRONT_NAMES[tutorial.module])

    return take


def play_alone(name: str, folder: Path, pictures: bool) -> None:
    """Play in a process of its own, which this changes for good."""
    from Testing.SlicerHost import window  # first: it sets the environment for slicer and PySide6

    main_window = window.start()
    from Testing.SlicerHost.window.user import User
    from tools.tutorials.stage import WINDOW, Stage
    from tools.tutorials.tutorial import load_tutorial

    main_window.resize(*WINDOW)
    main_window.show()
    main_window.activateWindow()
    tutorial = load_tutorial(name)
    stage = Stage(tutorial.module, main_window, User(), folder)
    if pictures:
        play(tutorial, stage, taking_pictures(name, tutorial, stage))
    else:
        play(tutorial, stage)
