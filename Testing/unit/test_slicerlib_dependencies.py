"""Installing what the network needs, and telling in plain words why it failed.

All of it on fakes: the failures are those of other people's computers (Windows paths, graphics
cards, half installations, extensions of other releases), which no test machine has, and a test
must not install packages. The real environment is asked once, read only, at the end.
"""

from __future__ import annotations

import pytest

from MedSAMLib.errors import MedSAMError
from MedSAMSlicerLib.dependencies import Dependencies, SlicerEnvironment, State
from MedSAMSlicerLib.diagnosis import Facts, Graphics

APP_DATA = (
    r"C:\Users\radiologist\AppData\Local\slicer.org\3D Slicer 5.12.3\lib\Python\Lib\site-packages"
)
READY = {
    "torch": Facts(["2.8.0"]),
    "torchvision": Facts(["0.23.0"]),
    "segment-anything": Facts(["1.0"]),
    "safetensors": Facts(["0.6.2"]),
}
MISSING = Facts([], importError="No module named 'x'")


class FakeTorchLogic:
    """PyTorchUtilsLogic of today; installing puts the packages into the fake environment."""

    def __init__(self, environment: FakeEnvironment) -> None:
        self.environment, self.calls = environment, []

    def uninstallTorch(self) -> None:
        self.calls.append("uninstall")

    def installTorch(
        self,
        askConfirmation=False,
        forceComputationBackend=None,
        torchVersionRequirement=None,
        torchvisionVersionRequirement=None,
    ):
        self.calls.append((torchVersionRequirement, torchvisionVersionRequirement))
        return self._install()

    def _install(self):
        self.environment.packages.update({n: READY[n] for n in ("torch", "torchvision")})
        return object()


class OlderTorchLogic(FakeTorchLogic):
    """An extension that knows nothing of torchvision's version."""

    def installTorch(self, askConfirmation=False, torchVersionRequirement=None):
        self.calls.append((torchVersionRequirement,))
        return self._install()


class DeclinedTorchLogic(FakeTorchLogic):
    def installTorch(self, **keywords):
        return None


class OfflineTorchLogic(FakeTorchLogic):
    def installTorch(self, **keywords):
        raise RuntimeError("Could not find a version\nand many more lines")


class HalfRemovedTorchLogic(FakeTorchLogic):
    """The extension's own check fails by a TypeError on a half installation (its issue)."""

    def installTorch(self, **keywords):
        self.calls.append(keywords)
        raise TypeError("'NoneType' object is not iterable")


class FakeEnvironment:
    """A computer as described by its attributes."""

    def __init__(self, **packages: Facts) -> None:
        self.packages = READY | {name.replace("_", "-"): f for name, f in packages.items()}
        self.sitePackages, self.pathsAreLimited = r"C:\Slicer\Lib\site-packages", False
        self.card, self.mainThread = Graphics(), True
        self.logic: FakeTorchLogic | None = FakeTorchLogic(self)
        self.pip: list[list[str]] = []

    def isOnMainThread(self) -> bool:
        return self.mainThread

    def isPresent(self, module: str) -> bool:
        return bool(self.packages[module.replace("_", "-")].versions)

    def facts(self, requirement) -> Facts:
        return self.packages[requirement.package]

    def graphics(self) -> Graphics:
        return self.card

    def torchLogic(self):
        return self.logic

    def pipInstall(self, requirements: list[str]) -> None:
        self.pip.append(requirements)
        for text in requirements:
            name = text.partition(">")[0]
            self.packages[name] = READY[name]


def summary(environment: FakeEnvironment) -> str:
    return Dependencies(environment).summary()


def test_all_is_ready():
    dependencies = Dependencies(FakeEnvironment())
    assert dependencies.installed()
    assert {finding.state for finding in dependencies.findings()} == {State.READY}
    assert dependencies.summary() == "PyTorch is ready."


def test_what_is_missing_is_listed():
    environment = FakeEnvironment(torch=MISSING, safetensors=MISSING)
    assert not Dependencies(environment).installed()
    assert summary(environment) == "To be installed: torch, safetensors."


def test_what_needs_pytorch_is_not_blamed_while_pytorch_is_missing():
    failing = Facts(["0.23.0"], importError="No module named 'torch'")
    environment = FakeEnvironment(torch=MISSING, torchvision=failing)
    assert summary(environment) == "To be installed: torch."


def test_an_empty_folder_named_torch_is_a_half_installation():
    environment = FakeEnvironment(torch=Facts(["2.13.0"], isEmpty=True))
    assert "Only a part of PyTorch is installed" in summary(environment)
    assert "Uninstall in the module PyTorch Utils" in summary(environment)


def test_on_windows_long_paths_are_named_as_the_cause():
    environment = FakeEnvironment(torch=Facts(["2.13.0"], isEmpty=True))
    environment.sitePackages, environment.pathsAreLimited = APP_DATA, True
    assert "Windows allows paths of 260 characters only" in summary(environment)
    assert r"C:\Slicer" in summary(environment)


def test_an_installation_that_does_not_load_says_why():
    error = "DLL load failed while importing _C: module not found.\nsecond line"
    assert summary(FakeEnvironment(torch=Facts(["2.8.0"], importError=error))) == (
        "PyTorch is installed but does not load (DLL load failed while importing _C: module not "
        "found): restart Slicer, press Uninstall in the module PyTorch Utils, restart again, and "
        "install anew."
    )


def test_two_copies_are_found():
    environment = FakeEnvironment(torch=Facts(["2.8.0", "2.4.1"]))
    assert "several versions (2.4.1 and 2.8.0)" in summary(environment)


