"""The running Python and Slicer, as `Dependencies` asks for them."""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
import sys
import sysconfig
import threading
from typing import Any

from .diagnosis import Facts, Graphics, Requirement


class SlicerEnvironment:
    """The real Python, Slicer's packaging and the PyTorch extension."""

    @property
    def sitePackages(self) -> str:
        """Where packages are installed."""
        return sysconfig.get_path("purelib")

    @property
    def pathsAreLimited(self) -> bool:
        """Whether this is a Windows with paths of 260 characters at most."""
        return sys.platform == "win32" and not _longPathsEnabled()

    def isOnMainThread(self) -> bool:
        """In Slicer, Python's main thread is Qt's."""
        return threading.current_thread() is threading.main_thread()

    def isPresent(self, module: str) -> bool:
        """Whether there is more than an empty folder of that name."""
        importlib.invalidate_caches()
        try:
            spec = importlib.util.find_spec(module)
        except (ImportError, ValueError):
            return False
        return spec is not None and spec.origin is not None

    def facts(self, requirement: Requirement) -> Facts:
        """Import it, and tell what came of it."""
        copies = importlib.metadata.distributions(name=requirement.package)
        versions = tuple(str(copy.version) for copy in copies)
        try:
            module = _imported(requirement.module)
        except Exception as error:
            return Facts(versions, importError=str(error) or type(error).__name__)
        return Facts(versions, isEmpty=getattr(module, "__file__", None) is None)

    def graphics(self) -> Graphics:
        """Ask PyTorch, which can be imported."""
        import torch

        cuda = torch.version.cuda or ""
        if not cuda or not torch.cuda.is_available():
            return Graphics(cuda)
        kernels = tuple(torch.cuda.get_arch_list())
        return Graphics(cuda, torch.cuda.get_device_capability(), kernels)

    def torchLogic(self) -> Any:
        """A PyTorchUtilsLogic of the PyTorch extension; None without the extension."""
        try:
            import PyTorchUtils
        except ImportError:
            return None
        return PyTorchUtils.PyTorchUtilsLogic()

    def pipInstall(self, requirements: list[str]) -> None:
        """Through Slicer's packaging; before Slicer 5.12 through slicer.util."""
        try:
            from slicer.packaging import pip_install
        except ImportError:
            from slicer.util import pip_install

            pip_install(requirements)
        else:
            pip_install(requirements, requester="MedSAM")


def _imported(module: str) -> Any:
    if module == "torchvision":
        # Without its compiled operators, too, it serves here.
        from MedSAMLib.sam.torchvision_operators import import_torchvision

        import_torchvision()
    return importlib.import_module(module)


def _longPathsEnabled() -> bool:
    import winreg

    place = r"SYSTEM\CurrentControlSet\Control\FileSystem"
    try:
        with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, place) as key:
            return winreg.QueryValueEx(key, "LongPathsEnabled")[0] == 1
    except OSError:
        return False
