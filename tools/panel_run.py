"""Opens a module's panel in the window of the host, inside the environment of `dev.py`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tools.host import HOST_VARIABLES

if TYPE_CHECKING:
    from tools.environment import Environment

ROOT = Path(__file__).resolve().parent.parent
MODULES = ROOT / "SlicerMedSAM"
DEFAULT_MODULE = "MedSAMSegment"
SAMPLE_CODE = "from tools.demo.subject import sample_path; print(sample_path())"


def run(environment: Environment, arguments: list[str]) -> int:
    """[MODULE] [IMAGE] [--screenshot FILE.png]: without IMAGE, the head MR of the demo."""
    module, image, options = chosen(arguments)
    variables = {name: value for name, value in HOST_VARIABLES.items() if name != "QT_QPA_PLATFORM"}
    variables["PYTHONPATH"] = str(ROOT)
    if image is None:
        image = environment.output(SAMPLE_CODE)
    images = [] if image is None else [image]
    return environment.run(
        ["-m", "Testing.SlicerHost", str(module), *images, *options], variables=variables
    )


def chosen(arguments: list[str]) -> tuple[Path, str | None, list[str]]:
    """Module file, image and options; a module is its name or its file, an image any other file."""
    places = [n for n, a in enumerate(arguments) if a.startswith("-")]
    first_option = places[0] if places else len(arguments)
    names, options = arguments[:first_option], arguments[first_option:]
    module = DEFAULT_MODULE
    if names and (names[0].endswith(".py") or (MODULES / f"{names[0]}.py").is_file()):
        module = names.pop(0)
    path = Path(module) if module.endswith(".py") else MODULES / f"{module}.py"
    return path, names[0] if names else None, options
