"""The server: HTTP on the loopback, its threads, its end."""

from __future__ import annotations

import json
import re
import secrets
import socket
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from payments.sandbox import pages
from payments.sandbox.api import Api
from payments.sandbox.bank import Bank
from payments.sandbox.control import Control
from payments.sandbox.errors import ApiError
from payments.sandbox.post import Post
from payments.sandbox.store import Object, Store
from portal import loopback

LONGEST_BODY = 2**20
HOSTED = re.compile(r"/c/pay/(\w+)")
# Faults that refuse a call, by their kind: status and type of the error.
REFUSALS = {
    "error": (500, "api_error"),
    "limit": (429, "rate_limit_error"),
    "busy": (409, "idempotency_error"),
}
HOSTS = {"127.0.0.1", "localhost"}


@dataclass(frozen=True, slots=True)
class Config:
    key: str  # sk_test_…
    secret: str  # whsec_…: what webhooks are signed with
    state: Path
    port: int = 0  # 0: any free one
    webhook_url: str = ""  # empty: none are sent
    minimum: int = 0  # đồng
    transfer_delay: float = 20.0  # seconds


def less(thing: Object) -> Object:
    """A wrong answer: every sum of it is a đồng less."""
    told = {key: less(value) for key, value in thing.items() if isinstance(value, dict)}
    sums = {key: value - 1 for key, value in thing.items() if key.startswith("amount") and value}
    return thing | told | sums


class Handler(loopback.Handler):
    server: Server

    def do_GET(self) -> None:
        self._answer("GET")

    def do_POST(self) -> None:
        self._answer("POST")

    def _answer(self, method: str) -> None:
        url = urlsplit(self.path)
        try:
            body = self._body()
            if (self.headers.get("Host") or "").rsplit(":", 1)[0] not in HOSTS:
                raise ApiError(403, "This server answers to the loopback only.")
            if url.path.startswith("/v1/"):
                self._api(method, url.path, body if method == "POST" else url.query)
            elif url.path.startswith("/_control/"):
                self.server.api.check_key(self.headers.get("Authorization") or "")
                self._json(
                    200, self.server.control.answer(url.path.rsplit("/", 1)[1], json.loads(body or "{}"))
                )
            else:
                self._page(method, url.path, body)
        except ApiError as error:
            self._json(error.status, error.body)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def _body(self) -> str:
        size = int(self.headers.get("Content-Length") or 0)
        if size > LONGEST_BODY:
            self.close_connection = True
            raise ApiError(413, "Too large.")
        return self.rfile.read(size).decode("utf-8", "replace")

    def _api(self, method: str, path: str, encoded: str) -> None:
        self.server.api.check_key(self.headers.get("Authorization") or "")
        fault = self.server.control.take(method, path)
        if fault and fault.kind == "delay":
            time.sleep(fault.seconds)
        if fault and fault.kind in REFUSALS:
            status, kind = REFUSALS[fault.kind]
            raise ApiError(status, "As ordered.", kind=kind)
        key = (self.headers.get("Idempotency-Key") or "") if method == "POST" else ""
        status, body, replayed = self.server.api.answer(method, path, encoded, key)
        if fault and fault.kind == "amount":
            body = less(body)
        if fault and fault.kind == "lost":
            self._hang_up()
        else:
            self._json(status, body, {"Idempotent-Replayed": "true"} if replayed else {})

    def _hang_up(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def _page(self, method: str, path: str, body: str) -> None:
        if path == "/style.css":
            self._send(200, pages.STYLE, "text/css; charset=utf-8")
        elif path == "/":
            self._html(pages.index())
        elif found := HOSTED.fullmatch(path):
            self._hosted(method, found[1], parse_qs(body))
        else:
            raise ApiError(404, f"Unrecognized request URL ({path}).")

    def _hosted(self, method: str, id_: str, form: dict[str, list[str]]) -> None:
        bank = self.server.bank
        wish = form.get("outcome", [""])[0] if method == "POST" else ""
        try:
            with bank.store.change():
                session = bank.find("checkout.session", id_)
                items = bank.find("line_items", f"items_{id_}")["data"]
                shown = pages.act(bank, session, wish) if wish else pages.Shown(session)
        except ApiError as error:
            return self._html(pages.unknown(), error.status)
        if shown.location:
            return self._redirect(shown.location)
        chosen = method == "GET" or bool(wish)
        return self._html(pages.checkout(shown, items, chosen=chosen), 200 if chosen else 422, shown.session)

    def _redirect(self, location: str) -> None:
        self._send(303, b"", "text/plain", {"Location": location})

    def _html(self, page: str, status: int = 200, session: Object | None = None) -> None:
        # The answer to the form leads back to the portal, and browsers ask form-action about that too.
        back = {"{0.scheme}://{0.netloc}".format(urlsplit(session["success_url"]))} if session else set()
        policy = f"default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'self' {' '.join(back)}"
        headers = {
            "Content-Security-Policy": policy,
            "Referrer-Policy": "same-origin",
            "Cache-Control": "no-store",
        }
        self._send(status, page.encode(), "text/html; charset=utf-8", headers)

    def _json(self, status: int, body: Object, headers: dict[str, str] | None = None) -> None:
        self._send(status, json.dumps(body).encode(), "application/json", headers)

    def _send(self, status: int, body: bytes, kind: str, headers: dict[str, str] | None = None) -> None:
        every = {"Request-Id": f"req_{secrets.token_hex(7)}", "X-Content-Type-Options": "nosniff"}
        self.send(status, body, kind, every | (headers or {}))


class Server(loopback.Server):
    def __init__(self, config: Config) -> None:
        self.store = Store(config.state)
        try:
            super().__init__(Handler, config.port)
        except OSError:
            self.store.close()
            raise
        self.bank = Bank(self.store, self.url, minimum=config.minimum, transfer_delay=config.transfer_delay)
        self.api = Api(self.bank, config.key)
        self.post = Post(self.bank, config.webhook_url, config.secret)
        self.control = Control(self.bank, self.post)


def serve(config: Config, *, with_parent: bool = False) -> None:
    """Listen until SIGINT or SIGTERM (or the parent's end), and send webhooks meanwhile."""
    server = Server(config)
    server.post.start()
    try:
        server.run(with_parent=with_parent)
    finally:
        server.post.stopped.set()
        server.store.close()
