"""A gateway of the VNPAY kind (its public specification, version 2.1.0): a signed redirect, a signed callback (IPN).

Sums travel times 100, times are Vietnam's. The redirect itself calls nobody; what is true is asked with `querydr`.
The gateway cannot shut a page that it has opened, so an attempt given up here is watched until its time is over.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import urllib3
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from payments.providers import (
    BadCallback,
    DisputeSeen,
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

if TYPE_CHECKING:
    from payments.models import Charge, Payment, Refund

VERSION = "2.1.0"
LIFETIME = timedelta(minutes=30)
STAMP = "%Y%m%d%H%M%S"
TIMES = 100  # the gateway counts in hundredths
HERE = "127.0.0.1"  # the specification wants an address; the payer's is nobody's business but theirs
UNKNOWN, REPEATED = "91", "94"  # no such transaction (the page was never opened); the same request again
NO_WORD = ("98", "99")  # an error of theirs: it may have happened or not
REFUND_TYPES = ("02", "03")  # all of it, a part of it
STATES = {"00": State.PAID, "01": State.OPEN, "04": State.PROCESSING, "07": State.PROCESSING}
REFUND_STATES = {"00": RefundState.SUCCEEDED, "05": RefundState.PENDING, "06": RefundState.PENDING}
# What an answer's or a request's signature is made over, in this order, joined by "|".
ASKED = "RequestId Version Command TmnCode TxnRef TransactionDate CreateDate IpAddr OrderInfo"
REFUNDED = (
    "RequestId Version Command TmnCode TransactionType TxnRef Amount TransactionNo TransactionDate CreateBy"
    " CreateDate IpAddr OrderInfo"
)
ANSWERED = (
    "ResponseId Command ResponseCode Message TmnCode TxnRef Amount BankCode PayDate TransactionNo"
    " TransactionType TransactionStatus OrderInfo PromotionCode PromotionAmount"
)
ANSWERED_REFUND = (
    "ResponseId Command ResponseCode Message TmnCode TxnRef Amount BankCode PayDate TransactionNo"
    " TransactionType TransactionStatus OrderInfo"
)

Fields = dict[str, str]


def mac(text: str, secret: str) -> str:
    return hmac.new(secret.encode(), text.encode(), hashlib.sha512).hexdigest()


def sorted_text(fields: Mapping[str, str]) -> str:
    """What a redirect or a callback is signed over: the parameters by name, without the signature's own."""
    return urlencode(
        sorted((k, v) for k, v in fields.items() if v and not k.startswith("vnp_SecureHash")),
    )


def joined(fields: Mapping[str, Any], names: str) -> str:
    return "|".join(str(fields.get(f"vnp_{name}") or "") for name in names.split())


