"""One test for each of PythonQt's manners that a script can meet (table in spec/host.md)."""

from __future__ import annotations

import functools
import sys

import pytest


@pytest.fixture
def qt(slicer_core):
    import qt

    return qt


# Properties are attributes.


def test_a_property_is_read_and_set_as_an_attribute(qt):
    button = qt.QPushButton("go")
    assert button.text == "go"
    button.text = "stop"
    assert (button.text, button.enabled, button.checkable) == ("stop", True, False)


def test_a_property_cannot_be_called(qt):
    with pytest.raises(TypeError):
        qt.QPushButton("go").text()


def test_setters_stay_methods(qt):
    button = qt.QPushButton()
    button.setText("set")
    assert button.text == "set"


def test_a_getter_that_is_redefined_is_still_a_property(qt):
    assert qt.QPlainTextEdit().plainText == ""
    assert qt.QDoubleSpinBox().value == 0.0
    assert qt.QLineEdit().text == ""


def test_a_static_method_stays_on_the_class_beside_the_property(qt):
    timer = qt.QTimer()
    timer.singleShot = True
    assert timer.singleShot is True
    assert callable(qt.QTimer.singleShot)


def test_a_read_only_property_cannot_be_set(qt):
    with pytest.raises(AttributeError, match="not writable"):
        qt.QComboBox().count = 3


def test_a_property_refuses_the_wrong_type(qt):
    with pytest.raises(ValueError, match="does not accept"):
        qt.QSpinBox().value = 1.5
    with pytest.raises(ValueError, match="does not accept"):
        qt.QWidget().enabled = object()


def test_a_text_is_made_of_anything(qt):
    label = qt.QLabel()
    label.text = 12
    assert label.text == "12"


# Signals are connected by their C++ signature.


def test_a_signal_is_connected_by_its_signature(qt):
    seen = []
    box = qt.QCheckBox()
    box.connect("toggled(bool)", seen.append)
    box.checked = True
    assert seen == [True]


def test_a_default_argument_of_a_signal_can_be_left_out(qt):
    seen = []
    button = qt.QPushButton()
    button.connect("clicked()", lambda: seen.append("clicked"))
    button.click()
    assert seen == ["clicked"]


def test_a_signal_is_connected_as_an_attribute_too(qt):
    seen = []
    button = qt.QPushButton()
    button.clicked.connect(lambda: seen.append("clicked"))
    button.click()
    assert seen == ["clicked"]


def test_a_slot_is_connected_by_its_signature(qt):
    label, edit = qt.QLabel(), qt.QLineEdit()
    edit.connect("textChanged(QString)", label, "setText(QString)")
    edit.text = "typed"
    assert label.text == "typed"


def test_disconnect_ends_one_connection_or_all(qt):
    seen = []

    def first():
        seen.append(1)

    def second():
        seen.append(2)

    button = qt.QPushButton()
    button.connect("clicked()", first)
    button.connect("clicked()", second)
    assert button.disconnect("clicked()", first)
    assert not button.disconnect("clicked()", first)
    button.click()
    assert button.disconnect("clicked()")
    button.click()
    assert seen == [2]


@pytest.mark.parametrize("signature", ["clickked()", "clicked(int)", "clicked", "text()"])
def test_an_unknown_signal_is_refused(qt, signature):
    button = qt.QPushButton()
    with pytest.raises(ValueError, match="does not exist on QPushButton"):
        button.connect(signature, print)
    with pytest.raises(ValueError, match="does not exist on QPushButton"):
        button.disconnect(signature, print)


# Arguments are cut for functions and bound methods only.


def test_a_function_gets_as_many_arguments_as_it_takes(qt):
    seen = []
    box = qt.QCheckBox()
    box.connect("toggled(bool)", lambda: seen.append("none"))
    box.connect("toggled(bool)", lambda checked, more=0: seen.append((checked, more)))
    box.connect("toggled(bool)", lambda *arguments: seen.append(arguments))
    box.checked = True
    assert seen == ["none", (True, 0), (True,)]


def test_a_bound_method_gets_as_many_arguments_as_it_takes(qt):
    class Receiver:
        called = False

        def call(self):
            self.called = True

    receiver, box = Receiver(), qt.QCheckBox()
    box.connect("toggled(bool)", receiver.call)
    box.checked = True
    assert receiver.called


def test_a_partial_function_gets_all_arguments(qt, expected_trouble):
    box = qt.QCheckBox()
    box.connect("toggled(bool)", functools.partial(lambda: None))
    box.checked = True
    assert "TypeError" in expected_trouble.errors[0]
    expected_trouble.clear()


# An error in a slot is reported, and life goes on.


def test_an_error_in_a_slot_is_recorded_and_the_next_slot_runs(qt, expected_trouble):
    seen = []
    button = qt.QPushButton()
    button.connect("clicked()", lambda: 1 / 0)
    button.connect("clicked()", lambda: seen.append("next"))
    button.click()
    assert seen == ["next"]
    assert "ZeroDivisionError" in expected_trouble.errors[0]
    expected_trouble.clear()


# PySide6 hands errors in virtual functions and in its own connections to whoever runs the event.


def test_an_error_in_an_overridden_method_fails_the_test(qt):
    class Failing(qt.QWidget):
        def resizeEvent(self, event):
            raise ValueError("told by an event")

    with pytest.raises(ValueError, match="told by an event"):
        Failing().show()


