"""The line that tells what to do next in MedSAMHypotheses, and other sentences of its panel."""

from __future__ import annotations

from dataclasses import dataclass, field

from slicer.i18n import tr as _

from ..hypotheses.candidates import SliceSet
from ..hypotheses.notes import Kind, Note
from ..session.status import Stage, Status
from .status_text import Line, Moment
from .status_text import line as commonLine

# Below this mean 1 - IoU nobody sees a difference.
_AGREED = 0.02


@dataclass(frozen=True)
class HypothesesMoment:
    """What the line depends on beside the status.

    common: as for every panel. found: the alternatives of the shown slice. others: how many other
    slices have alternatives that wait for a choice.
    """

    common: Moment = field(default_factory=Moment)
    note: Note = field(default_factory=lambda: Note(Kind.TEXT))
    found: SliceSet | None = None
    isOutdated: bool = False
    isDrawn: bool = True
    others: int = 0


def line(status: Status, moment: HypothesesMoment) -> Line:
    """The line for a status."""
    if status.stage is Stage.GENERATING:
        percent = round(100 * (status.progress or 0))
        return Line(_("Making alternatives: {percent} %").format(percent=percent), canCancel=True)
    texts = {
        Stage.CHOOSING: _choosing,
        Stage.CAN_GENERATE: _canGenerate,
        Stage.NEEDS_PROMPT: _needsPrompt,
    }
    if status.stage in texts and not moment.common.hasDraft:
        return Line(_joined(noteText(moment.note), texts[status.stage](moment)))
    if status.stage in texts:
        return Line(_("Click the opposite corner of the box; Escape gives it up."))
    return commonLine(status, moment.common)


def noteText(note: Note) -> str:
    """A note in words."""
    texts = {
        Kind.TEXT: note.text,
        Kind.NO_DRAWN_PROMPT: _(
            "There is no prompt on this slice: draw a box (X) or click the object (P)."
        ),
        Kind.NO_SEGMENT_HERE: _(
            "The segment has nothing on this slice: scroll to it, or choose another prompt."
        ),
        Kind.NO_PROMPT_FOR_RANGE: _(
            "Draw a box on the shown slice first; it is used on all slices of the range."
        ),
        Kind.NO_SEGMENT_IN_RANGE: _(
            "The segment has nothing on any slice of the range: choose other slices."
        ),
        Kind.MARK_TWO: _("Mark at least two alternatives with Space, then merge them (M)."),
        Kind.ACCEPTED_ALREADY: _(
            'A mask of this slice is in "{name}" already: undo it first (Z), or choose another '
            "segment or reader."
        ),
        Kind.NO_MORE_SLICES: _("No other slice waits for a choice."),
    }
    return texts[note.kind].format(name=note.text) if note.kind is not Kind.TEXT else note.text


def methodText(found: SliceSet, modelTitle: str) -> str:
    """How the alternatives were made."""
    method = found.hypotheses.method
    if found.request.method == "auto" and method == "perturbation":
        text = _("{model} has no SeqSAM head: these alternatives come from perturbed prompts.")
        return text.format(model=modelTitle)
    texts = {
        "seqsam": _("Made one after the other by the SeqSAM head."),
        "multimask": _("The masks that the network itself gives for an ambiguous prompt."),
        "perturbation": _("Made by perturbing the prompts."),
    }
    return texts.get(method, method)


def agreementText(found: SliceSet) -> str:
    """How much the alternatives differ."""
    value = found.hypotheses.disagreement
    if len(found.alternatives) == 1:
        return _("One alternative: ask for more to see where the network is unsure.")
    if value < _AGREED:
        return _("All alternatives are nearly the same.")
    return _("The alternatives disagree by {percent} % (mean 1 - IoU).").format(
        percent=round(100 * value)
    )


def _choosing(moment: HypothesesMoment) -> str:
    found = moment.found
    if moment.isOutdated:
        return _("The prompt has changed since: make alternatives anew (H).")
    if found is not None and found.accepted:
        if moment.others:
            return _("Next slice that waits: Shift+Enter ({count} left).").format(
                count=moment.others
            )
        return "" if moment.note.text else _("Accepted. Go on with another slice or object.")
    if found is not None and not found.candidate.mask.any():
        return _("This alternative is empty: choose another one (arrow keys or 1-9).")
    if len(found.marked) > 1:
        return _("Merge what is marked (M), or accept the chosen one (Enter).")
    return _("Choose with 1-9 or the arrow keys and accept with Enter; Space marks for merging.")


def _canGenerate(moment: HypothesesMoment) -> str:
    if moment.isDrawn:
        return _("Make alternatives for the prompt on this slice (H).")
    return _("Make alternatives for the box of the segment on this slice (H).")


def _needsPrompt(moment: HypothesesMoment) -> str:
    if not moment.isDrawn:
        return "" if moment.note.text else noteText(Note(Kind.NO_SEGMENT_HERE))
    if moment.note.kind is Kind.NO_DRAWN_PROMPT:
        return ""
    if moment.common.tool.value == "box":
        return _("Drag a box around an object in a slice view.")
    return _("Draw a box around an object (X), or click it (P): alternatives follow.")


def _joined(*texts: str) -> str:
    return " ".join(text for text in texts if text)
