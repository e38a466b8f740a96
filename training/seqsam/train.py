"""Train SeqSAM or one of its baselines: `accelerate launch -m training.seqsam.train`, or plain

    python -m training.seqsam.train --data ../shared/data --out runs/seqsam \\
        --config training/configs/seqsam.json

Any setting of the configuration can be given as an option, too: `--method mcl-hungarian`, `--loss
hungarian --boxes reader` (the paper's form), `--selection random`, `--stop-gradient`. `--model`
takes SAM ViT-B, MedSAM or the path of a checkpoint. The encoder is frozen: its embeddings are
computed once and kept in `--cache`. An interrupted run goes on where it was when the same command
is given again. The head is exported to `OUT/head.safetensors`.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from accelerate import Accelerator
from accelerate.utils import DistributedDataParallelKwargs, broadcast, set_seed
from tqdm import tqdm

from MedSAMLib.hypotheses.heads import Head, load_head, new_head
from MedSAMLib.sam import EmbeddingCache, SamModel, load_model
from MedSAMLib.sam.checkpoint_files import read_checkpoint
from MedSAMLib.sam.device import computes_bfloat16
from training.seqsam.batches import Batches
from training.seqsam.cache import CachedSet, cached_set
from training.seqsam.config import SeqSamConfig
from training.seqsam.export import export_head
from training.seqsam.objectives import Batch, Objective
from training.seqsam.pictures import comparison
from training.seqsam.sets import training_samples, validation_samples
from training.seqsam.validation import validate
from training.starter.schedule import Progress, learning_rate_factor

SHOWN = 4  # validation images in TensorBoard


class SeqSamTraining:
    """One run: head, optimizer, progress and where they are kept.

    `images` are learnt from, `validation` only watched. The encoder of `model` is not used.
    `start` is a head that earlier runs left, whose records are `before`; a new one if None.
    """

    def __init__(
        self,
        config: SeqSamConfig,
        model: SamModel,
        images: list[CachedSet],
        validation: CachedSet,
        out: Path,
        start: Head | None = None,
        before: Sequence[Mapping] = (),
    ) -> None:
        self.config, self.model, self.out, self.validation = config, model, out, validation
        self.before = list(before)
        # Each method leaves some tokens of the decoder without gradient.
        unused = DistributedDataParallelKwargs(find_unused_parameters=True)
        self.accelerator = Accelerator(
            log_with="tensorboard", project_dir=out, kwargs_handlers=[unused]
        )
        self.accelerator.init_trackers("log")
        set_seed(config.seed)
        head = start or new_head(model, config.kind, config.compat)
        head.config = dataclasses.replace(head.config, mask_threshold=0.0)
        if config.trained == "outputs":
            head.mask_decoder.transformer.requires_grad_(False)
        objective = Objective(head.train(), config)
        optimizer = torch.optim.AdamW(
            [p for p in objective.parameters() if p.requires_grad],
            lr=config.learning_rate,
            weight_decay=config.weight_decay,
        )
        self.objective, self.optimizer = self.accelerator.prepare(objective, optimizer)
        self.progress = Progress(config.steps, config.minutes)
        self.accelerator.register_for_checkpointing(self.progress)
        self.batches = Batches(
            images,
            config.batch,
            config.boxes,
            model.image_size,
            config.seed,
            self.accelerator.process_index,
            self.accelerator.num_processes,
        )
        self.checkpoint = out / "checkpoint"

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
        for batch in self.batches.from_number(self.progress.step):
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
        rate = config.learning_rate * learning_rate_factor(
            progress.step, progress.fraction, config.warmup_steps
        )
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        device = self.accelerator.device
        # Processors without bfloat16 units are many times slower with it than without.
        with torch.autocast(device.type, torch.bfloat16, enabled=computes_bfloat16(device)):
            terms = self.objective(_moved(batch, device))
        self.accelerator.backward(sum(terms.values()))
        self.accelerator.clip_grad_norm_(self.objective.parameters(), config.gradient_norm)
        self.optimizer.step()
        self.optimizer.zero_grad()
        progress.step += 1
        values = {name: term.item() for name, term in terms.items()}
        self.accelerator.log({"rate": rate, **values}, step=progress.step)
        return {name: f"{value:.3f}" for name, value in values.items()}

    def save(self) -> None:
        """Validate, log, write the checkpoint and the head."""
        (self.checkpoint / "complete").unlink(missing_ok=True)
        self.accelerator.save_state(self.checkpoint)
        if self.accelerator.is_main_process:
            (self.checkpoint / "complete").touch()
            self._validate_and_export()
        self.accelerator.wait_for_everyone()

    def _validate_and_export(self) -> None:
        objective = self.accelerator.unwrap_model(self.objective)
        head = objective.head.eval()
        head.config = dataclasses.replace(head.config, order=objective.order())
        chosen = np.random.default_rng(self.config.seed).permutation(len(self.validation))
        scores = validate(head, self.validation, chosen[: self.config.validation_limit])
        step = self.progress.step
        self.accelerator.log({f"val/{name}": value for name, value in scores.items()}, step=step)
        picture = comparison(head, self.validation, chosen[:SHOWN])
        colored = np.repeat(picture[None, None], 3, axis=1)
        for tracker in self.accelerator.trackers:
            tracker.log_images({"readers | hypotheses": colored}, step=step)
        record = {"step": step, "minutes": self.progress.agreed_seconds / 60, **scores}
        with (self.out / "validation.jsonl").open("a", encoding="utf-8") as history:
            history.write(json.dumps(record) + "\n")
        told = {"settings": dataclasses.asdict(self.config), **record, "before": self.before}
        export_head(head, self.model, self.out / "head.safetensors", told)
        head.train()

    def _agree_on_time(self) -> None:
        """All processes go by the main one's clock, so that they stop and save together."""
        seconds = torch.tensor([self.progress.seconds], device=self.accelerator.device)
        self.progress.set_seconds(broadcast(seconds).item())


