"""How each row is measured on a network. Every answer is what goes into the row's record."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from MedSAMLib.images import read_volume, to_uint8
from Testing.benchmarks import hypotheses_speed, quality_speed, upsampling_speed
from Testing.benchmarks.measuring import median_seconds
from Testing.benchmarks.suite.networks import Network, Ours
from Testing.benchmarks.suite.plan import Amounts
from Testing.benchmarks.suite.scenes import BOX, WINDOW, boxes

Record = dict[str, Any]


@dataclass(frozen=True)
class Bench:
    """A network, how much is measured, and the image that all rows but the volume are about."""

    network: Network
    amounts: Amounts
    image: np.ndarray
    volume: Path

    def seconds(self, call: Callable[[], object]) -> float:
        """Median of the repeats."""
        return median_seconds(call, self.amounts.repeats, self.amounts.warm_ups)

    def growth(self, make: Callable[[int], Callable[[], object]], amounts: Iterable[int]) -> list:
        """(amount, seconds) of what `make` makes for each amount."""
        return [(amount, self.seconds(make(amount))) for amount in amounts]


def encode(bench: Bench) -> Record:
    """The network has encoded once before: that warmed it up."""
    call = lambda: bench.network.encode(bench.image)  # noqa: E731
    return {"value": median_seconds(call, bench.amounts.repeats, warm_ups=0)}


def box(bench: Bench) -> Record:
    return {"value": bench.seconds(lambda: bench.network.box(BOX))}


def answer(bench: Bench) -> Record:
    def call() -> None:
        bench.network.encode(bench.image)
        bench.network.box(BOX)

    return {"value": bench.seconds(call)}


def prompts(bench: Bench) -> Record:
    given = boxes(bench.amounts.prompts)
    return {"value": bench.seconds(lambda: bench.network.boxes(given))}


def singly(bench: Bench) -> Record:
    given = boxes(bench.amounts.prompts)

    def call() -> None:
        for each in given:
            bench.network.box(each)

    # Not warmed up: the first of many calls does that.
    return {"value": median_seconds(call, bench.amounts.repeats, warm_ups=0)}


def quality(bench: Bench) -> Record:
    """Ours judges all objects from the embedding; the reference is called twice for each."""

    def make(count: int) -> Callable[[], object]:
        _, masks = quality_speed.twenty_objects(count)
        if isinstance(bench.network, Ours):
            return quality_speed.asker(bench.network.model, bench.network.embedding, masks)
        return quality_speed.one_by_one(bench.network.predictor, masks)

    return _of_last(bench.growth(make, bench.amounts.objects))


def hypotheses(bench: Bench) -> Record:
    """Ours by the SeqSAM head; the reference, which has one mask a call, by as many calls."""
    network = bench.network

    def make(count: int) -> Callable[[], object]:
        if isinstance(network, Ours):
            ask = hypotheses_speed.asker(network.model, network.embedding)
            return lambda: ask(count)
        return lambda: [network.box(np.array(hypotheses_speed.BOX)) for _ in range(count)]

    return _of_last(bench.growth(make, bench.amounts.hypotheses))


def upsampling(bench: Bench) -> Record:
    """Of a 512 x 512 image, with the share of refined points that is the default."""
    model = bench.network.model
    head, embedding = upsampling_speed.head_for(model), bench.network.embedding

    def make(side: int) -> Callable[[], object]:
        return lambda: upsampling_speed.upsampled(model, embedding, head, (side, side))

    growth = bench.growth(make, bench.amounts.sides)
    return {"value": dict(growth)[bench.amounts.side], "growth": growth}


def click(bench: Bench) -> Record:
    """In the panel on Slicer's core, which needs a process of its own."""
    told = bench.volume.with_name("clicks.json")
    command = [sys.executable, "-m", "Testing.benchmarks.click_latency", "--json", str(told)]
    amounts = ["--memory-clicks", "0", "--clicks", str(bench.amounts.clicks)]
    subprocess.run([*command, *amounts], check=True, stdout=subprocess.DEVNULL)
    median, late = json.loads(told.read_text(encoding="utf-8"))["starter"]["written"]
    return {"value": late / 1e3, "median": median / 1e3}


def volume(bench: Bench) -> Record:
    """Once: slices are repeats enough."""
    start = time.perf_counter()
    array = read_volume(bench.volume).array
    growth = []
    for number, plane in enumerate(array, start=1):
        bench.network.encode(to_uint8(plane, WINDOW))
        bench.network.box(BOX)
        growth.append((number, time.perf_counter() - start))
    bench.network.encode(bench.image)  # for the rows after this one
    return _of_last(growth)


def _of_last(growth: list[tuple[int, float]]) -> Record:
    return {"value": growth[-1][1], "growth": growth}


MEASURES: dict[str, Callable[[Bench], Record]] = {
    "encode": encode,
    "box": box,
    "answer": answer,
    "prompts": prompts,
    "singly": singly,
    "quality": quality,
    "hypotheses": hypotheses,
    "upsampling": upsampling,
    "click": click,
    "volume": volume,
}
