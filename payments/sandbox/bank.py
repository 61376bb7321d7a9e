"""What happens to the money: sessions, intents, charges and refunds, and the events they cause."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from payments.sandbox.errors import ApiError, missing
from payments.sandbox.store import Object, Store

API_VERSION = "2026-10-28.endive"
# What an endpoint of the portal listens to; other events are kept for the list only.
SENT = ("checkout.session.", "refund.", "charge.dispute.")
SHORTEST, LONGEST = 30 * 60, 24 * 3600  # seconds a session may live


@dataclass
class Bank:
    store: Store
    base: str  # the address of the hosted pages
    minimum: int = 0  # đồng; 0 is off
    transfer_delay: float = 20.0  # seconds that a bank transfer takes
    hold: bool = False  # keep webhooks back until they are released
    now: Callable[[], float] = field(default=time.time)

    # ── Looking ───────────────────────────────────────────────────────────────────────────────────
    def find(self, kind: str, id_: str) -> Object:
        found = self.store.get(kind, id_)
        if found is None:
            raise missing(kind, id_)
        return self._aged(found) if kind == "checkout.session" else found

    def _aged(self, session: Object) -> Object:
        if session["status"] == "open" and session["expires_at"] <= self.now():
            return self.expire(session)
        return session

    # ── Sessions ──────────────────────────────────────────────────────────────────────────────────
    def open(self, wanted: dict[str, Any]) -> Object:
        """A new Checkout Session from checked parameters."""
        items = [_item(each, self._id("li")) for each in wanted["line_items"]]
        total = sum(item["amount_total"] for item in items)
        if not max(self.minimum, 1) <= total:
            raise ApiError(
                400,
                f"The Checkout Session's total amount must convert to at least {max(self.minimum, 1)} vnd.",
                code="amount_too_small",
            )
        session = self._session(wanted, total)
        with self.store.change():
            self.store.put(
                {
                    "object": "line_items",
                    "id": f"items_{session['id']}",
                    "session": session["id"],
                    "data": items,
                }
            )
            return self.store.put(session)

    def _session(self, wanted: dict[str, Any], total: int) -> Object:
        id_, now = self._id("cs_test", 58), int(self.now())
        expires_at = wanted.get("expires_at", now + LONGEST)
        if not now + SHORTEST <= expires_at <= now + LONGEST:
            raise ApiError(
                400, "The `expires_at` timestamp must be 30 minutes to 24 hours from now.", param="expires_at"
            )
        return {
            "id": id_,
            "object": "checkout.session",
            "adaptive_pricing": wanted.get("adaptive_pricing"),
            "amount_subtotal": total,
            "amount_total": total,
            "cancel_url": wanted.get("cancel_url"),
            "client_reference_id": wanted.get("client_reference_id"),
            "created": now,
            "currency": "vnd",
            "customer": None,
            "customer_details": None,
            "expires_at": expires_at,
            "livemode": False,
            "locale": wanted.get("locale"),
            "metadata": wanted.get("metadata", {}),
            "mode": "payment",
            "payment_intent": None,
            "payment_method_types": ["card", "bank_transfer"],
            "payment_status": "unpaid",
            "status": "open",
            "submit_type": wanted.get("submit_type"),
            "success_url": wanted["success_url"],
            "ui_mode": "hosted_page",
            "url": f"{self.base}/c/pay/{id_}",
            "intent_metadata": wanted.get("payment_intent_data", {}).get("metadata", {}),
        }

    def expire(self, session: Object) -> Object:
        if session["status"] != "open":
            raise ApiError(
                400,
                'Only Checkout Sessions with a status in ["open"] can be expired.'
                f" This Checkout Session has a status of {session['status']}.",
            )
        return self._turn(session, "checkout.session.expired", status="expired", url=None)

    # ── What the payer does ───────────────────────────────────────────────────────────────────────
    def pay(self, session: Object) -> Object:
        with self.store.change():
            self._must_be_open(session)
            session["payment_intent"] = self._collect(session)["id"]
            return self._turn(
                session, "checkout.session.completed", status="complete", payment_status="paid", url=None
            )

    def decline(self, session: Object) -> Object:
        """The card is refused: the session stays open for another try."""
        with self.store.change():
            self._must_be_open(session)
            intent = self._intent(session)
            error = {"type": "card_error", "code": "card_declined", "decline_code": "generic_decline"}
            intent |= {"status": "requires_payment_method", "last_payment_error": error}
            self.store.put(intent)
            self.event("payment_intent.payment_failed", intent)
            session["payment_intent"] = intent["id"]
            return self.store.put(session)

    def transfer(self, session: Object, outcome: str) -> Object:
        """A bank transfer is promised; `outcome` ("arrived" or "returned") comes after a while."""
        with self.store.change():
            self._must_be_open(session)
            intent = self.store.put(self._intent(session) | {"status": "processing"})
            session["payment_intent"] = intent["id"]
            self.store.rows(
                "INSERT OR REPLACE INTO transfers VALUES (?, ?, ?)",
                *(session["id"], outcome, self.now() + self.transfer_delay),
            )
            return self._turn(session, "checkout.session.completed", status="complete", url=None)

    def finish_transfer(self, session: Object, outcome: str) -> Object:
        with self.store.change():
            self.store.rows("DELETE FROM transfers WHERE session = ?", session["id"])
            if session["status"] != "complete" or session["payment_status"] != "unpaid":
                return session
            if outcome == "arrived":
                self._collect(session)
                return self._turn(session, "checkout.session.async_payment_succeeded", payment_status="paid")
            self.store.put(self._intent(session) | {"status": "requires_payment_method"})
            return self._turn(session, "checkout.session.async_payment_failed")

    def _must_be_open(self, session: Object) -> None:
        if session["status"] != "open":
            raise ApiError(400, f"This Checkout Session is {session['status']}.")

    def _turn(self, session: Object, kind: str, **changes: Any) -> Object:
        with self.store.change():
            self.store.put(session | changes)
            self.event(kind, session | changes)
        return session | changes

    # ── Money in ──────────────────────────────────────────────────────────────────────────────────
    def _intent(self, session: Object) -> Object:
        known = self.store.get("payment_intent", session["payment_intent"] or "")
        return known or {
            "id": self._id("pi"),
            "object": "payment_intent",
            "amount": session["amount_total"],
            "amount_received": 0,
            "created": int(self.now()),
            "currency": "vnd",
            "last_payment_error": None,
            "latest_charge": None,
            "livemode": False,
            "metadata": session["intent_metadata"],
            "status": "requires_payment_method",
        }

    def _collect(self, session: Object) -> Object:
        intent = self._intent(session)
        charge = {
            "id": self._id("ch"),
            "object": "charge",
            "amount": intent["amount"],
            "amount_captured": intent["amount"],
            "amount_refunded": 0,
            "captured": True,
            "created": int(self.now()),
            "currency": "vnd",
            "livemode": False,
            "metadata": intent["metadata"],
            "paid": True,
            "payment_intent": intent["id"],
            "refunded": False,
            "status": "succeeded",
        }
        intent |= {
            "status": "succeeded",
            "amount_received": intent["amount"],
            "latest_charge": charge["id"],
            "last_payment_error": None,
        }
        self.event("charge.succeeded", self.store.put(charge))
        self.event("payment_intent.succeeded", self.store.put(intent))
        return intent

    # ── Money out ─────────────────────────────────────────────────────────────────────────────────
    def refund(self, wanted: dict[str, Any]) -> Object:
        with self.store.change():
            intent = self.find("payment_intent", wanted["payment_intent"])
            if not intent["latest_charge"]:
                raise ApiError(
                    400, f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund."
                )
            charge = self.find("charge", intent["latest_charge"])
            return self._refund(charge, wanted.get("amount"), wanted)

    def _refund(self, charge: Object, amount: int | None, wanted: dict[str, Any]) -> Object:
        left = charge["amount"] - charge["amount_refunded"]
        if not left:
            raise ApiError(
                400, f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded"
            )
        amount = left if amount is None else amount
        if not 0 < amount <= left:
            raise ApiError(
                400,
                f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})",
                param="amount",
            )
        back = charge["amount_refunded"] + amount
        charge |= {"amount_refunded": back, "refunded": back == charge["amount"]}
        refund = self.store.put(self._new_refund(charge, amount, wanted))
        self.event("charge.refunded", self.store.put(charge))
        self.event("refund.created", refund)
        return refund

    def _new_refund(self, charge: Object, amount: int, wanted: dict[str, Any]) -> Object:
        return {
            "id": self._id("re"),
            "object": "refund",
            "amount": amount,
            "charge": charge["id"],
            "created": int(self.now()),
            "currency": "vnd",
            "metadata": wanted.get("metadata", {}),
            "payment_intent": charge["payment_intent"],
            "reason": wanted.get("reason"),
            "status": "succeeded",
        }

    def dispute(self, session: Object) -> Object:
        """The payer's bank takes the money back until it is decided whose it is."""
        intent = self.find("payment_intent", session["payment_intent"])
        charge = self.find("charge", intent["latest_charge"])
        dispute = {
            "id": self._id("dp"),
            "object": "dispute",
            "amount": charge["amount"] - charge["amount_refunded"],
            "charge": charge["id"],
            "created": int(self.now()),
            "currency": "vnd",
            "evidence_details": {"due_by": int(self.now()) + 7 * 24 * 3600},
            "livemode": False,
            "payment_intent": intent["id"],
            "reason": "fraudulent",
            "status": "needs_response",
        }
        self.event("charge.dispute.created", self.store.put(dispute))
        return dispute

    def close_dispute(self, id_: str, status: str) -> Object:
        dispute = self.store.put(self.find("dispute", id_) | {"status": status})
        self.event("charge.dispute.closed", dispute)
        return dispute

    # ── Events ────────────────────────────────────────────────────────────────────────────────────
    def event(self, kind: str, thing: Object) -> Object:
        """Record what happened, and queue the webhook if an endpoint would listen to it."""
        event = self.store.put(
            {
                "id": self._id("evt"),
                "object": "event",
                "api_version": API_VERSION,
                "created": int(self.now()),
                "data": {"object": public(thing)},
                "livemode": False,
                "pending_webhooks": 1 if kind.startswith(SENT) else 0,
                "request": {"id": None, "idempotency_key": None},
                "type": kind,
            }
        )
        if kind.startswith(SENT):
            self.queue(event["id"], held=self.hold)
        return event

    def queue(self, event_id: str, *, held: bool = False) -> None:
        self.store.rows(
            "INSERT INTO deliveries (event, due, held) VALUES (?, ?, ?)", event_id, self.now(), int(held)
        )

    def _id(self, prefix: str, size: int = 24) -> str:
        letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
        return f"{prefix}_" + "".join(secrets.choice(letters) for _ in range(size))


def _item(wanted: dict[str, Any], id_: str) -> Object:
    price, quantity = wanted["price_data"], wanted.get("quantity", 1)
    return {
        "id": id_,
        "object": "item",
        "amount_total": price["unit_amount"] * quantity,
        "currency": "vnd",
        "description": price["product_data"]["name"],
        "quantity": quantity,
    }


def public(thing: Object) -> Object:
    """The object as the API shows it, without what only the bank keeps."""
    return {key: value for key, value in thing.items() if key != "intent_metadata"}
