"""Where the numbers of a run come from."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from datetime import datetime, timezone
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from training.evaluation.provenance import processor

PACKAGES = ("torch", "segment-anything", "transformers", "openvino", "numpy")


def origin(arguments: Sequence[str]) -> dict[str, Any]:
    """Date, command, machine and versions; the command is without the folder for work."""
    return {
        "date": datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
        "command": " ".join(("python -m Testing.benchmarks", *_told(arguments))),
        "machine": {
            "system": f"{platform.system()} {platform.machine()}",
            "processor": processor(),
            "cores": os.cpu_count(),
            "load": os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan"),
        },
        "versions": {name: found for name in PACKAGES if (found := _version(name))},
    }


def is_installed(package: str) -> bool:
    """Whether there is a package of this name; it is not imported."""
    return _version(package) is not None


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _told(arguments: Sequence[str]) -> list[str]:
    """Without paths of this machine."""
    told = list(arguments)
    if "--work" in told:
        place = told.index("--work")
        del told[place : place + 2]
    return told
