"""What the worker is given: besides loading and embedding, the making of alternatives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from MedSAMLib.prompts import Prompts

from ..session.pipeline import Pipeline
from ..session.prompts import SliceKey
from ..session.scheduler import Activity
from .generation import Found, generate
from .request import Case, Request

# Slices, each with the prompts (in its pixels) that alternatives are wanted for.
Wish = tuple[tuple[SliceKey, Prompts], ...]


class HypothesesPipeline(Pipeline):
    """A pipeline that can also make alternatives for many slices, as one job."""

    @property
    def is_loaded(self) -> bool:
        """Whether the network is in memory."""
        return self._model is not None

    @property
    def model_name(self) -> str:
        """Of the chosen network; "" for none."""
        return self._choice.name if self._choice else ""

    def generate(
        self,
        wish: Wish,
        request: Request,
        on_found: Callable[[Found], None],
        on_end: Callable[[], None],
    ) -> bool:
        """Begin; False while the one slice that is needed is just being embedded.

        MedSAMError for prompts outside the volume.
        """
        circumstances, model = self._circumstances(), self._model
        subjects = {(key, circumstances) for key, _prompts in wish}
        if len(subjects) == 1 and any(self._is_embedding(subject) for subject in subjects):
            return False
        cases = [Case(self._read(key), prompts) for key, prompts in wish]

        def report(value: Any) -> None:
            if isinstance(value, Found):
                on_found(value)
                value = value.part
            self.progress = value

        def done(_nothing: Any) -> None:
            self._embeddings.add(subjects)
            on_end()

        def work(task: Any) -> None:
            generate(model, cases, request, task)

        self._start(Activity.GENERATING, request, work, done, report, progress=0.0)
        return True
