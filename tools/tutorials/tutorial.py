"""What the scripts beside the tutorials' pages are made of: numbered steps in a panel."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tools.tutorials.stage import Stage

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "docs" / "tutorials"
PICTURES = FOLDER / "pictures"


@dataclass(frozen=True)
class Step:
    """One numbered heading of the page, and what a user does there."""

    title: str
    work: Callable[[Stage], None]


@dataclass
class Tutorial:
    """A journey through one module.

    Attributes:
        module: the name of its module, such as "MedSAMSegment".
        front: number of the step whose picture also stands on the README.
        steps: in their order, as the decorator `step` collects them.
    """

    module: str
    front: int = 0
    steps: list[Step] = field(default_factory=list)

    def step(self, title: str) -> Callable[[Callable[[Stage], None]], Callable[[Stage], None]]:
        """Make a function the next step."""

        def collect(work: Callable[[Stage], None]) -> Callable[[Stage], None]:
            self.steps.append(Step(title, work))
            return work

        return collect

    def headings(self) -> list[str]:
        """The numbered headings that the page must have."""
        return [f"{number}. {step.title}" for number, step in enumerate(self.steps, start=1)]


def panel_tutorials() -> list[str]:
    """Names of the tutorials about a panel."""
    return sorted(path.stem for path in FOLDER.glob("*.py"))


def load_tutorial(name: str) -> Tutorial:
    """The `TUTORIAL` of the script beside the page."""
    spec = importlib.util.spec_from_file_location(f"tutorial_{name}", FOLDER / f"{name}.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    return script.TUTORIAL


def picture_of(name: str, number: int) -> Path:
    """The file of the picture of a step."""
    return PICTURES / f"{name}-{number}.png"