def test_an_old_version_is_found():
    environment = FakeEnvironment(torch=Facts(["1.13.1+cu117"]))
    assert "PyTorch 1.13.1+cu117 is too old, 2.4 is needed" in summary(environment)


def test_a_torchvision_of_another_pytorch_is_named():
    error = "cannot import name 'x' from 'torch'"
    environment = FakeEnvironment(torchvision=Facts(["0.19.1+cu121"], importError=error))
    assert "torchvision 0.19.1+cu121 does not belong to PyTorch 2.8.0 (0.23 does)" in (
        summary(environment)
    )


def test_a_driver_that_is_too_old_is_told_but_stops_nothing():
    environment = FakeEnvironment()
    environment.card = Graphics(cuda="12.8")
    assert "update the driver" in summary(environment)
    assert Dependencies(environment).findings()[0].state is State.READY


@pytest.mark.parametrize(
    ("capability", "kernels", "served"),
    [
        ((12, 0), ("sm_80", "sm_90"), False),  # Blackwell: "no kernel image is available"
        ((12, 0), ("sm_90", "sm_120"), True),
        ((12, 0), ("sm_90", "compute_90"), True),
        ((8, 6), ("sm_80",), True),
        ((8, 0), ("sm_86",), False),
        ((9, 0), ("sm_90a",), True),
    ],
)
def test_a_graphics_card_that_pytorch_was_not_built_for_is_told(capability, kernels, served):
    environment = FakeEnvironment()
    environment.card = Graphics("12.1", capability, kernels)
    assert ("is not served by this PyTorch (CUDA 12.1)" not in summary(environment)) == served


def test_installing_gets_pytorch_by_the_extension_and_the_rest_by_pip():
    environment = FakeEnvironment(torch=MISSING, torchvision=MISSING, segment_anything=MISSING)
    Dependencies(environment).install()
    assert environment.logic.calls == [(">=2.4", ">=0.19")]
    assert environment.pip == [["segment-anything>=1.0"]]


def test_what_is_there_is_not_installed_again():
    environment = FakeEnvironment()
    Dependencies(environment).install()
    assert (environment.logic.calls, environment.pip) == ([], [])


def test_an_extension_with_fewer_keywords_is_called_with_fewer():
    environment = FakeEnvironment(torch=MISSING)
    environment.logic = OlderTorchLogic(environment)
    Dependencies(environment).install()
    assert environment.logic.calls == [(">=2.4",)]


def test_a_broken_pytorch_is_removed_first():
    environment = FakeEnvironment(torch=Facts(["2.13.0"], isEmpty=True))
    Dependencies(environment).install()
    assert environment.logic.calls == ["uninstall", (">=2.4", ">=0.19")]


def failure(environment: FakeEnvironment) -> str:
    with pytest.raises(MedSAMError) as raised:
        Dependencies(environment).install()
    assert "\n" not in str(raised.value)
    return str(raised.value)


def test_installing_from_a_thread_is_refused():
    environment = FakeEnvironment(torch=MISSING)
    environment.mainThread = False
    assert "main thread" in failure(environment)
    assert environment.logic.calls == []


def test_a_missing_extension_is_told():
    environment = FakeEnvironment(torch=MISSING)
    environment.logic = None
    assert "install PyTorch in the Extensions Manager" in failure(environment)


def test_paths_that_windows_would_cut_are_refused_before_anything_is_downloaded():
    environment = FakeEnvironment(torch=MISSING)
    environment.sitePackages, environment.pathsAreLimited = APP_DATA, True
    assert "260 characters" in failure(environment)
    assert environment.logic.calls == []


def test_a_download_that_fails_is_told_in_one_sentence():
    environment = FakeEnvironment(torch=MISSING)
    environment.logic = OfflineTorchLogic(environment)
    assert "could not be installed (Could not find a version): check the network" in (
        failure(environment)
    )


def test_a_type_error_of_the_extension_itself_is_no_question_of_keywords():
    environment = FakeEnvironment(torch=MISSING)
    environment.logic = HalfRemovedTorchLogic(environment)
    assert "'NoneType' object is not iterable" in failure(environment)
    assert len(environment.logic.calls) == 1


def test_an_installation_that_the_user_declines_is_told():
    environment = FakeEnvironment(torch=MISSING)
    environment.logic = DeclinedTorchLogic(environment)
    assert failure(environment) == "PyTorch was not installed."


def test_pip_that_fails_is_told():
    environment = FakeEnvironment(safetensors=MISSING)

    def fail(requirements):
        raise OSError("No space left on device")

    environment.pipInstall = fail
    assert "safetensors>=0.4 could not be installed (No space left on device)" in (
        failure(environment)
    )


def test_what_still_does_not_load_asks_for_a_restart():
    environment = FakeEnvironment(safetensors=MISSING)
    environment.pipInstall = lambda requirements: None
    assert failure(environment).endswith("restart Slicer first.")


@pytest.mark.timeout(240)  # imports PyTorch
def test_the_real_environment_finds_this_python_ready():
    dependencies = Dependencies(SlicerEnvironment())
    assert dependencies.installed()
    assert [f.sentence for f in dependencies.findings() if f.state is not State.READY] == []


def test_the_real_environment_tells_an_empty_folder_from_a_package(tmp_path, monkeypatch):
    (tmp_path / "hollow").mkdir()
    monkeypatch.syspath_prepend(tmp_path)
    assert not SlicerEnvironment().isPresent("hollow")
    assert not SlicerEnvironment().isPresent("nowhere_at_all")
    assert SlicerEnvironment().isPresent("numpy")
