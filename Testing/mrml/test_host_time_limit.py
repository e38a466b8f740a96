"""A test that hangs inside C++ ends the run instead of blocking it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HANGING = """
import ctypes
from Testing.SlicerHost.time_limit import hard_limit
with hard_limit(2, seconds=0.5):
    ctypes.PyDLL(None).sleep(20)  # holds the interpreter's lock, as a loop in Slicer does
"""
QUICK = """
from Testing.SlicerHost.time_limit import hard_limit
with hard_limit(2, seconds=5):
    print("done")
"""


def run(source: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-c", source]
    root = Path(__file__).parents[2]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=30)


def test_a_hanging_process_is_ended_with_its_stack():
    ended = run(HANGING)
    assert ended.returncode != 0
    assert "Timeout" in ended.stderr
    assert 'File "<string>"' in ended.stderr


def test_a_quick_process_is_left_alone():
    assert run(QUICK).stdout == "done\n"
