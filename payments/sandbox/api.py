"""The API under /v1: keys, parameters, idempotency, and one function a call."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from payments.sandbox import parameters as p
from payments.sandbox.bank import Bank, public
from payments.sandbox.errors import ApiError
from payments.sandbox.store import Object

Answer = tuple[int, Object, bool]  # status, body, whether it is a replay
EXPAND = {"expand": p.each(p.text())}
LIST = {"limit": p.whole(1, 100), "starting_after": p.text(), "ending_before": p.text(), **EXPAND}
PRICE = p.group(
    {
        "currency": p.currency,
        "unit_amount": p.whole(0, p.LARGEST),
        "product_data": p.group({"name": p.text(250)}, "name"),
    },
    *("currency", "unit_amount", "product_data"),
)
SESSION: Mapping[str, p.Reader] = {
    "mode": p.one_of("payment"),
    "client_reference_id": p.text(200),
    "metadata": p.metadata,
    "payment_intent_data": p.group({"metadata": p.metadata}),
    "line_items": p.each(p.group({"price_data": PRICE, "quantity": p.whole(1, 999_999)}, "price_data")),
    "success_url": p.address,
    "cancel_url": p.address,
    "expires_at": p.whole(0, 2**40),
    "locale": p.one_of("auto", "vi", "en"),
    "submit_type": p.one_of("auto", "pay"),
    "adaptive_pricing": p.group({"enabled": p.flag}),
    **EXPAND,
}
REFUND: Mapping[str, p.Reader] = {
    "payment_intent": p.text(),
    "amount": p.whole(1, p.LARGEST),
    "metadata": p.metadata,
    "reason": p.one_of("duplicate", "fraudulent", "requested_by_customer"),
    **EXPAND,
}


class Api:
    def __init__(self, bank: Bank, key: str) -> None:
        self.bank, self.store, self.key = bank, bank.store, key
        self.under_way: set[str] = set()
        self.routes: list[tuple[str, re.Pattern[str], Callable[..., Object]]] = [
            ("POST", re.compile(r"/v1/checkout/sessions"), self.create_session),
            ("GET", re.compile(r"/v1/checkout/sessions"), self.list_sessions),
            ("GET", re.compile(r"/v1/checkout/sessions/(\w+)"), self.get_session),
            ("POST", re.compile(r"/v1/checkout/sessions/(\w+)/expire"), self.expire_session),
            ("GET", re.compile(r"/v1/checkout/sessions/(\w+)/line_items"), self.list_items),
            ("GET", re.compile(r"/v1/payment_intents/(\w+)"), self.get_intent),
            ("GET", re.compile(r"/v1/charges/(\w+)"), self.get_charge),
            ("POST", re.compile(r"/v1/refunds"), self.create_refund),
            ("GET", re.compile(r"/v1/refunds"), self.list_refunds),
            ("GET", re.compile(r"/v1/refunds/(\w+)"), self.get_refund),
            ("GET", re.compile(r"/v1/disputes/(\w+)"), self.get_dispute),
            ("GET", re.compile(r"/v1/events"), self.list_events),
            ("GET", re.compile(r"/v1/events/(\w+)"), self.get_event),
        ]

    # ── The door ──────────────────────────────────────────────────────────────────────────────────
    def check_key(self, header: str) -> None:
        given = header.removeprefix("Bearer ").strip()
        if not hmac.compare_digest(given.encode(), self.key.encode()):
            raise ApiError(401, f"Invalid API Key provided: {given[:8]}****")

    def answer(self, method: str, path: str, encoded: str, key: str = "") -> Answer:
        """One call. A POST with an idempotency key is answered once, and replayed ever after."""
        call = self._route(method, path)

        def work() -> Object:
            with self.store.change():  # a call that fails has done nothing
                return public(call(p.decode(encoded)))

        return self._once(key, f"{method} {path}", encoded, work) if key else (200, work(), False)

    def _route(self, method: str, path: str) -> Callable[[Object], Object]:
        for verb, pattern, call in self.routes:
            if verb == method and (found := pattern.fullmatch(path)):
                return partial(call, *found.groups())
        raise ApiError(404, f"Unrecognized request URL ({method}: {path}).")

    def _once(self, key: str, route: str, encoded: str, work: Callable[[], Object]) -> Answer:
        digest = hashlib.sha256("&".join(sorted(encoded.split("&"))).encode()).hexdigest()
        self._claim(key)
        try:
            if known := self.store.rows("SELECT route, digest, status, body FROM answers WHERE key = ?", key):
                return self._replay(known[0], route, digest)
            # An error raised by checking the parameters is not kept: the corrected call may use the key.
            with self.store.change():
                body = work()
                self.store.rows(
                    "INSERT INTO answers VALUES (?, ?, ?, ?, ?)", *(key, route, digest, 200, json.dumps(body))
                )
            return 200, body, False
        finally:
            self.under_way.discard(key)

    def _claim(self, key: str) -> None:
        with self.store.lock:
            if key in self.under_way:
                raise ApiError(
                    409, "The same Idempotency-Key is in use by another request.", kind="idempotency_error"
                )
            self.under_way.add(key)

    def _replay(self, known: tuple[Any, ...], route: str, digest: str) -> Answer:
        if (known[0], known[1]) != (route, digest):
            raise ApiError(
                400,
                "Keys for idempotent requests can only be used with the same parameters they were first used with.",
                kind="idempotency_error",
            )
        return known[2], json.loads(known[3]), True

    # ── The calls ─────────────────────────────────────────────────────────────────────────────────
    def create_session(self, given: Object) -> Object:
        wanted = p.read(given, SESSION, required=("mode", "line_items", "success_url"))
        return self._expanded(self.bank.open(wanted), wanted)

    def get_session(self, id_: str, given: Object) -> Object:
        return self._expanded(self.bank.find("checkout.session", id_), p.read(given, EXPAND))

    def expire_session(self, id_: str, given: Object) -> Object:
        wanted = p.read(given, EXPAND)
        with self.store.change():
            return self._expanded(self.bank.expire(self.bank.find("checkout.session", id_)), wanted)

    def list_sessions(self, given: Object) -> Object:
        created = p.group({"gte": p.whole(0, 2**40)})
        return self._page("checkout.session", given, payment_intent=p.text(), created=created)

    def list_items(self, id_: str, given: Object) -> Object:
        p.read(given, LIST)
        self.bank.find("checkout.session", id_)
        return _list(self.bank.find("line_items", f"items_{id_}")["data"], more=False)

    def get_intent(self, id_: str, given: Object) -> Object:
        return self._expanded(self.bank.find("payment_intent", id_), p.read(given, EXPAND))

    def get_charge(self, id_: str, given: Object) -> Object:
        return self._expanded(self.bank.find("charge", id_), p.read(given, EXPAND))

    def create_refund(self, given: Object) -> Object:
        return self.bank.refund(p.read(given, REFUND, required=("payment_intent",)))

    def get_refund(self, id_: str, given: Object) -> Object:
        return self._expanded(self.bank.find("refund", id_), p.read(given, EXPAND))

    def list_refunds(self, given: Object) -> Object:
        return self._page("refund", given, payment_intent=p.text(), charge=p.text())

    def get_dispute(self, id_: str, given: Object) -> Object:
        return self._expanded(self.bank.find("dispute", id_), p.read(given, EXPAND))

    def get_event(self, id_: str, given: Object) -> Object:
        return self._expanded(self.bank.find("event", id_), p.read(given, EXPAND))

    def list_events(self, given: Object) -> Object:
        return self._page(
            "event", given, type=p.text(), types=p.each(p.text()), created=p.group({"gte": p.whole(0, 2**40)})
        )

    # ── Shapes ────────────────────────────────────────────────────────────────────────────────────
    def _expanded(self, thing: Object, wanted: Object) -> Object:
        """`expand`: the id of another object is replaced by the object."""
        kinds = {"payment_intent": "payment_intent", "latest_charge": "charge", "charge": "charge"}
        for name in wanted.get("expand", []):
            if name not in kinds or name not in thing:
                raise ApiError(400, f"This property cannot be expanded ({name}).", param="expand")
            if thing[name]:
                thing = thing | {name: self.bank.find(kinds[name], thing[name])}
        return thing

    def _page(self, kind: str, given: Object, **filters: p.Reader) -> Object:
        wanted = p.read(given, {**LIST, **filters})
        since = wanted.get("created", {}).get("gte", 0)
        types = wanted.get("types")
        same = {name: wanted[name] for name in filters if name in wanted and name not in ("created", "types")}
        rows = [
            row
            for row in self.store.every(kind)
            if row["created"] >= since and same.items() <= row.items() and (not types or row["type"] in types)
        ]
        ids = [row["id"] for row in rows]
        if after := wanted.get("starting_after"):
            rows = rows[ids.index(after) + 1 :] if after in ids else []
        elif before := wanted.get("ending_before"):
            rows = rows[: ids.index(before)][-wanted.get("limit", 10) :] if before in ids else []
        limit = wanted.get("limit", 10)
        return _list([public(row) for row in rows[:limit]], more=len(rows) > limit)


def _list(rows: list[Object], *, more: bool) -> Object:
    return {"object": "list", "data": rows, "has_more": more, "url": "/v1"}
