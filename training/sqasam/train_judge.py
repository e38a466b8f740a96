"""Train the learned judge and put it beside the starter.

    python -m training.sqasam.train_judge --data ../shared/data --out runs/judge
    python -m training.sqasam.train_judge --data ../shared/data --out runs/judge --release

The first embeds the training images (kept in --out), trains small networks on halves of the polyp
images for their errors, trains the judge, and measures it on Kvasir-Sessile val as it goes. With
--release the weights in --out are copied into SlicerMedSAM/Resources/Models and their size and
sha256 written into learned_judge.py. `polyp_quality`, CVC and the test splits are never read.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file

from MedSAMLib import load_model, metrics
from MedSAMLib.quality import learned_judge as judge_module
from MedSAMLib.quality.judge_network import JudgeNetwork
from MedSAMLib.sam.catalogue import bundled_folder
from MedSAMLib.sam.checksums import sha256_of
from training.sqasam.judge_training import Batch, JudgeConfig, Source, train_judge
from training.sqasam.judge_views import TRAINING_SETS, Views, cached_views
from training.sqasam.weak_networks import soft_maps

VALIDATION = "sessile_val"


def main() -> None:
    """Read the arguments; train, or release what was trained."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of the data sets")
    parser.add_argument("--out", type=Path, required=True, help="views, maps, weights, log")
    parser.add_argument("--steps", type=int, default=JudgeConfig.steps)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--release", action="store_true", help="ship the weights in --out")
    arguments = parser.parse_args()
    weights = arguments.out / judge_module.FILENAME
    if arguments.release:
        release(weights, bundled_folder(), Path(judge_module.__file__))
        return
    model = load_model("starter", device="cpu")
    sources, validation = read_sources(model, arguments.data, arguments.seed, arguments.out)
    config = replace(JudgeConfig(), steps=arguments.steps, seed=arguments.seed)
    batch = network_outputs(validation)

    def report(step: int, losses: dict[str, float], network: JudgeNetwork) -> None:
        found = validate(network, batch)
        line = {"step": step, **losses, **found}
        print(json.dumps({k: round(v, 4) for k, v in line.items()}), flush=True)
        save(network, weights, model.model_id, config, found)

    train_judge(sources, config, report)


def read_sources(model, data: Path, seed: int, out: Path) -> tuple[dict[str, Source], Source]:
    """The training sets and the validation set; polyps with the maps of small networks."""
    views = {
        name: cached_views(model, data, name, limit, seed, out)
        for name, limit in TRAINING_SETS.items()
    }
    held_out = cached_views(model, data, VALIDATION, 31, seed, out)
    fold = np.random.default_rng(seed).permutation(len(views["polyp"])) % 2
    own, other = cached_maps(views["polyp"], fold, held_out, seed, out / f"maps_{seed}.npz")
    sources = {name: Source(each) for name, each in views.items() if name != "polyp"}
    return {"polyp": Source(views["polyp"], own), **sources}, Source(held_out, other)


def cached_maps(views: Views, fold, held_out: Views, seed: int, file: Path) -> tuple:
    """The small networks' maps of both, trained where there is no file of them."""
    if not file.is_file():
        own, other = soft_maps(views, fold, [held_out], seed)
        np.savez(file, own=own, other=other)
    with np.load(file) as stored:
        return stored["own"], stored["other"]


def network_outputs(source: Source) -> Batch:
    """The validation images with every small network's output, cut at one half."""
    views, count = source.views, source.maps.shape[1]
    rows = np.repeat(np.arange(len(views)), count)
    masks = (source.maps.reshape(-1, *source.maps.shape[2:]) > 127).astype(np.float32)
    inside = views.inside(rows)
    features = views.features[rows].astype(np.float32)
    truth = views.truth[rows].astype(np.float32) / 255
    return Batch(*(torch.as_tensor(each) for each in (features, masks * inside, inside, truth)))


@torch.inference_mode()
def validate(network: JudgeNetwork, batch: Batch, size: int = 31) -> dict[str, float]:
    """How the predicted Dice follows the true one."""
    parts = [
        network(
            *(each[start : start + size] for each in (batch.features, batch.masks, batch.inside))
        )
        for start in range(0, len(batch.masks), size)
    ]
    guesses, true = torch.cat([dice for _, dice in parts]).numpy(), batch.dice.numpy()
    return {
        "pearson": metrics.pearson(guesses, true),
        "spearman": metrics.spearman(guesses, true),
        "bottom25": metrics.bottom_fraction_overlap(guesses, true, 0.25),
        "error": float(np.abs(guesses - true).mean()),
    }


def save(network, path: Path, model_id: str, config: JudgeConfig, found: dict) -> None:
    """Half precision, with what it was made for and how."""
    tensors = {n: t.detach().half().contiguous() for n, t in network.state_dict().items()}
    training = {"config": config.to_dict(), "validation": found, "sets": TRAINING_SETS}
    metadata = {
        "kind": judge_module.KIND,
        "model_id": model_id,
        "training": json.dumps(training),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file(tensors, path, metadata)


def release(weights: Path, models: Path, source_file: Path) -> None:
    """Copy the weights and write their sha256 and size into the module that loads them."""
    judge_module.load_judge(weights)
    shipped = models / weights.name
    shutil.copyfile(weights, shipped)
    source = source_file.read_text(encoding="utf-8")
    source_file.write_text(
        with_constants(source, sha256_of(shipped), shipped.stat().st_size), encoding="utf-8"
    )
    print(f"{shipped.name}: {shipped.stat().st_size:,} bytes, sha256 {sha256_of(shipped)}")


def with_constants(source: str, sha256: str, size: int) -> str:
    """The module's source with the judge's sha256 and size replaced."""
    for name, value in (("SHA256", f'"{sha256}"'), ("BYTES", f"{size:_}")):
        source, count = re.subn(rf"(?m)^{name} = .*$", f"{name} = {value}", source)
        if count != 1:
            raise ValueError(f"The module has {count} definitions of {name}.")
    return source


if __name__ == "__main__":
    main()
