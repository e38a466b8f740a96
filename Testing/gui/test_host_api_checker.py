"""The checker of names finds what Slicer would refuse, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from Testing.SlicerHost import api_checker
from Testing.SlicerHost.api import qt_facts
from Testing.SlicerHost.widgets.declare import declared_classes

EXAMPLE = Path(__file__).parents[1] / "SlicerHost" / "example"
UI = """<ui version="4.0"><widget class="qMRMLWidget" name="Panel">
 <layout class="QVBoxLayout" name="layout"><item>
  <widget class="{cls}" name="slider">
   <property name="{name}"><double>1</double></property>
   <property name="SlicerParameterName" stdset="0"><string>x</string></property>
  </widget></item>
  <item><widget class="Line" name="line"/></item>
 </layout></widget>
 <connections><connection><sender>Panel</sender><signal>{signal}</signal>
  <receiver>{receiver}</receiver><slot>{slot}</slot></connection></connections></ui>"""
RIGHT = {
    "cls": "ctkSliderWidget",
    "name": "singleStep",
    "signal": "mrmlSceneChanged(vtkMRMLScene*)",
    "receiver": "slider",
    "slot": "setValue(double)",
}


def problems_of(tmp_path: Path, source: str, ui: str | None = None) -> list[str]:
    (tmp_path / "panel.py").write_text(source)
    if ui is not None:
        (tmp_path / "panel.ui").write_text(ui)
    return [problem.text for problem in api_checker.check([tmp_path])]


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("qt.QLable()", "there is no class QLable"),
        ("qt.QRegExp('x')", "there is no class QRegExp"),
        ("ctk.ctkSliderWidgit()", "there is no class ctkSliderWidgit"),
        ("slicer.qMRMLNodeCombo()", "there is no class qMRMLNodeCombo"),
        ("qt.Qt.AlignLefft", "Qt has no AlignLefft"),
        ("qt.QLabel().setTexxt('x')", "QLabel has no setTexxt"),
        ("b = qt.QPushButton()\nb.texxt = 'x'", "QPushButton has no texxt"),
        ("b = qt.QPushButton()\nb.text()", "QPushButton.text is a property and cannot be called"),
        ("c = qt.QComboBox()\nc.count = 3", "QComboBox.count cannot be set"),
        ("b = qt.QPushButton()\nb.setText = print", "QPushButton.setText cannot be set"),
        (
            "b = qt.QPushButton()\nb.connect('clickked()', f)",
            "QPushButton has no signal clickked()",
        ),
        ("b = qt.QPushButton()\nb.connect('clicked(int)', f)", "no signal clicked(int)"),
        ("unknown().connect('clickked()', f)", "no class has a signal clickked()"),
        ("s = ctk.ctkSliderWidget()\ns.connect('valueChanged(int)', f)", "no signal"),
        ("s = ctk.ctkSliderWidget()\ns.setRange(0, 1)", "ctkSliderWidget has no setRange"),
        ("qt.QDialog().exec()", "QDialog has no exec"),
        ("qt.QPushButton(text='x')", "PythonQt takes no keyword arguments: QPushButton(...)"),
        ("def f(w: qt.QLabel):\n    w.txt = 1", "QLabel has no txt"),
        ("def f(w: 'qt.QLabel | None'):\n    w.txt = 1", "QLabel has no txt"),
        ("def f(event: qt.QMouseEvent):\n    event.position()", "QMouseEvent has no position"),
        ("slicer.app.layoutManger()", "qSlicerApplication has no layoutManger"),
        ("slicer.app.layoutManager().sliceWidgit('Red')", "has no sliceWidgit"),
        ("slicer.util.mainWindow().statusBar().showMesage('')", "has no showMesage"),
        # Names of Qt 5 that Qt 6 has no longer, and the other way round.
        ("qt.QDesktopWidget()", "there is no class QDesktopWidget"),
        ("qt.QTextCodec.codecForName('x')", "there is no class QTextCodec"),
        ("qt.Qt.MidButton", "Qt has no MidButton"),
        ("qt.QPalette.Background", "QPalette has no Background"),
        ("qt.QFontMetrics(font).width('x')", "QFontMetrics has no width"),
        ("l = qt.QHBoxLayout()\nl.setMargin(3)", "QHBoxLayout has no setMargin"),
        ("c = qt.QComboBox()\nc.connect('activated(QString)', f)", "no signal activated(QString)"),
        ("g = qt.QButtonGroup()\ng.connect('buttonClicked(int)', f)", "no signal buttonClicked"),
        ("qt.QStringConverter()", "there is no class QStringConverter"),
        ("qt.QPointingDevice", "there is no class QPointingDevice"),
        ("b = qt.QCheckBox()\nb.connect('checkStateChanged(Qt::CheckState)', f)", "no signal"),
        ("for b in (qt.QLabel(), qt.QLineEdit()):\n    b.txt = 1", "has no txt"),
        ("class W(qt.QWidget):\n    def f(self):\n        self.windowTitel", "has no windowTitel"),
        (
            "class P:\n    def __init__(self):\n        self.b = qt.QLabel()\n"
            "    def f(self):\n        self.b.txt = 1",
            "QLabel has no txt",
        ),
    ],
)
def test_a_wrong_name_in_a_source_is_found(tmp_path, source, problem):
    found = problems_of(tmp_path, source)
    assert len(found) == 1
    assert problem in found[0]


@pytest.mark.parametrize(
    "source",
    [
        "b = qt.QPushButton('x')\nb.text = ''\nb.connect('clicked(bool)', f)\nb.clicked.connect(f)",
        "qt.QTimer.singleShot(0, f)\nt = qt.QTimer()\nt.singleShot = True",
        "d = qt.QDialog()\nd.exec_()\nd.delete()\nd.name = 'dialog'",
        "qt.QMessageBox.Ok | qt.QMessageBox.Cancel\nqt.Qt.AlignLeft",
        "s = ctk.ctkSliderWidget()\ns.connect('valueChanged(double)', f)\ns.toolTip = ''",
        "e = ctk.ctkPathLineEdit()\ne.filters = ctk.ctkPathLineEdit.Files",
        "n = slicer.qMRMLNodeComboBox()\nn.addAttribute('a', 'b')\nn.currentNodeChanged.connect(f)",
        "slicer.app.connect('startupCompleted()', f)\nslicer.app.processEvents()",
        "class W(qt.QWidget):\n    def __init__(self):\n        self.own = 1\n"
        "    def f(self):\n        self.own\n        self.f()\n        self.toolTip = 'x'",
        "x = None\nx.anything()\nself.other.anything = 1",
        "slicer.vtkMRMLScene()\nslicer.util.anything()\nslicer.mrmlScene.Clear(0)",
        "manager().connect('moduleAboutToBeUnloaded(QString)', f)",
    ],
)
def test_right_names_in_a_source_are_no_problem(tmp_path, source):
    assert problems_of(tmp_path, source) == []


def test_widgets_of_a_ui_file_are_checked_in_sources(tmp_path):
    ui = UI.format(**RIGHT)
    assert problems_of(tmp_path, "self.ui.slider.value = 1", ui) == []
    assert problems_of(tmp_path, "self.ui.slider.valeu = 1", ui) == ["ctkSliderWidget has no valeu"]
    assert problems_of(tmp_path, "ui.slidr.value = 1", ui) == ["no .ui file has a widget slidr"]


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        ({"cls": "ctkSlider"}, "there is no class ctkSlider"),
        ({"name": "step"}, "ctkSliderWidget has no property step"),
        ({"signal": "sceneChanged()"}, "qMRMLWidget has no signal sceneChanged()"),
        ({"slot": "setValeu(double)"}, "ctkSliderWidget has no slot setValeu(double)"),
        ({"receiver": "slidr"}, "there is no receiver slidr"),
    ],
)
def test_a_wrong_name_in_a_ui_file_is_found(tmp_path, wrong, problem):
    assert problems_of(tmp_path, "", UI.format(**{**RIGHT, **wrong})) == [problem]


def test_the_buddy_of_a_label_is_another_widget(tmp_path):
    label = """<widget class="QLabel" name="label"><property name="buddy"><cstring>{}</cstring>
        </property></widget>"""
    ui = UI.format(**RIGHT).replace('<widget class="Line" name="line"/>', label)
    assert problems_of(tmp_path, "", ui.format("slider")) == []
    assert problems_of(tmp_path, "", ui.format("slidr")) == ["there is no buddy slidr"]


def test_a_problem_tells_its_place(tmp_path):
    (tmp_path / "panel.py").write_text("import qt\n\nqt.QLable()\n")
    (problem,) = api_checker.check([tmp_path / "panel.py"])
    assert str(problem) == f"{tmp_path / 'panel.py'}:3: there is no class QLable"


def test_the_command_ends_with_a_status(tmp_path, capsys):
    assert api_checker.main([]) == 2
    (tmp_path / "panel.py").write_text("qt.QLable()")
    assert api_checker.main([str(tmp_path)]) == 1
    assert "there is no class QLable" in capsys.readouterr().out
    assert api_checker.main([str(EXAMPLE)]) == 0


def host_members() -> list[tuple[str, str]]:
    """What the host's widgets offer to scripts in their own classes."""
    members = []
    for classes in declared_classes.values():
        for name, cls in classes.items():
            public = [member for member in vars(cls) if not member.startswith("_")]
            members += [(name, member) for member in public]
    return members


