"""Which PyTorch `dev.py` installs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools import pytorch
from tools.errors import SetupError


class FakeEnvironment:
    """Remembers what is installed and what was asked for; `offered` can be installed."""

    python = Path("python")

    def __init__(self, folder: Path, installed: dict[str, str], offered: dict[str, str]) -> None:
        self.constraints = folder / "constraints.txt"
        self.installed = dict(installed)
        self.offered = offered
        self.asked: list[str] = []

    def version_of(self, distribution: str) -> str | None:
        return self.installed.get(distribution)

    def pip_install(self, arguments: list[str], *, quiet_failure: bool = False) -> bool:
        return self._install("pip", arguments)

    def run(self, arguments: list[str]) -> int:
        return 0 if self._install("uv", arguments[arguments.index("install") + 1 :]) else 1

    def _install(self, tool: str, arguments: list[str]) -> bool:
        self.asked.append(f"{tool} {' '.join(arguments)}")
        wanted = [a for a in arguments if f"{tool} {a}" in self.offered]
        for argument in wanted:
            self.installed[argument.split("==")[0]] = self.offered[f"{tool} {argument}"]
        return bool(wanted)


@pytest.fixture
def on_linux_without_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pytorch.sys, "platform", "linux")
    monkeypatch.setattr(pytorch, "has_nvidia_gpu", lambda: False)


def ensure(environment: FakeEnvironment) -> None:
    pytorch.ensure(environment, say=lambda text: None)


def test_an_installed_torch_is_kept_and_held(tmp_path: Path):
    environment = FakeEnvironment(tmp_path, {"torch": "2.9.1", "torchvision": "0.24.1"}, {})
    ensure(environment)

    assert environment.asked == []
    assert environment.constraints.read_text() == "torch==2.9.1\ntorchvision==0.24.1\n"


@pytest.mark.usefixtures("on_linux_without_gpu")
def test_torchvision_never_replaces_torch(tmp_path: Path):
    offered = {f"pip {pytorch.CPU_BUILD}": "2.13.0+cpu", "pip torchvision==0.28.*": "0.28.0"}
    environment = FakeEnvironment(tmp_path, {}, offered)
    ensure(environment)

    assert environment.asked == [
        f"pip {pytorch.CPU_BUILD}",
        "pip --no-deps torchvision==0.28.*",
    ]


@pytest.mark.usefixtures("on_linux_without_gpu")
def test_uv_is_asked_where_pip_has_no_cpu_build(tmp_path: Path):
    offered = {"pip uv": "1", "uv torch": "2.13.0+cpu", "uv torchvision": "0.28.0+cpu"}
    environment = FakeEnvironment(tmp_path, {}, offered)
    ensure(environment)

    assert "--torch-backend=cpu" in environment.asked[-1]
    assert "torch==2.13.0+cpu" in environment.constraints.read_text()


@pytest.mark.usefixtures("on_linux_without_gpu")
def test_cuda_packages_are_never_the_way_out_without_a_gpu(tmp_path: Path):
    environment = FakeEnvironment(tmp_path, {}, {"pip torch": "2.14.1"})

    with pytest.raises(SetupError, match="pip install torch"):
        ensure(environment)


@pytest.mark.parametrize(
    ("torch", "torchvision"),
    [
        ("2.13.0+cpu", "torchvision==0.28.*"),
        ("2.4.1", "torchvision==0.19.*"),
        ("3.0.0", "torchvision"),
    ],
)
def test_torchvision_of_the_same_age(torch: str, torchvision: str):
    assert pytorch.matching_torchvision(torch) == torchvision
