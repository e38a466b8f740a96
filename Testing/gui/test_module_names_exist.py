"""Every name of Qt, CTK and MRML that the modules use is one that Slicer 5.12.3 has."""

from __future__ import annotations

from pathlib import Path

from Testing.SlicerHost import api_checker

MODULES = Path(__file__).parents[2] / "SlicerMedSAM"


def test_the_modules_use_no_name_that_slicer_has_not():
    shipped = [*MODULES.glob("*.py"), MODULES / "MedSAMSlicerLib", MODULES / "Resources"]
    problems = api_checker.check([path for path in shipped if path.exists()])
    assert not problems, "\n".join(map(str, problems))
