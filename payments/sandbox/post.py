"""The two threads beside the server: one lets time pass, one carries webhooks until they are answered."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import threading
import urllib.error
import urllib.request
from collections.abc import Callable

from payments.sandbox.bank import Bank

logger = logging.getLogger(__name__)

TICK = 0.1  # seconds between two looks
WAIT, LONGEST_WAIT = 1.0, 60.0  # seconds before the second attempt, doubling
ATTEMPTS = 60  # about an hour; Stripe goes on for three days
TIMEOUT = 10  # seconds a webhook may take


class Post:
    def __init__(self, bank: Bank, url: str, secret: str) -> None:
        self.bank, self.url, self.secret = bank, url, secret
        self.stopped = threading.Event()

    def start(self) -> None:
        for work in (self.pass_time, self.carry):
            threading.Thread(target=self._until_stopped, args=(work,), daemon=True).start()

    def _until_stopped(self, work: Callable[[], None]) -> None:
        while not self.stopped.wait(TICK):
            try:
                work()
            except Exception:
                logger.exception("%s", work.__name__)

    def pass_time(self) -> None:
        """Bank transfers arrive or come back, sessions run out."""
        store, now = self.bank.store, self.bank.now()
        for session, outcome in store.rows("SELECT session, outcome FROM transfers WHERE due <= ?", now):
            with store.change():
                self.bank.finish_transfer(self.bank.find("checkout.session", session), outcome)
        # find() expires the open ones whose time is over.
        old = store.rows(
            "SELECT id FROM objects WHERE kind = 'checkout.session' AND json_extract(body, '$.status') = 'open'"
            " AND json_extract(body, '$.expires_at') <= ?",
            now,
        )
        for (session,) in old:
            with store.change():
                self.bank.find("checkout.session", session)

    def carry(self) -> None:
        """Send what is due, oldest first. 2xx ends a delivery; anything else puts it off."""
        store = self.bank.store
        due = store.rows(
            "SELECT seq, event, attempts FROM deliveries WHERE held = 0 AND due <= ? ORDER BY due, seq",
            self.bank.now(),
        )
        for seq, event, attempts in due:
            if self.stopped.is_set():
                return
            done = not self.url or self.send(event) or attempts + 1 >= ATTEMPTS
            later = self.bank.now() + min(WAIT * 2 ** min(attempts, 10), LONGEST_WAIT)
            store.rows(
                "UPDATE deliveries SET due = ?, attempts = ? WHERE seq = ?",
                *(None if done else later, attempts + 1, seq),
            )

    def send(self, event_id: str) -> bool:
        """Sign an event and post it once; True when it was taken."""
        body = json.dumps(self.bank.find("event", event_id)).encode()
        request = urllib.request.Request(self.url, body, method="POST")  # noqa: S310 - http(s), see server.Config
        request.add_header("Content-Type", "application/json; charset=utf-8")
        request.add_header("Stripe-Signature", signature(body, self.secret, int(self.bank.now())))
        request.add_header("User-Agent", "Stripe/1.0 (sandbox)")
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:  # noqa: S310
                return bool(200 <= answer.status < 300)
        except (urllib.error.URLError, OSError) as error:
            logger.info("Webhook %s was not taken: %s", event_id, error)
            return False


def signature(body: bytes, secret: str, stamp: int) -> str:
    mac = hmac.new(secret.encode(), b"%d.%s" % (stamp, body), hashlib.sha256).hexdigest()
    return f"t={stamp},v1={mac}"
