"""The one line that tells what is going on and what to do next, and other texts."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum
from html import escape

from slicer.i18n import tr as _

from ..quality.review import Counts
from ..quality.rows import Decision, Row
from ..quality.status import WORKING, Stage, Status


class Action(Enum):
    """What the button below the line does."""

    NONE = "none"
    INSTALL = "install"
    DOWNLOAD = "download"
    RETRY = "retry"
    IMPORT = "import"
    JUDGE = "judge"


@dataclass(frozen=True)
class Line:
    """The text, what the button offers, and whether there is something to cancel."""

    text: str
    action: Action = Action.NONE
    button: str = ""
    canCancel: bool = False


@dataclass(frozen=True)
class Moment:
    """What the text depends on beside the status."""

    counts: Counts
    threshold: float = 0.7
    isStale: bool = False
    canRun: bool = False
    hasSelection: bool = False
    installation: str = ""
    model: str = ""
    terms: str = ""
    segmentation: str = ""


def line(status: Status, moment: Moment) -> Line:
    """The line for a status."""
    if status.stage in WORKING:
        return Line(_working(status, moment), canCancel=True)
    offered = _offering(status, moment)
    if offered is not None:
        return offered
    text = _waiting(status, moment)
    if moment.isStale and moment.canRun:
        return Line(f"{_stale()} {text}", Action.JUDGE, _("Judge again"))
    return Line(text)


def _offering(status: Status, moment: Moment) -> Line | None:
    """Lines with a button."""
    match status.stage:
        case Stage.FAILED:
            return Line(status.detail, Action.RETRY, _("Go on"))
        case Stage.LABEL_MAP:
            text = _("{name} is a label map. Import it as a segmentation to review it.")
            return Line(text.format(name=moment.segmentation), Action.IMPORT, _("Import it"))
        case Stage.NO_NETWORK:
            return Line(moment.installation, Action.INSTALL, _("Install..."))
        case Stage.NO_MODEL:
            text = _("The weights of {model} are not on this computer. Download them ({terms})?")
            text = text.format(model=moment.model, terms=moment.terms)
            return Line(text, Action.DOWNLOAD, _("Download"))
        case Stage.CANCELLED:
            return Line(_("Cancelled; nothing was changed."), Action.RETRY, _("Go on"))
    return None


def _working(status: Status, moment: Moment) -> str:
    place = {"done": status.done, "total": status.total, "next": status.done + 1}
    texts = {
        Stage.DOWNLOADING: _("Downloading {model}..."),
        Stage.LOADING: _("Loading {model}..."),
        Stage.JUDGING: _("Judging: {done} of {total} slices done."),
        Stage.SEARCHING: _("Searching missed objects: {done} of {total} slices done."),
        Stage.EXPORTING: _("Making the page..."),
    }
    if status.stage is Stage.SEARCHING and not status.total:
        return _("Looking at the objects that are there, to find more of them...")
    text = texts[status.stage].format(model=moment.model, **place)
    if status.seconds_left is None:
        return text
    return f"{text} {remaining(status.seconds_left)}"


def remaining(seconds: float) -> str:
    """How long it will take, as exactly as anybody can know."""
    if seconds < 1:
        return _("Almost there.")
    if seconds < 90:
        return _("About {count} s left.").format(count=round(seconds))
    return _("About {count} min left.").format(count=round(seconds / 60))


def _waiting(status: Status, moment: Moment) -> str:
    counts = moment.counts
    values = {
        "open": counts.open_below,
        "below": counts.below,
        "objects": counts.objects,
        "flagged": counts.flagged,
        "threshold": f"{moment.threshold:.2f}",
    }
    texts = {
        Stage.NO_VOLUME: _("Choose a volume below."),
        Stage.NO_SEGMENTATION: _("Choose the segmentation to review below."),
        Stage.READY: _("Ready: press Judge. Every object of every slice gets a score."),
        Stage.REVIEW: _review(moment),
        Stage.DONE: _done(moment),
    }
    return texts[status.stage].format(**values)


def _review(moment: Moment) -> str:
    text = _("{open} of {objects} objects are below {threshold} and wait for a decision.")
    keys = _("Accept (A) or flag (X) it.") if moment.hasSelection else _("Next worst (N).")
    return f"{text} {keys}"


def _done(moment: Moment) -> str:
    if not moment.counts.objects:
        return _("There is no object in what was judged.")
    if not moment.counts.below:
        return _("No object of {objects} is below {threshold}: raise the limit, or export.")
    return _("All {below} objects below {threshold} are decided, {flagged} flagged. Export them.")


def _stale() -> str:
    return _("The segmentation or the image was changed since it was judged.")


def describe(row: Row) -> str:
    """The selected object in a line or two."""
    from MedSAMLib.quality import STATUSES

    each = row.object
    place = _("{segment}, slice {slice}").format(segment=each.name, slice=each.slice + 1)
    if not row.has_score:
        return f"{place}: {STATUSES[each.status]}"
    text = _("{place}: score {score} (box {box}, point {point}), {area} pixels.").format(
        place=place,
        score=f"{each.score:.2f}",
        box=f"{each.dice_box:.2f}",
        point=f"{each.dice_point:.2f}",
        area=each.area,
    )
    if not math.isnan(each.learned):
        expected = _("The learned judge expects a Dice of {dice}.")
        text = f"{text} {expected.format(dice=format(each.learned, '.2f'))}"
    return text if each.status == "ok" else f"{text} {STATUSES[each.status]}"


def statusText(row: Row) -> str:
    """What the list says of a row."""
    if row.decision is Decision.FLAGGED:
        return _("flagged: {reason}").format(reason=row.reason) if row.reason else _("flagged")
    if row.decision is Decision.ACCEPTED:
        return _("accepted")
    return "" if row.object.status == "ok" else row.object.status


def outlinesLegend() -> str:
    """The three outlines in their own colors and dashes, on the dark of an image."""
    entries = (
        ("#ffffff", "━━━", _("as given")),
        ("#f0a01e", "╸╸╸", _("judge, shown the box")),
        ("#5cc0f2", "•••••", _("judge, shown the middle")),
    )
    shown = "&nbsp; ".join(
        f'<span style="color:{color}"><b>{dashes}</b>&nbsp;{escape(text).replace(" ", "&nbsp;")}'
        "</span>"
        for color, dashes, text in entries
    )
    table = '<table width="100%" cellpadding="3" bgcolor="#26323b"><tr><td>{}</td></tr></table>'
    return table.format(shown) + escape(_replacing())


def limits() -> str:
    """What a score is not."""
    return _(
        "A score is the opinion of networks, not Dice. It does not see missed objects and "
        "wrong labels. It only flags; not a medical device."
    )


def _replacing() -> str:
    return _(
        "For comparison only: in the paper, replacing masks by the judge's made 532 of 798 worse."
    )
