"""What all cases of a run have in common: the judge and how it is asked."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..settings import Settings

if TYPE_CHECKING:
    from ...sam.predictor import SamModel

# Of embeddings, a worker. A case's slices are asked for twice, for its scores and its pictures.
CACHE_BYTES = 256 << 20


@dataclass(frozen=True)
class Job:
    """Plain values, so that it travels to other processes and machines.

    Attributes:
        model: the judge, a name of the catalogue or a checkpoint; device: as for `load_model`.
        window: (center, width) or None for each image's own.
        labels: numbers or names of the only segments to look at; None for all.
        flag_below: objects with a lower score are marked on the pages.
        pictures: how many of the worst objects a page shows.
        look_for: of `extra_checks.CHECKS`, what is looked for beside the score.
        threads: of each worker.
    """

    settings: Settings = field(default_factory=Settings)
    model: str = "starter"
    device: str = "auto"
    window: tuple[float, float] | None = None
    labels: tuple[str, ...] | None = None
    flag_below: float | None = None
    pictures: int = 50
    look_for: tuple[str, ...] = ()
    threads: int = 1

    def what_results_depend_on(self) -> dict[str, Any]:
        """Plain values that must be the same for results to stand beside each other.

        The judge's weights are known to workers only; here it is its name.
        """
        path = Path(self.model).expanduser()
        return {
            "model": path.name if path.is_file() else self.model,
            "settings": self.settings.to_dict(),
            "window": None if self.window is None else list(self.window),
            "labels": None if self.labels is None else list(self.labels),
            "flag_below": self.flag_below,
            "pictures": self.pictures,
            "look_for": list(self.look_for),
        }

    def load_model(self) -> SamModel:
        """The judge, with this job's threads and seed; MedSAMError where it is not here."""
        import SimpleITK as sitk
        import torch

        from ...sam import load_model
        from ...sam.cache import EmbeddingCache

        torch.set_num_threads(self.threads)
        sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(self.threads)
        torch.manual_seed(self.settings.seed)
        # PyTorch alone: one engine for all cases, so that scores do not depend on when a worker
        # got a faster one.
        return load_model(
            self.model, device=self.device, engine="torch", cache=EmbeddingCache(CACHE_BYTES)
        )

    def at_home_anywhere(self) -> Job:
        """The same with an absolute path to a checkpoint file: workers may start elsewhere."""
        path = Path(self.model).expanduser()
        return replace(self, model=str(path.resolve())) if path.is_file() else self
