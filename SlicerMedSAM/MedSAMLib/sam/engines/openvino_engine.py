"""When OpenVINO takes over from PyTorch: at once where the network was converted before."""

from __future__ import annotations

import atexit
import logging
import threading
from importlib.util import find_spec
from pathlib import Path

from ...errors import MedSAMError, UsageError
from .converting import NICENESS, Conversion
from .fused_encoder import Told
from .kept_encoders import HOW_TO_GET_IT, NETWORK, KeptEncoders
from .openvino_encoder import OpenVinoEncoder
from .precision import MOST_DIFFERENCE

logger = logging.getLogger(__name__)

ENGINES = ("auto", "torch", "openvino")
# Images encoded before converting begins by itself: one or two are sooner encoded than converted.
IMAGES_BEFORE = 3
MOST_FLOAT32_DIFFERENCE = 1e-4


def is_installed() -> bool:
    """Whether OpenVINO could be imported; it is not."""
    return find_spec("openvino") is not None


def check_name(engine: str) -> None:
    """UsageError for what is no engine."""
    if engine not in ENGINES:
        raise UsageError(f"Unknown engine {engine!r}; choose one of {', '.join(ENGINES)}.")


class OpenVinoEngine:
    """The encoder of one model by OpenVINO, once it is ready.

    Attributes:
        conversion: the running one, which tells how far it is; None if none runs.
        encoder: what encodes, or None as long as PyTorch does.
    """

    def __init__(self, checkpoint: Path, model_id: str, model_folder: Path) -> None:
        self._checkpoint, self._model_id, self._model_folder = checkpoint, model_id, model_folder
        self._kept = KeptEncoders(model_folder)
        self._images = 0
        self._thread: threading.Thread | None = None
        self.conversion: Conversion | None = None
        self.encoder: OpenVinoEncoder | None = None

    def load_kept(self, precision: str) -> bool:
        """Use what was converted before; whether there is something that is right."""
        manifest = self._kept.usable(self._model_id)
        if manifest is None or not is_right(manifest["differences"], precision):
            return False
        network = self._kept.path(self._model_id) / NETWORK
        try:
            self.encoder = OpenVinoEncoder(network, precision)
        except (RuntimeError, ImportError) as error:
            logger.warning("OpenVINO cannot be used (%s); using PyTorch.", _first_line(error))
            self._kept.discard(network.parent)
            return False
        return True

    def require(self, precision: str, told: Told | None = None) -> None:
        """Convert now if it has not been; MedSAMError where OpenVINO cannot be used."""
        if not is_installed():
            raise MedSAMError(f"OpenVINO is not installed; get it with: {HOW_TO_GET_IT}")
        if self._kept.usable(self._model_id) is None:
            self._convert(told)
        if not self.load_kept(precision):
            raise MedSAMError(f"OpenVINO gives wrong results in {precision} on this computer.")

    def encoded(self, precision: str) -> None:
        """PyTorch has encoded an image; after some the conversion begins in the background."""
        self._images += 1
        if self._images >= IMAGES_BEFORE and self._thread is None:
            self._thread = threading.Thread(
                target=self._in_background, args=(precision,), daemon=True, name="openvino"
            )
            self._thread.start()

    def _in_background(self, precision: str) -> None:
        try:
            self._convert(niceness=NICENESS)
            self.load_kept(precision)
        except (MedSAMError, OSError) as error:
            logger.warning("%s PyTorch goes on.", error)

    def _convert(self, told: Told | None = None, niceness: int = 0) -> None:
        self.conversion = Conversion(self._checkpoint, self._model_id, self._model_folder, niceness)
        atexit.register(self.conversion.cancel)
        try:
            self.conversion.wait(told)
        finally:
            atexit.unregister(self.conversion.cancel)
            self.conversion = None

    def join(self) -> None:
        """Wait for what goes on in the background."""
        if self._thread is not None:
            self._thread.join()


def is_right(differences: dict[str, float], precision: str) -> bool:
    """Whether a converted encoder was near enough to the reference in this precision."""
    most = MOST_FLOAT32_DIFFERENCE if precision == "float32" else MOST_DIFFERENCE
    return differences.get(precision, float("inf")) <= most


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
