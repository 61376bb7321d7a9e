"""What the servers for demonstration have in common: HTTP on the loopback, a thread a caller, an orderly end."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # The default writes headers and body in two packets, and Nagle holds the second back for 40 ms.
    wbufsize = -1
    disable_nagle_algorithm = True
    timeout = 60

    def head(self, status: int, size: int, kind: str, headers: Mapping[str, str] | None = None) -> None:
        """Begin an answer of `size` bytes whose media type is `kind`."""
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(size), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()

    def send(self, status: int, body: bytes, kind: str, headers: Mapping[str, str] | None = None) -> None:
        self.head(status, len(body), kind, headers)
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: addresses tell whom and what somebody asked about."""


class Server(ThreadingHTTPServer):
    """Raises OSError when the port is taken; 0 takes any free one."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, handler: type[Handler], port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def run(self, *, with_parent: bool = False) -> None:
        """Say where, then listen until SIGINT or SIGTERM; `with_parent`: or the end of who started this process."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: threading.Thread(target=self.shutdown).start())
        if with_parent:
            threading.Thread(target=self._end_with, args=(os.getppid(),), daemon=True).start()
        # The process's answer to who started it.
        print(f"listening on {self.url}", flush=True)  # noqa: T201
        try:
            self.serve_forever(poll_interval=0.1)
        finally:
            self.server_close()

    def _end_with(self, parent: int) -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        self.shutdown()
