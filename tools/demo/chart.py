"""The area of the mask slice by slice, as an inline SVG drawing."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

WIDTH, HEIGHT = 1060, 280
LEFT, RIGHT, TOP, BOTTOM = 70, 14, 18, 50
FEWEST_TICKS = 4


def area_chart(areas: Mapping[int, float], prompted: int, unit: str) -> str:
    """Bars of `areas` by slice; the prompted slice stands out by color and by its label."""
    first, last = min(areas), max(areas)
    step = (WIDTH - LEFT - RIGHT) / (last - first + 1)
    ticks = round_ticks(max(areas.values()))
    scale = (HEIGHT - TOP - BOTTOM) / ticks[-1]
    base = HEIGHT - BOTTOM
    parts = [_grid_line(base - tick * scale, f"{tick:,.6g}") for tick in ticks]
    for index, area in areas.items():
        color = "#0072b2" if index == prompted else "#e69f00"
        x, height = LEFT + (index - first) * step, area * scale
        parts.append(
            f'<rect x="{x + step * 0.1:.1f}" y="{base - height:.1f}" width="{step * 0.8:.1f}" '
            f'height="{height:.1f}" fill="{color}"><title>Slice {index}: {area:,.0f} {unit}'
            "</title></rect>"
        )
    for index in labeled_slices(first, last, prompted):
        text = f"{index} (prompted)" if index == prompted else str(index)
        parts.append(_label(LEFT + (index - first + 0.5) * step, base + 20, text))
    parts.append(_label(LEFT + (WIDTH - LEFT - RIGHT) / 2, HEIGHT - 6, "slice"))
    description = f"Area of the mask in {unit} on slices {first} to {last}"
    opening = f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"'
    return f'{opening} aria-label="{description}">{"".join(parts)}</svg>'


def round_ticks(largest: float) -> Sequence[float]:
    """From 0 to at least `largest` in steps of 1, 2 or 5 times a power of ten."""
    rough = max(largest, 1e-9) / FEWEST_TICKS
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(m * power for m in (1, 2, 5, 10) if m * power >= rough)
    return [step * n for n in range(math.ceil(largest / step) + 1)]


def labeled_slices(first: int, last: int, prompted: int) -> list[int]:
    """The ends and the prompted slice, without ends that its longer label would touch."""
    room = max((last - first) * 0.1, 1)
    return [prompted, *(end for end in (first, last) if abs(end - prompted) > room)]


def _grid_line(y: float, text: str) -> str:
    return (
        f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="#dbe1e8"/>'
        f'<text x="{LEFT - 10}" y="{y + 5:.1f}" text-anchor="end">{text}</text>'
    )


def _label(x: float, y: float, text: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="middle">{text}</text>'
