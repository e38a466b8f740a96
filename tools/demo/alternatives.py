"""The page's section about what else the same prompt may mean."""

from __future__ import annotations

import numpy as np
from PIL import Image

from MedSAMLib.hypotheses import Hypotheses

from .drawing import draw_agreement, draw_mask
from .journey import Journey
from .pictures import SMALL, Figure, close_on_prompts
from .sections import Section, area, grid, paragraph
from .view import View


def alternatives_section(journey: Journey) -> Section:
    """The hypotheses, best first, and where they agree."""
    found = journey.alternatives
    view = close_on_prompts(journey, SMALL)
    figures = [_hypothesis_figure(journey, found, view, rank) for rank in range(len(found))]
    figures.append(_agreement_figure(journey, found, view))
    html = paragraph(
        f"Where a border is unclear, readers draw it differently. These {len(found)} masks come "
        "from the network itself, asked again with slightly moved boxes and clicks. The first "
        f"resembles all others most; two of them differ by {found.disagreement:.0%} of their union "
        "on average. In Slicer, the module MedSAM Hypotheses shows them side by side, to choose "
        "one, merge some, or take their consensus with the keyboard. For lung nodules it has a "
        "trained generator, SeqSAM."
    )
    html += grid("strip", figures)
    return Section("One prompt, several readings", html, figures)


def _hypothesis_figure(journey: Journey, found: Hypotheses, view: View, rank: int) -> Figure:
    index = int(found.ranking[rank])
    picture = view.image(journey.image)
    draw_mask(picture, view, found.masks[index], outline=2)
    overlap = f"overlap with the first {found.iou[index, found.medoid]:.2f}"
    return Figure(
        f"reading-{rank + 1:02d}.png",
        picture,
        f"Hypothesis {rank + 1} on the close view",
        f"{rank + 1}: {area(journey, found.masks[index])}, {overlap if rank else 'most typical'}",
    )


def _agreement_figure(journey: Journey, found: Hypotheses, view: View) -> Figure:
    picture: Image.Image = view.image(journey.image)
    draw_agreement(picture, view, np.asarray(found.agreement))
    return Figure(
        "agreement.png",
        picture,
        "How many hypotheses contain each pixel",
        "Agreement: dark blue where few contain the pixel, yellow where all do",
    )
