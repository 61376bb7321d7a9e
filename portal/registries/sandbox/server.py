"""The server: HTTP on the loopback, its threads, its end."""

from __future__ import annotations

import hmac
import json
import re
import socket
import time
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from portal import loopback
from portal.registries.sandbox import pages
from portal.registries.sandbox.control import Control, Fault
from portal.registries.sandbox.people import Record
from portal.registries.sandbox.registers import Refused, Registers

LONGEST_BODY = 2**16
LOOK_UP = re.compile(r"/([a-z_]+)/look-up")
CONTROL = re.compile(r"/_control/([a-z]+)")
HOSTS = {"127.0.0.1", "localhost"}
HTML = "text/html; charset=utf-8"
POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"


@dataclass(frozen=True, slots=True)
class Config:
    key: str  # client:secret
    port: int = 0  # 0: any free one


class Handler(loopback.Handler):
    server: Server

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        if path == "/style.css":
            self._send(200, pages.STYLE, "text/css; charset=utf-8")
        elif path == "/":
            self._send(200, pages.index(self.server.control).encode(), HTML)
        else:
            self._json(404, {"error": "There is nothing here."})

    def do_POST(self) -> None:
        try:
            self._post(self._body())
        except Refused as refused:
            self._json(refused.status, {"error": str(refused)})
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def _body(self) -> bytes:
        size = int(self.headers.get("Content-Length") or 0)
        if size > LONGEST_BODY:
            self.close_connection = True
            raise Refused(413, "Too large.")
        return self.rfile.read(size)

    def _post(self, body: bytes) -> None:
        if (self.headers.get("Host") or "").rsplit(":", 1)[0] not in HOSTS:
            raise Refused(403, "This server answers to the loopback only.")
        if found := LOOK_UP.fullmatch(self.path):
            self._look_up(found[1], body)
        elif found := CONTROL.fullmatch(self.path):
            self._check_holder()
            self._json(200, self.server.control.answer(found[1], _json(body or b"{}")))
        elif self.path == "/switch":
            self._switch(parse_qs(body.decode("utf-8", "replace")))
        else:
            raise Refused(404, "There is nothing here.")

    def _look_up(self, registry: str, body: bytes) -> None:
        self.server.registers.check(self.headers.get("Authorization") or "", self.path, body)
        asked = _json(body)
        self.server.control.note(self.path, asked)
        fault = self.server.control.take(registry)
        if fault and self._spoil(fault):
            return
        told = self.server.registers.answer(registry, asked)
        self._json(200, told | (_untrue(fault, told) if fault else {}))

    def _spoil(self, fault: Fault) -> bool:
        """Do what the fault says; True when that was the answer."""
        match fault.kind:
            case "delay":
                time.sleep(fault.seconds)
                return False
            case "error" | "limit" | "refuse":
                raise Refused({"error": 500, "limit": 429, "refuse": 403}[fault.kind], "As ordered.")
            case "lost":
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)
            case "garbage":
                self._send(200, b"<html>As ordered.</html>", HTML)
            case "drip":
                self._drip(fault.seconds)
            case _:
                return False
        return True

    def _drip(self, pause: float) -> None:
        """An answer that begins at once and never seems to end."""
        self._head(200, 1000, "application/json")
        for _ in range(1000):
            self.wfile.write(b" ")
            self.wfile.flush()
            time.sleep(pause)

    def _check_holder(self) -> None:
        given = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
        if not hmac.compare_digest(given.encode(), self.server.registers.key.encode()):
            raise Refused(401, "This needs the client's key.")

    def _switch(self, form: dict[str, list[str]]) -> None:
        # A page elsewhere could post here too; browsers say where a form comes from.
        if (origin := self.headers.get("Origin")) and urlsplit(origin).netloc != self.headers.get("Host"):
            raise Refused(403, "The switch is on this server's own page.")
        self.server.control.set_mode(form.get("registry", [""])[0], form.get("kind", [""])[0])
        self._send(303, b"", HTML, {"Location": "/"})

    def _json(self, status: int, body: Record) -> None:
        self._send(status, json.dumps(body).encode(), "application/json")

    def _send(self, status: int, body: bytes, kind: str, headers: dict[str, str] | None = None) -> None:
        self._head(status, len(body), kind, headers)
        self.wfile.write(body)

    def _head(self, status: int, size: int, kind: str, headers: dict[str, str] | None = None) -> None:
        every = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
        if kind == HTML:
            every |= {"Content-Security-Policy": POLICY, "Referrer-Policy": "same-origin"}
        self.head(status, size, kind, every | (headers or {}))


def _json(body: bytes) -> Record:
    try:
        found = json.loads(body)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise Refused(400, "The body is no JSON object.")
    return found


def _untrue(fault: Fault, told: Record) -> Record:
    """What a fault changes in the answer."""
    match fault.kind:
        case "no_data" | "mismatch" | "insufficient":
            return {"outcome": fault.kind, "data": {}}
        case "somebody_else":
            return {"subject": {"personal_id": "001090999999"}}
        case "another_request":
            return {"request": f"not {told['request']}"}
    return {}


class Server(loopback.Server):
    def __init__(self, config: Config) -> None:
        self.registers = Registers(config.key)
        self.control = Control(self.registers)
        super().__init__(Handler, config.port)
