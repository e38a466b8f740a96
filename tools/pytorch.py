"""PyTorch of the right kind: no gigabytes of CUDA packages for a machine without a GPU."""

from __future__ import annotations

import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from tools.errors import SetupError

if TYPE_CHECKING:
    from tools.environment import Environment

CPU_BUILD = "torch==2.13.0+cpu"
# torch 2.0 came with torchvision 0.15, and both have counted up together since.
TORCHVISION_AHEAD = 15


def ensure(environment: Environment, say: Callable[[str], None]) -> None:
    """Put torch and a torchvision of the same age there, and hold both where they are.

    A torch that is there already stays. Raises SetupError if none can be had.
    """
    environment.constraints.unlink(missing_ok=True)
    if environment.version_of("torch") is None:
        _install_torch(environment, say)
    torch = environment.version_of("torch")
    if torch is None:
        raise SetupError(_advice(environment))
    if environment.version_of("torchvision") is None:
        _install_torchvision(environment, torch)
    torchvision = environment.version_of("torchvision")
    say(f"  PyTorch {torch}, torchvision {torchvision}")
    environment.constraints.write_text(
        f"torch=={torch}\ntorchvision=={torchvision}\n", encoding="utf-8"
    )


def has_nvidia_gpu() -> bool:
    """Whether the driver of an NVIDIA GPU reports one."""
    if any(Path("/proc/driver/nvidia/gpus").glob("*")):
        return True
    program = shutil.which("nvidia-smi")
    if program is None:
        return False
    listed = subprocess.run([program, "-L"], capture_output=True, text=True)
    return listed.returncode == 0 and "GPU" in listed.stdout


def matching_torchvision(torch_version: str) -> str:
    """The requirement for the torchvision that was released with a torch version.

    >>> matching_torchvision("2.13.0+cpu")
    'torchvision==0.28.*'
    """
    found = re.match(r"2\.(\d+)\.", torch_version)
    return f"torchvision==0.{int(found[1]) + TORCHVISION_AHEAD}.*" if found else "torchvision"


def _install_torch(environment: Environment, say: Callable[[str], None]) -> None:
    if sys.platform != "linux" or has_nvidia_gpu():
        say(f"  installing PyTorch for {platform.system()} ...")
        environment.pip_install(["torch", "torchvision"])
        return
    say("  installing PyTorch for the CPU (about 200 MB) ...")
    if environment.pip_install([CPU_BUILD], quiet_failure=True):
        return
    say("    pip's own sources have no CPU build: asking uv, which knows where they are ...")
    if environment.pip_install(["uv"]):
        uv = ["-m", "uv", "pip", "install", "--quiet", "--python", str(environment.python)]
        environment.run([*uv, "--torch-backend=cpu", "torch", "torchvision"])


def _install_torchvision(environment: Environment, torch_version: str) -> None:
    """Without dependencies: its own would replace a CPU build of torch by a CUDA one."""
    if not environment.pip_install(["--no-deps", matching_torchvision(torch_version)]):
        raise SetupError("torchvision could not be installed; pip says why above. Run this again.")


def _advice(environment: Environment) -> str:
    return (
        "no CPU build of PyTorch could be had (network?). Put any build into the environment "
        f"yourself, for example the large one with '{environment.python} -m pip install torch', "
        "and run this again: it is kept."
    )
