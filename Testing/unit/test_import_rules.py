"""The rules of the house about who imports whom, checked on the source."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULES = ROOT / "SlicerMedSAM"
LIBRARY = MODULES / "MedSAMLib"
BRIDGES = MODULES / "MedSAMSlicerLib"
TRAINING = ROOT / "training"

APPLICATION = {"slicer", "qt", "ctk", "vtk", "vtkmodules", "mrml", "PythonQt", "PySide6"}
HEAVY = ("torch", "torchvision", "segment_anything", "SimpleITK", "scipy")
ARITHMETIC_MODULES = {"numpy", "scipy", "torch", "math", "SimpleITK", "statistics"}
ARITHMETIC = (ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow, ast.MatMult)


def sources(folder: Path) -> list[Path]:
    """The Python files below `folder`, leaving out environments and what is built."""
    skipped = {"build", "dist", "__pycache__", "demo", "results", "runs"}
    return [
        path
        for path in sorted(folder.rglob("*.py"))
        if not any(p in skipped or p.startswith(".") for p in path.relative_to(folder).parts[:-1])
    ]


def module_files() -> list[Path]:
    """The files that Slicer loads as modules."""
    return sorted(MODULES.glob("MedSAM*.py"))


def imported(path: Path) -> set[str]:
    """The first names of all absolute imports of a file, in functions too."""
    return {name.partition(".")[0] for name in _imports(ast.parse(path.read_text("utf-8")))}


def _imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module


def offenders(paths: list[Path], forbidden: set[str]) -> dict[str, set[str]]:
    """Which of `paths` import something forbidden, and what."""
    found = {str(path.relative_to(ROOT)): imported(path) & forbidden for path in paths}
    return {path: names for path, names in found.items() if names}


def test_the_library_knows_nothing_of_the_application():
    assert sources(LIBRARY)
    assert offenders(sources(LIBRARY), APPLICATION | {"MedSAMSlicerLib"}) == {}


def test_the_bridges_never_import_a_module_file():
    assert offenders(sources(BRIDGES), {path.stem for path in module_files()}) == {}


def test_nobody_imports_the_training():
    own = [TRAINING, ROOT / "Testing" / "training", ROOT / "Testing" / "benchmarks"]
    others = [p for p in sources(ROOT) if not any(p.is_relative_to(folder) for folder in own)]
    assert offenders(others, {"training"}) == {}


def test_what_ships_never_imports_the_tests():
    assert offenders(sources(MODULES) + sources(TRAINING), {"Testing"}) == {}


@pytest.mark.parametrize("path", module_files(), ids=lambda path: path.name)
def test_module_files_hold_no_arithmetic(path):
    tree = ast.parse(path.read_text("utf-8"))
    assert imported(path) & ARITHMETIC_MODULES == set()
    operations = [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ARITHMETIC) and not _is_text(node)
    ]
    assert operations == []


def _is_text(node: ast.BinOp) -> bool:
    """`"..." % names` is no arithmetic."""
    return isinstance(node.left, (ast.Constant, ast.JoinedStr)) and isinstance(node.op, ast.Mod)


def _loaded_after(code: str) -> set[str]:
    command = f"import sys; sys.path.insert(0, {str(MODULES)!r})\n{code}\nprint(*sys.modules)"
    answer = subprocess.run([sys.executable, "-c", command], capture_output=True, text=True)
    assert answer.returncode == 0, answer.stderr
    return set(answer.stdout.split())


@pytest.mark.parametrize(
    "code",
    [
        "import MedSAMLib, MedSAMLib.sam; MedSAMLib.MedSAMError",
        "from MedSAMLib.sam import Store, find_entry; Store('nowhere').listing()",
    ],
    ids=["the library", "the model folder"],
)
def test_importing_loads_nothing_heavy(code):
    assert _loaded_after(code).isdisjoint(HEAVY)


def test_every_public_name_can_be_imported():
    import MedSAMLib
    import MedSAMLib.sam

    for package in (MedSAMLib, MedSAMLib.sam):
        for name in dir(package):
            assert getattr(package, name) is not None
        with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
            _ = package.nonsense
