"""Where the network runs, and what the user is told if it is not where they asked."""

from __future__ import annotations

import pytest
import torch

from MedSAMLib.errors import UsageError
from MedSAMLib.sam import choose_device, device


@pytest.fixture
def hardware(monkeypatch):
    """Pretend that these devices are present, and that some of them do not compute."""

    def pretend(*present: str, broken: tuple[str, ...] = ()) -> None:
        ones = torch.ones

        def compute(*shape, device):
            if str(device).partition(":")[0] in broken:
                raise RuntimeError("no kernel image is available\nfor execution")
            return ones(*shape)

        monkeypatch.setattr(torch.cuda, "is_available", lambda: "cuda" in present)
        monkeypatch.setattr(torch.backends.mps, "is_available", lambda: "mps" in present)
        monkeypatch.setattr(device.torch, "ones", compute)

    return pretend


@pytest.mark.parametrize(
    ("present", "chosen"),
    [((), "cpu"), (("cuda",), "cuda"), (("mps",), "mps"), (("cuda", "mps"), "cuda")],
)
def test_auto_takes_the_fastest_that_is_there(hardware, present, chosen):
    hardware(*present)
    choice = choose_device("auto")
    assert choice.device == torch.device(chosen)
    assert choice.note is None


@pytest.mark.parametrize("name", ["cpu", "cuda", "cuda:1", "mps"])
def test_a_device_that_is_there_is_taken(hardware, name):
    hardware("cuda", "mps")
    assert choose_device(name).device == torch.device(name)


@pytest.mark.parametrize("name", ["cuda", "cuda:1", "mps"])
def test_an_absent_device_becomes_the_cpu_and_says_so(hardware, name, caplog):
    hardware()
    choice = choose_device(name)
    assert choice.device == torch.device("cpu")
    assert choice.note.startswith(f"The device {name} cannot be used")
    assert choice.note in caplog.text


@pytest.mark.parametrize("name", ["auto", "cuda"])
def test_a_gpu_that_does_not_compute_becomes_the_cpu_and_says_so(hardware, name, caplog):
    hardware("cuda", broken=("cuda",))
    choice = choose_device(name)
    assert choice.device == torch.device("cpu")
    assert "no kernel image is available" in choice.note
    assert "\n" not in choice.note
    assert choice.note in caplog.text


@pytest.mark.parametrize("name", ["gpu", "", "cuda:x", "cpu:1", "auto:0"])
def test_other_names_are_refused(name):
    with pytest.raises(UsageError, match="choose one of auto, cpu, cuda, mps"):
        choose_device(name)
