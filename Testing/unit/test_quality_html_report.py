"""The page of a case: it needs nothing else, hides nothing, and runs nobody's script."""

from __future__ import annotations

import base64
import hashlib
import io
import math
import re
from html.parser import HTMLParser

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

from MedSAMLib.quality import Settings, assess
from MedSAMLib.quality.html_report import report_page
from MedSAMLib.quality.pages import charts
from MedSAMLib.quality.pages.colors import score_color, score_rgb
from MedSAMLib.quality.pages.display import display_of
from MedSAMLib.quality.pages.outlines import outline_path
from MedSAMLib.quality.pages.thumbnails import LONGEST_SIDE, thumbnail
from MedSAMLib.sam import Masks

EVIL = '"><script>alert(1)</script><img src=x onerror=alert(2)>'
VOID = {"meta", "img", "input", "br", "hr", "link"}


class Page(HTMLParser):
    """The tags of a page, with a check that all are closed in order."""

    def __init__(self, text: str):
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict]] = []
        self.text = ""
        self.inline = {"script": "", "style": ""}
        self._open: list[str] = []
        self.feed(text)
        assert self._open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self._open.pop() == tag

    def handle_data(self, data):
        inside = self._open[-1] if self._open else ""
        if inside in self.inline:
            self.inline[inside] += data
        else:
            self.text += data

    def count(self, tag: str, **attributes: str) -> int:
        wanted = {name.rstrip("_"): value for name, value in attributes.items()}
        return sum(t == tag and wanted.items() <= a.items() for t, a in self.tags)


class Judge:
    """Answers a box with what is bright in it, and a point with a square around it."""

    name, model_id = "stand-in", "0" * 64

    def embed(self, image, window):
        return np.asarray(image, dtype=float).reshape(*image.shape[:2], -1).mean(axis=2)

    def segment(self, embedding, box=None, points=None, labels=None, multimask=False, closer=True):
        masks = np.zeros((len(box if points is None else points), *embedding.shape), bool)
        for number, mask in enumerate(masks):
            if points is None:
                x0, y0, x1, y1 = np.round(box[number]).astype(int)
                mask[y0:y1, x0:x1] = embedding[y0:y1, x0:x1] > 50
            else:
                x, y = np.round(points[number][0]).astype(int)
                mask[max(y - 4, 0) : y + 5, max(x - 4, 0) : x + 5] = True
        return Masks(masks, masks.astype(np.float32), np.full(len(masks), 0.9))


@pytest.fixture(scope="module")
def assessed():
    """A volume with two labels in four slices, its report and the judge."""
    rng = np.random.default_rng(0)
    labels = np.zeros((4, 40, 48), np.uint8)
    labels[:, 8:18, 10:22] = 1
    labels[1:, 24:34, 26:40] = 2
    image = rng.normal(0, 10, labels.shape) + 100 * (labels > 0)
    image[2, 8:18, 10:16] = 0  # half of the object is not there: its score is low
    names = {1: "liver", 2: "spleen"}
    report = assess(Judge(), image, labels, names=names)
    return report, image, labels, names


def page_of(assessed, **options) -> str:
    report, image, labels, names = assessed
    options.setdefault("model", Judge())
    return report_page(report, image, labels, names=names, **options)


def cards(text: str) -> list[str]:
    return re.findall(r'<article class="card".*?</article>', text, re.DOTALL)


def test_the_worst_object_comes_first_with_all_three_outlines(assessed):
    first, *others = cards(page_of(assessed))
    assert "1. liver" in first
    assert "slice 2" in first
    for name in ("given", "judge-box", "judge-point"):
        assert f'class="{name}" d="M' in first
    assert len(others) == 6
    scores = [float(re.search(r"<b>([\d.]+)</b>", each)[1]) for each in (first, *others)]
    assert scores == sorted(scores)


