"""Readers of the data sets: each yields `Sample`s, one image with its masks at a time."""

from __future__ import annotations

from training.datasets.chase import read_chase
from training.datasets.deeplesion import read_deeplesion
from training.datasets.hippocampus import read_hippocampus
from training.datasets.lidc import read_lidc
from training.datasets.organs import read_organs
from training.datasets.polyps import read_cvc, read_polyps
from training.datasets.sample import Sample

__all__ = [
    "Sample",
    "read_chase",
    "read_cvc",
    "read_deeplesion",
    "read_hippocampus",
    "read_lidc",
    "read_organs",
    "read_polyps",
]
