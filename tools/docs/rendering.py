"""The documents as HTML pages, and the reference of the library from its docstrings by pdoc."""

from __future__ import annotations

import argparse
import importlib
import os
import pkgutil
import re
import shutil
from collections.abc import Iterator
from html import escape
from pathlib import Path
from string import Template

from markdown_it import MarkdownIt

from tools.docs.links import ELSEWHERE
from tools.docs.page import Page, anchor_of
from tools.docs.pages import ROOT, pages

REFERENCE, COMMANDS = "reference", "medsam.html"
PACKAGES = ("MedSAMLib", "training")
TEMPLATE = Template((Path(__file__).parent / "page.html").read_text(encoding="utf-8"))
_HEADING = re.compile(r"<(h[1-6])>(.*?)</\1>")
_TO_PAGE = re.compile(r'href="([^":]+)\.md(#[^"]*)?"')


def render(folder: Path, reference: bool = True) -> Path:
    """Write everything into `folder`, which is made anew; returns the first page."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for page in pages():
        _write(page, folder)
    for path in _linked_files():
        target = folder / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    _write_html(folder / COMMANDS, "The command medsam", command_line_html(), folder)
    if reference:
        _write_reference(folder / REFERENCE)
    return folder / "docs" / "README.html"


def html_of(page: Page) -> str:
    """The body of a page: headings can be linked to, links to pages lead to their HTML."""
    html = MarkdownIt("commonmark").enable("table").render(page.text)
    html = _HEADING.sub(_with_anchor, html)
    return _TO_PAGE.sub(lambda m: f'href="{m[1]}.html{m[2] or ""}"', html)


def command_line_html() -> str:
    """What every command's --help says."""
    from MedSAMLib.cli import build_parser

    parts = ["<h1>The command medsam</h1>"]
    for parser in _with_inner(build_parser()):
        parts.append(f'<h2 id="{anchor_of(parser.prog)}">{escape(parser.prog)}</h2>')
        parts.append(f"<pre>{escape(parser.format_help())}</pre>")
    return "\n".join(parts)


def _with_inner(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    yield parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for inner in action.choices.values():
                yield from _with_inner(inner)


def _with_anchor(found: re.Match[str]) -> str:
    level, text = found.groups()
    plain = re.sub(r"<[^>]+>|&\w+;", "", text)
    return f'<{level} id="{anchor_of(plain)}">{text}</{level}>'


def _write(page: Page, folder: Path) -> None:
    target = (folder / page.path.relative_to(ROOT)).with_suffix(".html")
    title = page.headings[0] if page.headings else page.path.stem
    _write_html(target, title, html_of(page), folder)


def _write_html(target: Path, title: str, body: str, folder: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    home = os.path.relpath(folder, target.parent).replace(os.sep, "/")
    values = {"title": escape(title), "body": body, "home": home}
    links = {"reference": f"{REFERENCE}/MedSAMLib.html", "commands": COMMANDS}
    target.write_text(TEMPLATE.substitute(values, **links), encoding="utf-8")


def _linked_files() -> set[Path]:
    """Pictures, scripts and the like that pages show or link to."""
    found = {
        (page.path.parent / target).resolve()
        for page in pages()
        for target in page.links
        if not target.startswith(("#", *ELSEWHERE))
    }
    return {path for path in found if path.is_file() and path.suffix != ".md"}


def _write_reference(folder: Path) -> None:
    import pdoc

    for package in PACKAGES:
        _load_lazy_names(package)
    pdoc.render.configure(docformat="google", search=True, show_source=True)
    pdoc.pdoc(*PACKAGES, output_directory=folder)


def _load_lazy_names(name: str) -> None:
    """Of a package and those in it: pdoc looks only at what is there already."""
    package = importlib.import_module(name)
    for each in getattr(package, "__all__", ()):
        vars(package).setdefault(each, getattr(package, each))
    for inner in pkgutil.iter_modules(package.__path__, f"{name}."):
        if inner.ispkg:
            _load_lazy_names(inner.name)
