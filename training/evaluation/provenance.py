"""Where numbers come from: machine, date, command, versions, model and seed."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Sequence
from datetime import datetime, timezone
from importlib.metadata import version
from pathlib import Path

from MedSAMLib import SamModel

PACKAGES = ("torch", "numpy", "scipy", "SimpleITK", "segment-anything")


def provenance(model: SamModel | None, module: str, arguments: Sequence[str], seed: int) -> dict:
    """What a reader needs to repeat a table. Names of models, never the machine's paths to them;
    None where no network was asked."""
    return {
        "date": datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
        "command": " ".join(("python -m", module, *arguments)),
        "seed": seed,
        "model": model
        and {
            "name": Path(model.name).name,
            "architecture": model.architecture,
            "sha256": model.model_id,
            "device": str(model.device),
        },
        "machine": {
            "system": f"{platform.system()} {platform.machine()}",
            "processor": processor(),
            "cores": os.cpu_count(),
            "python": platform.python_version(),
            **{name: version(name) for name in PACKAGES},
        },
    }


def processor() -> str:
    """The processor's name; Linux alone does not tell it through `platform`."""
    if sys.platform == "linux":
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor()
