"""Damaged and hostile checkpoints: safetensors, PyTorch's zip and pickle, heads, judges."""

from __future__ import annotations

import io
import json
import pickle
import struct
import zipfile
from functools import cache, lru_cache

import torch
from hypothesis import strategies as st
from safetensors.torch import save

from MedSAMLib.hypotheses.heads import (
    HeadConfig,
    changed_weights,
    head_metadata,
    load_head,
    new_head,
)
from MedSAMLib.implicit import heads as implicit_heads
from MedSAMLib.quality.judge_network import JudgeNetwork
from MedSAMLib.quality.learned_judge import load_judge
from MedSAMLib.sam.backbone import Sam  # noqa: F401  makes torchvision importable
from MedSAMLib.sam.cache import CacheKey, EmbeddingFolder
from MedSAMLib.sam.checkpoint_files import read_checkpoint
from MedSAMLib.sam.loading import load_sam
from Testing.unit.sam_factory import tiny_model

from .damage import NUMBERS, damaged
from .target import Files, Target

WEIGHTS = {"a.weight": torch.arange(12.0).reshape(3, 4), "a.bias": torch.zeros(3)}


@lru_cache(maxsize=1)
def model():
    """The backbone that the heads are for."""
    return tiny_model()


def _safetensors(header: bytes, data: bytes) -> bytes:
    return struct.pack("<Q", len(header)) + header + data


@st.composite
def _headers(draw) -> bytes:
    """A safetensors file whose JSON header claims other shapes, types and places."""
    size = st.sampled_from([0, 1, 12, 48, -1, 10**12, 2**63, 2**64, 1.5, "12", None])
    entry = {
        "dtype": draw(st.sampled_from(["F32", "F16", "I64", "BOOL", "F8_E4M3", "X", "", 4, None])),
        "shape": draw(st.lists(size, max_size=4)),
        "data_offsets": draw(st.lists(size, min_size=0, max_size=3)),
    }
    metadata = draw(st.one_of(st.none(), st.dictionaries(st.text(max_size=9), st.text(max_size=9))))
    header = {"a.weight": entry, **({"__metadata__": metadata} if metadata else {})}
    return _safetensors(json.dumps(header).encode("utf-8", "surrogatepass"), bytes(48))


@cache
def pytorch(zipped: bool) -> bytes:
    """A small PyTorch file of either form."""
    stream = io.BytesIO()
    torch.save(WEIGHTS, stream, _use_new_zipfile_serialization=zipped)
    return stream.getvalue()