def _moved(batch: Batch, device: torch.device) -> Batch:
    values = {f.name: getattr(batch, f.name) for f in dataclasses.fields(batch)}
    return Batch(
        **{k: v.to(device) if isinstance(v, torch.Tensor) else v for k, v in values.items()}
    )


def earlier_stages(path: Path | None, model: SamModel) -> tuple[Head | None, list[dict]]:
    """The head to go on from and the records of how it was trained, first stage first."""
    if path is None:
        return None, []
    record = json.loads(read_checkpoint(path).metadata["training"])
    return load_head(path, model), [*record.pop("before", []), record]


def read_settings(arguments: argparse.Namespace) -> SeqSamConfig:
    """The configuration file's settings, replaced by those given as options."""
    config = SeqSamConfig.read(arguments.config) if arguments.config else SeqSamConfig()
    names = [field.name for field in dataclasses.fields(SeqSamConfig)]
    given = {n: getattr(arguments, n) for n in names if getattr(arguments, n) is not None}
    given = {name: tuple(v) if isinstance(v, list) else v for name, v in given.items()}
    return dataclasses.replace(config, **given)


def parser() -> argparse.ArgumentParser:
    """The command line: one option a setting, besides the folders."""
    made = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    made.add_argument("--data", type=Path, required=True, help="folder of the data sets")
    made.add_argument("--out", type=Path, required=True, help="folder of the run")
    made.add_argument("--cache", type=Path, help="folder of the embeddings; OUT/cache if not given")
    made.add_argument("--model", default="starter", help="backbone: a name or a checkpoint")
    made.add_argument("--device", default="auto")
    made.add_argument("--start", type=Path, help="head of an earlier run to go on from")
    made.add_argument("--config", type=Path, help="JSON file, see training/configs")
    for field in dataclasses.fields(SeqSamConfig):
        option = f"--{field.name.replace('_', '-')}"
        if isinstance(field.default, bool):
            made.add_argument(option, action=argparse.BooleanOptionalAction, default=None)
        elif isinstance(field.default, tuple):
            kind = type(field.default[0])
            made.add_argument(option, nargs="+", type=kind, default=None)
        else:
            made.add_argument(option, type=type(field.default), default=None)
    return made


def main() -> None:
    """Read the arguments, embed what is not embedded yet, run."""
    arguments = parser().parse_args()
    config = read_settings(arguments)
    out = arguments.out
    out.mkdir(parents=True, exist_ok=True)
    model = load_model(arguments.model, arguments.device, cache=EmbeddingCache(0))
    cache = arguments.cache or out / "cache"
    images = [
        cached_set(model, training_samples(arguments.data, name), cache / f"{name}-train")
        for name in config.sets
    ]
    watched, samples = validation_samples(arguments.data)
    validation = cached_set(model, samples, cache / watched)
    start, before = earlier_stages(arguments.start, model)
    SeqSamTraining(config, model, images, validation, out, start, before).run()


if __name__ == "__main__":
    main()
