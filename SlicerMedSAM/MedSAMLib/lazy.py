"""Names of a package that are imported when first used.

`import MedSAMLib` must take no time inside Slicer, and PyTorch alone takes seconds to import.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import Any


def lazy_names(package: str, homes: Mapping[str, str]) -> Callable[[str], Any]:
    """A module-level `__getattr__` (PEP 562) for `package`.

    `homes` gives for each public name the module, relative to `package`, that defines it; a
    submodule that is itself public has its own name as home.
    """

    def find(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        home = homes[name]
        module = importlib.import_module(f"{package}.{home}")
        return module if home == name else getattr(module, name)

    return find
