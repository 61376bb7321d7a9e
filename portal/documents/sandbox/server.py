"""The server: HTTP on the loopback, its threads, its end."""

from __future__ import annotations

import os
import signal
import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from portal.documents.sandbox.services import Authority

LONGEST_BODY = 2**16
PAGE = """<!doctype html><html lang="vi"><meta charset="utf-8"><title>Chứng thư, dấu thời gian</title>
<h1>Chứng thư và dấu thời gian, chỉ để trình diễn</h1>
<p>Certificates and time stamps, for demonstration only: <code>POST /tsa</code> (RFC 3161),
<code>POST /ocsp</code> (RFC 6960), <a href="/root.crl">root.crl</a>, <a href="/root.crt">root.crt</a>."""


@dataclass(frozen=True, slots=True)
class Config:
    keys: Path
    passphrase: str
    port: int = 0  # 0: any free one
    with_parent: bool = False  # end when the process that started this one has ended


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # The default writes headers and body in two packets, and Nagle holds the second back for 40 ms.
    wbufsize = -1
    disable_nagle_algorithm = True
    timeout = 60
    server: Server

    def do_GET(self) -> None:
        authority = self.server.authority
        match self.path:
            case "/":
                self._send(200, PAGE.encode(), "text/html; charset=utf-8")
            case "/root.crl":
                self._send(200, authority.revoked(), "application/pkix-crl")
            case "/root.crt":
                self._send(200, authority.root.dump(), "application/pkix-cert")
            case _:
                self._send(404, b"", "text/plain")

    def do_POST(self) -> None:
        size = int(self.headers.get("Content-Length") or 0)
        if size > LONGEST_BODY:
            self.close_connection = True
            self._send(413, b"", "text/plain")
            return
        self._answer(self.rfile.read(size))

    def _answer(self, question: bytes) -> None:
        authority = self.server.authority
        kinds = {
            "/tsa": (authority.stamp, "application/timestamp-reply"),
            "/ocsp": (authority.status, "application/ocsp-response"),
        }
        if self.path not in kinds:
            self._send(404, b"", "text/plain")
            return
        answer, kind = kinds[self.path]
        try:
            content = answer(question)
        except (ValueError, KeyError, TypeError):
            self._send(400, b"", "text/plain")
        else:
            self._send(200, content, kind)

    def _send(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: what is stamped is nobody's business."""


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, config: Config) -> None:
        self.authority = Authority(config.keys, config.passphrase)
        super().__init__(("127.0.0.1", config.port), Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


def serve(config: Config) -> None:
    """Listen until SIGINT or SIGTERM (or the parent's end). Says where as soon as it is there."""
    server = Server(config)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
    if config.with_parent:
        threading.Thread(target=_end_with_parent, args=(server, os.getppid()), daemon=True).start()
    # The process's answer to who started it.
    print(f"listening on {server.url}", flush=True)  # noqa: T201
    try:
        server.serve_forever(poll_interval=0.1)
    finally:
        server.server_close()


def _end_with_parent(server: Server, parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(0.5)
    server.shutdown()
