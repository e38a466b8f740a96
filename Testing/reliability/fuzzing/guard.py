"""The rule for damaged input: it is read, or refused in one sentence, soon and in little memory."""

from __future__ import annotations

import resource
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from MedSAMLib.errors import MedSAMError

READ, REFUSED, FAULT = "read", "refused", "fault"
# Of the processor: a busy machine is no fault. What hangs without working ends otherwise.
MOST_SECONDS = 10
MOST_BYTES = 400 << 20
ADDRESS_SPACE = 3 << 30
LONGEST_SENTENCE = 2000


@dataclass(frozen=True)
class Outcome:
    """How a case ended; `text` is the sentence, or what is wrong and where."""

    kind: str
    text: str = ""


def limit_memory() -> None:
    """This process may take 3 GiB of addresses more than now: an absurd claim fails at once."""
    now = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (now + ADDRESS_SPACE, resource.RLIM_INFINITY))


def outcome_of(read: Callable[[Path], object], path: Path) -> Outcome:
    """Read a case and judge how that went; faults of the memory and the clock are faults too."""
    started, before = time.process_time(), _peak_bytes()
    outcome = _attempt(read, path)
    seconds, grown = time.process_time() - started, _peak_bytes() - before
    if seconds > MOST_SECONDS:
        return Outcome(FAULT, f"took {seconds:.0f} s ({outcome.text[:300]})")
    if grown > MOST_BYTES:
        return Outcome(FAULT, f"took {grown >> 20} MiB ({outcome.text[:300]})")
    return outcome


def _attempt(read: Callable[[Path], object], path: Path) -> Outcome:
    try:
        read(path)
    except MedSAMError as error:
        return _judged(str(error))
    except Exception as error:
        where = traceback.extract_tb(error.__traceback__)[-1]
        ours = [
            f for f in traceback.extract_tb(error.__traceback__) if "SlicerMedSAM/" in f.filename
        ]
        places = " < ".join(f"{Path(f.filename).name}:{f.lineno}" for f in [where, *ours[-1:]])
        return Outcome(FAULT, f"{type(error).__name__} at {places}: {error}"[:500])
    return Outcome(READ)


def _judged(sentence: str) -> Outcome:
    """A sentence may quote what is in the file, but not break the line or the terminal."""
    if not sentence or len(sentence) > LONGEST_SENTENCE or "Unexpected" in sentence:
        return Outcome(FAULT, f"no sentence for a user: {sentence[:300]!r}")
    return Outcome(REFUSED, sentence)


def _peak_bytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10
