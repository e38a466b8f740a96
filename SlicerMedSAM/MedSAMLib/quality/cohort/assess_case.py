"""One case, from its files to its report and page."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from ...errors import MedSAMError, UsageError
from ...images import Volume, read_volume
from ..html_report import PageOptions, html_page, report_pictures
from ..pages.judged_pictures import key_of
from ..results import Report
from .case_result import CaseResult
from .cases import Case
from .extra_checks import extra_checks, told
from .fingerprint import fingerprint
from .job import Job
from .matching_grids import on_image_grid
from .probabilities import read_probabilities
from .segmentation_file import Segmentation, read_segmentation
from .truth import TrueDice, true_dice

if TYPE_CHECKING:
    from ...sam.predictor import SamModel

Progress = Callable[[int, int], None]


@dataclass(frozen=True, eq=False)
class CaseData:
    """A case's files, read and on one grid; made before the judge is needed."""

    case: Case
    image: Volume
    given: Segmentation
    truth: Segmentation | None
    probabilities: np.ndarray | None
    labels: tuple[int, ...] | None
    notes: tuple[str, ...]

    @property
    def pixels(self) -> np.ndarray:
        """(H, W[, 3]) of a picture, (K, J, I[, 3]) of a volume."""
        return self.image.array[0] if self.image.shape[0] == 1 else self.image.array

    @property
    def label_array(self) -> np.ndarray:
        """Of the same form as `pixels`, without colors; segments that overlap as channels."""
        labels = self.given.labels()
        return labels[..., 0, :, :] if self.image.shape[0] == 1 else labels


def read_case(case: Case, job: Job) -> CaseData:
    """Read a case; MedSAMError, in one sentence, for what is missing or does not fit."""
    image = read_volume(case.image)
    given, note = on_image_grid(read_segmentation(case.segmentation), image, "segmentation")
    notes = [note]
    truth = None
    if case.truth is not None:
        truth, note = on_image_grid(read_segmentation(case.truth), image, "truth")
        notes.append(note)
    given_probabilities = None
    if case.probabilities is not None:
        given_probabilities = read_probabilities(case.probabilities, image.shape)
    return CaseData(
        case=case,
        image=image,
        given=given,
        truth=truth,
        probabilities=given_probabilities,
        labels=chosen_labels(given, job.labels),
        notes=tuple(note for note in notes if note),
    )


def chosen_labels(given: Segmentation, wanted: tuple[str, ...] | None) -> tuple[int, ...] | None:
    """The labels of segments by number or by name; UsageError for one that is not there."""
    if wanted is None:
        return None
    by_name = {name.casefold(): label for label, name in given.names.items()}
    present = {int(n) for n in np.unique(given.layers[0]) if n} if given.entries is None else set(
        by_name.values()
    )  # fmt: skip
    chosen = []
    for word in wanted:
        label = by_name.get(word.casefold(), int(word) if word.isdecimal() else 0)
        if label not in present:
            known = ", ".join(given.names.values() or map(str, sorted(present))) or "none"
            raise UsageError(f"There is no segment {word!r} in the segmentation; it has: {known}.")
        chosen.append(label)
    return tuple(chosen)


def assess_case(
    model: SamModel,
    data: CaseData,
    job: Job,
    progress: Progress | None = None,
    page: bool = True,
    back: str = "",
) -> CaseResult:
    """Score one case, compare it with the truth where it is known, and if wanted make its page.

    back: address of the page over all cases, for a link.
    """
    from ..assessing import assess

    started = time.perf_counter()
    common = {"affine": data.image.affine, "names": data.given.names or None}
    labels, window = data.label_array, _window(data.image, job)
    report = assess(
        model,
        data.pixels,
        labels,
        settings=job.settings,
        window=window,
        only_labels=data.labels,
        progress=progress,
        **common,
    )
    truth = None
    if data.truth is not None:
        truth = true_dice(data.given, data.truth, report.array_axis, data.labels)
    shown = report_pictures(
        report,
        data.pixels,
        labels,
        window=window,
        model=model,
        count=job.pictures if page else 1,
        **common,
    )
    findings = extra_checks(
        model,
        data.pixels,
        labels,
        job.look_for,
        settings=job.settings,
        window=window,
        **common,
    )
    worst = report.worst(1)
    result = CaseResult(
        id=data.case.id,
        inputs=fingerprint(data.case),
        report=report,
        notes=data.notes + _notes(report, truth),
        baselines=_baselines(data, labels),
        findings=findings,
        truth=truth,
        picture=shown.get(key_of(worst[0])) if worst else None,
        seconds=time.perf_counter() - started,
    )
    return replace(result, page=_page(result, shown, data, job, back)) if page else result


def broken_case(case: Case, error: Exception) -> CaseResult:
    """What is recorded of a case that could not be assessed."""
    return CaseResult(id=case.id, inputs=fingerprint(case), error=sentence(error))


def sentence(error: Exception) -> str:
    """Why, in one line."""
    if isinstance(error, MedSAMError):
        return " ".join(str(error).split())
    if isinstance(error, MemoryError):
        return "Not enough memory for this image and model."
    return f"Unexpected {type(error).__name__}: {' '.join(str(error).split())}"


def _window(image: Volume, job: Job):
    from ...default_window import default_window

    return default_window(image) if job.window is None else job.window


def _notes(report: Report, truth: TrueDice | None) -> tuple[str, ...]:
    notes = []
    if not report.objects:
        notes.append("The segmentation is empty: there is nothing to score.")
    if truth is not None and truth.missed:
        notes.append(
            f"The segmentation has nothing of {', '.join(truth.missed)}, which the truth has; "
            "the score cannot see that."
        )
    return tuple(notes)


def _baselines(data: CaseData, labels: np.ndarray) -> dict[str, float]:
    """Measures of the segmenter's own probabilities; nothing without them."""
    if data.probabilities is None:
        return {}
    from .own_confidence import own_confidence

    return own_confidence(data.probabilities, labels)


def _page(result: CaseResult, shown, data: CaseData, job: Job, back: str) -> str:
    truth = result.truth
    options = PageOptions(
        title=result.id,
        subtitle=f"{data.case.segmentation.name} on {data.case.image.name}",
        flag_below=job.flag_below,
        notes=result.notes,
        checks=told(job.look_for, result.findings),
        findings=[(each.told, each.slice, each.box, each.similarity) for each in result.findings],
        true_dice={} if truth is None else truth.slices,
        true_segments={} if truth is None else truth.segments,
        back=back,
        baselines=[
            (f"{value:.2f}", name)
            for name, value in result.baselines.items()
            if not math.isnan(value)
        ],
    )
    return html_page(result.report, shown, options)
