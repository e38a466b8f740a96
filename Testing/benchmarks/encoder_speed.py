"""How fast ViT-B's image encoder is, and what memory it takes, beside `segment_anything`.

    python -m Testing.benchmarks.encoder_speed --out docs/results

Every way runs in a process of its own on the same seeded random weights and the same image: a warm
call, then the median of REPEATS; the peak of its memory is the process's. The rate of matrix
products is measured beside it. OpenVINO, where it is installed, is converted first.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import datetime, timezone
from importlib.metadata import version
from pathlib import Path

import numpy as np

REPEATS = 3
SIDE = 1024
WAYS = {
    "reference": "`segment_anything`, float32",
    "autocast": "the same under bfloat16 autocast",
    "torch-float32": "PyTorch engine, float32",
    "torch-bfloat16": "PyTorch engine, bfloat16",
    "openvino-float32": "OpenVINO engine, float32",
    "openvino-bfloat16": "OpenVINO engine, bfloat16",
}


def run_one(way: str, folder: Path) -> None:
    """Measure a way; its features and facts go into the folder."""
    import torch

    from Testing.benchmarks.measuring import Repeats, matrix_rate, median_seconds, peak_bytes

    network = None if way.startswith("openvino") else seeded_encoder()
    images = torch.randn(1, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(1))
    encode = encoder_of(way, network, folder)
    with torch.inference_mode():
        features = encode(images)
        seconds = median_seconds(lambda: encode(images), Repeats(REPEATS, REPEATS), warm_ups=0)
    np.save(folder / f"{way}.npy", features.float().numpy())
    dtype = torch.bfloat16 if way.endswith(("bfloat16", "autocast")) else torch.float32
    facts = {
        "seconds": seconds,
        "peak_bytes": peak_bytes(),
        "matrix_rate": matrix_rate(dtype),
        "threads": torch.get_num_threads(),
    }
    (folder / f"{way}.json").write_text(json.dumps(facts), encoding="utf-8")


def seeded_encoder():
    """ViT-B's encoder with random weights, relative positions included."""
    import torch

    from MedSAMLib.sam.backbone import sam_model_registry

    torch.manual_seed(0)
    encoder = sam_model_registry["vit_b"]().image_encoder.eval()
    for block in encoder.blocks:
        for table in (block.attn.rel_pos_h, block.attn.rel_pos_w):
            torch.nn.init.normal_(table, std=0.05)
    return encoder


def encoder_of(way: str, network, folder: Path) -> Callable:
    """The way as a function of images."""
    import torch

    from MedSAMLib.sam.engines.fused_encoder import FusedEncoder

    if way == "reference":
        return network
    if way == "autocast":

        def cast(images):
            with torch.autocast("cpu", torch.bfloat16):
                return network(images)

        return cast
    engine, precision = way.split("-")
    if engine == "torch":
        return FusedEncoder(network, getattr(torch, precision))
    from MedSAMLib.sam.engines.openvino_encoder import OpenVinoEncoder

    return OpenVinoEncoder(folder / "network.xml", precision)


def convert(folder: Path) -> None:
    """Make OpenVINO's network of the seeded encoder."""
    from MedSAMLib.sam.engines.openvino_encoder import convert

    start = time.perf_counter()
    convert(seeded_encoder(), folder / "network.xml")
    facts = {"seconds": time.perf_counter() - start}
    (folder / "convert.json").write_text(json.dumps(facts), encoding="utf-8")


def table(folder: Path, ways: list[str]) -> list[dict]:
    """A row a way, beside the reference."""
    facts = {w: json.loads((folder / f"{w}.json").read_text(encoding="utf-8")) for w in ways}
    reference, base = np.load(folder / "reference.npy"), facts["reference"]
    rows = []
    for way in ways:
        difference = np.load(folder / f"{way}.npy") - reference
        rows.append(
            {
                "way": WAYS[way],
                **facts[way],
                "times_as_fast": base["seconds"] / facts[way]["seconds"],
                "memory_share": facts[way]["peak_bytes"] / base["peak_bytes"],
                "relative_difference": float(
                    np.linalg.norm(difference) / np.linalg.norm(reference)
                ),
                "largest_difference": float(np.abs(difference).max()),
            }
        )
    return rows


def page(rows: list[dict], told: str) -> str:
    """The rows as Markdown; `told` is where they come from."""
    from training.evaluation.report import markdown_table

    header = (
        *("encoder", "seconds", "times as fast", "peak memory", "of the reference's"),
        *("relative difference", "largest difference"),
    )
    cells = [
        (
            row["way"],
            f"{row['seconds']:.2f}",
            f"{row['times_as_fast']:.2f}",
            f"{row['peak_bytes'] / 2**30:.2f} GB",
            f"{row['memory_share']:.0%}",
            f"{row['relative_difference']:.1e}",
            f"{row['largest_difference']:.1e}",
        )
        for row in rows
    ]
    rates = {row["way"]: row["matrix_rate"] / 1e9 for row in rows}
    return (
        f"# Speed of the image encoder, ViT-B\n\n{told}"
        f"- {rows[0]['threads']} threads; matrix products of 2048 x 2048 reach "
        f"{rates[WAYS['torch-float32']]:.0f} GFLOP/s in float32 and "
        f"{rates[WAYS['torch-bfloat16']]:.0f} in bfloat16; the encoder takes about 950 GFLOP\n\n"
        f"Seeded random weights, one image of {SIDE} x {SIDE}; median of {REPEATS} after one that "
        "warms up, each way in a process of its own, whose peak memory includes the weights and "
        f"PyTorch itself.\n\n{markdown_table(header, cells)}"
    )


def origin(arguments: list[str]) -> str:
    """Date, command and machine as a Markdown list."""
    from training.evaluation.provenance import processor

    date = datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M UTC")
    command = " ".join(("python -m Testing.benchmarks.encoder_speed", *arguments))
    machine = f"{platform.system()} {platform.machine()}, {processor()}, {os.cpu_count()} cores"
    versions = ", ".join(f"{name} {version(name)}" for name in ("torch", "segment-anything"))
    return f"- date: {date}\n- command: `{command}`\n- machine: {machine}; {versions}\n"


def main() -> None:
    """Measure all ways and write the page."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, required=True, help="folder for the table")
    parser.add_argument("--work", type=Path, help="folder for features, kept for a next run")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    folder = arguments.work or Path(tempfile.mkdtemp())
    folder.mkdir(parents=True, exist_ok=True)
    if arguments.one:
        convert(folder) if arguments.one == "convert" else run_one(arguments.one, folder)
        return
    write(arguments.out, folder)


def write(out: Path, folder: Path) -> None:
    """Run what has not been run yet, then the table."""
    from MedSAMLib.sam.engines.openvino_engine import is_installed
    from training.evaluation.report import write_report

    ways = [way for way in WAYS if is_installed() or not way.startswith("openvino")]
    for way in (*(["convert"] if is_installed() else []), *ways):
        if not (folder / f"{way}.json").exists():
            command = [sys.executable, "-m", "Testing.benchmarks.encoder_speed", "--out", str(out)]
            subprocess.run([*command, "--work", str(folder), "--one", way], check=True)
    rows = table(folder, ways)
    markdown = page(rows, origin(["--out", str(out)]))
    write_report(out, "encoder_speed", markdown, {"rows": rows})
    print(markdown)


if __name__ == "__main__":
    main()