@st.composite
def _zips(draw) -> bytes:
    """A PyTorch archive with a damaged pickle, odd names, or members missing."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(pytorch(True))) as old, zipfile.ZipFile(stream, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name.endswith("data.pkl") and draw(st.booleans()):
                content = draw(damaged(content))
            if draw(st.integers(0, 9)) == 0:
                continue
            if draw(st.integers(0, 9)) == 0:
                name = draw(st.sampled_from(["../../x", "/etc/x", "archive/data.pkl", "", "a\0b"]))
            kind = draw(st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]))
            if name:
                new.writestr(zipfile.ZipInfo(name), content, compress_type=kind)
    return stream.getvalue()


class _Hostile:
    """Unpickling would make a file."""

    def __init__(self, call, *arguments) -> None:
        self._reduced = (call, arguments)

    def __reduce__(self):
        return self._reduced


@st.composite
def _pickles(draw) -> bytes:
    """Pickles of other things: code, deep nesting, loops of references, wrong types."""
    import os

    deep: list = []
    for _ in range(draw(st.integers(0, 300))):
        deep = [deep]
    content = draw(
        st.sampled_from(
            [
                {"a": _Hostile(os.system, "touch fuzzed")},
                {"a": _Hostile(eval, "1/0")},
                _Hostile(exec, "raise SystemExit"),
                {"model": {"state_dict": {"a": 1}}},
                {"model": deep},
                {1: torch.zeros(2), None: "x"},
                [torch.zeros(2)],
                "text",
                deep,
            ]
        )
    )
    protocol = draw(st.integers(0, 5))
    data = pickle.dumps(content, protocol=protocol)
    return draw(st.one_of(st.just(data), damaged(data)))


def _checkpoint() -> st.SearchStrategy[Files]:
    named = lambda ending: lambda data: Files({f"a.{ending}": data}, f"a.{ending}")  # noqa: E731
    return st.one_of(
        damaged(save(WEIGHTS, {"kind": "x"}), header=200).map(named("safetensors")),
        _headers().map(named("safetensors")),
        damaged(pytorch(True)).map(named("pth")),
        damaged(pytorch(False)).map(named("pth")),
        _zips().map(named("pth")),
        _pickles().map(named("pth")),
        st.binary(max_size=100).map(named("pt")),
    )


def _with_metadata(content: dict, metadata: dict[str, str]) -> st.SearchStrategy[Files]:
    """A whole file whose metadata, JSON among them, are damaged, or whose header is."""
    whole = save(content, metadata)

    @st.composite
    def cases(draw) -> Files:
        if draw(st.integers(0, 2)) == 0:
            data = draw(damaged(whole, header=1000))
        else:
            data = save(content, _edited(draw, metadata))
        return Files({"a.safetensors": data}, "a.safetensors")

    return cases()


def _edited(draw, metadata: dict[str, str]) -> dict[str, str]:
    values = dict(metadata)
    name = draw(st.sampled_from(sorted(values)))
    if draw(st.integers(0, 4)) == 0:
        del values[name]
    elif draw(st.booleans()) and values[name].startswith("{") and json.loads(values[name]):
        inner = json.loads(values[name])
        key = draw(st.sampled_from(sorted(inner)))
        inner[key] = draw(_JSON_VALUES)
        values[name] = json.dumps(inner)
    else:
        values[name] = draw(st.one_of(st.sampled_from(NUMBERS), _JSON_VALUES.map(json.dumps)))
    return values


_JSON_VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from([0, -1, 1, 2, 3, 7, 64, 10**5, 10**12, 2**70, 0.5, float("nan"), float("inf")]),
    st.text(max_size=8),
    st.lists(st.sampled_from([0, 1, 2, -1, 10**6, None, "a"]), max_size=4),
    st.just({"a": [1]}),
)

TINY_STARTER = {
    "image_size": 32,
    "stem_channels": [8, 8, 16],
    "stem_blocks": [0, 0, 0],
    "depth": 1,
    "heads": 2,
    "window": 4,
    "global_blocks": [0],
}


def _starter() -> st.SearchStrategy[Files]:
    from MedSAMLib.sam.starter import build_starter

    weights = {n: t.half() for n, t in build_starter(TINY_STARTER).state_dict().items()}
    return _with_metadata(weights, {"config": json.dumps(TINY_STARTER)})


def _hypotheses_head() -> st.SearchStrategy[Files]:
    head = new_head(model(), "seqsam")
    metadata = head_metadata(HeadConfig(), model().model_id, {"steps": 1})
    return _with_metadata(changed_weights(head, model()), metadata)


def _judge() -> st.SearchStrategy[Files]:
    weights = {name: value.half() for name, value in JudgeNetwork().state_dict().items()}
    return _with_metadata(weights, {"kind": "judge", "model_id": "x"})


def _implicit_head() -> st.SearchStrategy[Files]:
    from MedSAMLib.implicit.config import ImplicitConfig
    from MedSAMLib.implicit.network import ImplicitNetwork

    network = ImplicitNetwork(model().sam, ImplicitConfig(lora_rank=0))
    weights = {n: t.half().contiguous().clone() for n, t in network.trained_state().items()}
    config = json.dumps(network.config.to_dict())
    metadata = {"kind": "imedsam", "model_id": model().model_id, "config": config, "training": "{}"}
    return _with_metadata(weights, metadata)


_KEY = CacheKey("content", "model", "auto")


def _kept_embedding() -> st.SearchStrategy[Files]:
    tensors = {"features": torch.zeros(1, 4, 8, 8, dtype=torch.float16)}
    meta = {"original_size": [8, 8], "input_size": [64, 64], "model_id": "model"}

    def renamed(files: Files) -> Files:
        return Files({_KEY.filename(): files.content["a.safetensors"]}, "")

    return _with_metadata(tensors, {"embedding": json.dumps(meta)}).map(renamed)


TARGETS = (
    Target("checkpoint", _checkpoint(), read_checkpoint),
    Target("starter-file", _starter(), load_sam),
    Target("hypotheses-head", _hypotheses_head(), lambda path: load_head(path, model())),
    Target("implicit-head", _implicit_head(), lambda p: implicit_heads.load_head(p, model())),
    Target("judge", _judge(), load_judge),
    Target("kept-embedding", _kept_embedding(), lambda p: EmbeddingFolder(p, 1 << 20).read(_KEY)),
)
