"""Fetch one file over HTTP so that an interrupted transfer goes on where it stopped."""

from __future__ import annotations

import errno
import http.client
import shutil
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ..errors import MedSAMError

Progress = Callable[[int, int], None]  # (bytes here, bytes in all)
Cancelled = Callable[[], bool]

CHUNK_BYTES = 1 << 18
TIMEOUT_SECONDS = 30
FAILURES_IN_A_ROW = 3
USER_AGENT = "SlicerMedSAM"
HTTP_RANGE_NOT_SATISFIABLE = 416


class DownloadCancelled(MedSAMError):
    """The user stopped the download; what has arrived stays for the next time."""


@dataclass(frozen=True)
class Transfer:
    """One download: `size` bytes from `url` into `part`, which may hold the first of them."""

    url: str
    part: Path
    size: int
    progress: Progress
    cancelled: Cancelled

    def run(self) -> None:
        """Complete `part`. Broken connections are taken up again.

        Raises DownloadCancelled, or MedSAMError for a server, network or disk that refuses.
        """
        self._check_free_space()
        most, failures, reason = self._bytes_here(), 0, "the connection was closed"
        while most < self.size:
            try:
                self._request_rest()
            except (http.client.HTTPException, OSError) as error:
                self._stop_if_hopeless(error)
                told = str(getattr(error, "reason", error)) or type(error).__name__
                reason = " ".join(told.split())
            here = self._bytes_here()
            failures = 0 if here > most else failures + 1
            most = max(most, here)
            if failures == FAILURES_IN_A_ROW:
                raise MedSAMError(self._interrupted(reason))

    def _request_rest(self) -> None:
        here = self._bytes_here()
        headers = {"User-Agent": USER_AGENT}
        if here:
            headers["Range"] = f"bytes={here}-"
        request = urllib.request.Request(self.url, headers=headers)
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as response:
            # A server that ignores Range answers 200 and sends the file from its beginning.
            resumed = response.status == http.client.PARTIAL_CONTENT
            self._check_length(response, here if resumed else 0)
            with self.part.open("ab" if resumed else "wb") as file:
                self._copy(response, file, here if resumed else 0)

    def _copy(self, response, file, here: int) -> None:
        self.progress(here, self.size)
        # What has arrived, however little: a slow server must not keep a cancel waiting.
        while chunk := response.read1(CHUNK_BYTES):
            if self.cancelled():
                raise DownloadCancelled(
                    f"The download was cancelled at {_megabytes(here)} of "
                    f"{_megabytes(self.size)}; the next one goes on from there."
                )
            here += len(chunk)
            if here > self.size:
                raise MedSAMError(self._another_size(f"more than {self.size}"))
            file.write(chunk)
            self.progress(here, self.size)

    def _check_length(self, response, here: int) -> None:
        length = response.headers.get("Content-Length", "")
        if length.isdecimal() and here + int(length) != self.size:
            raise MedSAMError(self._another_size(str(here + int(length))))

    def _another_size(self, found: str) -> str:
        return (
            f"{self.url} answers with a file of {found} bytes instead of {self.size}: it is not "
            "the model (a login or error page of the network?)."
        )

    def _bytes_here(self) -> int:
        """Bytes that can be kept; more than the whole file cannot be part of it."""
        if not self.part.exists():
            return 0
        if self.part.stat().st_size > self.size:
            self.part.unlink()
            return 0
        return self.part.stat().st_size

    def _check_free_space(self) -> None:
        free = shutil.disk_usage(self.part.parent).free
        missing = self.size - self._bytes_here()
        if free < missing:
            raise MedSAMError(
                f"The disk of {self.part.parent} is too full: {_megabytes(missing)} are needed, "
                f"{_megabytes(free)} are free."
            )

    def _stop_if_hopeless(self, error: Exception) -> None:
        """Raise a sentence for what trying again would not change."""
        if isinstance(error, urllib.error.HTTPError):
            if error.code == HTTP_RANGE_NOT_SATISFIABLE:
                self.part.unlink(missing_ok=True)
                return
            if error.code < http.client.INTERNAL_SERVER_ERROR:
                told = " ".join(str(error.reason).split())
                raise MedSAMError(f"{self.url} answers {error.code} {told}.") from error
        elif isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise MedSAMError(f"The disk of {self.part.parent} is full.") from error
        elif isinstance(error, PermissionError):
            raise MedSAMError(f"{self.part} cannot be written: {error.strerror}.") from error

    def _interrupted(self, reason: str) -> str:
        return (
            f"The download of {self.url} stopped at {_megabytes(self._bytes_here())} of "
            f"{_megabytes(self.size)} ({reason}). Try again and it goes on from there; without "
            f"network, copy the file from another computer into {self.part.parent}."
        )


def _megabytes(count: int) -> str:
    return f"{count / 1e6:.1f} MB"
