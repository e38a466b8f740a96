"""Write the weights that ship: half precision, one file, all that is needed to load them."""

from __future__ import annotations

import json
from pathlib import Path

from safetensors.torch import save_file

from MedSAMLib.sam.backbone import Sam
from MedSAMLib.sam.starter import StarterConfig


def export_starter(sam: Sam, config: StarterConfig, path: Path, record: dict) -> None:
    """Save `sam` to `path` in half precision, with its shape and the training record.

    The metadata keys are "config" and "training", both JSON.
    """
    weights = {name: value.half().contiguous().cpu() for name, value in sam.state_dict().items()}
    metadata = {
        "architecture": "starter",
        "config": json.dumps(config.to_dict()),
        "training": json.dumps(record),
    }
    partial = path.with_name(f".{path.name}.part")
    save_file(weights, partial, metadata=metadata)
    partial.chmod(0o644)  # safetensors makes it private
    partial.replace(path)
