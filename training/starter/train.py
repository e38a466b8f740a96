"""Train the starter model: `accelerate launch -m training.starter.train` or plain `python -m`.

    python -m training.starter.train --data ../shared/data --out runs/starter --minutes 90

Runs on CPU, one GPU or many; an interrupted run goes on where it was when the same command is
given again. The averaged weights are exported to `OUT/starter.safetensors`.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path

import torch
from accelerate import Accelerator
from accelerate.utils import DistributedDataParallelKwargs, broadcast, set_seed
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from torch.utils.data import DataLoader
from tqdm import tqdm

from training.datasets import Sample
from training.starter.config import TrainingConfig
from training.starter.export import export_starter
from training.starter.first_weights import first_weights, pretrained_parameters
from training.starter.fused_attention import fuse_attention
from training.starter.model_step import KIND_CHANCES, PROMPT_KINDS, PromptedRounds
from training.starter.recipe import training_pictures, validation_samples
from training.starter.schedule import Progress, learning_rate_factor
from training.starter.sources import Picture, RandomViews
from training.starter.validation import validation_dice

LOSS_WEIGHTS = {
    "single": 1.0,
    "best_of_three": 0.5,
    "quality": 1.0,
    "reconstruction": 0.5,
    "contrast": 0.5,
}


class StarterTraining:
    """One run: model, optimizer, averaged weights, progress and where they are kept.

    `pictures` by source are learnt from, the `validation` samples by set only watched. `begin` is
    a file of weights to begin with.
    """

    def __init__(
        self,
        config: TrainingConfig,
        pictures: dict[str, list[Picture]],
        validation: dict[str, list[Sample]],
        out: Path,
        begin: Path | None = None,
    ) -> None:
        self.config, self.pictures, self.validation, self.out = config, pictures, validation, out
        # One kind of prompt a step leaves the others' parameters without gradient.
        unused = DistributedDataParallelKwargs(find_unused_parameters=True)
        self.accelerator = Accelerator(
            log_with="tensorboard", project_dir=out, kwargs_handlers=[unused]
        )
        self.accelerator.init_trackers("log")
        set_seed(config.seed)
        sam = first_weights(config.network, begin).train()
        fuse_attention(sam.image_encoder)
        model = PromptedRounds(sam)
        optimizer = torch.optim.AdamW(parameter_groups(model, config), lr=config.learning_rate)
        self.model, self.optimizer = self.accelerator.prepare(model, optimizer)
        self.average = AveragedModel(
            self.accelerator.unwrap_model(self.model),
            multi_avg_fn=get_ema_multi_avg_fn(config.average_decay),
        )
        self.progress = Progress(config.steps, config.minutes)
        self.accelerator.register_for_checkpointing(self.average, self.progress)
        self.chance = torch.Generator().manual_seed(config.seed)

    @property
    def checkpoint(self) -> Path:
        return self.out / "checkpoint"

    def run(self) -> None:
        """Train until the steps or the minutes are used up, then export."""
        if (self.checkpoint / "complete").exists():
            self.accelerator.load_state(self.checkpoint)
            self.chance.manual_seed(self.config.seed + self.progress.step)
        saved = self.progress.seconds
        bar = tqdm(total=100, unit="%", disable=not self.accelerator.is_main_process)
        for images, masks in self._views():
            self._agree_on_time()
            if self.progress.fraction >= 1:
                break
            terms = self.step(images, masks)
            bar.n = round(100 * self.progress.fraction, 1)
            bar.set_postfix(step=self.progress.step, **terms)
            if self.progress.agreed_seconds - saved > 60 * self.config.save_minutes:
                self.save()
                saved = self.progress.agreed_seconds
        self.save()
        self.accelerator.end_training()

    def step(self, images: torch.Tensor, masks: torch.Tensor) -> dict[str, str]:
        """One optimizer step; the loss terms for the progress bar."""
        config, progress = self.config, self.progress
        rate = config.learning_rate * learning_rate_factor(
            progress.step, progress.fraction, config.warmup_steps
        )
        for group in self.optimizer.param_groups:
            group["lr"] = rate * group["factor"]
        kind = PROMPT_KINDS[torch.multinomial(torch.tensor(KIND_CHANCES), 1, generator=self.chance)]
        rounds = config.rounds if progress.fraction >= config.rounds_from else config.first_rounds
        device_type = self.accelerator.device.type
        with torch.autocast(device_type, torch.bfloat16):
            terms = self.model(images, masks, kind, rounds)
        loss = sum(LOSS_WEIGHTS[name] * value for name, value in terms.items())
        self.accelerator.backward(loss)
        self.accelerator.clip_grad_norm_(self.model.parameters(), config.gradient_norm)
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.average.update_parameters(self.accelerator.unwrap_model(self.model))
        progress.step += 1
        values = {f"{kind}/{name}": value.item() for name, value in terms.items()}
        self.accelerator.log({"rate": rate, **values}, step=progress.step)
        return {name: f"{value.item():.3f}" for name, value in terms.items()}

    def save(self) -> None:
        """Validate the averaged weights, log, write the checkpoint and the export."""
        (self.checkpoint / "complete").unlink(missing_ok=True)
        self.accelerator.save_state(self.checkpoint)
        if self.accelerator.is_main_process:
            (self.checkpoint / "complete").touch()
            self._validate_and_export()
        self.accelerator.wait_for_everyone()

    def _validate_and_export(self) -> None:
        sam = self.average.module.sam.eval()
        scores = validation_dice(sam, self.validation, self.accelerator.device)
        self.accelerator.log({f"val/{k}": v for k, v in scores.items()}, step=self.progress.step)
        record = {
            "step": self.progress.step,
            "minutes": self.progress.agreed_seconds / 60,
            **scores,
        }
        with (self.out / "validation.jsonl").open("a", encoding="utf-8") as history:
            history.write(json.dumps(record) + "\n")
        export_starter(sam, self.config.network, self.out / "starter.safetensors", record)
        sam.train()

    def _agree_on_time(self) -> None:
        """All processes go by the main one's clock, so that they stop and save together."""
        seconds = torch.tensor([self.progress.seconds], device=self.accelerator.device)
        self.progress.set_seconds(broadcast(seconds).item())

    def _views(self) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        config = self.config
        views = RandomViews(
            self.pictures,
            config.weights,
            config.network.image_size,
            config.objects,
            config.seed + self.accelerator.process_index,
            self.progress.step,
        )
        share = max(1, config.batch // self.accelerator.num_processes)
        loader = DataLoader(views, batch_size=share, num_workers=config.workers)
        for images, masks in loader:
            yield images.to(self.accelerator.device), masks.to(self.accelerator.device)


def parameter_groups(model: PromptedRounds, config: TrainingConfig) -> list[dict]:
    """Weight decay on matrices and filters only, not on norms, biases and embeddings; a pretrained
    trunk by itself, as it learns more slowly."""
    trunk = {id(p) for p in pretrained_parameters(model.sam)}
    groups = []
    for factor, part in ((config.trunk_rate, True), (1.0, False)):
        for decay, matrices in ((config.weight_decay, True), (0.0, False)):
            parameters = [
                p
                for p in model.parameters()
                if (id(p) in trunk) == part and (p.ndim >= 2) == matrices
            ]
            groups.append({"params": parameters, "weight_decay": decay, "factor": factor})
    return [group for group in groups if group["params"]]


def main() -> None:
    """Read the arguments, run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of the data sets")
    parser.add_argument("--out", type=Path, required=True, help="folder of the run")
    parser.add_argument("--config", type=Path, help="JSON file, see training/configs")
    parser.add_argument(
        "--begin", type=Path, help="weights to begin with where they fit, such as a starter's"
    )
    parser.add_argument("--minutes", type=float, help="end the run after so many minutes")
    parser.add_argument("--steps", type=int, help="end the run after so many steps")
    arguments = parser.parse_args()
    config = TrainingConfig.read(arguments.config) if arguments.config else TrainingConfig()
    given = {k: getattr(arguments, k) for k in ("minutes", "steps") if getattr(arguments, k)}
    config = dataclasses.replace(config, **given)
    data, out = arguments.data, arguments.out
    out.mkdir(parents=True, exist_ok=True)
    pictures = training_pictures(data, out / "cache", config.generated_pictures, config.seed)
    validation = validation_samples(data, config.validation_limit, config.seed)
    StarterTraining(config, pictures, validation, out, arguments.begin).run()


if __name__ == "__main__":
    main()
