"""The demo on small images, with a network that sees bright pixels."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import SimpleITK
from PIL import Image
from scipy import ndimage

from MedSAMLib.hypotheses import Hypotheses
from MedSAMLib.prompts import Prompts
from tools.demo import __main__ as demo
from tools.demo import in_slicer
from tools.demo.chart import labeled_slices, round_ticks
from tools.demo.journey import stages
from tools.demo.review import FAULTS, spoil
from tools.demo.salient import salient_box
from tools.demo.subject import sample_path


class BrightPixelModel:
    """What is brighter than half is the object; a negative point removes the pixels near it."""

    name, device, model_id = "starter", "cpu", "bright"

    def embed(self, image: np.ndarray, window="auto") -> np.ndarray:
        return (image if image.ndim == 2 else image.max(axis=2)) > 100

    def segment(self, embedding, box=None, points=None, labels=None, **_) -> SimpleNamespace:
        if np.ndim(box) == 1:
            masks = self._in_box(embedding, box, points, labels)[None]
        elif box is not None:
            masks = np.array([self._in_box(embedding, each) for each in box])
        else:
            masks = np.array([embedding] * len(points))
        logits = np.where(masks, 4, -4).astype(np.float32)
        return SimpleNamespace(masks=masks, logits=logits, scores=np.full(len(masks), 0.9))

    def _in_box(self, embedding, box, points=None, labels=None) -> np.ndarray:
        mask = np.zeros_like(embedding)
        x0, y0, x1, y1 = np.rint(box).astype(int)
        mask[y0:y1, x0:x1] = embedding[y0:y1, x0:x1]
        for (x, y), label in zip(
            points if points is not None else [], labels if labels is not None else [], strict=True
        ):
            mask[int(y) - 1 : int(y) + 2, int(x) - 1 : int(x) + 2] &= bool(label)
        return mask

    def upsample(self, embedding, box, shape, **_) -> SimpleNamespace:
        """The answer, each pixel as often as it fits."""
        mask = self._in_box(embedding, box)
        places = [np.arange(n) * size // n for n, size in zip(shape, mask.shape, strict=True)]
        fine = mask[np.ix_(*places)]
        return SimpleNamespace(
            mask=fine,
            probability=np.where(fine, 0.9, 0.1).astype(np.float32),
            refined=np.zeros(shape, bool),
            method="interpolated",
        )

    def hypotheses(self, embedding, box, points, labels, count, method) -> Hypotheses:
        """The answer, ever smaller."""
        mask = self._in_box(embedding, box, points, labels)
        masks = np.array([ndimage.binary_erosion(mask, iterations=n + 1) for n in range(count)])
        logits = np.where(masks, 4, -4).astype(np.float32)
        return Hypotheses(masks, logits, np.full(count, 0.9), method)


@pytest.fixture(autouse=True)
def _bright_pixel_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo.reading, "load_model", lambda args: BrightPixelModel())


@pytest.fixture(autouse=True)
def _without_the_host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(in_slicer, "find_spec", lambda name: None)


@pytest.fixture
def output(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(demo, "OUTPUT", tmp_path / "demo")
    return tmp_path / "demo"


@pytest.fixture
def a_volume(tmp_path: Path) -> Path:
    """A bright bar through slices 3 to 8 of 12, and a dark rest."""
    array = np.full((12, 40, 50), 20, np.uint8)
    array[3:9, 12:24, 18:34] = 200
    path = tmp_path / "bar <b>.nii.gz"
    SimpleITK.WriteImage(SimpleITK.GetImageFromArray(array), str(path))
    return path


def test_a_volume_becomes_a_page_and_a_segment(
    a_volume: Path, output: Path, capsys: pytest.CaptureFixture[str]
):
    assert demo.main([str(a_volume), "--box", "16", "10", "36", "26", "--slice", "5"]) == 0

    page = output / "index.html"
    assert capsys.readouterr().out.splitlines()[-1] == str(page.resolve())
    html = page.read_text(encoding="utf-8")
    assert all((output / name).is_file() for name in re.findall(r'src="([^"]+)"', html))
    assert "slices 3 to 8" in html
    assert "The pictures could not be made: the packages" in html
    assert "bar &lt;b&gt;" in html
    assert "<b>" not in html
    labels = SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(output / "segmentation.seg.nrrd"))
    assert np.count_nonzero(labels) == 6 * 12 * 16


def test_other_readings_of_the_prompt_are_shown(a_volume: Path, output: Path):
    assert demo.main([str(a_volume), "--box", "16", "10", "36", "26", "--slice", "5"]) == 0
    html = (output / "index.html").read_text(encoding="utf-8")
    assert len(re.findall(r'src="reading-\d\d.png"', html)) == 7
    assert "asked again with slightly moved boxes and clicks" in html
    assert (output / "agreement.png").is_file()


def test_spoilt_slices_come_first_in_the_review(tmp_path: Path, output: Path):
    array = np.full((14, 40, 50), 20, np.uint8)
    array[2:12, 12:24, 18:34] = 200
    path = tmp_path / "long bar.nii.gz"
    SimpleITK.WriteImage(SimpleITK.GetImageFromArray(array), str(path))
    assert demo.main([str(path), "--box", "16", "10", "36", "26", "--slice", "5"]) == 0
    html = (output / "index.html").read_text(encoding="utf-8")
    assert "Of 10 slices, the three spoilt ones came at places 1, 2, " in html
    captions = re.findall(r"<figcaption>(Slice \d+, score [^<]*)", html)
    assert {caption.rpartition(": ")[2] for caption in captions[:2]} == {"moved", "leaked"}


def test_the_mask_is_drawn_on_a_finer_grid_and_compared(a_volume: Path, output: Path):
    assert demo.main([str(a_volume), "--box", "16", "10", "36", "26", "--slice", "5"]) == 0
    html = (output / "index.html").read_text(encoding="utf-8")
    assert "here 4 times as fine" in html
    sizes = {Image.open(output / name).size for name in ("pixels.png", "finer.png")}
    assert len(sizes) == 1
    rows = re.findall(r'<th scope="row">([^<]*)</th><td>([^<]*)</td><td>([^<]*)</td>', html)
    assert [name for name, *_ in rows] == [
        "the pixels themselves",
        "linear interpolation",
        "smoothed outline",
        "smoothed outline and mask decoder",
    ]
    assert rows[0][1:] == ("192.0", "0.00")
    assert float(rows[2][2]) > 0
    assert all(float(area) == pytest.approx(192, rel=0.02) for _, area, _ in rows)


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_changes_much_of_a_mask(fault: str):
    mask = np.zeros((40, 40), bool)
    mask[10:20, 10:22] = True
    spoilt = spoil(mask, fault)
    assert 0.1 < 2 * (spoilt & mask).sum() / (spoilt.sum() + mask.sum()) < 0.85


def test_clicks_are_a_step_of_their_own(a_volume: Path, output: Path):
    prompts = ["--box", "16", "10", "36", "26", "--point", "20", "14", "0"]
    assert demo.main([str(a_volume), *prompts, "--slice", "5"]) == 0
    assert (output / "change.png").is_file()
    assert "took away 9 mm²" in (output / "index.html").read_text(encoding="utf-8")


def test_a_photograph_needs_no_prompt(tmp_path: Path, output: Path):
    array = np.full((60, 80, 3), 30, np.uint8)
    array[20:40, 30:55] = 220
    Image.fromarray(array).save(tmp_path / "photograph.png")

    assert demo.main([str(tmp_path / "photograph.png")]) == 0
    html = (output / "index.html").read_text(encoding="utf-8")
    assert "No prompt was given" in html
    assert "500 pixels" in html


def test_an_earlier_demo_is_replaced_and_other_files_stay(a_volume: Path, output: Path):
    output.mkdir()
    (output / "slice-9999.png").touch()
    (output / "my notes.txt").touch()
    assert demo.main([str(a_volume), "--slice", "5"]) == 0
    assert not (output / "slice-9999.png").exists()
    assert (output / "my notes.txt").exists()


TWO_BOXES = ["--box", "1", "1", "5", "5", "--box", "6", "6", "9", "9"]


def test_an_image_in_the_demos_own_folder_survives(a_volume: Path, output: Path):
    output.mkdir()
    image = a_volume.rename(output / "image.nii.gz")
    assert demo.main([str(image), "--slice", "5"]) == 0
    assert image.exists()


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["no such file.nii.gz"], 1, "no such file.nii.gz"),
        (["{volume}", "--slice", "12"], 2, "Slice 12 is out"),
        (["{volume}", "--box", "60", "1", "70", "9"], 2, "outside the image"),
        (["{volume}", "--box", "9", "9", "1", "1"], 2, "inverted"),
        (["{volume}", *TWO_BOXES], 2, "one --box"),
        (["{volume}", "--box", "9", "9"], 2, "expected 4 arguments"),
        (["--slice", "5"], 2, "IMAGE of your own"),
    ],
)
def test_wrong_use_is_told_in_one_line(
    arguments, status, words, a_volume, output, capsys: pytest.CaptureFixture[str]
):
    assert demo.main([a.replace("{volume}", str(a_volume)) for a in arguments]) == status
    told = capsys.readouterr().err
    assert words in told
    assert told.count("\n") == 1
    assert not output.exists()


def test_the_sample_is_found_without_importing_its_package(monkeypatch: pytest.MonkeyPatch):
    from tools.demo import subject

    listed = [Path("a.py"), _Listed(__file__)]
    monkeypatch.setattr(subject, "files", lambda name: listed)
    monkeypatch.setattr(subject, "SAMPLE_FILE", Path(__file__).name)
    assert sample_path() == Path(__file__)


class _Listed(type(Path())):
    """A file as importlib.metadata lists it."""

    def locate(self) -> Path:
        return Path(self)


def test_the_first_prompt_comes_alone():
    both = Prompts(box=(1, 2, 3, 4), points=[(1, 1)], labels=[0])
    first, second = stages(both)
    assert first.points is None
    assert second is both
    assert len(stages(Prompts(box=(1, 2, 3, 4)))) == 1
    assert len(stages(Prompts(points=[(1, 1)], labels=[1]))) == 1


def test_the_salient_object_is_boxed_with_a_margin():
    image = np.full((100, 120), 40, np.uint8)
    image[40:60, 50:80] = 180
    image[2:20, 2:20] = 255  # brighter, but in the corner
    assert salient_box(image) == (48, 38, 82, 62)


def test_an_even_image_gives_the_middle():
    assert salient_box(np.zeros((90, 120), np.uint8)) == (40, 30, 80, 60)


def test_the_ticks_of_the_chart_are_round():
    assert list(round_ticks(462)) == [0, 200, 400, 600]
    assert list(round_ticks(4)) == [0, 1, 2, 3, 4]


def test_labels_of_the_chart_do_not_touch():
    assert labeled_slices(70, 130, 94) == [94, 70, 130]
    assert labeled_slices(93, 130, 94) == [94, 130]
