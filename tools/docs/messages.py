"""Whether the program can say what a page quotes.

The sentences are taken from the source: plain texts, f-strings and templates of `str.format`, in
which what is filled in stands for anything. Constants of the same file are put in.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tools.docs.pages import ROOT

SOURCES = ROOT / "SlicerMedSAM"
FEWEST_LETTERS = 12  # of a template, beside what is filled in
MOST_FILLED = 0.3  # of a quotation's letters, so that no template of little text fits everything
FILLED = "\0"
_PLACE = re.compile(r"\{[^{}]*\}")


def can_be_said(sentence: str) -> bool:
    """Whether a text of the source is this sentence, or it with `...` for what is filled in."""
    wanted = " ".join(sentence.split())
    matches = (pattern.fullmatch(wanted) for pattern in _patterns())
    return any(_letters(*m.groups()) <= MOST_FILLED * _letters(wanted) for m in matches if m)


def labels() -> set[str]:
    """Everything short that the panels show: texts of the .ui files and of the source."""
    shown = {text for text in _texts() if FILLED not in text and len(text) < 80}
    for path in (SOURCES / "Resources" / "UI").glob("*.ui"):
        shown |= set(re.findall(r"<string[^>]*>([^<]*)</string>", path.read_text("utf-8")))
    return {text.replace("&amp;", "&") for text in shown}


@cache
def _patterns() -> list[re.Pattern[str]]:
    texts = {" ".join(text.replace("`", "").split()) for text in _texts()}
    return [
        re.compile("(.+?)".join(re.escape(part) for part in text.split(FILLED)))
        for text in texts
        if _letters(text) >= FEWEST_LETTERS
    ]


def _letters(*texts: str) -> int:
    return sum(len(re.sub(r"\W", "", text)) for text in texts)


@cache
def _texts() -> frozenset[str]:
    return frozenset(text for path in SOURCES.rglob("*.py") for text in _texts_of(path))


def _texts_of(path: Path) -> Iterator[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    constants = {
        node.targets[0].id: text
        for node in tree.body
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and (text := _text(node.value)) is not None
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield _PLACE.sub(FILLED, node.value)
        elif isinstance(node, ast.JoinedStr):
            yield "".join(_part(value, constants) for value in node.values)
        elif (template := _template(node)) is not None:
            yield _PLACE.sub(FILLED, _filled_in(template, node.keywords, constants))


def _text(node: ast.expr) -> str | None:
    """Of a literal, also of one that is to be translated."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and len(node.args) == 1:
        node = node.args[0]
    is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
    return node.value if is_text else None


def _template(node: ast.AST) -> str | None:
    """What `format` is called of."""
    is_format = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    return _text(node.func.value) if is_format and node.func.attr == "format" else None


def _filled_in(template: str, values: list[ast.keyword], constants: dict[str, str]) -> str:
    for each in values:
        if isinstance(each.value, ast.Name) and each.value.id in constants:
            template = template.replace(f"{{{each.arg}}}", constants[each.value.id])
    return template


def _part(value: ast.expr, constants: dict[str, str]) -> str:
    if isinstance(value, ast.Constant):
        return str(value.value)
    name = value.value
    return constants.get(name.id, FILLED) if isinstance(name, ast.Name) else FILLED
