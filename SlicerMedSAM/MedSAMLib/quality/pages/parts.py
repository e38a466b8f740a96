"""Parts that the page of a case and the page of a cohort share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..settings import Settings
from . import text
from .thumbnails import OUTLINES

_LEGEND_PATH = "M4 9H42"


def legend() -> str:
    """What the lines mean; with the page's script each can be hidden."""
    labels = "".join(
        f'<label><input type="checkbox" checked data-hides="{name}" data-script-only hidden>'
        f'<svg viewBox="0 0 46 18" aria-hidden="true"><path class="{name}" d="{_LEGEND_PATH}"/>'
        f"</svg>{words}</label>"
        for name, words in OUTLINES.items()
    )
    return f'<div class="legend">{labels}</div>'


def settings_terms(settings: Settings, others: Iterable[tuple[str, str]]) -> str:
    """All that a score depends on, and versions."""
    values: Mapping[str, object] = settings.to_dict()
    pairs = [(name.replace("_", " "), str(value)) for name, value in values.items()]
    return text.terms([*others, *pairs])


def figure(caption: str, html: str, explanation: str = "") -> str:
    """A chart with its caption; the texts are this package's own."""
    told = f"<p>{explanation}</p>" if explanation else ""
    return f"<figure><figcaption>{caption}</figcaption>{html}{told}</figure>"
