"""How an image is looked at when nobody says."""

from __future__ import annotations

import numpy as np

from MedSAMLib.default_window import MOST_VOXELS, default_window
from MedSAMLib.images import Volume


def test_the_header_decides():
    volume = Volume(array=np.zeros((2, 4, 4)), affine=np.eye(4), window=(40.0, 400.0))
    assert default_window(volume) == (40.0, 400.0)


def test_a_volume_has_one_window_for_all_slices():
    array = np.zeros((2, 4, 4))
    array[1] = 100
    assert default_window(Volume(array=array, affine=np.eye(4))) == (50.0, 100.0)


def test_pictures_and_single_slices_are_left_to_the_network():
    color = np.zeros((3, 4, 4, 3), np.uint8)
    assert default_window(Volume(array=color, affine=np.eye(4))) == "auto"
    assert default_window(Volume(array=np.zeros((1, 4, 4)), affine=np.eye(4))) == "auto"


def test_a_large_volume_is_sampled(monkeypatch):
    seen = []
    monkeypatch.setattr("MedSAMLib.default_window.auto_window", lambda a: seen.append(a.size))
    default_window(Volume(array=np.zeros((200, 300, 300), np.int8), affine=np.eye(4)))
    assert 0 < seen[0] <= MOST_VOXELS
