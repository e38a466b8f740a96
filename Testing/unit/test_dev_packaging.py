"""What an installed package contains, shown on a wheel that is built here."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = ROOT / "SlicerMedSAM"


@pytest.fixture(scope="module")
def an_installed_copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the content of the wheel, as pip would lay it out."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
    shutil.copytree(SHIPPED, source / "SlicerMedSAM", ignore=ignored)
    for name in ("pyproject.toml", "setup.py", "README.md", "LICENSE.txt"):
        shutil.copy(ROOT / name, source)
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*pip, "--wheel-dir", str(folder), str(source)], check=True)
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as wheel:
        wheel.extractall(folder / "site")
    return folder / "site"


def relative_files(folder: Path, pattern: str) -> set[str]:
    found = folder.rglob(pattern)
    return {path.relative_to(folder).as_posix() for path in found if "__pycache__" not in str(path)}


def test_the_whole_library_is_packaged(an_installed_copy: Path):
    library = relative_files(SHIPPED / "MedSAMLib", "*.py")
    assert relative_files(an_installed_copy / "MedSAMLib", "*.py") == library


def test_the_models_are_packaged(an_installed_copy: Path):
    models = relative_files(SHIPPED / "Resources" / "Models", "*")
    assert relative_files(an_installed_copy / "MedSAMLib" / "Resources" / "Models", "*") == models


def test_nothing_else_lands_in_site_packages(an_installed_copy: Path):
    assert {path.name.split("-")[0] for path in an_installed_copy.iterdir()} == {
        "MedSAMLib",
        "slicermedsam",
    }


@pytest.mark.parametrize("layout", ["checkout", "wheel"])
def test_the_library_finds_its_models(layout: str, an_installed_copy: Path):
    folder = SHIPPED if layout == "checkout" else an_installed_copy
    code = "from MedSAMLib.sam.catalogue import bundled_folder; print(bundled_folder())"
    program = f"import sys; sys.path.insert(0, {str(folder)!r}); {code}"
    answer = subprocess.run(
        [sys.executable, "-I", "-c", program], capture_output=True, text=True, check=True
    )
    expected = "Resources/Models" if layout == "checkout" else "MedSAMLib/Resources/Models"
    assert Path(answer.stdout.strip()) == folder / expected


def test_dev_py_needs_nothing_but_python():
    """Its own files import in an interpreter that sees no installed package."""
    program = "import sys; sys.path.insert(0, '.'); import dev"
    subprocess.run([sys.executable, "-S", "-I", "-c", program], cwd=ROOT, check=True)
