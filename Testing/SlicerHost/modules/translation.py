"""`slicer.i18n`: the host speaks English, but checks that texts are translated as texts."""

from __future__ import annotations

import slicer


def tr(text: str) -> str:
    """The text itself; TypeError for anything but a text, such as an f-string's parts."""
    if not isinstance(text, str):
        raise TypeError(f"only texts can be translated, not {type(text).__name__}")
    return translate("", text)


def translate(context: str, text: str) -> str:
    """The text in the language of the application."""
    return slicer.app.translate(context, text)
