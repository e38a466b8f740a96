"""pytest fixtures that need no Qt; `Testing/mrml/conftest.py` makes them known."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest

from . import core
from .messages import Trouble, trouble
from .time_limit import hard_limit


@pytest.fixture(scope="session")
def true_stderr(pytestconfig: pytest.Config) -> Iterator[int]:
    """A file descriptor of the terminal's or log's stderr, which pytest does not capture."""
    capture = pytestconfig.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled():
        descriptor = os.dup(2)
    yield descriptor
    os.close(descriptor)


@pytest.fixture(autouse=True)
def time_limit(true_stderr: int) -> Iterator[None]:
    """No test can hang the run."""
    with hard_limit(true_stderr):
        yield


@pytest.fixture(scope="session")
def slicer_core() -> core.Core:
    """Slicer's core, started once in the process."""
    return core.boot()


@pytest.fixture
def views(scene: Any) -> Any:
    """Red, Green, Yellow and the 3-D view (`views.standard.StandardViews`) on an empty scene."""
    from .views.standard import SIZE, standard_views  # OpenGL, which most tests do not need

    views = standard_views()
    views.resize(*SIZE)
    views.start_afresh()
    return views


@pytest.fixture
def expected_trouble() -> Trouble:
    """For tests of failures: look at the recorded errors here, and `clear()` those expected."""
    return trouble


@pytest.fixture(autouse=True)
def scene(slicer_core: core.Core, time_limit: None) -> Iterator[Any]:
    """An empty scene; the test fails on any error of VTK, a slot or an observer."""
    slicer_core.scene.Clear(0)
    trouble.clear()
    yield slicer_core.scene
    slicer_core.scene.Clear(0)
    assert not trouble.errors, "\n".join(trouble.errors)
