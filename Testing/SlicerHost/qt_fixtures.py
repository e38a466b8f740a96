"""pytest fixtures with Qt; `Testing/gui/conftest.py` makes them known."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import slicer
from PySide6 import QtCore, QtWidgets

from . import window
from .views.standard import standard_views
from .window.user import User


@pytest.fixture(scope="session")
def slicer_core() -> Any:
    """Core, Qt, widgets and main window, started once in the process."""
    window.start()
    from . import core

    return core.boot()


@pytest.fixture(autouse=True)
def clean_qt(scene: Any) -> Iterator[None]:
    """No settings, no shown windows, no module and no pending events from another test."""
    QtCore.QSettings().clear()
    standard_views().start_afresh()
    yield
    window.start().moduleSelector().selectModule("")
    for widget in QtWidgets.QApplication.topLevelWidgets():
        widget.hide()
    slicer.app.processEvents()


@pytest.fixture
def main_window() -> Any:
    """The main window, shown."""
    main_window = window.start()
    main_window.show()
    main_window.activateWindow()
    slicer.app.layoutManager().setLayout(slicer.vtkMRMLLayoutNode.SlicerLayoutFourUpView)
    slicer.app.processEvents()
    return main_window


@pytest.fixture
def user(main_window: Any) -> User:
    """Somebody in front of the main window."""
    return User()