def test_the_host_offers_nothing_that_slicer_has_not():
    ours = {"PlaceMultipleMarkupsType", "staticMetaObject", "className"}
    events = ("Event", "sizeHint", "minimumSizeHint")
    invented = [
        f"{cls}.{member}"
        for cls, member in host_members()
        if member not in ours
        and not member.endswith(events)
        and not qt_facts.has_member(cls, member)
    ]
    assert invented == []


def test_signals_of_the_host_have_slicers_signatures():
    from PySide6 import QtCore

    from Testing.SlicerHost.pythonqt.signals import declared_signals

    wrong = []
    for classes in declared_classes.values():
        for name, cls in classes.items():
            meta = cls.staticMetaObject
            signatures = set(declared_signals[cls])
            for index in range(meta.methodOffset(), meta.methodCount()):
                method = meta.method(index)
                is_signal = method.methodType() == QtCore.QMetaMethod.MethodType.Signal
                signature = bytes(method.methodSignature()).decode()
                if is_signal and "PyObject" not in signature:
                    signatures.add(signature)
            wrong += [f"{name}: {s}" for s in signatures if not qt_facts.has_signal(name, s)]
    assert wrong == []


def test_properties_of_the_host_have_slicers_base_classes():
    for classes in declared_classes.values():
        for name, cls in classes.items():
            bases = {base.__name__ for base in cls.__mro__}
            assert qt_facts.chain(name)[-1] in bases, name
