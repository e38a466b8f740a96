"""Tests on Slicer's real scene and module logics, without Qt and without views."""

from __future__ import annotations

from Testing.SlicerHost.fixtures import (  # noqa: F401
    expected_trouble,
    scene,
    slicer_core,
    time_limit,
    true_stderr,
    views,
)
