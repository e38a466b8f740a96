"""Small pieces of HTML. Everything that is passed in as text is escaped here."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

from .colors import score_color

NONE = "–"


@dataclass(frozen=True)
class Cell:
    """One cell of a table: what is shown, and what it is sorted by.

    `value` None sorts behind everything else. `html` is trusted: made by functions of this
    package, which escape what is in it.
    """

    html: str
    value: float | str | None = None
    is_number: bool = False


def words(text: object) -> Cell:
    """A cell with text."""
    return Cell(escape(str(text)), str(text))


def number(value: float, digits: int = 0) -> Cell:
    """A cell with a number, `–` for nan."""
    return Cell(decimal(value, digits), None if math.isnan(value) else float(value), True)


def score_cell(score: float) -> Cell:
    """A cell with a score and its bar."""
    return Cell(score_bar(score), None if math.isnan(score) else float(score), True)


def link(address: str, text: str) -> Cell:
    """A cell with a link to a place on this page or a file beside it."""
    return Cell(f'<a href="{escape(address)}">{escape(text)}</a>', text)


def decimal(value: float, digits: int = 2) -> str:
    """A number with so many digits behind the point, thousands set apart; `–` for nan."""
    return NONE if math.isnan(value) else f"{value:,.{digits}f}"


def score_bar(score: float) -> str:
    """The score as a number and as the length and color of a bar."""
    if math.isnan(score):
        return f'<span class="score none">{NONE}</span>'
    percent = f"{100 * min(max(score, 0), 1):.0f}%"
    return (
        f'<span class="score"><b>{score:.2f}</b><i><i style="width:{percent};'
        f'background:{score_color(score)}"></i></i></span>'
    )


def table(header: Sequence[str], rows: Iterable[Sequence[Cell]], caption: str) -> str:
    """A table that the page's script makes sortable by a click on a column's head.

    caption: what it shows, for screen readers.
    """
    heads = "".join(f'<th scope="col">{escape(name)}</th>' for name in header)
    body = "\n".join(f"<tr>{''.join(_td(cell) for cell in row)}</tr>" for row in rows)
    return (
        '<div class="scroll" tabindex="0" role="region" '
        f'aria-label="{escape(caption)}"><table class="sortable">'
        f'<caption class="hidden">{escape(caption)}</caption>'
        f"<thead><tr>{heads}</tr></thead>\n<tbody>\n{body}\n</tbody></table></div>"
    )


def _td(cell: Cell) -> str:
    value = "" if cell.value is None else escape(str(cell.value))
    kind = ' class="number"' if cell.is_number else ""
    return f'<td{kind} data-value="{value}">{cell.html}</td>'


def terms(pairs: Iterable[tuple[str, str]]) -> str:
    """A list of names and values."""
    parts = (f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in pairs)
    return f'<dl class="terms">{"".join(parts)}</dl>'


def facts(pairs: Iterable[tuple[str, str]]) -> str:
    """The few large numbers at the head of a page: (value, what it is)."""
    parts = (f"<li><b>{escape(value)}</b><span>{escape(name)}</span></li>" for value, name in pairs)
    return f'<ul class="facts">{"".join(parts)}</ul>'


def section(heading: str, html: str, explanation: str = "") -> str:
    """A part of the page under a heading; `explanation` is text, `html` is trusted."""
    told = f'<p class="told">{escape(explanation)}</p>' if explanation else ""
    return f"<section><h2>{escape(heading)}</h2>{told}\n{html}\n</section>"


def paragraphs(texts: Iterable[str]) -> str:
    """Text, a paragraph each."""
    return "".join(f"<p>{escape(text)}</p>" for text in texts)


def counted(count: int, what: str) -> tuple[str, str]:
    """(1, "segment") -> ("1", "segment"), (2, "segment") -> ("2", "segments")."""
    return f"{count:,}", what if count == 1 else f"{what}s"
