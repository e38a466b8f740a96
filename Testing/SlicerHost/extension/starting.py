"""Starts all modules of a folder in the host, and reports in JSON; a program of its own.

python -m Testing.SlicerHost.extension.starting FOLDER
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[3]
LIMIT_S = 120

# What the start of a module must not wait for.
HEAVY = frozenset(
    [
        "torch",
        "torchvision",
        "segment_anything",
        "safetensors",
        "SimpleITK",
        "ray",
        "scipy.ndimage",
        "scipy.stats",
    ]
)


def start_in_own_process(folder: Path) -> dict[str, Any]:
    """What `start_all` reports; RuntimeError with the traceback if it fails."""
    command = [sys.executable, "-m", f"{__package__}.starting", str(folder)]
    variables = {**os.environ, "PYTHONPATH": str(ROOT)}
    answer = subprocess.run(
        command, cwd=ROOT, env=variables, capture_output=True, text=True, timeout=LIMIT_S
    )
    if answer.returncode != 0:
        raise RuntimeError(answer.stderr)
    return json.loads(answer.stdout.splitlines()[-1])


def start_all(folder: Path) -> dict[str, Any]:
    """Load every script beside `folder`'s packages as a module, open it and leave it."""
    from .. import window
    from ..messages import trouble

    window.start().show()
    before = set(sys.modules)
    modules = [_start(path) for path in sorted(folder.glob("*.py"))]
    new = set(sys.modules) - before
    return {
        "modules": modules,
        "errors": trouble.errors,
        "heavy": sorted(new & HEAVY),
        "foreign": sorted(filter(None, (_file_outside(folder, name) for name in new))),
    }


def _start(path: Path) -> dict[str, Any]:
    import slicer.util

    from ..modules.scripted_module import load_module

    begun = time.perf_counter()
    module = load_module(path)
    loaded = time.perf_counter()
    slicer.util.selectModule(module.name)
    slicer.app.processEvents()
    opened = time.perf_counter()
    return {
        "name": module.name,
        "title": module.title,
        "has_icon": not module.icon.isNull(),
        "has_panel": module.widget.panel is not None,
        "load_ms": round(1e3 * (loaded - begun), 1),
        "open_ms": round(1e3 * (opened - loaded), 1),
    }


def _file_outside(folder: Path, name: str) -> str | None:
    """The file of one of our own modules that came from elsewhere."""
    if not name.startswith("MedSAM"):
        return None
    file = getattr(sys.modules[name], "__file__", None)
    return None if file is None or Path(file).is_relative_to(folder) else file


if __name__ == "__main__":
    print(json.dumps(start_all(Path(sys.argv[1]).resolve())))
