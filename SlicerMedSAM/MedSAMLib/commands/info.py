"""`medsam info`: what there is to compute with, for the user and for bug reports."""

from __future__ import annotations

import argparse
import platform
import shutil
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from ..command_line import options, reporting
from ..errors import MedSAMError

if TYPE_CHECKING:
    import torch

PACKAGES = (
    "numpy",
    "scipy",
    "SimpleITK",
    "torch",
    "torchvision",
    "segment-anything",
    "safetensors",
    "openvino",
)


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Describe the command."""
    parser = subparsers.add_parser(
        "info",
        help="versions, device, model folder",
        description="Versions, device, and the models that are here. Add it to bug reports.",
    )
    parser.add_argument("--device", default="auto", help="as for 'segment' (default: auto)")
    options.add_reporting(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    """Print it."""
    from .. import __version__

    rows = [
        ("SlicerMedSAM", __version__),
        ("Python", f"{platform.python_version()} on {platform.platform()}"),
        *((name, _version(name)) for name in PACKAGES),
        *_device_rows(args.device),
        *_model_rows(),
    ]
    print(reporting.pairs(rows))


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"


def _device_rows(name: str) -> list[tuple[str, str]]:
    """An installation that does not import is told, not raised: that is what `info` is for."""
    try:
        import torch

        from ..sam import choose_device
        from ..sam.device import computes_bfloat16
        from ..sam.torchvision_operators import import_torchvision

        import_torchvision()
    except (ImportError, MedSAMError) as error:
        return [("device", f"none: {error}")]
    choice = choose_device(name)
    return [
        ("device", _device_text(choice.device)),
        ("threads", str(torch.get_num_threads())),
        ("bfloat16", "yes" if computes_bfloat16(choice.device) else "no"),
        ("encoder", _encoder_text(choice.device)),
    ]


def _encoder_text(device: torch.device) -> str:
    """What encodes images; the factors were measured with ViT-B on two cores."""
    from ..sam.engines.kept_encoders import HOW_TO_GET_IT, openvino_version

    if device.type != "cpu":
        return "PyTorch"
    if openvino_version():
        return "OpenVINO (large networks; PyTorch while they are converted), PyTorch (starter)"
    return f"PyTorch (OpenVINO would be about twice as fast with large networks: {HOW_TO_GET_IT})"


def _device_text(device: torch.device) -> str:
    import torch

    if device.type != "cuda":
        return device.type
    free, total = torch.cuda.mem_get_info(device)
    sizes = f"{reporting.size_text(free)} of {reporting.size_text(total)} free"
    return f"{device.type} ({torch.cuda.get_device_name(device)}, {sizes})"


def _model_rows() -> list[tuple[str, str]]:
    from ..sam import Store

    store = Store()
    rows = [
        ("model folder", str(store.folder)),
        ("free space", reporting.size_text(shutil.disk_usage(_existing(store.folder)).free)),
    ]
    for entry, state in store.listing():
        if store.path(entry).is_file():
            size = reporting.size_text(entry.bytes)
            if converted := store.converted_bytes(entry):
                size += f", converted for OpenVINO {reporting.size_text(converted)}"
            rows.append(("model", f"{entry.name} ({state.value}, {size})"))
    return rows


def _existing(folder: Path) -> Path:
    """The folder, or the one above it that is there already."""
    return next(each for each in (folder.absolute(), *folder.absolute().parents) if each.exists())
