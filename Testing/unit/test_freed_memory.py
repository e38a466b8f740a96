"""Freed memory is kept for the next answer where the allocator is glibc's, and only there."""

from __future__ import annotations

import ctypes
import subprocess
import sys

import pytest

from MedSAMLib.sam import freed_memory

# How many pages come anew with tensors of 12 MB that follow others of that size.
PROGRAM = """
import resource, torch
from MedSAMLib.sam.freed_memory import keep_freed_memory
keep_freed_memory()
tensors = lambda: torch.ones(3 << 20) + torch.ones(3 << 20)
for _ in range(10):
    tensors()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
tensors()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the allocator is another")
def test_the_next_tensor_takes_the_pages_of_the_last():
    told = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True
    )
    assert int(told.stdout) < 100  # it would be some 10,000


@pytest.mark.parametrize("error", [OSError, TypeError])
def test_a_system_without_that_allocator_is_left_alone(monkeypatch, error):
    def refuse(_name):
        raise error

    monkeypatch.setattr(ctypes, "CDLL", refuse)
    freed_memory.keep_freed_memory.__wrapped__()
