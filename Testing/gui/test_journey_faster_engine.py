"""A user is offered OpenVINO in the dialog of networks; nothing is installed before a yes."""

from __future__ import annotations

import pytest
import slicer


@pytest.fixture
def line():
    """The line on a computer; Qt is there only once the host runs."""
    from MedSAMSlicerLib.panels.faster_engine import FasterEngine

    return FasterEngine


class Computer:
    """The package index and what is installed, in place of the real ones."""

    def __init__(self, present: bool = False, failure: str = "") -> None:
        self.present, self.failure, self.installed = present, failure, []

    def isPresent(self, module: str) -> bool:
        assert module == "openvino"
        return self.present

    def pipInstall(self, requirements: list[str]) -> None:
        if self.failure:
            raise RuntimeError(self.failure)
        self.installed += requirements
        self.present = True


@pytest.fixture
def answer(monkeypatch):
    """What the user says to the question."""

    def say(yes: bool) -> None:
        monkeypatch.setattr(slicer.util, "confirmOkCancelDisplay", lambda text, **_: yes)

    return say


def test_it_is_installed_only_after_a_yes(answer, line):
    computer = Computer()
    shown = line(computer)
    assert "twice as fast" in shown.label.text
    answer(False)
    shown.button.click()
    assert computer.installed == []
    answer(True)
    shown.button.click()
    assert computer.installed == ["openvino"]
    assert "Restart Slicer" in shown.label.text
    assert shown.button.isHidden()


def test_where_it_is_installed_nothing_is_offered(line):
    shown = line(Computer(present=True))
    assert shown.button.isHidden()
    assert "is installed" in shown.label.text


def test_a_failure_is_told_in_a_sentence_and_can_be_tried_again(answer, line):
    answer(True)
    shown = line(Computer(failure="no network\ntraceback"))
    shown.button.click()
    assert shown.label.text == "OpenVINO could not be installed: no network"
    assert not shown.button.isHidden()
