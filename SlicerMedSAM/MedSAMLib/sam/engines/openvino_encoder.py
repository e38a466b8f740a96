"""SAM's image encoder by OpenVINO on the CPU."""

from __future__ import annotations

import sys
import time
import warnings
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import torch

from .fused_encoder import Told

if TYPE_CHECKING:
    from ..backbone import ImageEncoderViT

# How often a running encoding is asked for how long it has taken.
POLL_MILLISECONDS = 100
HINTS = {"float32": "f32", "bfloat16": "bf16"}


class OpenVinoEncoder:
    """Features (B, 256, g, g) float32 of normalized images (B, 3, S, S), one image at a time.

    Compiling the network takes seconds. It takes as many threads as PyTorch.
    """

    def __init__(self, network: Path, precision: str) -> None:
        openvino = openvino_without_telemetry()
        self.precision = precision
        options = {
            "INFERENCE_PRECISION_HINT": HINTS[precision],
            "INFERENCE_NUM_THREADS": torch.get_num_threads(),
            "PERFORMANCE_HINT": "LATENCY",
        }
        compiled = openvino.Core().compile_model(network, "CPU", options)
        self._request = compiled.create_infer_request()
        self._seconds = 0.0  # that the last image took

    def __call__(self, images: torch.Tensor, told: Told | None = None) -> torch.Tensor:
        """`told` is called now and then with the part done; what it raises ends the work."""
        return torch.cat([self._features(image[None], told) for image in images])

    def _features(self, image: torch.Tensor, told: Told | None) -> torch.Tensor:
        start = time.monotonic()
        self._request.start_async({0: image.contiguous().numpy()}, share_inputs=True)
        try:
            while not self._request.wait_for(POLL_MILLISECONDS):
                if told:
                    told(min((time.monotonic() - start) / (self._seconds or 60.0), 0.99))
        except BaseException:
            self._request.cancel()
            self._request.wait_for(60_000)
            raise
        self._seconds = time.monotonic() - start
        if told:
            told(1.0)
        # A copy: the next image is written into the same memory.
        return torch.from_numpy(self._request.get_output_tensor(0).data.copy())


def openvino_without_telemetry() -> ModuleType:
    """The package `openvino`, whose converter would otherwise tell Intel of every use."""
    if "openvino_telemetry" not in sys.modules:
        # An import of it fails from now on, for which the converter has a stand-in that is silent.
        sys.modules["openvino_telemetry"] = None
    import openvino

    return openvino


def convert(encoder: ImageEncoderViT, network: Path) -> None:
    """Write the encoder as OpenVINO's `network` (.xml) with its weights beside it (.bin).

    In float32: in which precision it runs is chosen when it is compiled.
    """
    openvino = openvino_without_telemetry()
    shape = [1, 3, encoder.img_size, encoder.img_size]
    with torch.no_grad(), warnings.catch_warnings():
        # The sizes that become constants are the same for every image.
        warnings.simplefilter("ignore", torch.jit.TracerWarning)
        made = openvino.convert_model(encoder, example_input=torch.zeros(shape), input=shape)
    openvino.save_model(made, network, compress_to_fp16=False)
