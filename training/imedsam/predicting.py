"""A trained network on one image: probabilities of its objects at any resolution."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from MedSAMLib.implicit.network import ImplicitNetwork
from MedSAMLib.implicit.rendering import Rendered, RenderSettings, render
from MedSAMLib.implicit.selection import most_uncertain
from MedSAMLib.sam.device import computes_bfloat16
from training.imedsam.baselines import BoxlessNetwork
from training.imedsam.examples import framed, network_boxes


@torch.inference_mode()
def predict(
    network: ImplicitNetwork | BoxlessNetwork,
    image: NDArray[np.uint8],
    boxes: NDArray,
    shape: tuple[int, int],
    settings: RenderSettings,
    classes: NDArray | None = None,
    choose=most_uncertain,
) -> list[Rendered]:
    """The objects in `boxes` (N, 4) of an image (H, W, 3), each in an output of `shape`.

    `classes` (N,) are those of a network for several; `choose` says which points are refined.
    """
    device = next(network.parameters()).device
    side = network.image_size
    images, extent = (each.to(device) for each in framed(image, side))
    prompts = network_boxes(np.asarray(boxes), image.shape[:2], extent.cpu(), side)
    # As `medsam` encodes: bfloat16 where it is computed and not imitated.
    with torch.autocast(device.type, torch.bfloat16, enabled=computes_bfloat16(device)):
        embedding = network.encoder(images).float()
    found = []
    for number, box in enumerate(torch.from_numpy(prompts).to(device)):
        field = network.field(embedding, images, extent, boxes=box[None])
        category = 0 if classes is None else int(classes[number])
        own = RenderSettings(**{**vars(settings), "category": category})
        found.append(render(network.decoder, field, shape, own, choose=choose))
    return found