class Vnpay:
    shuts = False
    callback_method = "GET"
    name = _("By bank app or card through VNPAY")
    hint = _("You go to VNPAY’s page, choose your bank or card there, and then come back here.")

    @property
    def live(self) -> bool:
        host = urlsplit(settings.VNPAY_PAY_URL).hostname or ""
        return host.endswith(".vnpay.vn")

    def takes(self, charge: Charge) -> bool:
        return bool(settings.VNPAY_TMN_CODE and settings.VNPAY_SECRETS)

    def plan(self, payment: Payment, *, back_url: str, language: str, at: datetime) -> Plan:
        expires_at = (at + LIFETIME).replace(microsecond=0)
        return Plan(
            {
                "vnp_Version": VERSION,
                "vnp_Command": "pay",
                "vnp_TmnCode": settings.VNPAY_TMN_CODE,
                "vnp_Amount": str(payment.amount * TIMES),
                "vnp_CurrCode": "VND",
                "vnp_TxnRef": _number(payment),
                "vnp_OrderInfo": f"Nop phi, le phi {_number(payment)}",
                "vnp_OrderType": "other",
                "vnp_Locale": "en" if language == "en" else "vn",
                "vnp_ReturnUrl": back_url,
                "vnp_IpAddr": HERE,
                "vnp_CreateDate": _stamp(at),
                "vnp_ExpireDate": _stamp(expires_at),
            },
            expires_at,
        )

    def start(self, payment: Payment) -> Opened:
        text = sorted_text(payment.parameters)
        signature = mac(text, settings.VNPAY_SECRETS[0])
        return Opened(
            payment.parameters["vnp_TxnRef"],
            f"{settings.VNPAY_PAY_URL}?{text}&vnp_SecureHash={signature}",
        )

    def fetch_status(self, payment: Payment) -> Seen:
        answer = _query(payment.provider_id, payment.parameters["vnp_CreateDate"])
        known = answer["vnp_ResponseCode"] != UNKNOWN
        state = STATES.get(answer.get("vnp_TransactionStatus", ""), State.FAILED) if known else State.OPEN
        if answer.get("vnp_TransactionType") in REFUND_TYPES:
            state = State.PAID  # what is told of is its refund: it was paid before
        if state is State.OPEN and timezone.now() >= payment.expires_at:
            state = State.EXPIRED
        amount = int(answer["vnp_Amount"]) // TIMES if state is State.PAID else payment.amount
        return Seen(
            provider_id=payment.provider_id,
            state=state,
            amount=amount,
            currency="vnd",
            reference=_reference(payment.provider_id),
            live=self.live,
            transaction_id=answer.get("vnp_TransactionNo", "") if known else "",
        )

    def cancel(self, payment: Payment) -> Seen:
        seen = self.fetch_status(payment)
        return replace(seen, state=State.EXPIRED) if seen.state is State.OPEN else seen

    def refund(self, refund: Refund) -> RefundSeen:
        """The request's number is our row's: a second one with it is refused as repeated, so it went out once."""
        payment = refund.payment
        asked = _envelope(
            "refund", refund.uuid.hex, payment.provider_id, payment.parameters["vnp_CreateDate"]
        )
        asked |= {
            "vnp_TransactionType": REFUND_TYPES[refund.amount != payment.amount],
            "vnp_Amount": str(refund.amount * TIMES),
            "vnp_TransactionNo": payment.transaction_id,
            "vnp_CreateBy": "portal",
        }
        answer = _ask(asked, REFUNDED, ANSWERED_REFUND)
        ours = f"{payment.provider_id}:{payment.parameters['vnp_CreateDate']}:{refund.uuid.hex}"
        return _refund_seen(answer, ours, refund.amount)

    def fetch_refund(self, provider_id: str) -> RefundSeen:
        number, created, _request = provider_id.split(":")
        answer = _query(number, created)
        if answer.get("vnp_TransactionType") not in REFUND_TYPES:  # it tells of the payment: not begun yet
            answer["vnp_TransactionStatus"] = "05"
        return _refund_seen(answer, provider_id, int(answer.get("vnp_Amount") or 0) // TIMES)

    def fetch_dispute(self, provider_id: str) -> DisputeSeen:
        raise ProviderRefused("no_disputes", "This gateway tells of no disputes.")

    def parse_callback(self, body: bytes, headers: Mapping[str, str], *, at: datetime) -> Notice:
        """No stamp is signed, so an old message proves as much as a new one: it only makes us ask."""
        try:
            fields = dict(parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=60))
        except ValueError as e:
            raise BadCallback("not a query string") from e
        if not _is_signed(sorted_text(fields), fields.get("vnp_SecureHash", "")):
            raise BadCallback("no secret fits the signature")
        number, amount = fields.get("vnp_TxnRef", ""), fields.get("vnp_Amount", "")
        if fields.get("vnp_TmnCode") != settings.VNPAY_TMN_CODE or not number or not amount.isdecimal():
            raise BadCallback("not a payment of ours")
        parts = (number, fields.get("vnp_TransactionNo", ""), fields.get("vnp_TransactionStatus", ""), amount)
        return Notice(
            event_id=":".join(parts)[:120],
            kind="ipn",
            about="payment",
            object_id=number[:120],
            reference=_reference(number),
            live=self.live,
            amount=int(amount) // TIMES,
        )

    def about(self, kind: str) -> str:
        return "payment"

    def reply(self, notice: Notice | None, find: Callable[[], Payment | None]) -> Reply:
        code, message = _verdict(notice, find() if notice else None)
        return Reply(200, json.dumps({"RspCode": code, "Message": message}), "application/json")