def test_without_a_judge_only_the_given_outline_is_drawn(assessed):
    text = "".join(cards(page_of(assessed, model=None)))
    assert 'class="given"' in text
    assert 'class="judge-box"' not in text


def test_only_the_worst_are_pictured_but_all_are_listed(assessed):
    text = page_of(assessed, count=2)
    assert len(cards(text)) == 2
    assert "The 2 objects with the lowest scores of 7." in text
    assert "All objects (7)" in text
    assert text.count("data:image/png") - 2 <= 3  # the strips of two segments, and the scale


def test_a_page_loads_nothing_from_anywhere(assessed):
    text = page_of(assessed, subtitle="s on i", back="../index.html")
    page = Page(text)
    for tag, attributes in page.tags:
        assert tag not in ("link", "iframe", "object", "embed", "base", "form")
        for name in ("src", "srcset", "xlink:href", "poster", "background", "action"):
            assert (attributes.get(name) or "data:").startswith("data:"), (tag, name)
        if tag != "a":
            assert (attributes.get("href") or "data:").startswith("data:"), tag
        else:
            assert re.match(r"#|\.\./index\.html$", attributes["href"])
    assert "http" not in page.inline["style"] + page.inline["script"]
    assert "@import" not in page.inline["style"]
    assert "url(" not in page.inline["style"]


def test_only_the_pages_own_script_may_run(assessed):
    page = Page(page_of(assessed))
    assert page.count("script") == 1
    (policy,) = (a["content"] for t, a in page.tags if t == "meta" and "http-equiv" in a)
    digest = hashlib.sha256(page.inline["script"].encode()).digest()
    assert f"script-src 'sha256-{base64.b64encode(digest).decode()}'" in policy
    assert "default-src 'none'" in policy


@pytest.mark.parametrize(
    "where", ["name", "title", "subtitle", "notes", "checks", "findings", "back"]
)
def test_names_are_text_and_never_html(assessed, where):
    report, image, labels, names = assessed
    options: dict = {"model": Judge()}
    if where == "name":
        names = {1: EVIL, 2: "spleen"}
        report = assess(Judge(), image, labels, names=names)
    elif where in ("notes", "checks"):
        options[where] = [EVIL]
    elif where == "findings":
        options[where] = [(EVIL, 2, (1, 2, 3, 4), 0.5)]
    else:
        options[where] = EVIL
    text = report_page(report, image, labels, names=names, **options)
    page = Page(text)
    assert page.count("script") == 1
    assert page.count("img", src="x") == 0
    assert not any(name.startswith("on") for _, attributes in page.tags for name in attributes)
    assert EVIL in page.text or where == "back"


def test_the_limits_are_said_plainly(assessed):
    text = Page(page_of(assessed)).text
    assert "Agreement is not Dice" in text
    assert "blind to wrong labels and to missed objects" in text
    assert "replacing made 532 of 798 masks worse" in text
    assert "not a medical device" in text


def test_what_the_extra_checks_found_is_said(assessed):
    checked = "Missed objects were looked for: 2 suggestions."
    assert checked in Page(page_of(assessed, checks=[checked])).text


def test_settings_and_versions_are_there(assessed):
    text = Page(page_of(assessed)).text
    report = assessed[0]
    for each in ("stand-in", "0" * 16, report.version, "reduction", "combined", "48 × 40 × 4"):
        assert each in text


def test_flagged_objects_are_marked(assessed):
    report = assessed[0]
    limit = report.worst(2)[1].score
    flagged = [each for each in cards(page_of(assessed, flag_below=limit)) if "flagged" in each]
    assert len(flagged) == sum(each.score < limit for each in report.objects) == 1
    assert not any("flagged" in each for each in cards(page_of(assessed)))


def test_the_true_dice_stands_beside_the_score(assessed):
    text = Page(page_of(assessed, true_dice={(1, 2): 0.678}, true_segments={1: 0.91, 2: 0.5})).text
    assert "true Dice in this slice 0.68" in text
    assert "0.910" in text


