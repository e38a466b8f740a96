"""Train the implicit decoder alone, on what the frozen backbone says of views computed once.

    python -m training.imedsam.train_decoder --data ../shared/data --out runs/imedsam-decoder \\
        --config training/configs/imedsam_decoder.json --views 320

For a computer without a GPU: a step costs a tenth of one that goes through the encoder. The head
has no adapters, shares the backbone's embeddings, and leaves its discrete decoder as it is; an
untrained one is exactly the backbone. `OUT/head.safetensors` is the best by the validation split.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

from MedSAMLib.implicit.decoder import Answer, Question
from MedSAMLib.implicit.network import ImplicitNetwork
from MedSAMLib.implicit.rendering import RenderSettings
from MedSAMLib.metrics import dice
from MedSAMLib.prompts import tight_box
from MedSAMLib.sam import load_model
from MedSAMLib.sam.device import computes_bfloat16
from MedSAMLib.sam.preprocessing import to_rgb
from training.datasets import Sample
from training.imedsam.config import TrainingConfig, add_settings, settings_of
from training.imedsam.examples import Examples, pictures_of
from training.imedsam.losses import fine_weight, point_loss
from training.imedsam.predicting import predict
from training.imedsam.sets import training_samples, validation_samples
from training.imedsam.train import new_network, save_network
from training.imedsam.validation import validation_dice
from training.imedsam.views import View, joined_field, positions_of, shuffled, view_of
from training.starter.schedule import learning_rate_factor

CPU = torch.device("cpu")
CHECKS = 8


def decoder_loss(
    network: ImplicitNetwork,
    views: list[View],
    config: TrainingConfig,
    near: int,
    weight: float,
    rng: np.random.Generator,
) -> torch.Tensor:
    """Coarse and fine loss of some views at new positions.

    Refined are as many as `config.refine` of the even positions, and as many more as were drawn
    near the boundary: there the whole image's most uncertain positions are.
    """
    drawn = [positions_of(v, config.points, near, network.image_size, rng) for v in views]
    positions, truth = (torch.cat(each) for each in zip(*drawn, strict=True))
    field = joined_field(network, views)
    question = Question(positions, (config.points,) * 2, torch.zeros(len(views), dtype=torch.long))
    decoder = network.decoder
    generator = torch.Generator().manual_seed(int(rng.integers(2**31)))
    thinning = decoder.thinning(config.samples, generator)
    coarse = decoder.coarse(field, question, thinning)
    count = round(config.refine * config.points**2) + near
    chosen = coarse.uncertainty.detach().topk(count, dim=1).indices
    part = Answer(
        coarse.logits.gather(1, chosen),
        coarse.probability.gather(1, chosen),
        coarse.uncertainty.gather(1, chosen),
        coarse.features.gather(1, chosen[..., None].expand(-1, -1, coarse.features.shape[-1])),
    )
    fine = decoder.fine(field, question.part(chosen), part, thinning)
    refined = coarse.logits.scatter(1, chosen, fine.logits.to(coarse.logits))
    return (1 - weight) * point_loss(coarse.logits, truth) + weight * point_loss(refined, truth)


def trained(
    network: ImplicitNetwork, views: list[View], config: TrainingConfig, near: int, validate
) -> None:
    """Run all steps; `validate(step)` before the first, CHECKS times on the way, and at the end."""
    learnt = [*network.decoder.parameters(), *network.detail.parameters()]
    optimizer = torch.optim.AdamW(learnt, config.learning_rate, weight_decay=config.weight_decay)
    rng = np.random.default_rng(config.seed)
    batches = shuffled(views, config.batch, rng)
    validate(0)
    network.train()
    for step in tqdm(range(config.steps), desc="decoder"):
        fraction = step / config.steps
        rate = config.learning_rate * learning_rate_factor(step, fraction, config.warmup_steps)
        for group in optimizer.param_groups:
            group["lr"] = rate
        weight = fine_weight(fraction, config.coarse_until, config.coarse_floor)
        with torch.autocast("cpu", torch.bfloat16, enabled=computes_bfloat16(CPU)):
            loss = decoder_loss(network, next(batches), config, near, weight, rng)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(learnt, config.gradient_norm)
        optimizer.step()
        if (step + 1) % max(1, config.steps // CHECKS) == 0:
            network.eval()
            validate(step + 1)
            network.train()
    network.eval()


OFFSETS = tuple(round(0.1 * step, 1) for step in range(-12, 13))


def best_offset(network: ImplicitNetwork, sets: dict[str, list[Sample]], seed: int) -> float:
    """What added to every logit gives the best mean Dice over the sets with tight boxes.

    Losses put the threshold where errors cost as much on both sides; Dice likes larger masks.
    """
    settings = RenderSettings(seed=seed)
    scores = []
    for samples in sets.values():
        pairs = [pair for sample in samples for pair in _answers(network, sample, settings)]
        scores.append(
            [np.mean([dice(p > 1 / (1 + np.exp(o)), mask) for p, mask in pairs]) for o in OFFSETS]
        )
    return OFFSETS[int(np.mean(scores, axis=0).argmax())]


def _answers(network: ImplicitNetwork, sample: Sample, settings: RenderSettings):
    image, boxes = to_rgb(sample.image, sample.window), [tight_box(m) for m in sample.masks]
    found = predict(network, image, np.array(boxes), image.shape[:2], settings)
    return zip((each.probability for each in found), sample.masks, strict=True)


def main() -> None:
    """Read the arguments, compute the views, train."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="folder of the data sets")
    parser.add_argument("--out", type=Path, required=True, help="folder of the run")
    parser.add_argument("--model", default="starter", help="backbone: a name or a checkpoint")
    parser.add_argument("--config", type=Path, help="JSON file, see training/configs")
    parser.add_argument("--views", type=int, default=320, help="views that are computed once")
    parser.add_argument("--near", type=int, default=1024, help="positions near the boundary")
    add_settings(parser)
    arguments = parser.parse_args()
    config = dataclasses.replace(settings_of(arguments), lora_rank=0, frequency="none")
    arguments.out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(config.seed)
    model = load_model(arguments.model, device="cpu")
    network = new_network(model, config).eval()
    views = _views(network, arguments.data, config, arguments.views)
    watched = validation_samples(arguments.data, config.sets, config.validation_limit, config.seed)
    best, best_step, kept = -1.0, 0, {}

    def validate(step: int) -> None:
        nonlocal best, best_step, kept
        scores = validation_dice(network, watched, config)
        record = {"step": step, "views": arguments.views, "near": arguments.near, **scores}
        with (arguments.out / "validation.jsonl").open("a", encoding="utf-8") as history:
            history.write(json.dumps(record) + "\n")
        if scores["dice"] > best:
            best, best_step = scores["dice"], step
            kept = {name: value.clone() for name, value in network.state_dict().items()}
            told = {"settings": config.to_dict(), **record}
            save_network(arguments.out / "head.safetensors", network, model, told)

    trained(network, views, config, arguments.near, validate)
    network.load_state_dict(kept)
    offset = best_offset(network.eval(), watched, config.seed)
    with torch.no_grad():
        network.decoder.coarse_head.bias += offset
    print(f"offset of the logits: {offset:g}")
    validate(best_step)


def _views(network: ImplicitNetwork, data: Path, config: TrainingConfig, count: int) -> list[View]:
    pictures = [
        picture
        for name in config.sets
        for picture in pictures_of(training_samples(data, name), 1, config.share, config.seed, name)
    ]
    rng = np.random.default_rng(config.seed)
    stream = Examples(pictures, config, network.image_size).drawn(rng)
    with torch.autocast("cpu", torch.bfloat16, enabled=computes_bfloat16(CPU)):
        return [
            view_of(network, next(stream), config, rng) for _ in tqdm(range(count), desc="views")
        ]


if __name__ == "__main__":
    main()
