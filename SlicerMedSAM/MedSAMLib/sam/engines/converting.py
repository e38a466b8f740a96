"""Converting an encoder for OpenVINO in a process of its own.

The process ends with the program that started it and leaves nothing half done:
`python -m MedSAMLib.sam.engines.converting CHECKPOINT MODEL_ID MODEL_FOLDER NICENESS` prints the
part done, line by line, and on its error output one sentence where it fails.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from ...errors import MedSAMError
from .kept_encoders import NETWORK, KeptEncoders

PACKAGES = str(Path(__file__).resolve().parents[3])
# Parts of the time: loading, converting, then comparing in either precision.
LOADED, CONVERTED, COMPARED = 0.1, 0.7, 1.0
# Of the process beside a program that encodes with all cores; with 10 it hardly gets a turn.
NICENESS = 5


class Conversion:
    """A running process that converts; `part` is how far it is, 0 to 1."""

    def __init__(
        self, checkpoint: Path, model_id: str, model_folder: Path, niceness: int = 0
    ) -> None:
        self.part = 0.0
        environment = {**os.environ, "PYTHONPATH": _with_packages(os.environ.get("PYTHONPATH"))}
        self._process = subprocess.Popen(
            [_python(), "-m", __name__]
            + [str(checkpoint), model_id, str(model_folder), str(niceness)],
            stdin=subprocess.PIPE,  # its end is how the process learns that this program is gone
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )

    def wait(self, told: Callable[[float], None] | None = None) -> None:
        """Until it is done; MedSAMError with its sentence where it failed or was cancelled."""
        errors: list[str] = []
        reader = threading.Thread(target=lambda: errors.extend(self._process.stderr), daemon=True)
        reader.start()
        try:
            for line in self._process.stdout:
                with contextlib.suppress(ValueError):
                    self.part = float(line)
                if told:
                    told(self.part)
        except BaseException:
            self.cancel()
            raise
        status = self._process.wait()
        reader.join()
        if status:
            last = errors[-1].strip() if errors else f"the process ended with status {status}"
            raise MedSAMError(f"The network could not be converted for OpenVINO: {last}")

    def cancel(self) -> None:
        """End it; what it had begun to write is removed by the next one."""
        self._process.kill()
        self._process.wait()


def _python() -> str:
    """In Slicer `sys.executable` may be the application, which would open another window."""
    return shutil.which("PythonSlicer") or sys.executable


def _with_packages(path: str | None) -> str:
    return os.pathsep.join(filter(None, (PACKAGES, path)))


def main(checkpoint: str, model_id: str, model_folder: str) -> None:
    """Convert, compare with PyTorch, keep. Does nothing where it is kept already."""
    from ..loading import load_sam
    from .openvino_encoder import convert

    _say(0.0)
    with KeptEncoders(Path(model_folder)).making(model_id) as build:
        if build is None:
            return
        encoder = load_sam(Path(checkpoint))[0].image_encoder
        _say(LOADED)
        convert(encoder, build.folder / NETWORK)
        _say(CONVERTED)
        build.keep(_differences(encoder, build.folder / NETWORK))
    _say(COMPARED)


def _differences(encoder, network: Path) -> dict[str, float]:
    """How far the converted encoder's features are from PyTorch's: relative norm by precision."""
    import torch

    from ..device import computes_bfloat16
    from .fused_encoder import FusedEncoder
    from .openvino_encoder import OpenVinoEncoder

    shape = (1, 3, encoder.img_size, encoder.img_size)
    image = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    exact = FusedEncoder(encoder)(image)
    precisions = ["float32"]
    if computes_bfloat16(torch.device("cpu")):
        precisions.append("bfloat16")
    found = {}
    for precision in precisions:
        difference = (OpenVinoEncoder(network, precision)(image) - exact).norm() / exact.norm()
        found[precision] = float(difference) if torch.isfinite(difference) else float("inf")
    return found


def _say(part: float) -> None:
    print(part, flush=True)


def _end_with_parent() -> None:
    # Not sys.stdin.read(), whose lock would keep the interpreter from ending.
    while os.read(0, 1):
        pass
    os._exit(1)


if __name__ == "__main__":
    threading.Thread(target=_end_with_parent, daemon=True).start()
    with contextlib.suppress(AttributeError, OSError):
        os.nice(int(sys.argv[4]))  # not on Windows
    try:
        main(*sys.argv[1:4])
    except (MedSAMError, OSError, RuntimeError, ImportError) as error:
        sys.exit((str(error).strip() or type(error).__name__).splitlines()[-1])
