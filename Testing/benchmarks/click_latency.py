"""How long a click takes to become a visible mask and a written segment, in the panel itself.

    python -m Testing.benchmarks.click_latency [--clicks N] [--memory-clicks N] [--shape K J I]

The host's window with MedSAMSegment on a volume of 512 x 512 x 200 voxels; clicks are mouse events
on the red view, with the embedding of its slice cached. Two networks: the starter as it ships, and
a decoder of ViT-B's size on a random 64 x 64 embedding (random weights take as long as trained
ones; its mask is replaced by a disk). "visible" is from the mouse press until the view with the
mask is drawn; "written" adds accepting until the view with the segment is drawn; the columns
decode, preview, write and render are parts of these. Views are drawn in software here, all that
the layout shows, so that the layout is the red view alone unless --four-up is given. Times are
wall clock: what else the machine does is in them, and its load is printed; "processor" is the
time that all threads of this process took for "visible".
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "SlicerMedSAM"))

from Testing.SlicerHost import window  # noqa: E402

MAIN_WINDOW = window.start()

import qt  # noqa: E402
import slicer  # noqa: E402
import slicer.util  # noqa: E402
import torch  # noqa: E402

from MedSAMLib.sam.backbone import MaskDecoder, PromptEncoder, Sam, TwoWayTransformer  # noqa: E402
from MedSAMLib.sam.device import Choice  # noqa: E402
from MedSAMLib.sam.embedding import Embedding, Masks  # noqa: E402
from MedSAMLib.sam.predictor import SamModel  # noqa: E402
from MedSAMSlicerLib.scene.catalogue_models import CatalogueModels  # noqa: E402
from MedSAMSlicerLib.self_test.bright_pixels import NothingToInstall, StandInModels  # noqa: E402
from MedSAMSlicerLib.session.status import Stage  # noqa: E402
from Testing.SlicerHost.modules.scripted_module import load_module  # noqa: E402
from Testing.SlicerHost.views import SliceView  # noqa: E402
from Testing.SlicerHost.views.standard import standard_views  # noqa: E402
from Testing.SlicerHost.window.user import User  # noqa: E402

MODULE = ROOT / "SlicerMedSAM" / "MedSAMSegment.py"
COLUMNS = ("decode", "preview", "render", "visible", "processor", "write", "written")
WINDOW = (950, 640)  # the red view alone has about 512 x 512 pixels
RADIUS_MM = 60
LIMIT_S = 60
WAIT = qt.QEventLoop.WaitForMoreEvents


class Clock:
    """Milliseconds by name."""

    def __init__(self) -> None:
        self.times: dict[str, list[float]] = defaultdict(list)

    def around(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        """The same call, with its time noted."""

        def timed(*arguments: Any, **named: Any) -> Any:
            start = time.perf_counter()
            result = call(*arguments, **named)
            self.note(name, start)
            return result

        return timed

    def note(self, name: str, start: float) -> None:
        self.times[name].append(1e3 * (time.perf_counter() - start))

    def summary(self) -> dict[str, tuple[float, float]]:
        """Median and 95th percentile of each column."""
        return {
            name: (float(np.median(v)), float(np.percentile(v, 95)))
            for name in COLUMNS
            if (v := self.times[name])
        }

    def row(self, name: str) -> str:
        told = self.summary()
        cells = (f"{told[c][0]:.0f} / {told[c][1]:.0f}" if c in told else "" for c in COLUMNS)
        return f"| {name} | " + " | ".join(cells) + " |"


class NoEncoder(torch.nn.Module):
    """In the place of an encoder that is never asked."""

    def __init__(self, img_size: int) -> None:
        super().__init__()
        self.img_size, self.pos_embed = img_size, None
        self.patch_embed, self.neck = torch.nn.Identity(), torch.nn.Identity()
        self.blocks = torch.nn.ModuleList()


class DecoderOfVitB(SamModel):
    """ViT-B's prompt encoder and mask decoder on a made-up embedding; the answer is a disk."""

    def __init__(self) -> None:
        side = 64
        transformer = TwoWayTransformer(depth=2, embedding_dim=256, mlp_dim=2048, num_heads=8)
        encoder = NoEncoder(16 * side)
        decoder = MaskDecoder(transformer_dim=256, transformer=transformer)
        sam = Sam(encoder, PromptEncoder(256, (side, side), (1024, 1024), 16), decoder)
        choice = Choice(torch.device("cpu"))
        super().__init__(sam, name="vit_b", architecture="vit_b", model_id="random", choice=choice)
        self._features = torch.randn(1, 256, side, side)

    def embed(self, image: np.ndarray, window: Any = "auto") -> Embedding:
        return Embedding(self._features, image.shape[:2], (1024, 1024), self.model_id)

    def segment(self, embedding: Embedding, **prompts: Any) -> Masks:
        answer = super().segment(embedding, **prompts)
        y, x = np.indices(embedding.original_size)
        center = prompts["points"][0] if prompts.get("points") is not None else (256, 256)
        disk = (x - center[0]) ** 2 + (y - center[1]) ** 2 < 60**2
        return Masks(np.broadcast_to(disk, answer.masks.shape).copy(), answer.logits, answer.scores)


