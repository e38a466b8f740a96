"""Charts as inline SVG: they scale, print, and need nothing from anywhere."""

from __future__ import annotations

import base64
import io
import math
from collections.abc import Mapping, Sequence
from html import escape

import numpy as np

from .colors import score_color, score_rgb

_WIDTH, _HEIGHT = 560, 250
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 12, 12, 42
_BINS = 20
_SCALE_STEPS = 64

Curve = Sequence[tuple[int, float]]


def histogram(scores: Sequence[float], limit: float | None = None) -> str:
    """How many scores lie where between 0 and 1; `limit` is drawn as a line."""
    finite = [score for score in scores if not math.isnan(score)]
    counts, _ = np.histogram(np.clip(finite, 0, 1), bins=_BINS, range=(0, 1))
    ticks = whole_ticks(int(counts.max(initial=0)))
    parts = [_grid(tick / ticks[-1], f"{tick:,}") for tick in ticks]
    step = _across(1) / _BINS
    for number, count in enumerate(counts.tolist()):
        if count:
            height = _down(count / ticks[-1])
            low, high = number / _BINS, (number + 1) / _BINS
            parts.append(
                f'<rect class="edge" x="{_LEFT + number * step + 1:.1f}" '
                f'y="{_HEIGHT - _BOTTOM - height:.1f}" width="{step - 2:.1f}" '
                f'height="{height:.1f}" fill="{score_color((low + high) / 2)}">'
                f"<title>{low:.2f} to {high:.2f}: {count:,}</title></rect>"
            )
    parts += _limit_line(limit) if limit is not None else []
    parts += [_text(_x(tick), _HEIGHT - 22, f"{tick:g}") for tick in (0, 0.2, 0.4, 0.6, 0.8, 1)]
    parts.append(_text(_x(0.5), _HEIGHT - 4, "score"))
    return _svg(parts, f"Histogram of {len(finite)} scores")


def slice_curve(mean: Curve, lowest: Curve) -> str:
    """Mean and lowest score by slice, as (slice, score); slices without a score break the line."""
    slices = [index for index, _ in mean]
    first, last = min(slices), max(slices)
    span = max(last - first, 1)

    def place(index: int, score: float) -> tuple[float, float]:
        at = (index - first) / span if last > first else 0.5
        return _x(at), _HEIGHT - _BOTTOM - _down(score)

    parts = [_grid(tick, f"{tick:g}") for tick in (0, 0.2, 0.4, 0.6, 0.8, 1)]
    for name, curve in (("lowest", lowest), ("mean", mean)):
        places = [(index, score, *place(index, score)) for index, score in curve]
        parts += [_polyline(name, run) for run in _runs(places)]
        parts += [
            f'<circle class="{name}-dot" cx="{x:.1f}" cy="{y:.1f}" r="3"><title>slice {index}: '
            f"{score:.2f}</title></circle>"
            for index, score, x, y in places
        ]
    for index in sorted({first, last}):
        parts.append(_text(place(index, 0)[0], _HEIGHT - 22, str(index)))
    parts.append(_text(_x(0.5), _HEIGHT - 4, "slice"))
    return _svg(parts, f"Scores of slices {first} to {last}")


def scatter(points: Sequence[tuple[float, float, str]], x_name: str, y_name: str) -> str:
    """Points (x, y, what it is), both 0..1, and the diagonal."""
    parts = [_grid(tick, f"{tick:g}") for tick in (0, 0.2, 0.4, 0.6, 0.8, 1)]
    parts += [_text(_x(tick), _HEIGHT - 22, f"{tick:g}") for tick in (0, 0.2, 0.4, 0.6, 0.8, 1)]
    bottom = _HEIGHT - _BOTTOM
    parts.append(
        f'<line class="edge" x1="{_x(0)}" y1="{bottom}" x2="{_x(1)}" y2="{bottom - _down(1)}"/>'
    )
    parts += [
        f'<circle class="mean-dot" fill-opacity=".6" cx="{_x(x):.1f}" '
        f'cy="{bottom - _down(y):.1f}" r="4"><title>{escape(what)}: {x_name} {x:.2f}, '
        f"{y_name} {y:.2f}</title></circle>"
        for x, y, what in points
    ]
    parts.append(_text(_x(0.5), _HEIGHT - 4, x_name))
    parts.append(_text(_x(0.03), _TOP + 4, y_name))
    return _svg(parts, f"{y_name} by {x_name} of {len(points)} segments")


