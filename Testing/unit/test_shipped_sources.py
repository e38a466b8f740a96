"""What the Extensions Index asks of sources, checked on every file that ships."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest

SHIPPED = Path(__file__).parents[2] / "SlicerMedSAM"
BRIDGES = SHIPPED / "MedSAMSlicerLib"
MODULES = sorted(SHIPPED.glob("*.py"))
SOURCES = [path for path in sorted(SHIPPED.rglob("*.py")) if "__pycache__" not in path.parts]
SLICER = {"slicer", "qt", "ctk", "vtk", "vtkmodules", "SimpleITK", "numpy", "scipy"}
OWN = {"MedSAMLib", "MedSAMSlicerLib"}
DECLARATIONS = (
    ast.Import,
    ast.ImportFrom,
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.ClassDef,
    ast.Assign,
    ast.AnnAssign,
)
# `python -m MedSAMLib`, a package that is only importable with a little help, the program that
# converts in a process of its own, and Slicer's translation where there is a Slicer.
ACTS_WHEN_IMPORTED = {
    "MedSAMLib/__main__.py",
    "MedSAMLib/sam/backbone.py",
    "MedSAMLib/sam/engines/converting.py",
    "MedSAMSlicerLib/translation.py",
}
NETWORK = {
    "aiohttp", "ftplib", "http", "httpx", "imaplib", "poplib", "requests", "smtplib", "socket",
    "socketserver", "ssl", "telnetlib", "urllib3", "websocket", "websockets", "xmlrpc",
}  # fmt: skip
THE_DOWNLOAD = "MedSAMLib/sam/downloading.py"
QT_NETWORK = re.compile(r"\bQ(Network|TcpSocket|UdpSocket|WebSocket|DesktopServices)")
# Two words: what a user would read. Names of signals have no blank.
PROSE = re.compile(r"[A-Za-z]{2,}[,:]? +[A-Za-z{]")
SHOWN = {"text", "title", "toolTip", "windowTitle", "placeholderText", "accessibleName"}
SHOWING = re.compile(r"set(Text|ToolTip|WindowTitle|AccessibleName|HorizontalHeaderLabels)|addItem")
MADE_WITH_TEXT = {"QLabel", "QPushButton", "QCheckBox"}
READ_BY_USERS = {"MedSAMError", "UsageError"}
TRANSLATORS = {"_", "tr", "translate"}


def name(path: Path) -> str:
    return path.relative_to(SHIPPED).as_posix()


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def roots(node: ast.AST) -> Iterator[str]:
    """The packages that an import statement names; none for a relative one."""
    if isinstance(node, ast.Import):
        yield from (alias.name.partition(".")[0] for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and not node.level:
        yield node.module.partition(".")[0]


def at_file_scope(path: Path) -> list[ast.stmt]:
    return [node for node in tree_of(path).body if not _is_text(node) and not _is_for_types(node)]


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _is_for_types(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_importing_a_file_only_declares(path):
    acts = [n.lineno for n in at_file_scope(path) if not isinstance(n, DECLARATIONS)]
    assert not acts or name(path) in ACTS_WHEN_IMPORTED


@pytest.mark.parametrize("path", [*MODULES, *sorted(BRIDGES.rglob("*.py"))], ids=name)
def test_what_slicer_loads_imports_only_what_slicer_has(path):
    imported = {root for node in at_file_scope(path) for root in roots(node)}
    assert imported - SLICER - OWN - sys.stdlib_module_names == set()


def test_only_the_download_of_models_speaks_to_the_network():
    speaking = {}
    for path in SOURCES:
        used = {root for node in ast.walk(tree_of(path)) for root in roots(node)} & NETWORK
        asked = {n.module for n in ast.walk(tree_of(path)) if isinstance(n, ast.ImportFrom)}
        if used or "urllib.request" in asked | set(_plain_imports(path)):
            speaking[name(path)] = used
    assert set(speaking) == {THE_DOWNLOAD}


def _plain_imports(path: Path) -> Iterator[str]:
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_no_file_uses_qts_network(path):
    assert not QT_NETWORK.search(path.read_text(encoding="utf-8"))


def test_pytorch_is_never_installed_by_pip_directly():
    text = (BRIDGES / "dependencies.py").read_text(encoding="utf-8")
    assert "installTorch" in text
    for path in SOURCES:
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("pip_install"):
                assert "torch" not in ast.unparse(node).replace("torchvision", "torch")


class _Untranslated(ast.NodeVisitor):
    """Finds prose that is shown without a translator around it."""

    def __init__(self) -> None:
        self.found: list[str] = []

    def visit_Assign(self, node: ast.Assign) -> None:
        for target in node.targets:
            if isinstance(target, ast.Attribute) and target.attr in SHOWN:
                self._look(node.value)

    def visit_Call(self, node: ast.Call) -> None:
        called = ast.unparse(node.func).rpartition(".")[2]
        is_pop_up = called.endswith("Display") and called != "delayDisplay"
        if is_pop_up or SHOWING.fullmatch(called) or called in MADE_WITH_TEXT:
            for argument in node.args:
                self._look(argument)
        self.generic_visit(node)

    def visit_Raise(self, node: ast.Raise) -> None:
        if isinstance(node.exc, ast.Call) and ast.unparse(node.exc.func) in READ_BY_USERS:
            self._look(node.exc)

    def _look(self, node: ast.AST) -> None:
        if isinstance(node, ast.Call) and ast.unparse(node.func) in TRANSLATORS:
            return
        if isinstance(node, ast.Constant) and PROSE.search(str(node.value)):
            self.found.append(f"{node.lineno}: {node.value}")
        for child in ast.iter_child_nodes(node):
            self._look(child)


@pytest.mark.parametrize(
    "path",
    [p for p in [*MODULES, *sorted(BRIDGES.rglob("*.py"))] if "self_test" not in p.parts],
    ids=name,
)
def test_what_users_read_can_be_translated(path):
    visitor = _Untranslated()
    visitor.visit(tree_of(path))
    assert visitor.found == []


@pytest.mark.parametrize("path", sorted(SHIPPED.rglob("*.ui")), ids=name)
def test_texts_of_forms_are_translated_and_names_are_not(path):
    for prop in ElementTree.parse(path).iter("property"):
        string = prop.find("string")
        if string is None or not string.text:
            continue
        is_name = prop.get("name", "").startswith("SlicerParameter")
        assert (string.get("notr") == "true") is is_name, string.text


@pytest.mark.parametrize(
    ("source", "count"),
    [
        ("label.text = 'Choose a volume'", 1),
        ("label.text = _('Choose a volume')", 0),
        ("label.text = _('{n} masks of this').format(n=3)", 0),
        ("label.text = f'{title}: {name}'", 0),
        ("label.setToolTip('What it does')", 1),
        ("slicer.util.errorDisplay('It did not work')", 1),
        ("raise MedSAMError(f'{name} has no image.')", 1),
        ("raise ValueError('cut, or too large')", 0),
        ("node.SetName('MedSAM preview')", 0),
    ],
)
def test_the_search_for_untranslated_texts_finds_them(source, count):
    visitor = _Untranslated()
    visitor.visit(ast.parse(source))
    assert len(visitor.found) == count
