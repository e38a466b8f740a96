"""MedSAMSegmentTest, which users run inside Slicer, passes in the host; its sample data load."""

from __future__ import annotations

import sys
import types

import numpy as np
import pytest
import slicer
import slicer.util

from Testing.gui.panel_user import MODULE
from Testing.SlicerHost.modules.scripted_module import load_module


@pytest.fixture
def module(main_window, monkeypatch):
    """The module as the application loads it, with nothing to install."""
    from MedSAMSlicerLib.panels import services
    from MedSAMSlicerLib.self_test.bright_pixels import NothingToInstall, StandInModels

    monkeypatch.setattr(services, "CatalogueModels", StandInModels)
    monkeypatch.setattr(services, "Dependencies", lambda _environment: NothingToInstall())
    module = load_module(MODULE)
    yield module
    main_window.moduleSelector().selectModule("")
    module.unload()


def test_the_self_test_passes(module):
    module.script.MedSAMSegmentTest().runTest()


@pytest.fixture
def sources(monkeypatch):
    """What is registered at a stand-in for the module SampleData."""
    registered = []

    class SampleDataLogic:
        @staticmethod
        def registerCustomSampleDataSource(**source):
            registered.append(source)

    fake = types.ModuleType("SampleData")
    fake.SampleDataLogic = SampleDataLogic
    monkeypatch.setitem(sys.modules, "SampleData", fake)
    return registered


def test_sample_data_have_checksums_and_one_needs_no_network(module, sources):
    module.script.registerSampleData()
    assert [source["sampleName"] for source in sources] == ["MRHead", "CTChest", "MedSAMPhantom"]
    for source in sources[:2]:
        assert source["checksums"].startswith("SHA256:")
        assert source["uris"].endswith(source["checksums"].removeprefix("SHA256:"))
    (volume,) = sources[2]["customDownloader"](sources[2])
    array = slicer.util.arrayFromVolume(volume)
    assert array.dtype == np.int16
    assert array.max() > 800
