"""Stripe, by hosted Checkout: no card number ever comes near this site. The one door to the SDK.

The same client speaks to Stripe and to the sandbox; STRIPE_API_BASE alone decides. The SDK's objects are
no dicts (`.get` fails, an absent field raises), so everything is read from `to_dict()`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, cast

import stripe
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from payments.providers import (
    BadCallback,
    DisputeSeen,
    DisputeState,
    Movement,
    Notice,
    Opened,
    Plan,
    ProviderDown,
    ProviderRefused,
    RefundSeen,
    RefundState,
    Reply,
    Seen,
    State,
)
from portal import words

if TYPE_CHECKING:
    from stripe.params import EventListParams
    from stripe.params.checkout._session_create_params import SessionCreateParams
    from stripe.params.checkout._session_list_params import SessionListParams

    from payments.models import Charge, Payment, Refund

stripe.enable_telemetry = False

CURRENCY = "vnd"  # zero-decimal at Stripe: the amount is the đồng
LIFETIME = timedelta(hours=1)  # Stripe allows 30 minutes to 24 hours
TOLERANCE = timedelta(minutes=5)  # how old a signed callback may be, and how far ahead its clock
TIMEOUT = (3.05, 10)  # seconds to connect, seconds to answer
ABOUT = {
    "checkout.session.completed": "payment",
    "checkout.session.async_payment_succeeded": "payment",
    "checkout.session.async_payment_failed": "payment",
    "checkout.session.expired": "payment",
    "refund.created": "refund",
    "refund.updated": "refund",
    "refund.failed": "refund",
    "charge.dispute.created": "dispute",
    "charge.dispute.updated": "dispute",
    "charge.dispute.closed": "dispute",
}
REFUND_STATES = {
    "succeeded": RefundState.SUCCEEDED,
    "failed": RefundState.FAILED,
    "canceled": RefundState.FAILED,
}
DISPUTE_STATES = {"won": DisputeState.WON, "warning_closed": DisputeState.WON, "lost": DisputeState.LOST}


@lru_cache(maxsize=4)
def client(key: str, base: str) -> stripe.StripeClient:
    return stripe.StripeClient(
        key,
        base_addresses={"api": base} if base else {},
        max_network_retries=2,
        http_client=stripe.RequestsClient(timeout=TIMEOUT),
    )


def _ask(call: Callable[[stripe.StripeClient], stripe.StripeObject]) -> dict[str, Any]:
    """One call, its answer as a plain dict, its errors as the two that the ledger knows."""
    try:
        answer = call(client(settings.STRIPE_API_KEY, settings.STRIPE_API_BASE))
    except (
        stripe.APIConnectionError,
        stripe.RateLimitError,
        stripe.AuthenticationError,
        stripe.PermissionError,
    ) as e:
        # A wrong key is our own mistake, not the payer's: to them the desk is closed.
        raise ProviderDown(type(e).__name__) from e
    except (stripe.InvalidRequestError, stripe.CardError, stripe.IdempotencyError) as e:
        raise ProviderRefused(e.code or type(e).__name__, str(e)) from e
    except stripe.StripeError as e:  # theirs; or (409) the same call is still under way, in another tab
        raise ProviderDown(type(e).__name__) from e
    return answer.to_dict()


class Stripe:
    shuts = True
    callback_method = "POST"
    name = _("By card")
    hint = _("You pay on the payment server’s own page and then come back here.")

    @property
    def live(self) -> bool:
        return str(settings.STRIPE_API_KEY).startswith(("sk_live_", "rk_live_"))

    def takes(self, charge: Charge) -> bool:
        return bool(settings.STRIPE_API_KEY)

    def plan(self, payment: Payment, *, back_url: str, language: str, at: datetime) -> Plan:
        expires_at = (at + LIFETIME).replace(microsecond=0)
        ids = {
            "charge": str(payment.charge.uuid),
            "attempt": str(payment.attempt),
        }  # ids only, no personal data
        return Plan(
            {
                "mode": "payment",
                "client_reference_id": ids["charge"],
                "metadata": ids,
                "payment_intent_data": {"metadata": ids},
                "line_items": _line_items(payment),
                "success_url": back_url,
                "cancel_url": back_url,
                "expires_at": int(expires_at.timestamp()),
                "locale": language,
                "submit_type": "pay",
                # Stripe would otherwise offer foreign cards a price in their own currency.
                "adaptive_pricing": {"enabled": False},
            },
            expires_at,
        )

    def start(self, payment: Payment) -> Opened:
        session = _ask(
            lambda to: to.v1.checkout.sessions.create(
                cast("SessionCreateParams", payment.parameters), {"idempotency_key": payment.idempotency_key}
            )
        )
        return Opened(session["id"], session["url"] or "")

    def fetch_status(self, payment: Payment) -> Seen:
        return _seen(
            _ask(
                lambda to: to.v1.checkout.sessions.retrieve(
                    payment.provider_id, {"expand": ["payment_intent"]}
                )
            )
        )

    def cancel(self, payment: Payment) -> Seen:
        """Only an open session can be expired; Stripe refuses for any other, and then we just look."""
        with suppress(ProviderRefused):
            _ask(lambda to: to.v1.checkout.sessions.expire(payment.provider_id))
        return self.fetch_status(payment)

    def refund(self, refund: Refund) -> RefundSeen:
        """Idempotency keys are forgotten after a day, so a repeated attempt looks before it sends."""
        transaction_id = refund.payment.transaction_id
        if refund.attempts and (sent := self._find_refund(transaction_id, str(refund.uuid))):
            return sent
        return _refund_seen(
            _ask(
                lambda to: to.v1.refunds.create(
                    {
                        "payment_intent": transaction_id,
                        "amount": refund.amount,
                        "metadata": {"refund": str(refund.uuid)},
                    },
                    {"idempotency_key": f"refund:{refund.uuid}"},
                )
            )
        )

    def _find_refund(self, transaction_id: str, reference: str) -> RefundSeen | None:
        page = _ask(lambda to: to.v1.refunds.list({"payment_intent": transaction_id, "limit": 100}))
        seen = map(_refund_seen, page["data"])
        return next((each for each in seen if each.reference == reference), None)

    def fetch_refund(self, provider_id: str) -> RefundSeen:
        return _refund_seen(_ask(lambda to: to.v1.refunds.retrieve(provider_id)))

    def fetch_dispute(self, provider_id: str) -> DisputeSeen:
        dispute = _ask(lambda to: to.v1.disputes.retrieve(provider_id))
        due = (dispute.get("evidence_details") or {}).get("due_by")
        return DisputeSeen(
            provider_id=dispute["id"],
            state=DISPUTE_STATES.get(dispute["status"], DisputeState.OPEN),
            amount=dispute["amount"],
            transaction_id=dispute.get("payment_intent") or "",
            reason=dispute.get("reason") or "",
            answer_by=datetime.fromtimestamp(due, UTC) if due else None,
        )

    def list_movements(self, since: datetime, until: datetime) -> list[Movement]:
        """The sessions are listed from the newest; those begun after `until` are left out."""
        found: list[Movement] = []
        wanted: dict[str, Any] = {"created": {"gte": int(since.timestamp())}, "limit": 100}
        more = True
        while more:
            page = _ask(partial(_sessions, wanted=dict(wanted)))
            rows, more = page["data"], page["has_more"]
            paid = (
                row for row in rows if row["payment_status"] == "paid" and row["created"] < until.timestamp()
            )
            found += [Movement(row["id"], row["amount_total"], _reference(row)) for row in paid]
            wanted["starting_after"] = rows[-1]["id"] if rows else ""
        return found

    def parse_callback(self, body: bytes, headers: Mapping[str, str], *, at: datetime) -> Notice:
        header = headers.get("Stripe-Signature", "")
        _check_signature(body, header, at)
        try:
            return _notice(json.loads(body))
        except (ValueError, KeyError, TypeError, AttributeError) as e:
            raise BadCallback(f"not an event: {type(e).__name__}") from e

    def events(self, *, since: datetime) -> Iterator[Notice]:
        """What Stripe told since then, newest first, page by page."""
        wanted: EventListParams = {
            "created": {"gte": int(since.timestamp())},
            "types": [*ABOUT],
            "limit": 100,
        }
        more = True
        while more:
            page = _ask(lambda to: to.v1.events.list(wanted))
            yield from map(_notice, page["data"])
            more = page["has_more"]
            if more:
                wanted["starting_after"] = page["data"][-1]["id"]

    def about(self, kind: str) -> str:
        return ABOUT.get(kind, "")

    def reply(self, notice: Notice | None, find: Callable[[], Payment | None]) -> Reply:
        return Reply(200 if notice else 400)


def _notice(event: dict[str, Any]) -> Notice:
    thing = event["data"]["object"]
    return Notice(
        event_id=str(event["id"])[:120],
        kind=str(event["type"])[:80],
        about=ABOUT.get(event["type"], ""),
        object_id=str(thing.get("id") or "")[:120],
        reference=_reference(thing)[:80],
        live=bool(event["livemode"]),
    )


def _sessions(to: stripe.StripeClient, wanted: dict[str, Any]) -> stripe.StripeObject:
    return to.v1.checkout.sessions.list(cast("SessionListParams", wanted))


def _line_items(payment: Payment) -> list[dict[str, Any]]:
    """One item a fee line, at what is really asked for it: a reduction is not an item of its own at Stripe."""
    return [
        {
            "quantity": 1,
            "price_data": {
                "currency": CURRENCY,
                "unit_amount": line.amount,
                "product_data": {"name": _item_name(line.quantity, words.text(line.label))},
            },
        }
        for line in payment.charge.lines.order_by("id")
        if line.amount
    ]


def _item_name(quantity: int, label: str) -> str:
    return f"{label}\u00a0×\u00a0{quantity}" if quantity > 1 else label


def _seen(session: dict[str, Any]) -> Seen:
    intent = session.get("payment_intent") or {}
    state = _state(session, intent)
    received = intent.get("amount_received") if state is State.PAID else None
    return Seen(
        provider_id=session["id"],
        state=state,
        amount=session["amount_total"] if received is None else received,
        currency=session["currency"],
        reference=_reference(session),
        live=session["livemode"],
        transaction_id=intent.get("id") or "",
    )


def _state(session: dict[str, Any], intent: dict[str, Any]) -> State:
    """A bank transfer completes the session unpaid; only the intent tells whether it is still on its way."""
    if session["status"] != "complete":
        return State.EXPIRED if session["status"] == "expired" else State.OPEN
    if session["payment_status"] != "unpaid":
        return State.PAID
    return (
        State.FAILED if intent.get("status") in {"requires_payment_method", "canceled"} else State.PROCESSING
    )


def _refund_seen(refund: dict[str, Any]) -> RefundSeen:
    return RefundSeen(
        provider_id=refund["id"],
        state=REFUND_STATES.get(refund["status"], RefundState.PENDING),
        amount=refund["amount"],
        transaction_id=refund.get("payment_intent") or "",
        reference=(refund.get("metadata") or {}).get("refund", ""),
        reason=refund.get("failure_reason") or "",
    )


def _reference(thing: dict[str, Any]) -> str:
    ids = thing.get("metadata") or {}
    if "refund" in ids:
        return str(ids["refund"])
    return f"{ids['charge']}:{ids['attempt']}" if "charge" in ids and "attempt" in ids else ""


def _check_signature(body: bytes, header: str, at: datetime) -> None:
    """One of our secrets must fit (several while they are being changed), and the stamp must be fresh.

    The SDK checks the age only, not a stamp from the future, and lets other bytes than UTF-8 raise.
    """
    for secret in settings.STRIPE_WEBHOOK_SECRETS:
        try:
            stripe.WebhookSignature.verify_header(body, header, secret, tolerance=None)
        except stripe.SignatureVerificationError:
            continue
        except UnicodeDecodeError as e:
            raise BadCallback("not UTF-8") from e
        return _check_age(header, at)
    raise BadCallback("no secret fits the signature")


def _check_age(header: str, at: datetime) -> None:
    stamp = next(
        int(part[2:]) for part in header.split(",") if part.startswith("t=")
    )  # verified: it is there
    if abs(at.timestamp() - stamp) > TOLERANCE.total_seconds():
        raise BadCallback("signed too long ago, or ahead of time")


def provider() -> Stripe:
    return Stripe()
