"""One loaded network: an image becomes an embedding, an embedding and prompts become masks.

Given the same weights and numbers the results equal `segment_anything.SamPredictor`'s.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import torch

from ..errors import MedSAMError, UsageError
from ..images import to_uint8
from .backbone import Sam
from .cache import EmbeddingCache, Window, cache_key
from .closer_look import Crop, Nearer, Prompted
from .closer_masks import looks_closer, segmented, segmented_batch
from .device import Choice
from .embedding import Embedding, Masks
from .engines.fused_encoder import FusedEncoder, Told
from .engines.precision import DTYPES, resolved
from .engines.precision import check_name as check_precision
from .freed_memory import keep_freed_memory
from .full_size import masks_at_full_size
from .joint_decoding import BatchDecoder, can_decode_jointly, decode_jointly
from .near_logits import near_logits
from .preprocessing import checked_image, network_image, to_rgb
from .prompt_tensors import NetworkFrame, PromptTensors, prompt_tensors

if TYPE_CHECKING:
    from ..hypotheses.hypotheses import Hypotheses
    from ..implicit.upsampling import Upsampled
    from .engines.openvino_engine import OpenVinoEngine

__all__ = ["Embedding", "Masks", "SamModel"]

logger = logging.getLogger(__name__)

Answer = Callable[[PromptTensors, slice, bool], tuple[torch.Tensor, torch.Tensor]]

# Prompts decoded at a time, which is what takes memory.
BATCH_OF_PROMPTS = 16


class SamModel:
    """A SAM network on a device. Its methods may be called from any thread; they take turns.

    Attributes:
        name: what it was loaded as.
        architecture: "vit_b", "vit_l", "vit_h" or "starter".
        model_id: sha256 of the weights' file.
        device_note: a sentence for the user if the network does not run where or as it should.
        precision: "float32" or "bfloat16", of encoding images and of decoding batches of prompts.
        sam: the network itself.
        cache: the embeddings computed so far.
    """

    def __init__(
        self,
        sam: Sam,
        *,
        name: str,
        architecture: str,
        model_id: str,
        choice: Choice,
        precision: str = "float32",
        cache: EmbeddingCache | None = None,
    ) -> None:
        check_precision(precision)
        self.name = name
        self.architecture = architecture
        self.model_id = model_id
        self.device_note = choice.note
        self.cache = EmbeddingCache() if cache is None else cache
        self.sam = sam.eval()
        self._lock = threading.RLock()
        self._asked_precision = precision
        self._told: Told | None = None
        self._openvino: OpenVinoEngine | None = None
        self._place_on(choice.device)

    @property
    def image_size(self) -> int:
        """Side of the square network input in pixels."""
        return self.sam.image_encoder.img_size

    @property
    def closer_share(self) -> float:
        """Objects smaller than this share of the image are looked at from close by; 0 for none."""
        return float(getattr(self.sam, "closer_share", 0.0))

    @property
    def mask_size(self) -> int:
        """Side of the logits in pixels."""
        return self.sam.prompt_encoder.mask_input_size[0]

    @property
    def engine(self) -> str:
        """What encodes the next image: "torch" or "openvino"."""
        return "torch" if self._fastest_encoder() is self._encoder else "openvino"

    def accelerate(self, openvino: OpenVinoEngine) -> None:
        """Encode by OpenVINO as soon as that is ready; it is for the CPU, a GPU goes on alone."""
        self._openvino = openvino

    @contextmanager
    def watched(self, told: Told) -> Iterator[None]:
        """In the block `told` is called with the part done, 0 to 1, of every image encoded.

        What it raises ends the encoding and leaves the network usable.
        """
        with self._lock:
            self._told, before = told, self._told
            try:
                yield
            finally:
                self._told = before

    def embed(self, image: np.ndarray, window: Window = "auto") -> Embedding:
        """Encode an image (H, W) or (H, W, 3) of any number type.

        `window` is (center, width) in the image's own units, "auto", or None (full range); see
        `images.to_uint8`. An image embedded before comes from the cache. If a GPU runs out of
        memory the model moves to the CPU for good, which `device_note` tells.
        """
        image = checked_image(image)
        key = cache_key(image, f"{self.model_id}/{self.precision}", window)
        with self._lock:
            embedding = self.cache.get(key)
            if embedding is None or self._lacks(embedding):
                embedding = self._compute(to_uint8(image, window))
                self.cache.put(key, embedding)
            return embedding

    def segment(
        self,
        embedding: Embedding,
        box: np.ndarray | None = None,
        points: np.ndarray | None = None,
        labels: np.ndarray | None = None,
        mask: np.ndarray | None = None,
        multimask: bool = False,
        closer: bool = True,
    ) -> Masks:
        """Masks for one prompt, or for a batch of B prompts on the same image.

        Args:
            box: (4,) or (B, 4), x0 y0 x1 y1 in pixels of the image.
            points: (P, 2) or (B, P, 2), x y; labels: (P,) or (B, P), 1 foreground, 0 background.
            mask: an earlier result's logits (h, w), or a bool mask (H, W); (B, ...) for a batch.
            multimask: three masks for an ambiguous prompt instead of one.
            closer: objects are looked at from close by where the network was trained for it, and
                masks are cut as their boxes ask for (`box_fit`). It takes an embedding each, two
                for a large object; without, a batch costs its decoding alone.

        Raises UsageError for prompts without meaning and for another model's embedding.
        """
        if embedding.model_id != self.model_id:
            raise UsageError("The embedding was made by another model: embed the image again.")
        given = (box, points, labels, mask)
        prompts = prompt_tensors(self.frame(embedding), *given)  # what means nothing ends here
        if not (closer and looks_closer(self, embedding)):
            return self.segment_whole(embedding, given, multimask)
        answer = segmented_batch if prompts.is_batch else segmented
        return answer(self, embedding, given, multimask)

    def segment_whole(self, embedding: Embedding, prompts: Prompted, multimask: bool) -> Masks:
        """`segment` from this embedding alone; `prompts` are (box, points, labels, mask)."""
        tensors = prompt_tensors(self.frame(embedding), *prompts)
        return self._segment(embedding, tensors, multimask, partial(self.logits, embedding))

    def segment_near(self, near: Nearer, multimask: bool) -> Masks:
        """`segment` from a closer look, in its pixels: its mirror image is asked where there is
        one, and the masks are cut as boxes ask for it."""
        frame = self.frame(near.embedding)
        answer = partial(near_logits, self.logits, near, frame, self.sam.mask_threshold)
        tensors = prompt_tensors(frame, *near.prompts)
        return self._segment(near.embedding, tensors, multimask, answer)

    def logits(
        self, embedding: Embedding, prompts: PromptTensors, part: slice, multimask: bool
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Logits (b, C, h, w) and scores (b, C) of a part of the prompts, on the model's device."""
        arguments = prompts.part(part.start, part.stop, self.device)
        sparse, dense = self.sam.prompt_encoder(**arguments)
        decode = self._decoder_for(len(prompts))
        features = embedding.features.to(self.device)
        return decode(features, self._positional_encoding, sparse, dense, multimask)

    def embed_part(self, embedding: Embedding, crop: Crop) -> Embedding:
        """The embedding of a part of its image, from the cache or computed."""
        return self._embed_pixels(crop.of(embedding.image.numpy()))

    def embed_mirrored(self, embedding: Embedding) -> Embedding:
        """The embedding of its mirror image, from the cache or computed."""
        return self._embed_pixels(np.ascontiguousarray(embedding.image.numpy()[:, ::-1]))

    def _embed_pixels(self, image: np.ndarray) -> Embedding:
        key = cache_key(image, f"{self.model_id}/{self.precision}", "closer")
        with self._lock:
            found = self.cache.get(key)
            if found is None:
                found = self._compute(image)
                self.cache.put(key, found)
            return found

    def hypotheses(
        self,
        embedding: Embedding,
        box: np.ndarray | None = None,
        points: np.ndarray | None = None,
        labels: np.ndarray | None = None,
        mask: np.ndarray | None = None,
        count: int = 4,
        method: str = "auto",
        seed: int = 0,
    ) -> Hypotheses:
        """`count` (1 to 16) plausible masks for the prompts of one object.

        Prompts as for `segment`, without a batch; see `hypotheses.generators.hypotheses`.
        """
        from ..hypotheses.generators import hypotheses

        return hypotheses(self, embedding, box, points, labels, mask, count, method, seed)

    def upsample(
        self,
        embedding: Embedding,
        box: np.ndarray | None = None,
        points: np.ndarray | None = None,
        labels: np.ndarray | None = None,
        mask: np.ndarray | None = None,
        shape: tuple[int, int] | None = None,
        scale: float | None = None,
        refine: float = 0.125,
        samples: int = 8,
        seed: int = 0,
        category: int = 0,
        progress: Callable[[int, int], None] | None = None,
        checkpoint: Callable[[], None] | None = None,
    ) -> Upsampled:
        """The mask for the prompts of `segment` at any resolution, with its uncertainty.

        `shape` (H2, W2) or `scale`, a factor of the image's size; see
        `implicit.upsampling.upsample`, with the head that lies beside the model's weights.
        """
        from ..implicit.upsampling import upsample

        return upsample(
            self,
            embedding,
            box,
            points,
            labels,
            mask,
            shape=shape,
            scale=scale,
            refine=refine,
            samples=samples,
            seed=seed,
            category=category,
            progress=progress,
            checkpoint=checkpoint,
        )

    def alone(self) -> AbstractContextManager:
        """While it is held no other thread uses the network."""
        return self._lock

    def frame(self, embedding: Embedding) -> NetworkFrame:
        """How the image of `embedding` lies in the network's input."""
        return NetworkFrame(
            embedding.original_size, embedding.input_size, self.image_size, self.mask_size
        )

    def at_full_size(
        self, logits: torch.Tensor, embedding: Embedding, threshold: float
    ) -> torch.Tensor:
        """Where logits (B, C, h, w), enlarged, exceed it: (B, C, H, W) bool on the CPU."""
        if logits.device.type == "cpu":
            return masks_at_full_size(logits, self.frame(embedding), threshold)
        sizes = (embedding.input_size, embedding.original_size)
        return (self.sam.postprocess_masks(logits, *sizes) > threshold).cpu()

    def _lacks(self, embedding: Embedding) -> bool:
        """Whether an older version kept it on disk, without what is needed now."""
        return embedding.pixels is None or bool(self.closer_share and embedding.image is None)

    def _compute(self, image: np.ndarray) -> Embedding:
        """Of an image (H, W) or (H, W, 3) uint8."""
        rgb = to_rgb(image)
        pixels = network_image(rgb, self.image_size)
        return Embedding(
            features=self._encode(pixels),
            original_size=rgb.shape[:2],
            input_size=tuple(pixels.shape[-2:]),
            model_id=self.model_id,
            pixels=pixels,
            image=torch.from_numpy(np.array(image)) if self.closer_share else None,
        )

    def _encode(self, pixels: torch.Tensor) -> torch.Tensor:
        try:
            return self._run_encoder(pixels)
        except RuntimeError as error:
            if not _is_out_of_memory(error):
                raise
            if self.device.type == "cpu":
                raise MedSAMError(
                    f"There is not enough memory for the model {self.name}; use the starter model."
                ) from error
            self._fall_back_to_cpu()
        return self._run_encoder(pixels)

    @torch.inference_mode()
    def _run_encoder(self, pixels: torch.Tensor) -> torch.Tensor:
        encoder = self._fastest_encoder()
        features = encoder(self.sam.preprocess(pixels.to(self.device)), self._told)
        if self.precision == "bfloat16":
            features = features.half().float()  # finer than bfloat16; the cache keeps it in half
        if self.precision != "float32" and not torch.isfinite(features).all():
            self._note("This network's numbers are too large for bfloat16; using float32.")
            self._use_precision("float32")
            return self._run_encoder(pixels)
        if self._openvino and self.device.type == "cpu" and encoder is self._encoder:
            self._openvino.encoded(self.precision)
        return features

    def _fastest_encoder(self) -> Callable[[torch.Tensor, Told | None], torch.Tensor]:
        other = self._openvino.encoder if self._openvino else None
        fits = other and self.device.type == "cpu" and other.precision == self.precision
        return other if fits else self._encoder

    def _segment(
        self, embedding: Embedding, prompts: PromptTensors, multimask: bool, answer: Answer
    ) -> Masks:
        """Logits by `answer`, some prompts at a time; masks of the image's size by them."""
        parts = []
        with self._lock, torch.inference_mode():
            for start in range(0, len(prompts), BATCH_OF_PROMPTS):
                part = slice(start, start + BATCH_OF_PROMPTS)
                logits, scores = answer(prompts, part, multimask)
                masks = self.at_full_size(logits, embedding, self.sam.mask_threshold)
                parts.append((masks, logits.float().cpu(), scores.float().cpu()))
        return Masks.joined(parts, prompts.is_batch, multimask)

    def _decoder_for(self, count: int) -> Callable[..., tuple[torch.Tensor, torch.Tensor]]:
        """What decodes `count` prompts of one image."""
        decoder = self.sam.mask_decoder
        if not can_decode_jointly(decoder):
            return decoder
        if count == 1:  # nothing is won by bfloat16
            return partial(decode_jointly, decoder)
        if self._batch_decoder is None:
            self._batch_decoder = BatchDecoder(decoder, DTYPES[self.precision])
        return self._batch_decoder

    def _place_on(self, device: torch.device) -> None:
        self.device = device
        if device.type == "cpu":
            keep_freed_memory()
        self.sam.to(device)
        with torch.inference_mode():
            self._positional_encoding = self.sam.prompt_encoder.get_dense_pe()
        precision, note = resolved(self._asked_precision, self.sam.image_encoder, device)
        if note:
            self._note(note)
        self._use_precision(precision)

    def _use_precision(self, precision: str) -> None:
        self.precision = precision
        self._encoder = FusedEncoder(self.sam.image_encoder, DTYPES[precision])
        self._batch_decoder: BatchDecoder | None = None

    def _note(self, sentence: str) -> None:
        self.device_note = sentence
        logger.warning(sentence)

    def _fall_back_to_cpu(self) -> None:
        self._note(f"The {self.device.type} device ran out of memory; using the CPU.")
        self._place_on(torch.device("cpu"))
        torch.cuda.empty_cache()


def _is_out_of_memory(error: RuntimeError) -> bool:
    """CUDA has a class of its own for it; MPS and the CPU only say so."""
    told = ("out of memory", "not enough memory", "can't allocate memory")
    return isinstance(error, torch.cuda.OutOfMemoryError) or any(t in str(error) for t in told)
