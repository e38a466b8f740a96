"""Every panel can be used by keyboard, read in large type and in both themes, and be spoken."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from PySide6 import QtCore, QtGui, QtWidgets

from Testing.gui import accessibility as access
from Testing.gui.panel_user import PICTURES
from Testing.SlicerHost.modules.scripted_module import load_module

MODULES = sorted(Path(__file__).parents[2].glob("SlicerMedSAM/*.py"))
# Slicer's panel is as wide as its content asks for: half of a small screen is too much.
WIDEST = {1.0: 500, 1.25: 560, 1.5: 640, 2.0: 800}
TALL, MARGINS = 3200, 30
READABLE = 4.5  # WCAG 2.2, level AA


@pytest.fixture
def frame(slicer_core):
    """Stands for Slicer's module panel, without the views, which take long to draw."""
    frame = QtWidgets.QScrollArea()
    frame.widgetResizable = True
    frame.resize(WIDEST[1.0], TALL)
    frame.show()
    yield frame
    frame.close()
    frame.deleteLater()


@pytest.fixture(params=MODULES, ids=lambda path: path.stem)
def panel(request, frame):
    """A module's panel with every section open and every control enabled."""
    module = load_module(request.param)
    frame.setWidget(module.widgetRepresentation())
    module.enter()
    access.open_everything(module.widget.uiWidget)
    yield module.widget.uiWidget
    module.exit()
    frame.takeWidget()
    module.unload()


@pytest.fixture
def application(slicer_core):
    """The application, whose font and colors are the old ones again afterwards."""
    application = QtWidgets.QApplication.instance()
    font, colors = application.font(), application.palette()
    yield application
    application.setFont(font)
    application.setPalette(colors)
    access.settle()


def picture(widget, name: str) -> QtGui.QImage:
    """What is drawn; also into a file where somebody wants to look at it."""
    drawn = widget.grab().toImage()
    if folder := os.environ.get(PICTURES):
        drawn.save(str(Path(folder) / f"{name}.png"))
    return drawn


def test_the_tabulator_key_reaches_every_control_from_top_to_bottom(panel):
    controls = access.controls(panel)
    seen = access.tab_order(panel, _first_in_chain(panel), 3 * len(controls))
    assert [access.described(c) for c in access.unreached(panel, seen)] == []
    wrong = access.out_of_order(panel, seen)
    assert [tuple(map(access.described, pair)) for pair in wrong] == []


def test_the_tabulator_key_leaves_every_list(panel):
    """Inside a table with rows it would go from cell to cell, and the user with it."""
    views = access.shown(panel, QtWidgets.QAbstractItemView)
    assert [access.described(view) for view in views if view.tabKeyNavigation] == []


def _first_in_chain(panel):
    widget = panel.nextInFocusChain()
    while not (widget.visible and widget.focusPolicy & QtCore.Qt.FocusPolicy.TabFocus.value):
        widget = widget.nextInFocusChain()
    return widget


def test_every_control_says_what_it_does(panel):
    silent = [w for w in access.controls(panel) if not access.tool_tip(w, panel)]
    assert [access.described(access.owner(w, panel)) for w in silent] == []


def test_every_control_has_a_name_for_screen_readers(panel):
    nameless = [w for w in access.controls(panel) if not access.accessible_name(w, panel)]
    assert [access.described(access.owner(w, panel)) for w in nameless] == []


@pytest.mark.parametrize("scale", WIDEST)
def test_no_text_is_cut_in_larger_type(panel, application, frame, scale):
    font = QtGui.QFont(application.font())
    font.setPointSizeF(font.pointSizeF() * scale)
    application.setFont(font)
    access.settle()
    width = panel.minimumSizeHint.width()
    assert width <= WIDEST[scale], "the panel takes too much of the screen"
    frame.resize(width + MARGINS, TALL)
    access.settle()
    picture(panel, f"{panel.objectName}-{scale:.2f}")
    assert access.clipped(panel) == []


@pytest.mark.parametrize("theme", access.THEMES)
def test_texts_stand_out_in_both_themes(panel, application, theme):
    application.setPalette(access.palette(theme))
    access.settle()
    drawn = picture(panel, f"{panel.objectName}-{theme}")
    texts = [w for w in access.shown(panel, (QtWidgets.QLabel, QtWidgets.QPushButton)) if w.text]
    faint = {}
    for widget in texts:
        place = QtCore.QRect(widget.mapTo(panel, QtCore.QPoint(0, 0)), widget.size)
        ratio = access.contrast(drawn, place)
        if widget.enabled and ratio < READABLE:
            faint[access.described(widget)] = round(ratio, 1)
    assert faint == {}
