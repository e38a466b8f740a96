"""A Markdown page taken apart: headings, links, pictures, blocks of code, quotations."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token


@dataclass(frozen=True)
class Block:
    """A fenced block: `language` and further words of its first line, and the line it begins at."""

    language: str
    marks: tuple[str, ...]
    text: str
    line: int


@dataclass(frozen=True)
class Page:
    """A file; everything else is read from it when it is asked for."""

    path: Path

    @cached_property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def tokens(self) -> list[Token]:
        """What the parser makes of it."""
        return MarkdownIt("commonmark").enable("table").parse(self.text)

    @cached_property
    def headings(self) -> list[str]:
        """Their texts, without marks."""
        after = zip(self.tokens, self.tokens[1:], strict=False)
        return [_plain(t) for before, t in after if before.type == "heading_open"]

    @cached_property
    def anchors(self) -> set[str]:
        """What can stand after # in a link to this page, as GitHub makes it of the headings."""
        found: dict[str, int] = {}
        anchors = set()
        for heading in self.headings:
            name = anchor_of(heading)
            anchors.add(f"{name}-{found[name]}" if name in found else name)
            found[name] = found.get(name, 0) + 1
        return anchors

    @cached_property
    def blocks(self) -> list[Block]:
        """The fenced blocks in their order."""
        fences = [token for token in self.tokens if token.type == "fence"]
        return [_block(token) for token in fences]

    @cached_property
    def links(self) -> list[str]:
        """Targets of links and pictures."""
        return [
            str(target)
            for token in self._inline()
            for name in ("href", "src")
            if (target := token.attrGet(name)) is not None
        ]

    @cached_property
    def code(self) -> list[str]:
        """What stands between backticks, without the blocks."""
        return [token.content for token in self._inline() if token.type == "code_inline"]

    @cached_property
    def bold(self) -> list[str]:
        """What is set in bold: in the tutorials the names of buttons and fields."""
        found = re.findall(r"\*\*([^*]+)\*\*", _without_code(self.text))
        return [" ".join(text.split()) for text in found]

    @cached_property
    def quotations(self) -> list[str]:
        """The paragraphs of block quotes, each as one line: what the program says."""
        quoted, depth = [], 0
        for token in self.tokens:
            depth += {"blockquote_open": 1, "blockquote_close": -1}.get(token.type, 0)
            if depth and token.type == "inline":
                quoted.append(_plain(token))
        return quoted

    def _inline(self) -> Iterator[Token]:
        for token in self.tokens:
            yield from token.children or ()


def anchor_of(heading: str) -> str:
    """GitHub's name for a heading."""
    kept = re.sub(r"[^\w\- ]", "", heading.strip().lower())
    return kept.replace(" ", "-")


def _plain(inline: Token) -> str:
    parts = (" " if t.type == "softbreak" else t.content for t in inline.children or ())
    return "".join(parts)


def _block(token: Token) -> Block:
    words = token.info.split()
    return Block(words[0] if words else "", tuple(words[1:]), token.content, token.map[0] + 1)


def _without_code(text: str) -> str:
    return re.sub(r"```.*?```|`[^`]*`", "", text, flags=re.DOTALL)
