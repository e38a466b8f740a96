"""The one line that tells what is going on and what to do next."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from slicer.i18n import tr as _

from ..scene.view_tool import Tool
from ..session.status import Stage, Status


class Action(Enum):
    """What the button below the line does."""

    NONE = "none"
    INSTALL = "install"
    DOWNLOAD = "download"
    RESUME = "resume"
    SHOW_VOLUME = "show volume"


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

    tool: Tool = Tool.NONE
    hasDraft: bool = False
    note: str = ""
    installation: str = ""
    model: str = ""
    terms: str = ""
    isPropagated: bool = False
    isEmpty: bool = False
    hasImage: bool = True


def line(status: Status, moment: Moment) -> Line:
    """The line for a status."""
    offered = _offering(status, moment)
    if offered is not None:
        return offered
    if status.stage in (Stage.READY, Stage.NEEDS_POSITIVE, Stage.REVIEW):
        return Line(_waiting(status, moment))
    return Line(_working(status, moment), canCancel=True)


def _offering(status: Status, moment: Moment) -> Line | None:
    """Lines with a button."""
    match status.stage:
        case Stage.FAILED:
            return Line(status.detail, Action.RESUME, _("Try again"))
        case Stage.NO_NETWORK:
            return Line(moment.installation, Action.INSTALL, _("Install..."))
        case Stage.NO_VOLUME:
            return Line(_("Choose a volume below."))
        case Stage.NO_MODEL:
            text = _("The weights of {model} are not on this computer. Download them ({terms})?")
            text = text.format(model=moment.model, terms=moment.terms)
            return Line(text, Action.DOWNLOAD, _("Download"))
        case Stage.NOT_SHOWN if not moment.hasImage:
            return Line(_("The volume has no image: choose another one."))
        case Stage.NOT_SHOWN:
            text = _("The volume is not in the slice views.")
            return Line(text, Action.SHOW_VOLUME, _("Show it"))
        case Stage.CANCELLED:
            return Line(_("Cancelled; nothing was changed."), Action.RESUME, _("Go on"))
    return None


def _working(status: Status, moment: Moment) -> str:
    percent = "" if status.progress is None else f" {round(100 * status.progress)} %."
    texts = {
        Stage.DOWNLOADING: _("Downloading {model}:{percent}"),
        Stage.LOADING: _("Loading {model}..."),
        Stage.EMBEDDING: _("Embedding the slice:{percent} You can draw prompts already."),
        Stage.SEGMENTING: _("Segmenting..."),
        Stage.PROPAGATING: _("Propagating:{percent} Stop keeps what was found so far."),
    }
    return texts[status.stage].format(model=moment.model, percent=percent)


def _waiting(status: Status, moment: Moment) -> str:
    if moment.hasDraft:
        return _("Click the opposite corner of the box; Escape gives it up.")
    if status.stage is Stage.NEEDS_POSITIVE:
        return _("Now show the object itself: draw a box, or click it with Object (P).")
    if status.stage is Stage.REVIEW:
        return _review(moment)
    return " ".join(text for text in (moment.note, status.detail, _ready(moment.tool)) if text)


def _review(moment: Moment) -> str:
    if moment.isEmpty:
        return _("The network found nothing there. Undo (Z), or give another prompt.")
    if moment.isPropagated:
        return _("Look through the slices, then accept (Enter) or discard (Esc).")
    return _("Accept (Enter), discard (Esc), or correct with Object (P) and Not object (N) clicks.")


def _ready(tool: Tool) -> str:
    texts = {
        Tool.NONE: _("Ready: choose Box (X), or click an object with Object (P)."),
        Tool.BOX: _("Ready: drag a box around an object in a slice view."),
        Tool.POSITIVE: _("Ready: click an object in a slice view."),
        Tool.NEGATIVE: _("Ready: first show an object with Box (X) or Object (P)."),
    }
    return texts[tool]
