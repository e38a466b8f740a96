"""A user sees which networks there are, downloads one, and gets rid of it again."""

from __future__ import annotations

import hashlib
import os
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import slicer
from PySide6.QtCore import Qt

from MedSAMLib.sam import Store, find_entry
from MedSAMSlicerLib.scene.catalogue_models import CatalogueModels
from Testing.gui import accessibility as access
from Testing.gui.panel_user import PICTURES
from Testing.unit.model_server import ModelServer, serving

CONTENT = np.random.default_rng(0).bytes(300_000)


@pytest.fixture
def server():
    """Has the second network, which is smaller here than the real one."""
    with serving(ModelServer(CONTENT)) as server:
        yield server


@pytest.fixture
def models(server, tmp_path, monkeypatch):
    """The starter, and one network to be downloaded."""
    entry = replace(
        find_entry("medsam"),
        url=server.url,
        bytes=len(CONTENT),
        sha256=hashlib.sha256(CONTENT).hexdigest(),
    )
    catalogue = (find_entry("starter"), entry)
    for module in ("MedSAMLib.sam.catalogue", "MedSAMSlicerLib.scene.catalogue_models"):
        monkeypatch.setattr(f"{module}.CATALOGUE", catalogue)
    return CatalogueModels(Store(tmp_path / "models"))


@pytest.fixture(autouse=True)
def asked(monkeypatch):
    """The questions, all answered with yes."""
    questions = []
    for name in ("confirmOkCancelDisplay", "confirmYesNoDisplay"):
        monkeypatch.setattr(slicer.util, name, lambda text, **_: questions.append(text) or True)
    return questions


@pytest.fixture
def manager(panel):
    """The dialog is open, and the network to be downloaded is chosen."""
    panel.ui.modelButton.collapsed = False
    slicer.app.processEvents()
    panel.click("manageModelsButton")
    manager = panel.widget.panel._models.manager
    manager.table.selectRow(1)
    slicer.app.processEvents()
    yield manager
    manager.end()


def whereabouts(manager) -> list[str]:
    return [manager.table.item(row, 3).text() for row in range(manager.table.rowCount)]


def wait_for(panel, manager, text: str) -> None:
    try:
        panel.user.wait_until(lambda: text in manager.status.text, 10)
    except AssertionError:
        raise AssertionError(f"the dialog says {manager.status.text!r}") from None


def download(panel, manager) -> None:
    panel.user.click(manager.download)
    wait_for(panel, manager, "is here")


def picture(manager, name: str) -> None:
    if folder := os.environ.get(PICTURES):
        access.settle()
        manager.dialog.grab().save(str(Path(folder) / f"{name}.png"))


def test_the_list_tells_size_licence_and_whereabouts(manager):
    cells = [manager.table.item(1, column).text() for column in range(4)]
    assert cells[0] == "MedSAM ViT-B"
    assert cells[2].startswith("CC-BY-4.0")
    assert whereabouts(manager) == ["Comes with SlicerMedSAM", "To be downloaded"]
    picture(manager, "models")


def test_the_network_that_comes_along_can_neither_be_fetched_nor_deleted(manager):
    manager.table.selectRow(0)
    assert (manager.download.enabled, manager.delete.enabled) == (False, False)


def test_a_network_is_downloaded_and_deleted(panel, manager, asked, tmp_path):
    assert (manager.download.enabled, manager.delete.enabled) == (True, False)
    download(panel, manager)
    file = tmp_path / "models" / "medsam_vit_b.pth"
    assert file.read_bytes() == CONTENT
    assert whereabouts(manager)[1] == "On this computer"
    assert (manager.download.enabled, manager.delete.enabled) == (False, True)
    panel.user.click(manager.delete)
    assert not file.exists()
    assert "CC-BY-4.0" in asked[0]
    assert asked[1] == "Delete MedSAM ViT-B from this computer?"
    assert whereabouts(manager)[1] == "To be downloaded"


def test_a_user_who_says_no_keeps_things_as_they_are(panel, manager, server, monkeypatch):
    monkeypatch.setattr(slicer.util, "confirmOkCancelDisplay", lambda _text: False)
    panel.user.click(manager.download)
    assert server.requests == []
    assert whereabouts(manager)[1] == "To be downloaded"


def test_the_panel_knows_what_came(panel, manager):
    panel.user.choose(panel.ui.modelComboBox, "MedSAM ViT-B")
    assert "To be downloaded" in panel.ui.modelInfoLabel.text
    download(panel, manager)
    assert "On this computer" in panel.ui.modelInfoLabel.text


def test_a_download_that_fails_says_why_and_can_be_tried_again(panel, manager, server):
    server.status = 503
    panel.user.click(manager.download)
    wait_for(panel, manager, "Service Unavailable")
    assert manager.download.enabled
    server.status = 200
    download(panel, manager)


def test_a_download_is_stopped(panel, manager, models, monkeypatch):
    stopped = []

    def slow(_choice, task):
        while not task.cancelled:
            task.progress(0.25)
            time.sleep(0.01)
        stopped.append(True)

    monkeypatch.setattr(models, "download", slow)
    panel.user.click(manager.download)
    panel.user.wait_until(lambda: manager.progress.value == 250)
    assert not manager.download.enabled
    picture(manager, "models-downloading")
    panel.user.click(manager.stop)
    panel.user.wait_until(lambda: stopped == [True])
    assert "Stopped" in manager.status.text
    assert manager.download.enabled


def test_what_cannot_be_deleted_stays_and_is_told(panel, manager, models, monkeypatch):
    download(panel, manager)

    def refuse(_path, **_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "unlink", refuse)
    panel.user.click(manager.delete)
    assert "cannot be removed" in manager.status.text
    assert whereabouts(manager)[1] == "On this computer"


def test_the_dialog_works_by_keyboard_alone(panel, manager):
    seen = access.tab_order(manager.dialog, manager.table, 10)
    assert seen[0] is manager.table
    assert {manager.download, manager.delete, manager.close} <= set(seen)
    panel.user.press_key(manager.dialog, Qt.Key.Key_Escape)
    assert not manager.dialog.visible


def test_closing_the_module_ends_a_download(panel, manager, models, monkeypatch):
    ended = []

    def slow(_choice, task):
        while not task.cancelled:
            task.progress(0.5)
            time.sleep(0.01)
        ended.append(True)

    monkeypatch.setattr(models, "download", slow)
    panel.user.click(manager.download)
    panel.user.wait_until(lambda: manager.progress.value == 500)
    panel.widget.removePanel()
    assert ended == [True]
    panel.widget.makePanel()
