"""The one line that tells what is going on and what to do next, and other texts."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from slicer.i18n import tr as _

from ..upsampling.status import WORKING, Stage, Status
from .quality_text import remaining


class Action(Enum):
    """What the button below the line does."""

    NONE = "none"
    INSTALL = "install"
    DOWNLOAD = "download"
    RETRY = "retry"


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

    installation: str = ""
    model: str = ""
    terms: str = ""
    result: str = ""


def line(status: Status, moment: Moment) -> Line:
    """The line for a status."""
    if status.stage in WORKING:
        return Line(_working(status, moment), canCancel=True)
    match status.stage:
        case Stage.FAILED:
            return Line(status.detail, Action.RETRY, _("Go on"))
        case Stage.NO_NETWORK:
            return Line(moment.installation, Action.INSTALL, _("Install..."))
        case Stage.NO_MODEL:
            text = _("The weights of {model} are not on this computer. Download them ({terms})?")
            text = text.format(model=moment.model, terms=moment.terms)
            return Line(text, Action.DOWNLOAD, _("Download"))
        case Stage.CANCELLED:
            return Line(_("Cancelled; nothing was changed."), Action.RETRY, _("Go on"))
        case Stage.DONE:
            text = _(
                "{name} is there, the original is unchanged. Compare them, or take it out (Z)."
            )
            return Line(text.format(name=moment.result))
    texts = {
        Stage.NO_VOLUME: _("Choose a volume below."),
        Stage.NO_SEGMENTATION: _("Choose the segmentation below that is to become finer."),
        Stage.READY: _("Choose how fine, and press Upsample (U)."),
    }
    return Line(texts[status.stage])


def _working(status: Status, moment: Moment) -> str:
    texts = {
        Stage.DOWNLOADING: _("Downloading {model}..."),
        Stage.LOADING: _("Loading {model}..."),
        Stage.UPSAMPLING: _("Upsampling: {done} of {total} slices done."),
    }
    text = texts[status.stage].format(model=moment.model, done=status.done, total=status.total)
    if status.seconds_left is None:
        return text
    return f"{text} {remaining(status.seconds_left)}"


def sizeText(shape: tuple[int, int, int], needed: int, free: int | None) -> str:
    """The finer grid's size, and the memory that it takes while it is made."""
    text = _("{columns} x {rows} x {slices} voxels; up to {needed} of memory").format(
        columns=shape[2], rows=shape[1], slices=shape[0], needed=_bytesText(needed)
    )
    if free is None:
        return text
    return _("{size}, {free} are free").format(size=text, free=_bytesText(free))


def _bytesText(count: int) -> str:
    if count < 1 << 30:
        return _("{count} MB").format(count=max(1, round(count / 2**20)))
    return _("{count} GB").format(count=f"{count / 2**30:.1f}")


def limits() -> str:
    """What a finer mask is not."""
    return _(
        "A finer mask is not more true than the image: between the voxels its boundary is an "
        "estimate, within about a voxel of the given one. Not a medical device."
    )
