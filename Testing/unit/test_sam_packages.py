"""The packages that SAM needs: broken, missing or replaced by another of the same name."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from MedSAMLib.errors import MedSAMError
from MedSAMLib.sam import backbone

LIBRARY = Path(__file__).parents[2] / "SlicerMedSAM"

TORCHVISION_WITHOUT_OPERATORS = """
import torch
for name in ("nms", "qnms"):
    torch.library.register_fake(f"torchvision::{name}")(lambda *_: None)
"""


def in_python(code: str, folder: Path) -> subprocess.CompletedProcess:
    """Run code in a fresh interpreter where packages in `folder` come first."""
    paths = f"import sys; sys.path[:0] = [{str(folder)!r}, {str(LIBRARY)!r}]\n"
    return subprocess.run([sys.executable, "-c", paths + code], capture_output=True, text=True)


WITH_AND_WITHOUT_US = """
from MedSAMLib.sam.torchvision_operators import import_torchvision
try:
    import torchvision
except RuntimeError:
    print("fails", end=" ")
import_torchvision()
import_torchvision()
import torchvision
print(torchvision.__file__)
"""


@pytest.mark.timeout(240)  # a fresh interpreter imports torch
def test_torchvision_is_imported_without_its_operators(tmp_path):
    (tmp_path / "torchvision.py").write_text(TORCHVISION_WITHOUT_OPERATORS)
    answer = in_python(WITH_AND_WITHOUT_US, tmp_path)
    assert answer.stdout.startswith(f"fails {tmp_path}"), answer.stderr


def test_other_faults_of_torchvision_are_not_hidden(tmp_path):
    (tmp_path / "torchvision.py").write_text("raise RuntimeError('something else')")
    answer = in_python(
        "from MedSAMLib.sam.torchvision_operators import import_torchvision\nimport_torchvision()",
        tmp_path,
    )
    assert "RuntimeError: something else" in answer.stderr


OTHER_PACKAGES = {
    "missing": ("raise ModuleNotFoundError(name='segment_anything')", "is missing"),
    "another": ("", "is not Meta's Segment Anything"),
}


@pytest.mark.parametrize(("content", "told"), OTHER_PACKAGES.values(), ids=OTHER_PACKAGES)
def test_another_package_of_that_name_is_noticed(tmp_path, content, told):
    (tmp_path / "torchvision.py").write_text("")
    (tmp_path / "segment_anything.py").write_text(content)
    code = (
        "from MedSAMLib.errors import MedSAMError\n"
        "try:\n    import MedSAMLib.sam.backbone\n"
        "except MedSAMError as error:\n    print(error)"
    )
    answer = in_python(code, tmp_path)
    assert told in answer.stdout, answer.stderr
    assert "pip install segment-anything" in answer.stdout


def test_a_package_that_lacks_something_is_noticed(monkeypatch):
    backbone.check_package()
    monkeypatch.delattr(backbone.Sam, "postprocess_masks")
    monkeypatch.setitem(backbone.sam_model_registry, "vit_h", None)
    monkeypatch.delitem(backbone.sam_model_registry, "vit_b")
    with pytest.raises(MedSAMError, match=r"lacks Sam\.postprocess_masks, vit_b"):
        backbone.check_package()
