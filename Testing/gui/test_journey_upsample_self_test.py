"""MedSAMUpsampleTest, which users run inside Slicer, passes in the host."""

from __future__ import annotations

import pytest

from Testing.gui.upsample_user import MODULE
from Testing.SlicerHost.modules.scripted_module import load_module


@pytest.fixture
def module(main_window, monkeypatch):
    """The module as the application loads it, with nothing to install."""
    from MedSAMSlicerLib.panels import upsample_services
    from MedSAMSlicerLib.self_test.bright_pixels import NothingToInstall, StandInModels

    monkeypatch.setattr(upsample_services, "CatalogueModels", StandInModels)
    monkeypatch.setattr(upsample_services, "Dependencies", lambda _environment: NothingToInstall())
    module = load_module(MODULE)
    yield module
    main_window.moduleSelector().selectModule("")
    module.unload()


def test_the_self_test_passes(module):
    module.script.MedSAMUpsampleTest().runTest()
