"""How a segmentation is scored without ground truth (SQA-SAM, arXiv 2312.09899, section 3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, get_type_hints

from ..errors import UsageError

# What each choice may be. `connectivity` counts neighbors in the slice.
CHOICES: dict[str, tuple] = {
    "metric": ("dice", "iou", "surface_dice"),
    "reduction": ("combined", "max", "mean", "box", "point", "min"),
    "point": ("centroid", "interior"),
    "multimask": ("single", "best"),
    "connectivity": (4, 8),
    "axis": ("auto", "axial", "coronal", "sagittal"),
    "weighting": ("auto", "mean", "area"),
}
MOST_HYPOTHESES = 16


@dataclass(frozen=True)
class Settings:
    """All that a score depends on besides the judge and the data; plain values for JSON.

    Attributes:
        metric: how an object is compared with the judge's masks.
        reduction: how the two agreements (point prompt, box prompt) become one; the paper's own
            formula is lost (spec in section 3a). "combined": the mean of all readings that were
            taken, the learned judge's as much as both agreements (`combining.py`), which ranks
            real networks' segmentations best of what is told of each object.
        point: the prompt in the object's middle: its center of mass, which may lie outside a bent
            object, or the pixel farthest from its border.
        multimask: "single": the judge's one mask a prompt; "best": of its three masks for a
            point, the one it predicts the highest overlap for (never the one that fits best).
        connectivity: 4 or 8 neighbors make pixels of a slice one object.
        min_pixels: smaller objects are counted, but have the status "tiny" and no score.
        axis: which slices of a volume are looked at; "auto": across the largest spacing.
        weighting: "mean": all objects count the same, as in the paper; "area": by their pixels,
            which ranks real networks' segmentations better; "auto": in a slice the objects count
            the same, and the slices of a volume by area.
        tolerance: of the surface Dice, in mm (in pixels where the spacing is not known).
        jitters: how many jittered boxes more the judge is asked an object (0: none).
        hypotheses: how many alternative masks it is asked for (0: none).
        learned: whether the learned judge is asked, too, where there is one for the model.
        seed: of the jittered boxes and the hypotheses.
    """

    metric: str = "dice"
    reduction: str = "combined"
    point: str = "centroid"
    multimask: str = "single"
    connectivity: int = 8
    min_pixels: int = 10
    axis: str = "auto"
    jitters: int = 0
    hypotheses: int = 0
    seed: int = 0
    weighting: str = "area"
    tolerance: float = 2.0
    learned: bool = True

    def __post_init__(self) -> None:
        for name, allowed in CHOICES.items():
            if getattr(self, name) not in allowed:
                told = ", ".join(str(each) for each in allowed)
                raise UsageError(f"{name} must be one of {told}, not {getattr(self, name)!r}.")
        for name in ("min_pixels", "jitters", "hypotheses", "seed"):
            if getattr(self, name) < 0:
                raise UsageError(f"{name} must be 0 or more, not {getattr(self, name)}.")
        if self.hypotheses > MOST_HYPOTHESES:
            raise UsageError(f"hypotheses must be at most {MOST_HYPOTHESES}.")
        if not self.tolerance >= 0:
            raise UsageError(f"tolerance must be a distance of 0 or more, not {self.tolerance}.")

    @classmethod
    def compat(cls) -> Settings:
        """The paper's form as far as it is known: Dice, centroid, box, mean over all objects.

        The formula that joins the two Dice values is missing in every copy of the paper; their
        mean is the reading nearest to its text. No object is left out for its size.
        """
        return cls(reduction="mean", min_pixels=1, weighting="mean", learned=False)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Settings:
        """The inverse of `to_dict`; UsageError for names that are no setting."""
        known = {field.name for field in fields(cls)}
        unknown = sorted(set(values) - known)
        if unknown:
            raise UsageError(f"{', '.join(unknown)}: there is no such setting.")
        kinds = get_type_hints(cls)
        try:
            return cls(**{name: kinds[name](value) for name, value in values.items()})
        except (TypeError, ValueError):
            raise UsageError("The settings are damaged: a number is not a number.") from None