class Bench:
    """The panel on a large volume."""

    def __init__(self, shape: tuple[int, int, int], layout: int) -> None:
        self.user, self.clock = User(), Clock()
        self.volume = large_volume(shape)
        MAIN_WINDOW.resize(*WINDOW)
        MAIN_WINDOW.show()
        slicer.app.layoutManager().setLayout(layout)
        slicer.util.setSliceViewerLayers(background=self.volume, fit=True)
        self.module = load_module(MODULE)
        self.module.widget.makePanel(StandInModels(), NothingToInstall())
        MAIN_WINDOW.moduleSelector().selectModule("MedSAMSegment")
        self.view = slicer.app.layoutManager().sliceWidget("Red").sliceView()
        self.random = np.random.default_rng(0)

    def use(self, models: Any) -> None:
        """Work with other networks, and wait until the slices are embedded."""
        self.clock = Clock()
        self.module.widget.makePanel(models, NothingToInstall())
        panel = self.module.widget.panel
        self.session, services = panel.session, panel.services
        self.wait(lambda: self.session.status.stage is Stage.READY)
        self.wait(lambda: not services.worker.busy)
        slicer.util.childWidgetVariables(self.module.widget.uiWidget).positiveButton.click()
        red = standard_views().slices["Red"]
        red.picture = self.clock.around("render", SliceView.picture.__get__(red))
        preview, target = services.preview, services.target
        preview.show = self.clock.around("preview", preview.show)
        target.write = self.clock.around("write", target.write)
        model = models.load(self.session._pipeline._choice)
        model.segment = self.clock.around("decode", model.segment)

    def click(self, accept: bool) -> None:
        """Click in the ball; accept or undo."""
        angle, radius = self.random.uniform(0, 2 * np.pi), self.random.uniform(0, 0.5 * RADIUS_MM)
        ras = (radius * np.cos(angle), radius * np.sin(angle), 0)
        x, y, _depth = self.view.convertRASToXYZ(ras)
        start, processor = time.perf_counter(), time.process_time()
        self.user.click(self.view, (round(x), self.view.height - 1 - round(y)))
        self.wait(lambda: self.session.status.stage is Stage.REVIEW)
        self.draw()
        self.clock.note("visible", start)
        self.clock.times["processor"].append(1e3 * (time.process_time() - processor))
        assert self.session.can_accept
        if accept:
            self.session.accept()
            self.draw()
            self.clock.note("written", start)
        else:
            self.session.undo()
        slicer.app.processEvents()

    def draw(self) -> None:
        """What has changed, by the paint events that are due."""
        slicer.app.processEvents()

    def wait(self, condition: Callable[[], bool]) -> None:
        end = time.monotonic() + LIMIT_S
        while not condition():
            assert time.monotonic() < end, self.session.status
            # As an application waits; to ask again and again would take a core from the network.
            slicer.app.processEvents(WAIT, 20)


def large_volume(shape: tuple[int, int, int]) -> Any:
    """A bright ball in noise, 0.7 x 0.7 x 1 mm."""
    spacing = np.array([0.7, 0.7, 1.0])
    matrix = np.diag([*spacing, 1.0])
    matrix[:3, 3] = -spacing * (np.array(shape[::-1]) // 2)
    k, j, i = (np.arange(n) - n // 2 for n in shape)
    distance = (k[:, None, None] * 1.0) ** 2 + ((j * 0.7) ** 2)[:, None] + (i * 0.7) ** 2
    array = np.where(distance < RADIUS_MM**2, 150, 40).astype(np.int16)
    array += np.random.default_rng(0).integers(-8, 8, shape, np.int16)
    node = slicer.util.addVolumeFromArray(array, slicer.util.vtkMatrixFromArray(matrix))
    node.GetDisplayNode().SetAutoWindowLevel(False)
    node.GetDisplayNode().SetWindowLevel(200, 100)
    return node


def resident_mb() -> float:
    """Memory of this process (Linux)."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGESIZE") / 2**20


def main() -> None:
    """Print a Markdown table and the growth of memory."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clicks", type=int, default=40, help="timed clicks for each network")
    parser.add_argument("--memory-clicks", type=int, default=1000)
    parser.add_argument("--shape", type=int, nargs=3, default=(200, 512, 512), metavar="N")
    parser.add_argument("--four-up", action="store_true", help="draw three slices and the 3-D view")
    parser.add_argument("--json", type=Path, metavar="FILE", help="for the times, by network")
    options = parser.parse_args()
    layouts = slicer.vtkMRMLLayoutNode
    one, four = layouts.SlicerLayoutOneUpRedSliceView, layouts.SlicerLayoutFourUpView
    bench = Bench(tuple(options.shape), four if options.four_up else one)
    print(
        f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, median / 95th percentile in ms\n"
    )
    print("| network | " + " | ".join(COLUMNS) + " |\n|---|" + "---:|" * len(COLUMNS))
    summaries = {}
    networks = {"ViT-B decoder": StandInModels(DecoderOfVitB()), "starter": CatalogueModels()}
    for name, models in networks.items():
        bench.use(models)
        for number in range(options.clicks + 3):
            if number == 3:  # the first ones load and compile
                bench.clock.times.clear()
            bench.click(accept=True)
        summaries[name] = bench.clock.summary()
        print(bench.clock.row(name), flush=True)
    if options.json:
        options.json.write_text(json.dumps(summaries), encoding="utf-8")
    if options.memory_clicks:
        report_memory(bench, options.memory_clicks)


def report_memory(bench: Bench, clicks: int) -> None:
    """A tenth of the clicks is accepted, the others are undone."""
    warm_up = 100
    for number in range(warm_up + clicks):
        if number == warm_up:
            before = resident_mb()
        bench.click(accept=number % 10 == 0)
    print(
        f"\nMemory after {clicks} clicks: {resident_mb() - before:+.0f} MB ({before:.0f} MB before)"
    )


if __name__ == "__main__":
    main()
    os._exit(0)  # VTK and Qt have nothing to save
