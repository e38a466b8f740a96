"""Combo boxes of MedSAMHypotheses whose entries have translated texts, or follow the scene."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from slicer.i18n import tr as _

from ..hypotheses.scene_display import FILLED, HIDDEN, OUTLINES
from ..hypotheses.scene_segments import segmentsOf, tagOf
from ..hypotheses.scene_target import READER_TAG
from .hypotheses_gallery import ruleText

RULES = ("union", "majority", "staple", "intersection")


class FixedChoice:
    """A combo box for a text parameter with few values; `chosen` is called with the new value."""

    def __init__(
        self, box: Any, entries: Sequence[tuple[str, str]], chosen: Callable[[str], None]
    ) -> None:
        self._box, self._chosen = box, chosen
        self._values = [value for value, _text in entries]
        for _value, text in entries:
            box.addItem(text)
        box.connect("activated(int)", self._onActivated)

    def show(self, value: str) -> None:
        """An unknown value, of a newer scene, is shown as the first."""
        known = value in self._values
        self._box.currentIndex = self._values.index(value) if known else 0

    def next(self) -> None:
        """Choose the following entry; after the last the first."""
        index = (self._box.currentIndex + 1) % len(self._values)
        self._box.currentIndex = index
        self._onActivated(index)

    def _onActivated(self, index: int) -> None:
        self._chosen(self._values[index])


def methodEntries() -> list[tuple[str, str]]:
    """Ways to make alternatives."""
    return [
        ("auto", _("Automatic")),
        ("seqsam", _("SeqSAM head")),
        ("multimask", _("The network's masks (up to 3)")),
        ("perturbation", _("Perturbed prompts")),
    ]


def showEntries() -> list[tuple[str, str]]:
    """Ways to show them in the views."""
    return [
        (OUTLINES, _("All outlines")),
        (FILLED, _("Only the chosen one")),
        (HIDDEN, _("Nothing")),
    ]


def ruleEntries() -> list[tuple[str, str]]:
    """Ways to make one mask of several."""
    return [(rule, _("By {rule}").format(rule=ruleText(rule))) for rule in RULES]


class PromptChooser:
    """`promptComboBox`: drawn prompts, or the box of a segment."""

    def __init__(self, box: Any, chosen: Callable[[str], None]) -> None:
        self._box, self._chosen = box, chosen
        self._entries: list[tuple[str, str]] = []
        box.connect("activated(int)", lambda index: self._chosen(self._entries[index][0]))

    def show(self, segmentationNode: Any, segmentID: str) -> None:
        """The segments of a node, and which one is chosen."""
        entries = [("", _("Box and clicks that you draw"))]
        for each, segment in segmentsOf(segmentationNode):
            entries.append((each, _('Box of "{name}"').format(name=segment.GetName())))
        if entries != self._entries:
            self._entries = entries
            self._box.clear()
            for _id, text in entries:
                self._box.addItem(text)
        ids = [each for each, _text in entries]
        self._box.currentIndex = ids.index(segmentID) if segmentID in ids else 0


class ReaderChooser:
    """`readerComboBox`: a name to type, or one that is known."""

    def __init__(self, box: Any, chosen: Callable[[str], None]) -> None:
        self._box, self._chosen = box, chosen
        self._known: list[str] = []
        self._updating = False
        box.lineEdit().placeholderText = _("Nobody in particular")
        box.connect("currentTextChanged(QString)", self._onText)

    def show(self, reader: str, segmentationNode: Any, others: Iterable[str]) -> None:
        """The chosen reader, and those whose segments or choices there are."""
        names = {tagOf(segment, READER_TAG) for _id, segment in segmentsOf(segmentationNode)}
        known = sorted((names | set(others)) - {""})
        self._updating = True
        if known != self._known:
            self._known = known
            self._box.clear()
            for name in known:
                self._box.addItem(name)
        if self._box.currentText != reader:
            self._box.setEditText(reader)
        self._updating = False

    def _onText(self, text: str) -> None:
        if not self._updating:
            self._chosen(text)
