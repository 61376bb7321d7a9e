"""The server: HTTP on the loopback, its threads, its end."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from portal import loopback
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


class Handler(loopback.Handler):
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
        self.send(status, body, kind, {"Cache-Control": "no-store"})


class Server(loopback.Server):
    def __init__(self, config: Config) -> None:
        self.authority = Authority(config.keys, config.passphrase)
        super().__init__(Handler, config.port)