def _verdict(notice: Notice | None, payment: Payment | None) -> tuple[str, str]:
    if notice is None:
        return "97", "Invalid Checksum"
    if payment is None:
        return "01", "Order not found"
    if notice.amount != payment.amount:
        return "04", "Invalid amount"
    if payment.status == "succeeded":
        return "02", "Order already confirmed"
    return "00", "Confirm Success"


def _number(payment: Payment) -> str:
    return f"{payment.charge.uuid.hex}{payment.attempt:04d}"


def _reference(number: str) -> str:
    try:
        return f"{uuid.UUID(number[:32])}:{int(number[32:])}"
    except ValueError:
        return ""


def _stamp(at: datetime) -> str:
    return timezone.localtime(at).strftime(STAMP)


def _query(number: str, created: str) -> Fields:
    answer = _ask(_envelope("querydr", uuid.uuid4().hex, number, created), ASKED, ANSWERED)
    if answer["vnp_ResponseCode"] not in ("00", UNKNOWN):
        raise ProviderDown(f"querydr: {answer['vnp_ResponseCode']}")
    return answer


def _envelope(command: str, request_id: str, number: str, created: str) -> Fields:
    return {
        "vnp_RequestId": request_id,
        "vnp_Version": VERSION,
        "vnp_Command": command,
        "vnp_TmnCode": settings.VNPAY_TMN_CODE,
        "vnp_TxnRef": number,
        "vnp_TransactionDate": created,
        "vnp_CreateDate": _stamp(timezone.now()),
        "vnp_IpAddr": HERE,
        "vnp_OrderInfo": f"{command} {number}",
    }


def _ask(asked: Fields, signed: str, answered: str) -> Fields:
    """One call and its answer, whose signature must be the gateway's. Raises ProviderDown."""
    body = asked | {"vnp_SecureHash": mac(joined(asked, signed), settings.VNPAY_SECRETS[0])}
    try:
        response = _pool().request("POST", settings.VNPAY_API_URL, json=body)
        answer = {name: str(value) for name, value in response.json().items() if value is not None}
    except (urllib3.exceptions.HTTPError, OSError, ValueError, AttributeError) as e:
        raise ProviderDown(type(e).__name__) from e
    if response.status != 200 or answer.get("vnp_ResponseCode", NO_WORD[0]) in NO_WORD:
        raise ProviderDown(f"status {response.status}")
    if not _is_signed(joined(answer, answered), answer.get("vnp_SecureHash", "")):
        raise ProviderDown("an answer with a wrong signature")
    if answer.get("vnp_TxnRef", asked["vnp_TxnRef"]) != asked["vnp_TxnRef"]:
        raise ProviderDown("an answer about another payment")
    return answer


def _is_signed(text: str, signature: str) -> bool:
    fits = [
        hmac.compare_digest(mac(text, s).encode(), signature.lower().encode()) for s in settings.VNPAY_SECRETS
    ]
    return any(fits)


def _refund_seen(answer: Fields, provider_id: str, amount: int) -> RefundSeen:
    code = answer["vnp_ResponseCode"]
    state = REFUND_STATES.get(answer.get("vnp_TransactionStatus", ""), RefundState.FAILED)
    if code == REPEATED:
        state = RefundState.PENDING
    elif code != "00":
        raise ProviderRefused(code, answer.get("vnp_Message", ""))
    return RefundSeen(provider_id, state, amount, answer.get("vnp_TransactionNo", ""), reason=code)


@cache
def _pool() -> urllib3.PoolManager:
    return urllib3.PoolManager(timeout=urllib3.Timeout(connect=3.05, read=10), retries=False)


def provider() -> Vnpay:
    return Vnpay()
