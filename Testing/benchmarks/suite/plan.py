"""What is measured: rows, the ways that take part in them, and how much of each."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import Any

from Testing.benchmarks.measuring import Repeats

REFERENCE = "reference"
MODELS = {"starter": "the shipped starter", "vit_b": "ViT-B", "vit_l": "ViT-L", "vit_h": "ViT-H"}


@dataclass(frozen=True)
class Way:
    """Something that segments; `kind` and `precision` say how it is made (see `networks`)."""

    title: str
    kind: str
    precision: str = "float32"

    @property
    def is_ours(self) -> bool:
        return self.kind in ("torch", "openvino")


WAYS = {
    REFERENCE: Way("`SamPredictor`, float32", "reference"),
    "autocast": Way("`SamPredictor`, bfloat16 autocast", "reference", "bfloat16"),
    "compiled": Way("the same with `torch.compile`", "compiled", "bfloat16"),
    "transformers": Way("`transformers` SamModel, float32", "transformers"),
    "torch-float32": Way("ours, PyTorch float32", "torch"),
    "torch-bfloat16": Way("ours, PyTorch bfloat16", "torch", "bfloat16"),
    "openvino-float32": Way("ours, OpenVINO float32", "openvino"),
    "openvino-bfloat16": Way("ours, OpenVINO bfloat16", "openvino", "bfloat16"),
}
OURS = ("torch-float32", "torch-bfloat16")
OPENVINO = ("openvino-float32", "openvino-bfloat16")
# OpenVINO runs the encoder alone: everything else is PyTorch's with it, too.
DECODING = tuple(way for way in WAYS if way not in OPENVINO)


@dataclass(frozen=True)
class Row:
    """One thing that is measured; `base` is the reference's row that it is compared with."""

    title: str
    ways: tuple[str, ...]
    models: tuple[str, ...] = tuple(MODELS)
    unit: str = "s"
    base: str = ""


STARTER = ("starter",)
PREDICTING = (REFERENCE, *OURS)
ROWS = {
    "encode": Row("encode an image", tuple(WAYS)),
    "box": Row("answer a box", DECODING),
    "answer": Row("encode and answer a box", tuple(WAYS), STARTER),
    "prompts": Row("64 boxes at once", DECODING, base="singly"),
    "singly": Row("64 boxes one by one", DECODING),
    "quality": Row("20 objects judged; `SamPredictor`: 40 calls", PREDICTING),
    "hypotheses": Row("16 hypotheses; `SamPredictor`: 16 calls", PREDICTING, STARTER),
    "upsampling": Row("a mask of 2048 x 2048", OURS, STARTER),
    # In the panel, which takes bfloat16 where the processor has it.
    "click": Row("click to written segment, 95th percentile", OURS[1:], STARTER),
    "volume": Row("100 slices read, windowed, encoded, answered", PREDICTING, STARTER),
    "memory": Row("peak memory of loading and encoding", tuple(WAYS), unit="GB"),
}
PLOTTED = {
    "volume": "slices",
    "quality": "objects of a slice",
    "hypotheses": "hypotheses (M)",
    "upsampling": "side of the mask, pixels",
}


def titles() -> dict[str, Any]:
    """What rows, ways and models are called, rows with their units, for who reads the JSON."""
    return {
        "rows": {name: {"title": row.title, "unit": row.unit} for name, row in ROWS.items()},
        "ways": {name: way.title for name, way in WAYS.items()},
        "ours": [name for name, way in WAYS.items() if way.is_ours],
        "models": MODELS,
    }


@dataclass(frozen=True)
class Amounts:
    """How much of each row; the last number of `objects` and `hypotheses` is the row's own, the
    others are for the plots, which show the starter."""

    prompts: int = 64
    objects: tuple[int, ...] = (1, 5, 10, 20)
    hypotheses: tuple[int, ...] = (1, 2, 4, 8, 16)
    sides: tuple[int, ...] = (512, 1024, 2048, 4096)
    side: int = 2048  # the row's own
    slices: int = 100
    clicks: int = 40
    repeats: Repeats = field(default_factory=Repeats)
    warm_ups: int = 1


QUICK = Amounts(
    prompts=4,
    objects=(1, 2),
    hypotheses=(1, 2),
    sides=(512, 1024),
    side=1024,
    slices=4,
    clicks=2,
    repeats=Repeats(1, 1),
    warm_ups=0,
)


@dataclass(frozen=True)
class Job:
    """What one process measures."""

    device: str
    model: str
    way: str
    rows: tuple[str, ...]

    @property
    def name(self) -> str:
        return f"{self.device.replace(':', '')}-{self.model}-{self.way}"

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)


def amounts_for(model: str, amounts: Amounts) -> Amounts:
    """Without what is only plotted where the model's plots are not shown."""
    return amounts if model in STARTER else replace(amounts, objects=amounts.objects[-1:])


def jobs(devices: list[str], models: list[str], ways: list[str], rows: list[str]) -> list[Job]:
    """One process for each device, model and way that has something to measure."""
    made = []
    for device in devices:
        for model in models:
            for way in ways:
                wanted = tuple(
                    row
                    for row in rows
                    if way in ROWS[row].ways
                    and model in ROWS[row].models
                    and not (row == "click" and device != "cpu")
                )
                if wanted and _fits(device, model, WAYS[way].kind):
                    made.append(Job(device, model, way, wanted))
    return made


def _fits(device: str, model: str, kind: str) -> bool:
    """The starter has no counterpart in transformers, and OpenVINO is for SAM on the CPU."""
    if model == "starter" and kind in ("transformers", "openvino"):
        return False
    is_cpu = device == "cpu"
    return not (is_cpu and kind == "compiled") and not (not is_cpu and kind == "openvino")
