"""Opening a module in Slicer must not take the time that PyTorch takes to import."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

MODULES = Path(__file__).parents[2] / "SlicerMedSAM"
# SciPy itself is light; it loads its parts when they are asked for.
HEAVY = {"torch", "torchvision", "segment_anything", "SimpleITK", "scipy.ndimage", "scipy.stats"}
# Slicer's translations are not in the slicer-core wheel.
TRANSLATION = "import sys, types\nsys.modules['slicer.i18n'] = types.SimpleNamespace(tr=str)\n"
FILES = sorted(path.stem for path in (MODULES / "MedSAMSlicerLib").glob("[a-z]*.py"))


@pytest.mark.timeout(180)
def test_no_bridge_imports_anything_heavy():
    imports = "".join(f"import MedSAMSlicerLib.{name}\n" for name in FILES)
    code = f"{TRANSLATION}sys.path.insert(0, {str(MODULES)!r})\n{imports}print(*sys.modules)"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert answer.returncode == 0, answer.stderr
    assert HEAVY.isdisjoint(answer.stdout.split())
