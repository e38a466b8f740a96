"""What is compared: the implicit decoder, discrete ones resized, and the inscribed ellipse."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from MedSAMLib.implicit import ImplicitConfig, load_head
from MedSAMLib.implicit.network import ImplicitNetwork
from MedSAMLib.implicit.rendering import RenderSettings
from MedSAMLib.sam import SamModel
from training.evaluation.baselines import inscribed_ellipse
from training.imedsam.baselines import load_boxless
from training.imedsam.evaluation.cases import Case, resized_image
from training.imedsam.examples import category_of
from training.imedsam.predicting import predict

Masks = NDArray[np.bool_]
Method = Callable[[Case, NDArray], Masks]


IMPLICIT = "**implicit decoder**"
ADAPTED = "implicit decoder with LoRA and frequency adapter, trained"
LORA = "the same with LoRA, trained"
BOXLESS = ("U-Net, no box", "DynUNet, no box")


@dataclass(frozen=True)
class Files:
    """Where the trained weights lie; None for what is not compared."""

    head: Path | None = None
    adapted: Path | None = None
    sam: Path | None = None
    unet: Path | None = None
    dynunet: Path | None = None

    @property
    def boxless(self) -> tuple[Path | None, Path | None]:
        """In the order of BOXLESS."""
        return self.unet, self.dynunet


def methods_of(model: SamModel, files: Files, seed: int) -> dict[str, Method]:
    """The methods by the names under which the tables show them."""
    settings = RenderSettings(seed=seed)
    discrete = {f"{Path(model.name).name}'s decoder": plain(model)}
    if files.sam is not None:
        discrete[LORA] = load_head(files.sam, model).network
    for name, path in zip(BOXLESS, files.boxless, strict=True):
        if path is not None:
            discrete[name] = load_boxless(path).to(model.device)
    made: dict[str, Method] = {"inscribed ellipse": ellipse}
    for name, network in discrete.items():
        made[f"{name}, mask resized"] = network_method(network, settings)
        made[f"{name}, image resized first"] = network_method(network, settings, before=True)
    for name, path in ((ADAPTED, files.adapted), (IMPLICIT, files.head)):
        if path is not None:
            head = load_head(path, model)
            own = RenderSettings(refine=head.config.refine, seed=seed)
            made[name] = network_method(head.network, own)
    return made


def plain(model: SamModel) -> ImplicitNetwork:
    """The backbone as it is, asked as trained networks are."""
    config = ImplicitConfig(lora_rank=0, frequency="none", inr=False, detail=0)
    return ImplicitNetwork(model.sam, config).to(model.device).eval()


def ellipse(case: Case, boxes: NDArray) -> Masks:
    """The ellipse in each box."""
    return np.array([inscribed_ellipse(box, case.shape) for box in boxes])


def network_method(network, settings: RenderSettings, before: bool = False) -> Method:
    """A network asked at the truth's resolution; `before`: its image is resized to it first."""

    def masks(case: Case, boxes: NDArray) -> Masks:
        image = resized_image(case.image, max(case.shape)) if before else case.image
        found = predict(
            network,
            image,
            boxes_on(image, boxes, case),
            case.shape,
            settings,
            _classes(case, network),
        )
        return np.array([each.probability > 0.5 for each in found])

    return masks


def boxes_on(image: NDArray, boxes: NDArray, case: Case) -> NDArray:
    """Boxes (N, 4) in pixels of the truth as pixels of the image that the network sees."""
    scale = np.array(image.shape[1::-1]) / np.array(case.shape[::-1])
    return boxes * np.tile(scale, 2)


def _classes(case: Case, network) -> NDArray:
    classes = getattr(network, "classes", None) or network.config.classes
    return np.array([category_of(name, classes) for name in case.ids])
