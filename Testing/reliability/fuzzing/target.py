"""A kind of input: how damaged files of it are made, and how the program reads them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from hypothesis import strategies as st


@dataclass(frozen=True)
class Files:
    """The files of a case by name, and which of them (or "" for their folder) is opened."""

    content: Mapping[str, bytes]
    opened: str

    def write(self, folder: Path) -> Path:
        """Put them into a folder; returns the path to open."""
        for name, data in self.content.items():
            (folder / name).write_bytes(data)
        return folder / self.opened


@dataclass(frozen=True)
class Target:
    """`read` gets a path as a user would give it."""

    name: str
    cases: st.SearchStrategy[Files]
    read: Callable[[Path], object]