def heat_strips(names: Sequence[str], scores: Sequence[Mapping[int, float]]) -> str:
    """One strip a segment, one colored field a slice; gray where there is no score.

    scores: for each segment slice -> score, one at least.
    """
    slices = sorted({index for row in scores for index in row})
    if not slices:
        return ""
    first, last = slices[0], slices[-1]
    rows = "".join(
        f'<span title="{escape(name)}">{escape(name)}</span>'
        f'<img alt="{escape(_strip_text(name, row))}" src="{_strip(row, first, last)}">'
        for name, row in zip(names, scores, strict=True)
    )
    return f'<div class="heat">{rows}</div>{_scale_html(first, last)}'


def _strip_text(name: str, row: Mapping[int, float]) -> str:
    worst = min(row, key=row.get)
    return f"{name}: lowest {row[worst]:.2f} in slice {worst}"


def _strip(row: Mapping[int, float], first: int, last: int) -> str:
    pixels = np.zeros((1, last - first + 1, 4), dtype=np.uint8)
    for index, score in row.items():
        pixels[0, index - first] = (*score_rgb(score), 255)
    return _data_address(pixels)


def _scale_html(first: int, last: int) -> str:
    ramp = [[(*score_rgb(n / (_SCALE_STEPS - 1)), 255) for n in range(_SCALE_STEPS)]]
    address = _data_address(np.array(ramp, dtype=np.uint8))
    return (
        f'<p class="scale">score 0 <img alt="" src="{address}"> 1 '
        f"<span>left to right: slices {first} to {last}</span></p>"
    )


def _data_address(pixels: np.ndarray) -> str:
    from PIL import Image

    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG", optimize=True)
    return f"data:image/png;base64,{base64.b64encode(stream.getvalue()).decode()}"


def whole_ticks(largest: int) -> list[int]:
    """From 0 to at least `largest` in about four equal steps of 1, 2 or 5 times a power of ten."""
    rough = max(largest, 1) / 4
    power = 10 ** max(math.floor(math.log10(rough)), 0)
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough)
    return [step * number for number in range(math.ceil(max(largest, 1) / step) + 1)]


def _runs(places: Sequence[tuple]) -> list[list[tuple[float, float]]]:
    """Points of neighboring slices, so that no line runs over a gap."""
    runs: list[list[tuple[float, float]]] = []
    previous = None
    for index, _, x, y in places:
        if previous is None or index != previous + 1:
            runs.append([])
        runs[-1].append((x, y))
        previous = index
    return runs


def _polyline(name: str, points: Sequence[tuple[float, float]]) -> str:
    text = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return f'<polyline class="{name}" points="{text}"/>'


def _across(share: float) -> float:
    return share * (_WIDTH - _LEFT - _RIGHT)


def _x(share: float) -> float:
    return round(_LEFT + _across(share), 1)


def _down(share: float) -> float:
    return round(share * (_HEIGHT - _TOP - _BOTTOM), 1)


def _limit_line(limit: float) -> list[str]:
    x = _x(min(max(limit, 0), 1))
    return [f'<line class="limit" x1="{x}" x2="{x}" y1="{_TOP}" y2="{_HEIGHT - _BOTTOM}"/>']


def _grid(share: float, text: str) -> str:
    y = _HEIGHT - _BOTTOM - _down(share)
    return (
        f'<line class="grid" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
        f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{text}</text>'
    )


def _text(x: float, y: float, text: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="middle">{escape(text)}</text>'


def _svg(parts: Sequence[str], description: str) -> str:
    opening = f'<svg class="chart" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img"'
    return f'{opening} aria-label="{escape(description)}">{"".join(parts)}</svg>'