def test_an_empty_segmentation_has_a_page_too():
    report = assess(Judge(), np.zeros((3, 20, 20)), np.zeros((3, 20, 20), np.uint8))
    text = Page(report_page(report, np.zeros((3, 20, 20)), np.zeros((3, 20, 20), int))).text
    assert "There is no object to show." in text


def test_a_color_picture_and_overlapping_segments():
    masks = np.zeros((2, 30, 30), bool)
    masks[0, 5:25, 5:25] = masks[1, 10:20, 10:20] = True
    image = np.full((30, 30, 3), (200, 10, 10), np.uint8)
    report = assess(Judge(), image, masks, names=["organ", "lesion"])
    text = report_page(report, image, masks, names=["organ", "lesion"], model=Judge())
    assert len(cards(text)) == 2
    assert "Score by slice" not in text


def test_tiny_objects_are_shown_without_a_score():
    labels = np.zeros((20, 20), np.uint8)
    labels[3:5, 3:5] = 1
    report = assess(Judge(), np.zeros((20, 20)), labels, settings=Settings(min_pixels=10))
    (card,) = cards(report_page(report, np.zeros((20, 20)), labels, model=Judge()))
    assert "no score" in card
    assert "tiny" in card


def test_reports_make_their_own_page(assessed):
    report, image, labels, names = assessed
    assert report.to_html(image, labels, names=names, title="Case 7").count("Case 7") == 2


def test_a_large_volume_makes_a_page_of_bounded_size():
    rng = np.random.default_rng(0)
    labels = np.zeros((20, 300, 300), np.uint8)
    labels[:, 40:260, 40:260] = 1
    image = rng.integers(0, 40, labels.shape) + 200 * labels
    report = assess(Judge(), image, labels)
    text = report_page(report, image, labels, model=Judge(), count=10)
    assert len(text) < 10 * 1.4 * LONGEST_SIDE**2 + 150_000  # noise does not compress


# --- parts -------------------------------------------------------------------------------------


def painted(path: str, shape: tuple[int, int]) -> np.ndarray:
    """The pixels whose centers are inside an outline, by the even-odd rule."""
    inside = np.zeros(shape, bool)
    y, x = np.mgrid[: shape[0], : shape[1]] + 0.5
    for sub in re.findall(r"M(.*?)Z", path):
        points = np.array([each.split(",") for each in sub.split()], float)
        for (ax, ay), (bx, by) in zip(points, np.roll(points, -1, axis=0), strict=True):
            crosses = (ay > y) != (by > y)
            with np.errstate(divide="ignore", invalid="ignore"):
                at = ax + (y - ay) / (by - ay) * (bx - ax)
            inside ^= crosses & (x < at)
    return inside


@pytest.mark.parametrize("seed", range(8))
def test_an_outline_encloses_the_mask_and_nothing_else(seed):
    rng = np.random.default_rng(seed)
    mask = ndimage.gaussian_filter(rng.random((24, 30)), 1.5) > 0.5
    np.testing.assert_array_equal(painted(outline_path(mask), mask.shape), mask)


def test_holes_and_corners_have_outlines_of_their_own():
    ring = np.ones((5, 5), bool)
    ring[2, 2] = False
    assert outline_path(ring).count("M") == 2
    assert outline_path(np.eye(2, dtype=bool)).count("M") == 2
    assert outline_path(np.zeros((3, 3), bool)) == ""


LPS = np.diag([-1.0, -1.0, 1.0, 1.0])


@pytest.mark.parametrize(
    ("affine", "axis", "array_axis", "turned", "mirrored"),
    [
        (LPS, "axial", 0, False, (False, False)),  # DICOM: columns to the left, rows to the back
        (np.eye(4), "axial", 0, False, (True, True)),  # NIfTI: to the right, to the front
        (np.eye(4), "coronal", 1, False, (True, True)),  # feet first, head up on the screen
        (np.eye(4), "sagittal", 2, False, (True, True)),
        (np.eye(4)[[1, 0, 2, 3]], "axial", 0, True, (True, True)),  # columns run to the front
    ],
)
def test_slices_are_shown_as_radiologists_do(affine, axis, array_axis, turned, mirrored):
    display = display_of(affine, axis, array_axis)
    assert (display.turned, (display.mirror_x, display.mirror_y)) == (turned, mirrored)


