"""The sandbox as the tests hold it: a real process, its API, and the means to make trouble."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import requests

from payments.sandbox.post import signature

ROOT = Path(__file__).resolve().parent.parent.parent
KEY = "sk_test_tests"
SECRET = "whsec_tests"
CREATE = "/v1/checkout/sessions"


class Sandbox:
    """One running sandbox. `stop` ends it, `start` brings it back on the same port with what it remembers."""

    def __init__(self, state: Path, *options: str) -> None:
        self.state, self.options, self.port = state, options, 0
        self.start()

    def start(self) -> None:
        command = [sys.executable, "-m", "payments.sandbox", "--state", str(self.state), "--with-parent"]
        self.process = subprocess.Popen(
            [*command, "--port", str(self.port), *self.options],
            cwd=ROOT,
            env=os.environ | {"STRIPE_API_KEY": KEY, "STRIPE_WEBHOOK_SECRETS": f"{SECRET},whsec_old"},
            stdout=subprocess.PIPE,
            text=True,
        )
        self.base = self.process.stdout.readline().removeprefix("listening on ").strip()
        self.port = int(self.base.rsplit(":", 1)[1])

    def stop(self, *, kill: bool = False) -> None:
        if kill:
            self.process.kill()
        else:
            self.process.terminate()
        self.process.wait(timeout=10)
        self.process.stdout.close()

    # ── Its API, spoken to without the SDK ────────────────────────────────────────────────────────
    def call(self, method: str, path: str, data: dict | None = None, *, key: str = KEY, once: str = ""):
        headers = {"Authorization": f"Bearer {key}"} | ({"Idempotency-Key": once} if once else {})
        return requests.request(method, self.base + path, data=data, headers=headers, timeout=10)

    def sessions(self) -> list[dict]:
        """All that were ever made, newest first, page by page."""
        found, more = [], True
        while more:
            after = f"&starting_after={found[-1]['id']}" if found else ""
            page = self.call("GET", f"/v1/checkout/sessions?limit=100{after}").json()
            found, more = found + page["data"], page["has_more"]
        return found

    def refunds(self, transaction_id: str) -> list[dict]:
        return self.call("GET", f"/v1/refunds?payment_intent={transaction_id}").json()["data"]

    def events(self, object_id: str) -> list[dict]:
        """Of one object, newest first, and only those that a webhook would carry."""
        page = self.call("GET", "/v1/events?limit=100").json()["data"]
        return [e for e in page if e["data"]["object"]["id"] == object_id and e["pending_webhooks"]]

    # ── Trouble ───────────────────────────────────────────────────────────────────────────────────
    def control(self, name: str, **body: object) -> dict:
        headers = {"Authorization": f"Bearer {KEY}"}
        answer = requests.post(f"{self.base}/_control/{name}", json=body, headers=headers, timeout=10)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def act(self, session_id: str, what: str) -> dict:
        return self.control("act", session=session_id, what=what)

    def fault(self, path: str, kind: str, **more: object) -> None:
        self.control("faults", path=path, kind=kind, **more)

    def calm(self) -> None:
        """No faults, no webhooks going out, none waiting."""
        self.control("faults")
        self.control("webhooks", url="", hold=True)
        self.control("release")


def ring(client, event: dict | bytes, *, secret: str = SECRET, at: float, header: str | None = None):
    """Post an event as the provider would, signed at `at` (epoch seconds)."""
    body = event if isinstance(event, bytes) else json.dumps(event).encode()
    header = signature(body, secret, int(at)) if header is None else header
    headers = {"Stripe-Signature": header} if header else {}
    return client.post(
        "/thanh-toan/stripe/webhook/", body, content_type="application/json; charset=utf-8", headers=headers
    )


def wanted(**more) -> dict:
    return {
        "mode": "payment",
        "success_url": "http://portal.test/back?s={CHECKOUT_SESSION_ID}",
        "cancel_url": "http://portal.test/leave",
        "line_items[0][price_data][currency]": "vnd",
        "line_items[0][price_data][unit_amount]": "10000",
        "line_items[0][price_data][product_data][name]": "Lệ phí <b>mẫu</b>",
        "line_items[0][quantity]": "1",
        "locale": "vi",
        "metadata[charge]": "c1",
    } | more


def create(sandbox, **more):
    return sandbox.call("POST", CREATE, wanted(**more))


def until(done, *, seconds=10.0):
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)
