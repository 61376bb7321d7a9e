"""A gateway that plays VNPAY's part on loopback: its page, its callback (IPN), its `querydr` and its `refund`.

Written from the public specification alone and without the portal's code, so that each checks the other.
`python -m payments.sandbox.gateway --port N --ipn-url …` with VNPAY_TMN_CODE and VNPAY_SECRETS in the environment.
"""

from __future__ import annotations

import argparse
import hashlib
import hmac
import json
import os
import threading
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any
from urllib.parse import parse_qsl, quote_plus, urlsplit

from portal import loopback

WORDS = {
    "vn": ("Cổng thanh toán thử", "Trả tiền, thành công", "Ngân hàng từ chối", "Số tiền"),
    "en": ("Practice payment gateway", "Pay, it succeeds", "The bank declines", "Amount"),
}
PAGE = """<!doctype html><html lang="{lang}"><meta charset="utf-8"><meta name="viewport"
content="width=device-width"><title>{title}</title><body><main><h1>{title}</h1><p>{sum}: {amount} đ</p>
<p>{info}</p><form method="post"><input type="hidden" name="number" value="{number}">
<p><button name="what" value="pay">{pay}</button></p><p><button name="what" value="decline">{decline}</button></p>
</form></main></body></html>"""
ASKED = "RequestId,Version,Command,TmnCode,TxnRef,TransactionDate,CreateDate,IpAddr,OrderInfo"
ASKED_REFUND = (
    "RequestId,Version,Command,TmnCode,TransactionType,TxnRef,Amount,TransactionNo,TransactionDate,"
    "CreateBy,CreateDate,IpAddr,OrderInfo"
)
ANSWERED = (
    "ResponseId,Command,ResponseCode,Message,TmnCode,TxnRef,Amount,BankCode,PayDate,TransactionNo,"
    "TransactionType,TransactionStatus,OrderInfo"
)


@dataclass
class Order:
    fields: dict[str, str]
    status: str = "01"
    kind: str = "01"
    number: str = ""


@dataclass
class Gateway:
    """What it remembers, and what goes wrong on purpose: `faults` names are used up one by one."""

    code: str
    secret: str
    ipn_url: str = ""
    orders: dict[str, Order] = field(default_factory=dict)
    requests: set[str] = field(default_factory=set)
    refunds: list[tuple[str, int]] = field(default_factory=list)
    answers: list[dict[str, Any]] = field(default_factory=list)  # what the shop said to each callback
    faults: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def mac(self, text: str) -> str:
        return hmac.new(self.secret.encode(), text.encode(), hashlib.sha512).hexdigest()

    def signed(self, fields: Mapping[str, str]) -> str:
        text = "&".join(f"{quote_plus(k)}={quote_plus(fields[k])}" for k in sorted(fields))
        return f"{text}&vnp_SecureHash={self.mac(text)}"

    def joined(self, fields: Mapping[str, Any], names: str) -> str:
        return "|".join(str(fields.get(f"vnp_{name}", "")) for name in names.split(","))

    def fault(self, name: str) -> bool:
        with self.lock:
            found = name in self.faults
            if found:
                self.faults.remove(name)
            return found

    # ── The payer ─────────────────────────────────────────────────────────────────────────────────
    def open(self, query: str) -> Order | None:
        """The order of a redirect; None when its signature, its shop or a parameter is wrong."""
        fields = dict(parse_qsl(query))
        signature = fields.pop("vnp_SecureHash", "")
        text = self.signed(fields).rpartition("&")[0]
        amount = fields.get("vnp_Amount", "")
        if not hmac.compare_digest(self.mac(text), signature) or fields.get("vnp_TmnCode") != self.code:
            return None
        if not amount.isdecimal() or int(amount) < 100 or fields.get("vnp_CurrCode") != "VND":
            return None
        return self.orders.setdefault(fields["vnp_TxnRef"], Order(fields))

    def act(self, number: str, what: str) -> str:
        """The payer pays or is declined. Returns the address to go back to; the callback goes its own way."""
        order = self.orders[number]
        if order.status == "01":
            order.status = "00" if what == "pay" else "02"
            order.number = str(14_000_000 + len(self.orders))
        if not self.fault("ipn_lost"):
            self.ring(number)
        return f"{order.fields['vnp_ReturnUrl']}?{self.notice(number)}"

    def notice(self, number: str, **changed: str) -> str:
        order = self.orders[number]
        told = {
            name: order.fields[name] for name in ("vnp_TmnCode", "vnp_Amount", "vnp_TxnRef", "vnp_OrderInfo")
        }
        told |= {
            "vnp_BankCode": "NCB",
            "vnp_ResponseCode": "00" if order.status == "00" else "24",
            "vnp_TransactionNo": order.number,
            "vnp_TransactionStatus": order.status,
        }
        return self.signed(told | changed)

    def ring(self, number: str, **changed: str) -> None:
        """Call the shop; wrong sums, wrong signatures and doubles come on demand."""
        if self.fault("ipn_amount"):
            changed["vnp_Amount"] = "100"
        query = self.notice(number, **changed)
        if self.fault("ipn_signature"):
            query = query[:-4] + "0000"
        for _ in range(2 if self.fault("ipn_twice") else 1):
            if self.ipn_url:
                with urllib.request.urlopen(f"{self.ipn_url}?{query}", timeout=10) as answer:  # noqa: S310 - ours
                    self.answers.append(json.load(answer))

    # ── The shop ──────────────────────────────────────────────────────────────────────────────────
    def answer(self, asked: dict[str, Any]) -> dict[str, Any]:
        names = ASKED_REFUND if asked.get("vnp_Command") == "refund" else ASKED
        good = self.mac(self.joined(asked, names))
        if not hmac.compare_digest(good, str(asked.get("vnp_SecureHash"))):
            return self._told(asked, "97", None)
        order = self.orders.get(asked["vnp_TxnRef"])
        if order is None or asked["vnp_TransactionDate"] != order.fields["vnp_CreateDate"]:
            return self._told(asked, "91", None)
        code = self._refund(asked, order) if names == ASKED_REFUND else "00"
        return self._told(asked, code, order)

    def _refund(self, asked: dict[str, Any], order: Order) -> str:
        with self.lock:
            if asked["vnp_RequestId"] in self.requests:
                return "94"
            gone = sum(amount for number, amount in self.refunds if number == asked["vnp_TxnRef"])
            amount = int(asked["vnp_Amount"])
            if order.status not in ("00", "05") or gone + amount > int(order.fields["vnp_Amount"]):
                return "95"
            self.requests.add(asked["vnp_RequestId"])
            self.refunds.append((asked["vnp_TxnRef"], amount))
            order.kind, order.status = asked["vnp_TransactionType"], "05"
        return "00"

    def refunded(self, number: str, *, status: str = "00") -> None:
        """The bank has carried the refund out ("00"), or refused it ("09")."""
        self.orders[number].status = status

    def _told(self, asked: dict[str, Any], code: str, order: Order | None) -> dict[str, Any]:
        told = {
            "vnp_ResponseId": os.urandom(8).hex(),
            "vnp_Command": asked.get("vnp_Command", ""),
            "vnp_ResponseCode": code,
            "vnp_Message": code,
            "vnp_TmnCode": self.code,
            "vnp_TxnRef": asked.get("vnp_TxnRef", ""),
        }
        if order:
            told |= {
                "vnp_Amount": "100" if self.fault("query_amount") else order.fields["vnp_Amount"],
                "vnp_TransactionNo": order.number,
                "vnp_TransactionType": order.kind,
                "vnp_TransactionStatus": order.status,
            }
        names = (
            ANSWERED if asked.get("vnp_Command") == "refund" else f"{ANSWERED},PromotionCode,PromotionAmount"
        )
        signature = self.mac(self.joined(told, names))
        return told | {"vnp_SecureHash": "0" * 128 if self.fault("query_signature") else signature}


