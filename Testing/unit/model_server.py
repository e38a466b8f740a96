"""A real HTTP server on this machine that serves one file, well or badly."""

from __future__ import annotations

import contextlib
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class ModelServer:
    """What the server sends and how it behaves; `requests` tells what it was asked.

    breaks_after: closes the connection after so many bytes of each answer.
    knows_range: answers requests for a part of the file with that part.
    status: refuses with this status if it is not 200.
    """

    content: bytes
    breaks_after: int | None = None
    knows_range: bool = True
    status: int = 200
    url: str = ""
    requests: list[str] = field(default_factory=list)


@contextlib.contextmanager
def serving(server: ModelServer) -> Iterator[ModelServer]:
    """Run the server on 127.0.0.1 at a free port."""
    http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(server))
    http.daemon_threads = True
    thread = threading.Thread(target=http.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    server.url = f"http://127.0.0.1:{http.server_port}/model.pth"
    try:
        yield server
    finally:
        http.shutdown()
        http.server_close()
        thread.join()


def _handler(server: ModelServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = self.headers.get("Range", "")
            server.requests.append(asked)
            if server.status != 200:
                self.send_error(server.status)
                return
            start = int(re.findall(r"\d+", asked)[0]) if asked and server.knows_range else 0
            self.send_response(206 if start else 200)
            rest = server.content[start:]
            self.send_header("Content-Length", str(len(rest)))
            self.end_headers()
            self.wfile.write(rest[: server.breaks_after])

        def log_message(self, *_: object) -> None:
            pass

    return Handler
