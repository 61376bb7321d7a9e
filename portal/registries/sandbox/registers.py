"""What the registers answer: one of the law's four answers, and of the data those that were asked for."""

from __future__ import annotations

import hashlib
import hmac
import re
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from portal.registries.sandbox.people import Record, Records, on_record

SKEW = 300  # seconds that a question's clock may differ from ours
_HEADER = re.compile(r"LGSP-HMAC-SHA256 client=(\S+), time=(\d{1,12}), signature=([0-9a-f]{64})")


class Refused(Exception):
    """The question is not answered; `status` is the HTTP status."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass
class Registers:
    """Both registers, as everybody stands in them now."""

    key: str  # client:secret
    records: Records = field(default_factory=on_record)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, registry: str, asked: Mapping[str, Any]) -> Record:
        """The answer to a question. Raises Refused for a register or a question that does not exist."""
        with self.lock:
            records = self.records.get(registry)
            if records is None:
                raise Refused(404, "There is no such register.")
            subject = asked.get("subject") or {}
            record = records.get(str(subject.get("personal_id", "")))
        if not asked.get("purpose") or not asked.get("basis"):
            raise Refused(422, "A question must say what for, and which law allows it.")
        outcome = _outcome(record, subject)
        told: Record = {"request": asked.get("request"), "outcome": outcome}
        if record and outcome == "match":
            told["subject"] = {"personal_id": record["personal_id"]}
            told["data"] = only(record, asked.get("claims") or [])
        return told

    def check(self, header: str, path: str, body: bytes) -> None:
        """Raises Refused unless exactly this question was signed, just now, with our client's key."""
        client, _colon, secret = self.key.partition(":")
        found = _HEADER.fullmatch(header)
        if not found or found[1] != client or abs(time.time() - int(found[2])) > SKEW:
            raise Refused(401, "Sign the question with your key, and set your clock.")
        signed = "\n".join((found[2], "POST", path, hashlib.sha256(body).hexdigest()))
        wanted = hmac.new(secret.encode(), signed.encode(), hashlib.sha256).hexdigest()
        if not hmac.compare_digest(wanted, found[3]):
            raise Refused(401, "The signature is not that of this question.")

    def put(self, registry: str, personal_id: str, record: Record | None) -> None:
        """Put somebody on record, or strike them off."""
        with self.lock:
            if record is None:
                self.records[registry].pop(personal_id, None)
            else:
                self.records[registry][personal_id] = {"personal_id": personal_id} | record

    def forget(self) -> None:
        """Everybody is as they were at the start."""
        with self.lock:
            self.records = on_record()


def _outcome(record: Record | None, subject: Mapping[str, Any]) -> str:
    if record is None:
        return "no_data"
    if any(_folded(subject[name]) != _folded(record.get(name)) for name in _COMPARED if name in subject):
        return "mismatch"
    return "match" if record.get("confirmed", True) else "insufficient"


_COMPARED = ("full_name", "date_of_birth")


def _folded(value: Any) -> str:
    return " ".join(str(value).casefold().split())


def only(record: Record, claims: Iterable[str]) -> Record:
    """The claims (dotted paths) of a record; one that it does not hold is left out."""
    found: Record = {}
    for claim in claims:
        *above, name = str(claim).split(".")
        source: Any = record
        for part in above:
            source = source.get(part) if isinstance(source, dict) else None
        if isinstance(source, dict) and name in source:
            target = found
            for part in above:
                target = target.setdefault(part, {})
            target[name] = source[name]
    return found
