"""What a command says: progress, summaries and tables."""

from __future__ import annotations

import argparse
import contextlib
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

Item = TypeVar("Item")


def say(args: argparse.Namespace, text: str) -> None:
    """On stdout, unless `--quiet`."""
    if not args.quiet:
        print(text)


@contextlib.contextmanager
def progress(items: Iterable[Item], total: int, unit: str, quiet: bool) -> Iterator[Iterable[Item]]:
    """`items` with a progress bar on stderr, where that is a terminal; gone afterwards."""
    if quiet or not sys.stderr.isatty():
        yield items
        return
    from tqdm import tqdm

    with tqdm(items, total=total, unit=unit, leave=False) as bar:
        yield bar


@contextlib.contextmanager
def byte_progress(total: int, quiet: bool) -> Iterator[Callable[[int, int], None] | None]:
    """A function to call with (bytes here, bytes in all); None where there is no terminal."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from tqdm import tqdm

    with tqdm(total=total, unit="B", unit_scale=True, leave=False) as bar:
        yield lambda here, _: bar.update(here - bar.n)


@contextlib.contextmanager
def slice_progress(quiet: bool) -> Iterator[Callable[[int, int], None] | None]:
    """A function to call with (slices done, slices in all); None where there is no terminal."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from tqdm import tqdm

    with tqdm(unit="slice", leave=False) as bar:

        def show(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        yield show


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Plain text columns, left-aligned, two spaces apart."""
    lines = [tuple(header), *(tuple(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def pairs(rows: Iterable[tuple[str, str]]) -> str:
    """`name  value` lines with the values aligned."""
    rows = list(rows)
    width = max(len(name) for name, _ in rows)
    return "\n".join(f"{name.ljust(width)}  {value}".rstrip() for name, value in rows)


def size_text(count: int) -> str:
    """Bytes as people write them, with decimal prefixes: 375042383 -> '375 MB'."""
    value, unit = float(count), "B"
    for larger in ("kB", "MB", "GB", "TB"):
        if value < 999.5:
            break
        value, unit = value / 1000, larger
    return f"{value:.3g} {unit}"