class Handler(loopback.Handler):
    gateway: Gateway

    def do_GET(self) -> None:
        order = self.gateway.open(urlsplit(self.path).query)
        if order is None:
            return self.send(400, b"97", "text/plain")
        lang = order.fields.get("vnp_Locale", "vn")
        title, pay, decline, sum_ = WORDS.get(lang, WORDS["vn"])
        page = PAGE.format(
            lang="en" if lang == "en" else "vi",
            title=title,
            pay=pay,
            decline=decline,
            sum=sum_,
            amount=f"{int(order.fields['vnp_Amount']) // 100:,}".replace(",", "."),
            info=escape(order.fields["vnp_OrderInfo"]),
            number=escape(order.fields["vnp_TxnRef"]),
        )
        return self.send(200, page.encode(), "text/html; charset=utf-8")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.headers.get("Content-Type", "").startswith("application/json"):
            told = self.gateway.answer(json.loads(body))
            if self.gateway.fault("answer_lost"):
                self.close_connection = True
                return None
            return self.send(200, json.dumps(told).encode(), "application/json")
        form = dict(parse_qsl(body.decode()))
        if form.get("number") not in self.gateway.orders:
            return self.send(404, b"", "text/plain")
        back = self.gateway.act(form["number"], form.get("what", ""))
        return self.send(303, b"", "text/plain", {"Location": back})


def server(gateway: Gateway, port: int = 0) -> loopback.Server:
    """What listens on the loopback as soon as it is run."""
    return loopback.Server(type("Desk", (Handler,), {"gateway": gateway}), port)


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--ipn-url", default="")
    parser.add_argument("--with-parent", action="store_true", help="end when the starting process has ended")
    told = parser.parse_args(argv)
    secret = os.environ["VNPAY_SECRETS"].split(",")[0]
    gateway = Gateway(os.environ["VNPAY_TMN_CODE"], secret, told.ipn_url)
    server(gateway, told.port).run(with_parent=told.with_parent)


if __name__ == "__main__":
    main()
