"""What holds for every test: the same every time, alone in its folder, and off the network."""

from __future__ import annotations

import ipaddress
import socket

import hypothesis
import numpy as np
import pytest

# A slow or busy machine must not make a correct property fail: pytest-timeout guards each test.
hypothesis.settings.register_profile("house", deadline=None, derandomize=True, print_blob=True)
hypothesis.settings.load_profile("house")


@pytest.fixture(autouse=True)
def own_model_folder(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory):
    """No test reads, fills or empties the user's model folder."""
    monkeypatch.setenv("MEDSAM_MODELS", str(tmp_path_factory.mktemp("models")))


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch):
    """A test may talk to a server that it started on this machine, and to nobody else."""
    connect = socket.socket.connect

    def connect_at_home(self: socket.socket, address):
        if self.family in (socket.AF_INET, socket.AF_INET6) and not _is_this_machine(address[0]):
            pytest.fail(f"a test tried to reach {address[0]}")
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", connect_at_home)


def _is_this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@pytest.fixture
def rng() -> np.random.Generator:
    """Random numbers that are the same in every run."""
    return np.random.default_rng(0)
