"""Whether what a page links to is there; nothing is asked of the network."""

from __future__ import annotations

import urllib.parse
from pathlib import Path

from tools.docs.page import Page

ELSEWHERE = ("http://", "https://", "mailto:")


def broken_links(page: Page) -> list[str]:
    """The page's links to files and headings that are not there."""
    return [target for target in page.links if not _leads_somewhere(page, target)]


def _leads_somewhere(page: Page, target: str) -> bool:
    if target.startswith(ELSEWHERE):
        return True
    place, _, anchor = urllib.parse.unquote(target).partition("#")
    path = (page.path.parent / place).resolve() if place else page.path
    if not path.exists():
        return False
    return not anchor or anchor in _anchors(page, path)


def _anchors(page: Page, path: Path) -> set[str]:
    other = page if path == page.path else Page(path)
    return other.anchors if path.suffix == ".md" else set()
