"""Every way of segmenting behind the same few calls."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Protocol

import numpy as np
import torch

from MedSAMLib import SamModel, load_model
from MedSAMLib.sam.backbone import sam_model_registry
from MedSAMLib.sam.cache import EmbeddingCache
from MedSAMLib.sam.store import Store
from Testing.benchmarks.measuring import synchronize
from Testing.benchmarks.suite.plan import WAYS, Job
from Testing.benchmarks.suite.scenes import as_rgb


class Network(Protocol):
    """What is measured; the image that was encoded last is the one that prompts are about."""

    device: torch.device

    def encode(self, image: np.ndarray) -> None:
        """Of an image (H, W) uint8; done when it returns."""

    def features(self) -> np.ndarray:
        """Of the image encoded last, float32."""

    def box(self, box: np.ndarray) -> np.ndarray:
        """The mask (H, W) bool for a box (4,)."""

    def boxes(self, boxes: np.ndarray) -> np.ndarray:
        """The masks (N, H, W) bool for boxes (N, 4), by one call."""


class Ours:
    """MedSAMLib; nothing is kept between images."""

    def __init__(self, model: SamModel) -> None:
        self.model, self.device = model, model.device

    def encode(self, image: np.ndarray) -> None:
        self.embedding = self.model.embed(image)
        synchronize(self.device)

    def features(self) -> np.ndarray:
        return self.embedding.features.float().cpu().numpy()

    def box(self, box: np.ndarray) -> np.ndarray:
        return self.model.segment(self.embedding, box=box).masks[0]

    def boxes(self, boxes: np.ndarray) -> np.ndarray:
        return self.model.segment(self.embedding, box=boxes).masks


class Reference:
    """`segment_anything.SamPredictor`, as it is or under autocast."""

    def __init__(self, sam: torch.nn.Module, device: torch.device, precision: str) -> None:
        from segment_anything import SamPredictor

        self.predictor = SamPredictor(sam.to(device))
        self.device, self.precision = device, precision

    def encode(self, image: np.ndarray) -> None:
        with self._cast():
            self.predictor.set_image(as_rgb(image))
        synchronize(self.device)

    def features(self) -> np.ndarray:
        return self.predictor.get_image_embedding().float().cpu().numpy()

    def box(self, box: np.ndarray) -> np.ndarray:
        if self.precision != "float32":  # `predict` cannot hand out bfloat16 scores
            return self.boxes(box[None])[0]
        return self.predictor.predict(box=box, multimask_output=False)[0][0]

    def boxes(self, boxes: np.ndarray) -> np.ndarray:
        with self._cast():
            moved = self.predictor.transform.apply_boxes_torch(
                torch.as_tensor(boxes, device=self.device), self.predictor.original_size
            )
            masks, _, _ = self.predictor.predict_torch(
                None, None, boxes=moved, multimask_output=False
            )
        return masks[:, 0].cpu().numpy()

    def _cast(self) -> AbstractContextManager:
        if self.precision == "float32":
            return nullcontext()
        return torch.autocast(self.device.type, getattr(torch, self.precision))


class Transformers:
    """`transformers.SamModel` of ViT-B's shape with random weights, and its image processor."""

    def __init__(self, device: torch.device, size: dict) -> None:
        from transformers import SamConfig, SamImageProcessor
        from transformers import SamModel as TheirModel

        torch.manual_seed(0)
        self.network = TheirModel(SamConfig(vision_config=size)).eval().to(device)
        for weight in self.network.parameters():
            torch.nn.init.normal_(weight, std=0.02)  # its own first weights are nearly zero
        self.processor, self.device = SamImageProcessor(), device

    @torch.inference_mode()
    def encode(self, image: np.ndarray) -> None:
        self.inputs = self.processor(as_rgb(image), return_tensors="pt")
        pixels = self.inputs["pixel_values"].to(self.device)
        self.embedding = self.network.get_image_embeddings(pixels)
        synchronize(self.device)

    def features(self) -> np.ndarray:
        return self.embedding.float().cpu().numpy()

    def box(self, box: np.ndarray) -> np.ndarray:
        return self.boxes(box[None])[0]

    @torch.inference_mode()
    def boxes(self, boxes: np.ndarray) -> np.ndarray:
        sizes = self.inputs["original_sizes"], self.inputs["reshaped_input_sizes"]
        scale = float(sizes[1].max() / sizes[0].max())
        given = torch.as_tensor(boxes[None] * scale, dtype=torch.float32, device=self.device)
        found = self.network(
            image_embeddings=self.embedding, input_boxes=given, multimask_output=False
        )
        masks = self.processor.post_process_masks(found.pred_masks.cpu(), *sizes)
        return masks[0][:, 0].numpy()


# Of transformers' configuration, for the encoders that are larger than its own first one.
LARGER = {
    "vit_b": {},
    "vit_l": {
        "hidden_size": 1024,
        "num_hidden_layers": 24,
        "num_attention_heads": 16,
        "mlp_dim": 4096,
        "global_attn_indexes": [5, 11, 17, 23],
    },
    "vit_h": {
        "hidden_size": 1280,
        "num_hidden_layers": 32,
        "num_attention_heads": 16,
        "mlp_dim": 5120,
        "global_attn_indexes": [7, 15, 23, 31],
    },
}


def make(job: Job, folder: Path) -> Network:
    """The job's network, from the checkpoint that lies in the folder."""
    way, device = WAYS[job.way], torch.device(job.device)
    if way.kind in ("torch", "openvino"):
        return Ours(_own_model(job, folder))
    if way.kind == "transformers":
        return Transformers(device, LARGER[job.model])
    network = Reference(_their_sam(job.model, folder), device, way.precision)
    if way.kind == "compiled":
        sam = network.predictor.model
        sam.image_encoder = torch.compile(sam.image_encoder)
    return network


def _own_model(job: Job, folder: Path) -> SamModel:
    way = WAYS[job.way]
    return load_model(
        "starter" if job.model == "starter" else checkpoint(job.model, folder),
        device=job.device,
        precision=way.precision,
        engine=way.kind,
        cache=EmbeddingCache(max_bytes=0),
        store=None if job.model == "starter" else Store(folder),
    )


def _their_sam(model: str, folder: Path) -> torch.nn.Module:
    if model == "starter":
        return load_model("starter", device="cpu", engine="torch").sam
    return sam_model_registry[model](checkpoint=checkpoint(model, folder)).eval()


def checkpoint(model: str, folder: Path) -> Path:
    """Where the random weights of a model lie."""
    return folder / f"{model}.pth"


def write_checkpoint(model: str, folder: Path) -> None:
    """Seeded random weights of SAM's shape, relative positions included."""
    torch.manual_seed(0)
    sam = sam_model_registry[model]()
    for block in sam.image_encoder.blocks:
        for table in (block.attn.rel_pos_h, block.attn.rel_pos_w):
            torch.nn.init.normal_(table, std=0.05)
    torch.save(sam.state_dict(), checkpoint(model, folder))


def shape_of_encoder(model: str) -> torch.nn.Module:
    """The encoder without numbers, on the device "meta"."""
    if model != "starter":
        with torch.device("meta"):
            return sam_model_registry[model]().image_encoder
    return load_model("starter", device="cpu", engine="torch").sam.image_encoder.to("meta")
