"""Readers of the data sets: each yields `Sample`s, one image with its masks at a time."""

from __future__ import annotations

from training.datasets.amos import read_amos
from training.datasets.bcv import read_bcv
from training.datasets.chase import read_chase
from training.datasets.deeplesion import read_deeplesion
from training.datasets.hippocampus import read_hippocampus
from training.datasets.kvasir import read_released_polyps
from training.datasets.lidc import read_lidc
from training.datasets.lidc_dicom import read_lidc_dicom
from training.datasets.lidc_pickle import read_lidc_pickle
from training.datasets.organs import read_organs
from training.datasets.polyp_predictions import read_polyp_predictions
from training.datasets.polyp_quality import Triple, read_polyp_quality, triple_of
from training.datasets.polyps import read_cvc, read_polyps
from training.datasets.preferences import read_preferences
from training.datasets.qubiq import read_qubiq
from training.datasets.raters import read_raters
from training.datasets.retouch import read_retouch
from training.datasets.sample import Sample

__all__ = [
    "Sample",
    "read_amos",
    "read_bcv",
    "Triple",
    "read_chase",
    "read_cvc",
    "read_deeplesion",
    "read_hippocampus",
    "read_lidc",
    "read_lidc_dicom",
    "read_lidc_pickle",
    "read_organs",
    "read_polyp_predictions",
    "read_polyp_quality",
    "read_polyps",
    "read_released_polyps",
    "read_preferences",
    "read_qubiq",
    "read_raters",
    "read_retouch",
    "triple_of",
]