def test_an_error_in_a_timer_fails_the_test(qt, user):
    qt.QTimer.singleShot(0, lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        user.wait_until(lambda: False)


# Attributes.


def test_an_unknown_attribute_cannot_be_set_on_a_cpp_object(qt):
    with pytest.raises(AttributeError, match="creating new attributes"):
        qt.QPushButton().extra = 3


def test_a_method_cannot_be_overwritten_on_a_cpp_object(qt):
    with pytest.raises(AttributeError, match="can not be overwritten"):
        qt.QPushButton().setText = print


def test_a_class_of_a_script_has_attributes_of_its_own(qt):
    class Panel(qt.QWidget):
        def __init__(self):
            super().__init__()
            self.extra = 3

        def sizeHint(self):
            return qt.QSize(40, 50)

    panel = Panel()
    panel.more = 4
    panel.toolTip = "still a property"
    assert (panel.extra, panel.more, panel.sizeHint().width()) == (3, 4, 40)
    assert panel.property("toolTip") == "still a property"


def test_a_dynamic_property_is_an_attribute(qt):
    widget = qt.QWidget()
    widget.setProperty("SlicerParameterName", "threshold")
    assert widget.SlicerParameterName == "threshold"
    widget.SlicerParameterName = "other"
    assert widget.property("SlicerParameterName") == "other"


def test_a_child_is_found_by_its_name(qt):
    parent = qt.QWidget()
    button = qt.QPushButton(parent)
    button.name = "applyButton"
    assert button.objectName == button.name == "applyButton"
    assert parent.applyButton is button
    assert not hasattr(parent, "otherButton")


def test_objects_know_their_class_and_can_be_deleted(qt):
    parent = qt.QWidget()
    child = qt.QPushButton(parent)
    assert child.className() == "QPushButton"
    child.delete()
    assert parent.children() == ()


@pytest.mark.parametrize("name", ["QDialog", "QMessageBox", "QMenu", "QEventLoop"])
def test_exec_has_an_underscore(qt, name):
    assert callable(getattr(qt, name).exec_)


# Values.


def test_lists_are_tuples(qt):
    parent = qt.QWidget()
    button = qt.QPushButton(parent)
    assert parent.children() == (button,)
    assert parent.findChildren(qt.QPushButton) == (button,)
    assert isinstance(qt.QListWidget().selectedItems(), tuple)
    assert isinstance(qt.QSplitter().sizes(), tuple)


def test_enumerations_are_integers(qt):
    assert qt.Qt.Checked == 2
    assert qt.QMessageBox.Ok | qt.QMessageBox.Cancel == 0x00400400
    slider = qt.QSlider()
    assert slider.orientation == qt.Qt.Vertical
    slider.orientation = int(qt.Qt.Horizontal)
    assert slider.orientation == qt.Qt.Horizontal


def test_an_integer_is_taken_for_an_enumeration_where_scripts_need_it(qt):
    assert qt.QColor(255, 0, 0).name(1) == "#ffff0000"
    widget = qt.QWidget()
    widget.focusPolicy = 2
    assert widget.focusPolicy == qt.Qt.ClickFocus


# Modules.


def test_all_of_qt_lies_flat_in_one_module(qt):
    import PythonQt
    from PythonQt.QtGui import QMessageBox

    assert qt.QMessageBox is QMessageBox is PythonQt.QtCore.QMessageBox
    for name in ("QTimer", "QIcon", "QLabel", "QUiLoader", "QNetworkAccessManager", "QSvgWidget"):
        assert hasattr(qt, name)
    assert "qMRMLWidget" not in vars(sys.modules["ctk"])


def test_classes_are_the_same_everywhere(qt):
    assert type(qt.QCheckBox()) is qt.QCheckBox
    assert isinstance(qt.QCheckBox(), qt.QAbstractButton)


# .ui files.

UI = """<ui version="4.0"><class>Panel</class>
 <widget class="{root}" name="Panel"><layout class="QVBoxLayout" name="layout">
  <item><widget class="{inner}" name="selector">
   <property name="nodeTypes"><stringlist notr="true"><string>vtkMRMLTextNode</string></stringlist>
   </property>
   <property name="SlicerParameterName" stdset="0"><string>notes</string></property>
  </widget></item>
 </layout></widget>
 <connections><connection><sender>Panel</sender><signal>{signal}</signal>
  <receiver>selector</receiver><slot>setMRMLScene(vtkMRMLScene*)</slot></connection></connections>
</ui>"""


def load_ui(tmp_path, **changes):
    import slicer.util

    names = {
        "root": "qMRMLWidget",
        "inner": "qMRMLNodeComboBox",
        "signal": "mrmlSceneChanged(vtkMRMLScene*)",
        **changes,
    }
    path = tmp_path / "Panel.ui"
    path.write_text(UI.format(**names))
    return slicer.util.loadUI(str(path))


def test_a_ui_file_makes_widgets_of_slicer(tmp_path, scene, qt):
    import slicer.util

    panel = load_ui(tmp_path)
    selector = slicer.util.childWidgetVariables(panel).selector
    assert type(selector).__name__ == "qMRMLNodeComboBox"
    assert selector.nodeTypes == ("vtkMRMLTextNode",)
    assert selector.SlicerParameterName == "notes"


def test_a_ui_file_connects_signals_with_vtk_arguments(tmp_path, scene, qt):
    panel = load_ui(tmp_path)
    panel.setMRMLScene(scene)
    assert panel.selector.mrmlScene() is scene


@pytest.mark.parametrize(
    "wrong", [{"inner": "qMRMLNodeComboBocks"}, {"signal": "mrmlSceneChange(vtkMRMLScene*)"}]
)
def test_a_wrong_name_in_a_ui_file_is_refused(tmp_path, wrong, qt):
    with pytest.raises((RuntimeError, ValueError)):
        load_ui(tmp_path, **wrong)
