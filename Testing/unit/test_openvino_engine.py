"""OpenVINO as the encoder: converted in a process of its own, kept whole or not at all."""

from __future__ import annotations

import json
import logging
import subprocess
import sys

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from MedSAMLib.errors import MedSAMError, UsageError
from MedSAMLib.sam import Store, load_model
from MedSAMLib.sam.checksums import sha256_of
from MedSAMLib.sam.engines import converting, openvino_engine
from MedSAMLib.sam.engines.converting import Conversion
from MedSAMLib.sam.engines.kept_encoders import NETWORK, WEIGHTS, KeptEncoders
from MedSAMLib.sam.engines.openvino_encoder import OpenVinoEncoder, convert
from MedSAMLib.sam.engines.openvino_engine import OpenVinoEngine, is_right
from MedSAMLib.sam.starter import build_starter
from Testing.unit.conftest import TINY_STARTER
from Testing.unit.sam_factory import random_image, tiny_model, tiny_sam

RIGHT = {"float32": 1e-6, "bfloat16": 0.01}
MODEL = "0" * 64


@pytest.fixture
def kept(tmp_path) -> KeptEncoders:
    return KeptEncoders(tmp_path)


def keep(kept: KeptEncoders, model_id: str = MODEL) -> None:
    """Two files that no OpenVINO could read."""
    with kept.making(model_id) as build:
        (build.folder / NETWORK).write_text("network")
        (build.folder / WEIGHTS).write_bytes(b"weights")
        build.keep(RIGHT)


def test_what_is_kept_is_found_again(kept):
    assert kept.usable(MODEL) is None
    keep(kept)
    assert kept.usable(MODEL)["differences"] == RIGHT
    assert kept.nbytes(MODEL) > len("network" + "weights")
    assert kept.nbytes("1" * 64) == 0


@pytest.mark.parametrize("damaged", [NETWORK, WEIGHTS, "manifest.json"])
@pytest.mark.parametrize("content", [b"", b"[]", b"something else"])
def test_what_is_damaged_is_removed(kept, damaged, content):
    keep(kept)
    (kept.path(MODEL) / damaged).write_bytes(content)
    assert kept.usable(MODEL) is None
    assert not kept.path(MODEL).exists()
    keep(kept)
    assert kept.usable(MODEL)


def test_another_version_of_openvino_makes_its_own(kept, monkeypatch):
    keep(kept)
    monkeypatch.setattr("MedSAMLib.sam.engines.kept_encoders.openvino_version", lambda: "1.0")
    assert kept.usable(MODEL) is None
    keep(kept)
    assert kept.remove(MODEL)  # those of both versions
    assert kept.nbytes(MODEL) == 0
    assert not kept.remove(MODEL)


def test_what_failed_in_the_middle_leaves_nothing(kept):
    with pytest.raises(FileNotFoundError), kept.making(MODEL) as build:
        build.keep(RIGHT)  # nothing was written
    assert kept.usable(MODEL) is None
    assert [f for f in kept.folder.iterdir() if f.is_dir()] == []


def test_what_a_killed_process_left_is_swept_away_by_the_next(kept):
    left = kept.path(MODEL).with_name(f".{kept.path(MODEL).name}-12345678.part")
    left.mkdir(parents=True)
    (left / WEIGHTS).write_bytes(b"half")
    keep(kept)
    assert not left.exists()


def test_what_another_process_has_made_is_not_made_again(kept):
    keep(kept)
    with kept.making(MODEL) as build:
        assert build is None


@pytest.mark.parametrize(
    ("differences", "precision", "right"),
    [
        (RIGHT, "float32", True),
        (RIGHT, "bfloat16", True),
        ({"float32": 1e-6}, "bfloat16", False),  # converted where there is no bfloat16
        ({"float32": 1e-3}, "float32", False),
        ({"float32": 0.0, "bfloat16": float("inf")}, "bfloat16", False),
    ],
)
def test_it_is_used_only_where_it_was_near_the_reference(differences, precision, right):
    assert is_right(differences, precision) is right


def test_an_engine_that_there_is_not_is_refused():
    with pytest.raises(UsageError, match="'tensorrt'"):
        openvino_engine.check_name("tensorrt")


def test_where_openvino_is_missing_it_is_told_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setattr(openvino_engine, "is_installed", lambda: False)
    with pytest.raises(MedSAMError, match="pip install openvino"):
        OpenVinoEngine(tmp_path / "x", MODEL, tmp_path).require("float32")


class Waiting:
    """An encoder of OpenVINO that becomes ready; it adds one to the features of PyTorch."""

    precision = "float32"

    def __init__(self, model) -> None:
        self._torch = model._encoder

    def __call__(self, images, told):
        return self._torch(images, told) + 1


class NotReady:
    """An engine that is still converting."""

    encoder = None
    images = 0

    def encoded(self, precision: str) -> None:
        self.images += 1


def test_pytorch_serves_until_openvino_is_ready():
    model, engine = tiny_model(), NotReady()
    model.accelerate(engine)
    first = model.embed(random_image(32, 32)).features
    assert (model.engine, engine.images) == ("torch", 1)
    engine.encoder = Waiting(model)
    model.cache.clear()
    torch.testing.assert_close(model.embed(random_image(32, 32)).features, first + 1)
    assert (model.engine, engine.images) == ("openvino", 1)