def test_a_thumbnail_is_small_and_shows_the_object():
    image = np.zeros((1000, 1000), np.uint8)
    mask = np.zeros(image.shape, bool)
    mask[200:600, 300:500] = True
    image[mask] = 255
    shown = thumbnail(image, {"given": mask}, display_of(LPS, "axial", 0))
    with Image.open(io.BytesIO(shown.png)) as picture:
        pixels = np.asarray(picture)
    assert pixels.shape == (shown.height, shown.width)
    assert max(pixels.shape) == LONGEST_SIDE
    np.testing.assert_array_equal(painted(shown.outlines["given"], pixels.shape), pixels > 127)


def test_an_outline_ends_where_the_object_does_not_where_the_picture_does():
    mask = np.zeros((200, 200), bool)
    mask[:, 90:110] = True
    mask[90:110, 90:110] = True
    given = np.zeros_like(mask)
    given[95:105, 95:105] = True
    shown = thumbnail(
        mask.astype(np.uint8), {"given": given, "judge-box": mask}, display_of(LPS, "axial", 0)
    )
    heights = [float(y) for y in re.findall(r",(-?[\d.]+)", shown.outlines["judge-box"])]
    assert not [y for y in heights if 0 <= y <= shown.height]  # long lines beyond both ends


def test_tiny_objects_leave_the_pictures_to_those_with_a_score():
    labels = np.zeros((30, 30), np.uint8)
    labels[3:5, 3:5] = labels[10:20, 10:20] = 1
    report = assess(Judge(), 100.0 * labels, labels)
    text = report_page(report, 100.0 * labels, labels, model=Judge())
    (card,) = cards(text)
    assert "no score" not in card
    assert "slice" not in card  # a picture has none
    assert "1 without a score are in the table of all objects." in text


def test_thumbnails_of_oblong_pixels_have_true_proportions():
    mask = np.zeros((20, 100), bool)
    mask[8:12, 40:60] = True
    affine = np.diag([-1.0, -5.0, 3.0, 1.0])
    shown = thumbnail(mask.astype(np.uint8), {"given": mask}, display_of(affine, "axial", 0))
    assert (shown.width, shown.height) == (38, 8)
    assert shown.size == (38.0, 40.0)  # mm


def test_scores_are_told_apart_by_lightness_alone():
    def lightness(score):
        return float(np.dot(score_rgb(score), (0.2126, 0.7152, 0.0722)))

    values = [lightness(score) for score in (0, 0.25, 0.5)]
    assert values == sorted(values)
    assert score_color(math.nan) == "transparent"
    assert score_rgb(-3) == score_rgb(0)


def test_a_histogram_counts_every_score_once():
    svg = charts.histogram([0, 0.01, 0.5, 1.0, 1.2, math.nan])
    counts = [int(count) for count in re.findall(r"<title>[\d.]+ to [\d.]+: (\d+)</title>", svg)]
    assert sum(counts) == 5
    assert "0.95 to 1.00: 2" in svg


def test_a_curve_breaks_where_slices_are_missing():
    mean = [(3, 0.5), (4, 0.6), (8, 0.7), (9, 0.1)]
    assert charts.slice_curve(mean, mean).count('<polyline class="mean"') == 2


@pytest.mark.parametrize(("largest", "ticks"), [(0, [0, 1]), (3, [0, 1, 2, 3]), (90, [0, 50, 100])])
def test_counts_have_whole_ticks(largest, ticks):
    assert charts.whole_ticks(largest) == ticks
