"""Train an implicit head or a baseline: `accelerate launch -m training.imedsam.train`, or plain

    python -m training.imedsam.train --data ../shared/data --out runs/imedsam \\
        --config training/configs/imedsam.json

Any setting can be given as an option, which is how the paper's ablations are run: `--lora-rank 8`,
`--frequency none|phase|amplitude`, `--no-inr`, `--refine 0|0.5|0.25|0.125|0.0625|0.03125`, `--share
0.1`, `--compat`; and the baselines: `--method sam|unet|dynunet`. `--model` takes any backbone of
the catalogue or a checkpoint. An interrupted run goes on where it was when the same command is
given again. `OUT/head.safetensors` is the best checkpoint by the validation split, and only by it.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from accelerate import Accelerator
from accelerate.utils import DistributedDataParallelKwargs, broadcast, set_seed
from torch.utils.data import DataLoader
from tqdm import tqdm

from MedSAMLib.implicit import save_head
from MedSAMLib.implicit.network import ImplicitNetwork
from MedSAMLib.sam import SamModel, load_model
from MedSAMLib.sam.device import computes_bfloat16
from training.datasets import Sample
from training.imedsam.baselines import BoxlessNetwork, save_boxless
from training.imedsam.config import PROMPTED, TrainingConfig, add_settings, settings_of
from training.imedsam.examples import Batch, Examples, Picture, pictures_of
from training.imedsam.losses import fine_weight
from training.imedsam.objective import Objective
from training.imedsam.sets import training_samples, validation_samples
from training.imedsam.validation import validation_dice
from training.starter.schedule import Progress, learning_rate_factor

# What learns at the decoder's rate; all else at the adapters'.
NEW_PARTS = ("network.decoder.", "network.detail.", "network.body.")


@dataclass
class Best:
    """The best validation Dice so far, kept when a run is interrupted."""

    dice: float = -1.0

    def state_dict(self) -> dict[str, float]:
        return {"dice": self.dice}

    def load_state_dict(self, state: dict[str, float]) -> None:
        self.dice = state["dice"]


class ImplicitTraining:
    """One run: network, optimizer, progress and where they are kept.

    `pictures` are learnt from, the `validation` samples by set choose the checkpoint.
    """

    def __init__(
        self,
        config: TrainingConfig,
        model: SamModel,
        pictures: list[Picture],
        validation: dict[str, list[Sample]],
        out: Path,
    ) -> None:
        self.config, self.model, self.out = config, model, out
        self.pictures, self.validation = pictures, validation
        # Objects that are not refined leave the fine network without gradient.
        unused = DistributedDataParallelKwargs(find_unused_parameters=True)
        self.accelerator = Accelerator(
            log_with="tensorboard", project_dir=out, kwargs_handlers=[unused]
        )
        self.accelerator.init_trackers("log")
        set_seed(config.seed)
        objective = Objective(new_network(model, config), config).train()
        optimizer = torch.optim.AdamW(_groups(objective, config))
        self.objective, self.optimizer = self.accelerator.prepare(objective, optimizer)
        self.progress, self.best = Progress(config.steps, config.minutes), Best()
        self.accelerator.register_for_checkpointing(self.progress, self.best)
        self.checkpoint = out / "checkpoint"

    @property
    def network(self) -> ImplicitNetwork | BoxlessNetwork:
        return self.accelerator.unwrap_model(self.objective).network

    def run(self) -> None:
        """Train until the steps or minutes are over, saving now and then and at the end."""
        if (self.checkpoint / "complete").exists():
            self.accelerator.load_state(self.checkpoint)
        self.progress.start_clock()
        bar = tqdm(
            initial=self.progress.step,
            total=self.config.steps,
            desc=self.config.method,
            disable=not self.accelerator.is_main_process,
        )
        saved = self.progress.agreed_seconds
        for batch in self._batches():
            self._agree_on_time()
            if self.progress.fraction >= 1:
                break
            bar.set_postfix(self.step(batch))
            bar.update()
            if self.progress.agreed_seconds - saved > 60 * self.config.save_minutes:
                self.save()
                saved = self.progress.agreed_seconds
        self.save()
        self.accelerator.end_training()

    def step(self, batch: Batch) -> dict[str, str]:
        """One optimizer step; the loss terms for the progress bar."""
        config, progress = self.config, self.progress
        factor = learning_rate_factor(progress.step, progress.fraction, config.warmup_steps)
        for group in self.optimizer.param_groups:
            group["lr"] = group["full_rate"] * factor
        weight = fine_weight(progress.fraction, config.coarse_until, config.coarse_floor)
        device = self.accelerator.device
        with torch.autocast(device.type, torch.bfloat16, enabled=computes_bfloat16(device)):
            terms = self.objective(batch, weight, config.seed + progress.step)
        self.accelerator.backward(sum(terms.values()))
        self.accelerator.clip_grad_norm_(self.objective.parameters(), config.gradient_norm)
        self.optimizer.step()
        self.optimizer.zero_grad()
        progress.step += 1
        values = {name: term.item() for name, term in terms.items()}
        self.accelerator.log({"factor": factor, **values}, step=progress.step)
        return {name: f"{value:.3f}" for name, value in values.items()}

    def save(self) -> None:
        """Validate, log, keep the head if it is the best, and write the checkpoint."""
        (self.checkpoint / "complete").unlink(missing_ok=True)
        if self.accelerator.is_main_process:
            self._validate()
        self.accelerator.save_state(self.checkpoint)
        if self.accelerator.is_main_process:
            (self.checkpoint / "complete").touch()
        self.accelerator.wait_for_everyone()

    def _validate(self) -> None:
        network = self.network.eval()
        scores = validation_dice(network, self.validation, self.config)
        step = self.progress.step
        self.accelerator.log({f"val/{name}": value for name, value in scores.items()}, step=step)
        record = {"step": step, "minutes": self.progress.agreed_seconds / 60, **scores}
        with (self.out / "validation.jsonl").open("a", encoding="utf-8") as history:
            history.write(json.dumps(record) + "\n")
        if scores["dice"] > self.best.dice:
            self.best.dice = scores["dice"]
            told = {"settings": self.config.to_dict(), **record}
            save_network(self.out / "head.safetensors", network, self.model, told)
        network.train()

    def _agree_on_time(self) -> None:
        """All processes go by the main one's clock, so that they stop and save together."""
        seconds = torch.tensor([self.progress.seconds], device=self.accelerator.device)
        self.progress.set_seconds(broadcast(seconds).item())

    def _batches(self) -> Iterator[Batch]:
        config = self.config
        side = self.network.image_size
        examples = Examples(
            self.pictures, config, side, self.accelerator.process_index, self.progress.step
        )
        share = max(1, config.batch // self.accelerator.num_processes)
        loader = DataLoader(
            examples, batch_size=share, num_workers=config.workers, collate_fn=Batch.of
        )
        for batch in loader:
            yield batch.to(self.accelerator.device)


def new_network(model: SamModel, config: TrainingConfig) -> ImplicitNetwork | BoxlessNetwork:
    """The untrained network of a configuration."""
    if config.method not in PROMPTED:
        side = config.image_size or model.image_size
        return BoxlessNetwork(config.method, config.classes, side)
    network = ImplicitNetwork(model.sam, config.head)
    network.encoder.add_adapters()
    return network


def save_network(
    path: Path, network: ImplicitNetwork | BoxlessNetwork, model: SamModel, told: dict
) -> None:
    """A head's file, or a baseline's own."""
    if isinstance(network, BoxlessNetwork):
        save_boxless(path, network, told)
    else:
        save_head(path, network, model.model_id, told)


def _groups(objective: Objective, config: TrainingConfig) -> list[dict]:
    """Parameters by learning rate, and by whether they decay: matrices do."""
    groups = []
    for is_new in (True, False):
        for decays in (True, False):
            chosen = [
                weight
                for name, weight in objective.named_parameters()
                if weight.requires_grad
                and name.startswith(NEW_PARTS) is is_new
                and (weight.ndim >= 2) is decays
            ]
            rate = config.learning_rate if is_new else config.adapter_rate
            decay = config.weight_decay if decays else 0.0
            if chosen:
                groups.append(
                    {"params": chosen, "lr": rate, "full_rate": rate, "weight_decay": decay}
                )
    return groups


def main() -> None:
    """Read the arguments, run."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="folder of the data sets")
    parser.add_argument("--out", type=Path, required=True, help="folder of the run")
    parser.add_argument("--model", default="starter", help="backbone: a name or a checkpoint")
    parser.add_argument("--config", type=Path, help="JSON file, see training/configs")
    add_settings(parser)
    arguments = parser.parse_args()
    config = settings_of(arguments)
    arguments.out.mkdir(parents=True, exist_ok=True)
    pictures = [
        picture
        for name in config.sets
        for picture in pictures_of(
            training_samples(arguments.data, name), config.classes, config.share, config.seed, name
        )
    ]
    validation = validation_samples(
        arguments.data, config.sets, config.validation_limit, config.seed
    )
    # Accelerate moves the network to its device; the frozen weights go with it.
    model = load_model(arguments.model, device="cpu")
    ImplicitTraining(config, model, pictures, validation, arguments.out).run()


if __name__ == "__main__":
    main()
