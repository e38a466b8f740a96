"""The one line that tells what is going on and what to do next, and other texts."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from slicer.i18n import tr as _

from ..scene.view_tool import Tool
from ..upsampling.foresight import bytesText
from ..upsampling.status import WORKING, Stage, Status
from .quality_text import remaining
from .status_text import Action, Line

_CHOOSING = (Stage.NO_SEGMENTATION, Stage.NOTHING_DRAWN, Stage.READY)


@dataclass(frozen=True)
class Moment:
    """What the text depends on beside the status.

    refusal: why what is chosen cannot be done; "" where it can. methods: how many of the result's
    segments each of them made.
    """

    tool: Tool = Tool.NONE
    hasDraft: bool = False
    refusal: str = ""
    installation: str = ""
    model: str = ""
    terms: str = ""
    result: str = ""
    methods: Counter[str] = field(default_factory=Counter)


def line(status: Status, moment: Moment) -> Line:
    """The line for a status."""
    if status.stage in WORKING:
        return Line(_working(status, moment), canCancel=True)
    match status.stage:
        case Stage.FAILED:
            return Line(status.detail, Action.RESUME, _("Go on"))
        case Stage.NO_NETWORK:
            return Line(moment.installation, Action.INSTALL, _("Install..."))
        case Stage.NO_MODEL:
            text = _("The weights of {model} are not on this computer. Download them ({terms})?")
            text = text.format(model=moment.model, terms=moment.terms)
            return Line(text, Action.DOWNLOAD, _("Download"))
        case Stage.CANCELLED:
            return Line(_("Cancelled; nothing was changed."), Action.RESUME, _("Go on"))
    return Line(_waiting(status.stage, moment))


def _waiting(stage: Stage, moment: Moment) -> str:
    if moment.hasDraft:
        return _("Click the opposite corner of the box; Escape gives it up.")
    if moment.refusal and stage in _CHOOSING:
        return moment.refusal
    if stage is not Stage.READY and stage in _CHOOSING and moment.tool is Tool.BOX:
        return _("Drag a box around an object in a slice view.")
    texts = {
        Stage.NO_VOLUME: _("Choose a volume below."),
        Stage.NO_SEGMENTATION: _(
            "Choose the segmentation below that is to become finer, or draw a box around an "
            "object (X), or click it (P)."
        ),
        Stage.NOTHING_DRAWN: _(
            "Draw a box around an object on this slice (X), or click it (P); it becomes finer."
        ),
        Stage.READY: _("Choose how fine, and press Upsample (U)."),
        Stage.DONE: _doneText(moment),
    }
    return texts[stage]


def _doneText(moment: Moment) -> str:
    drawn, others = moment.methods["implicit"], moment.methods["interpolated"]
    if drawn and others:
        text = _(
            "{name} is there; the implicit decoder drew {drawn} of {all} segments. Compare it with "
            "other ways, or take it out (Z)."
        )
    elif others:
        text = _(
            "{name} is there, made without the implicit decoder. Compare it with other ways, or "
            "take it out (Z)."
        )
    else:
        text = _(
            "{name} is there, drawn by the implicit decoder. Compare it with other ways, or take "
            "it out (Z)."
        )
    return text.format(name=moment.result, drawn=drawn, all=drawn + others)


def _working(status: Status, moment: Moment) -> str:
    texts = {
        Stage.DOWNLOADING: _("Downloading {model}..."),
        Stage.LOADING: _("Loading {model}..."),
        Stage.UPSAMPLING: _("Upsampling: {done} of {total} slices done."),
        Stage.DRAWING: _("Drawing the finer object: {done} % done."),
    }
    text = texts[status.stage].format(model=moment.model, done=status.done, total=status.total)
    if status.seconds_left is None:
        return text
    return f"{text} {remaining(status.seconds_left)}"


def sizeText(shape: tuple[int, int, int], needed: int, free: int | None) -> str:
    """The finer grid's size, and the memory that it takes while it is made."""
    text = _("{columns} x {rows} x {slices} voxels; up to {needed} of memory").format(
        columns=shape[2], rows=shape[1], slices=shape[0], needed=bytesText(needed)
    )
    if free is None:
        return text
    return _("{size}, {free} are free").format(size=text, free=bytesText(free))


def limits() -> str:
    """What a finer mask is not."""
    return _(
        "A finer mask is not more true than the image: between the voxels its boundary is an "
        "estimate, within about a voxel of the given one. Not a medical device."
    )