def test_an_encoder_of_another_precision_does_not_serve():
    model, engine = tiny_model(), NotReady()
    engine.encoder = Waiting(model)
    engine.encoder.precision = "bfloat16"
    model.accelerate(engine)
    assert model.engine == "torch"


def test_converting_begins_after_some_images_and_only_once(tmp_path, monkeypatch):
    begun = []
    engine = OpenVinoEngine(tmp_path / "x", MODEL, tmp_path)
    monkeypatch.setattr(engine, "_convert", lambda **_: begun.append(1))
    for count, expected in ((1, 0), (2, 0), (3, 1), (4, 1)):
        engine.encoded("float32")
        engine.join()
        assert len(begun) == expected, count


def test_a_conversion_that_fails_is_told_and_pytorch_goes_on(tmp_path, caplog):
    engine = OpenVinoEngine(tmp_path / "absent.safetensors", MODEL, tmp_path)
    with caplog.at_level(logging.WARNING):
        for _ in range(openvino_engine.IMAGES_BEFORE):
            engine.encoded("float32")
        engine.join()
    assert "could not be converted" in caplog.text
    assert "absent.safetensors" in caplog.text
    assert (engine.encoder, engine.conversion) == (None, None)


def test_a_cancelled_conversion_ends_and_keeps_nothing(tmp_path):
    conversion = Conversion(tmp_path / "x.safetensors", MODEL, tmp_path)

    def stop(part: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        conversion.wait(stop)
    assert conversion._process.poll() is not None
    assert KeptEncoders(tmp_path).usable(MODEL) is None


def test_the_conversion_ends_with_the_program_that_started_it(tmp_path):
    conversion = Conversion(tmp_path / "x.safetensors", MODEL, tmp_path)
    conversion._process.stdin.close()  # as the system does when the program is killed
    assert conversion._process.wait(30) != 0


class TestWithOpenVino:
    """On the installed OpenVINO itself."""

    @pytest.fixture(autouse=True)
    def _openvino(self):
        pytest.importorskip("openvino")

    @pytest.mark.parametrize("network", ["sam", "starter"])
    def test_it_equals_pytorch(self, tmp_path, network):
        encoder = (tiny_sam() if network == "sam" else build_starter(TINY_STARTER)).image_encoder
        convert(encoder, tmp_path / NETWORK)
        images = torch.randn(2, 3, 64, 64, generator=torch.Generator().manual_seed(0))
        with torch.inference_mode():
            expected = encoder(images)
        found = OpenVinoEncoder(tmp_path / NETWORK, "float32")(images)
        torch.testing.assert_close(found, expected, rtol=0, atol=1e-4)

    def test_nothing_is_told_to_anybody(self, tmp_path):
        """The converter's telemetry is replaced by its own silent stand-in."""
        code = (
            "import sys; from MedSAMLib.sam.engines.openvino_encoder import *; "
            "openvino_without_telemetry(); from openvino.tools.ovc import convert_impl; "
            "print(convert_impl.tm.__name__, sys.modules['openvino_telemetry'])"
        )
        told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
        assert told.stdout.split() == ["openvino.tools.ovc.telemetry_stub", "None"], told.stderr

    def test_it_tells_the_part_done_and_can_be_stopped(self, tmp_path):
        convert(tiny_sam().image_encoder, tmp_path / NETWORK)
        encoder, told = OpenVinoEncoder(tmp_path / NETWORK, "float32"), []
        image = torch.zeros(1, 3, 64, 64)
        encoder(image, told.append)
        assert told[-1] == 1.0

        def stop(part: float) -> None:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            encoder(image, stop)
        assert encoder(image).isfinite().all()

    def test_a_journey_from_the_first_conversion_to_the_second_start(self, tmp_path):
        """Converted in a process of its own, and not again the second time."""
        checkpoint = tmp_path / "starter.safetensors"
        metadata = {"config": json.dumps(TINY_STARTER)}
        save_file(build_starter(TINY_STARTER).state_dict(), checkpoint, metadata)
        store, image = Store(tmp_path / "models"), random_image(40, 50)
        options = {"precision": "float32", "store": store, "device": "cpu"}
        expected = load_model(checkpoint, engine="torch", **options).embed(image).features
        first = load_model(checkpoint, engine="openvino", **options)
        assert first.engine == "openvino"
        torch.testing.assert_close(first.embed(image).features, expected, rtol=0, atol=1e-4)
        kept = KeptEncoders(store.folder)
        manifest = kept.usable(sha256_of(checkpoint))
        assert manifest["differences"]["float32"] < 1e-4
        made = kept.path(sha256_of(checkpoint)) / WEIGHTS
        before = made.stat().st_mtime_ns
        assert load_model(checkpoint, engine="openvino", **options).engine == "openvino"
        assert made.stat().st_mtime_ns == before


def test_the_part_of_a_conversion_is_told(tmp_path, monkeypatch):
    """A small program in place of the real one."""
    real = subprocess.Popen

    def instead(arguments, **options):
        return real([arguments[0], "-c", "print(0.1); print('noise'); print(1.0)"], **options)

    monkeypatch.setattr(converting.subprocess, "Popen", instead)
    parts: list[float] = []
    Conversion(tmp_path, MODEL, tmp_path).wait(parts.append)
    np.testing.assert_array_equal(parts, [0.1, 0.1, 1.0])
