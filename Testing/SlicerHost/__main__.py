"""Opens the host's window with a module, where there is a display, or takes a picture of it.

python -m Testing.SlicerHost MODULE.py [IMAGE] [--screenshot FILE.png]
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

_SETTLING_S = 3.0
_PLATFORMS = {"darwin": "cocoa", "win32": "windows"}


def main(arguments: list[str] | None = None) -> int:
    """Show the window until it is closed, or write its picture without a display."""
    parser = argparse.ArgumentParser(prog="python -m Testing.SlicerHost")
    parser.add_argument("module", type=Path, help="a scripted module")
    parser.add_argument("image", type=Path, nargs="?", help="a volume to show")
    parser.add_argument("--screenshot", type=Path, help="write a picture and end")
    options = parser.parse_args(arguments)
    if options.screenshot is None:
        os.environ.setdefault("QT_QPA_PLATFORM", _PLATFORMS.get(sys.platform, "wayland;xcb"))
    window = _shown_window(options.module.resolve(), options.image)
    if options.screenshot is not None:
        _settle()
        return 0 if window.grab().save(str(options.screenshot)) else 1
    import qt

    return qt.QApplication.exec_()


def _settle() -> None:
    """Let timers, layouts and the module's own work come to rest before a picture is taken."""
    import slicer

    end = time.monotonic() + _SETTLING_S
    while time.monotonic() < end:
        slicer.app.processEvents()
        time.sleep(0.01)


def _shown_window(module: Path, image: Path | None) -> object:
    from . import window
    from .modules.scripted_module import load_module

    main_window = window.start()
    import slicer.util

    load_module(module)
    main_window.show()
    slicer.util.selectModule(module.stem)
    if image is not None:
        volume = slicer.util.loadVolume(str(image))
        slicer.util.setSliceViewerLayers(background=volume, fit=True)
    slicer.app.processEvents()
    return main_window


if __name__ == "__main__":
    sys.exit(main())
