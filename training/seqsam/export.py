"""Write a trained head: half precision, only what training changed, and how it came about."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from safetensors.torch import save_file

from MedSAMLib.hypotheses.heads import Head, changed_weights, head_metadata
from MedSAMLib.sam import SamModel


def export_head(head: Head, model: SamModel, path: Path, record: Mapping) -> None:
    """Save `head`, made for `model`, to `path`; `record` tells of its training. Appears whole."""
    metadata = head_metadata(head.config, model.model_id, record)
    partial = path.with_name(f".{path.name}.part")
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file(changed_weights(head, model), partial, metadata=metadata)
    partial.chmod(0o644)  # safetensors makes it private
    partial.replace(path)
