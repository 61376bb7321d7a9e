"""Trouble on demand, for tests: POST /_control/<name> with a JSON body and the API key."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from payments.sandbox.bank import Bank
from payments.sandbox.errors import ApiError
from payments.sandbox.post import Post
from payments.sandbox.store import Object


@dataclass
class Fault:
    """What goes wrong with the next `times` calls to `path`.

    kind: "delay" (answered `seconds` late), "lost" (done, but the connection breaks before the answer),
    "error" (500, nothing done), "limit" (429, nothing done), "busy" (409, the same call is still under way),
    "amount" (done, but the answer tells a đồng less than it was).
    """

    path: str
    kind: str
    method: str = "POST"
    times: int = 1
    seconds: float = 0.0


@dataclass
class Control:
    bank: Bank
    post: Post
    faults: list[Fault] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, method: str, path: str) -> Fault | None:
        """The fault that waits for this call, used up by one."""
        with self.lock:
            for fault in self.faults:
                if fault.times and (fault.method, fault.path) == (method, path):
                    fault.times -= 1
                    return fault
        return None

    def answer(self, name: str, given: dict[str, Any]) -> Object:
        calls: dict[str, Callable[..., Object]] = {
            "faults": self._add_fault,
            "webhooks": self._set_webhooks,
            "release": self._release,
            "act": self._act,
            "decide": self._decide,
            "change": self._change,
            "forget": self._forget,
        }
        if name not in calls:
            raise ApiError(404, f"No such control: {name}")
        try:
            return calls[name](**given)
        except TypeError as error:
            raise ApiError(400, str(error)) from error

    def _add_fault(self, **fault: Any) -> Object:
        """`{path, kind, method?, times?, seconds?}`; an empty body clears all faults."""
        with self.lock:
            self.faults = [*self.faults, Fault(**fault)] if fault else []
        return {"faults": len(self.faults)}

    def _set_webhooks(self, url: str | None = None, hold: bool | None = None) -> Object:
        """`{url?, hold?}`: where webhooks go (empty: nowhere), and whether new ones are kept back."""
        self.post.url = self.post.url if url is None else url
        self.bank.hold = self.bank.hold if hold is None else hold
        return {"url": self.post.url, "hold": self.bank.hold}

    def _release(self, copies: int = 1, reverse: bool = False) -> Object:
        """Send the webhooks kept back, each `copies` times, in order or in reverse."""
        store = self.bank.store
        with store.change():
            held = [
                event for (event,) in store.rows("SELECT event FROM deliveries WHERE held = 1 ORDER BY seq")
            ]
            store.rows("DELETE FROM deliveries WHERE held = 1")
            for event in reversed(held) if reverse else held:
                for _ in range(copies):
                    self.bank.queue(event)
        return {"events": held}

    def _act(self, session: str, what: str) -> Object:
        """Do what the payer, the bank or time would: pay, decline, transfer, arrived, returned, expire."""
        bank = self.bank
        with bank.store.change():
            found = bank.find("checkout.session", session)
            match what:
                case "pay":
                    return bank.pay(found)
                case "decline":
                    return bank.decline(found)
                case "transfer":
                    return bank.transfer(found, "arrived")
                case "arrived" | "returned":
                    return bank.finish_transfer(found, what)
                case "expire":
                    return bank.expire(found)
                case "dispute":
                    return bank.dispute(found)
        raise ApiError(400, f"No such act: {what}")

    def _decide(self, dispute: str, status: str) -> Object:
        """Close a dispute: won or lost."""
        with self.bank.store.change():
            return self.bank.close_dispute(dispute, status)

    def _change(self, kind: str, id: str, to: dict[str, Any]) -> Object:
        """Make an object say something else than it should."""
        with self.bank.store.change():
            return self.bank.store.put(self.bank.find(kind, id) | to)

    def _forget(self) -> Object:
        """Forget the idempotency keys, as Stripe does after a day."""
        self.bank.store.rows("DELETE FROM answers")
        return {}
