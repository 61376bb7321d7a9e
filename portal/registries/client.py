"""The one door to the wire: signed questions over HTTP, answered in time or not at all.

    POST <REGISTRIES_URL>/<registry>/look-up
    Authorization: LGSP-HMAC-SHA256 client=…, time=…, signature=…
    {"request": …, "purpose": …, "basis": …, "dossier": …, "subject": {…}, "claims": […]}

    200 {"request": …, "outcome": "match", "subject": {"personal_id": …}, "data": {…}}

Personal data travel in bodies only, never in an address or a log line. The signature covers time, path and
body. An answer must name the request and, with data, the person that it is about: one that got mixed up on the
way is none.
"""

from __future__ import annotations

import functools
import hashlib
import hmac
import json
import logging
import threading
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import urllib3
from django.conf import settings

from portal.registries.answers import Outcome, Registry

log = logging.getLogger(__name__)

LIMIT = 3.0  # seconds for everything: all registers together, the second attempt included
CONNECT = 1.0
READ = 1.8
LEAST = 0.2  # seconds: with less left it is not worth trying again
LARGEST = 256 * 1024  # bytes of an answer
ATTEMPTS = 2


class Failed(Exception):
    """No answer that can be used; the text says what happened, without a word about the person."""


class Refused(Failed):
    """The register answers, but not to us (a wrong key, say): asking again changes nothing."""


@dataclass(frozen=True, slots=True)
class Question:
    """`subject`: personal_id, and full_name and date_of_birth where they are to be compared."""

    registry: Registry
    subject: Mapping[str, str]
    claims: tuple[str, ...]
    purpose: str
    basis: str
    dossier: str  # the dossier's code or the draft's id
    id: str = field(default_factory=lambda: str(uuid.uuid4()))


@dataclass(slots=True)
class Reply:
    """What came back; `problem` says why nothing did."""

    outcome: Outcome = Outcome.UNAVAILABLE
    data: Mapping[str, Any] = field(default_factory=dict)
    problem: str = "no answer in time"


def is_connected() -> bool:
    """Whether there are registers at all."""
    return bool(settings.REGISTRIES_URL)


def ask(questions: Sequence[Question]) -> list[Reply]:
    """Ask all at once; returns within LIMIT seconds, whatever the registers do. In order."""
    deadline = time.monotonic() + LIMIT
    replies = [Reply() for _question in questions]
    # Threads that nobody waits for at the end: a register that sends a byte a second holds up none but its own.
    threads = [
        threading.Thread(target=_ask, args=(question, reply, deadline), daemon=True)
        for question, reply in zip(questions, replies, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    found = [Reply(reply.outcome, reply.data, reply.problem) for reply in replies]  # as they are now
    for question, reply in zip(questions, found, strict=True):
        if reply.problem:
            log.warning("%s: request %s: %s", question.registry, question.id, reply.problem)
    return found


def _ask(question: Question, reply: Reply, deadline: float) -> None:
    try:
        outcome, data = _answer(question, _attempts(question, deadline))
    except Failed as failed:
        reply.problem = str(failed)
    except Exception as error:  # a thread's end is nobody's to see: it has to be told
        log.exception("%s: request %s", question.registry, question.id)
        reply.problem = type(error).__name__
    else:
        reply.data, reply.outcome, reply.problem = data, outcome, ""


def _attempts(question: Question, deadline: float) -> bytes:
    """The body of the first answer. Asks twice at most. Raises Failed."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return _attempt(question, deadline)
        except Refused:
            raise
        except Failed:
            if attempt == ATTEMPTS or deadline - time.monotonic() < LEAST:
                raise
    raise AssertionError  # the loop ends by itself


def _attempt(question: Question, deadline: float) -> bytes:
    left = deadline - time.monotonic()
    url = f"{settings.REGISTRIES_URL}/{question.registry}/look-up"
    body = _body(question)
    try:
        response = _pool().request(
            "POST",
            url,
            body=body,
            headers=_headers(url, body, question.id),
            timeout=urllib3.Timeout(connect=min(CONNECT, left), read=min(READ, left)),
            retries=False,
            redirect=False,
            preload_content=False,
        )
    except (urllib3.exceptions.HTTPError, OSError) as error:
        raise Failed(type(error).__name__) from error
    try:
        return _read(response, deadline)
    finally:
        response.close()


def _read(response: urllib3.BaseHTTPResponse, deadline: float) -> bytes:
    if response.status != 200:
        kind = Refused if 400 <= response.status < 500 and response.status != 429 else Failed
        raise kind(f"status {response.status}")
    content = b""
    try:
        while chunk := response.read1(LARGEST):
            content += chunk
            if len(content) > LARGEST or time.monotonic() > deadline:
                raise Failed("an answer too large or too slow")
    except (urllib3.exceptions.HTTPError, OSError) as error:
        raise Failed(type(error).__name__) from error
    return content


def _body(question: Question) -> bytes:
    told = {
        "request": question.id,
        "purpose": question.purpose,
        "basis": question.basis,
        "dossier": question.dossier,
        "subject": question.subject,
        "claims": list(question.claims),
    }
    return json.dumps(told, ensure_ascii=False).encode()


def _headers(url: str, body: bytes, request_id: str) -> dict[str, str]:
    client, _colon, secret = settings.REGISTRIES_KEY.partition(":")
    moment = str(int(time.time()))
    signed = "\n".join((moment, "POST", urlsplit(url).path, hashlib.sha256(body).hexdigest()))
    signature = hmac.new(secret.encode(), signed.encode(), hashlib.sha256).hexdigest()
    return {
        "Authorization": f"LGSP-HMAC-SHA256 client={client}, time={moment}, signature={signature}",
        "Content-Type": "application/json; charset=utf-8",
        "Accept": "application/json",
        "X-Request-Id": request_id,
    }


def _answer(question: Question, body: bytes) -> tuple[Outcome, Mapping[str, Any]]:
    """What the body says. Raises Failed when it is no answer to this question about this person."""
    try:
        told = json.loads(body)
        outcome = Outcome(told["outcome"])
        is_ours = told["request"] == question.id and outcome != Outcome.UNAVAILABLE
        data = told["data"] if outcome == Outcome.MATCH else {}
        is_ours &= isinstance(data, dict)
        if outcome == Outcome.MATCH:
            is_ours &= told["subject"]["personal_id"] == question.subject["personal_id"]
    except (ValueError, KeyError, TypeError) as error:
        raise Failed(f"an answer that cannot be read ({type(error).__name__})") from None
    if not is_ours:
        raise Failed("an answer to something else")
    return outcome, _only(data, question.claims)


def _only(data: Mapping[str, Any], claims: Sequence[str]) -> dict[str, Any]:
    """Of what was sent, what was asked for: nothing else is kept."""
    found: dict[str, Any] = {}
    for claim in claims:
        *above, name = claim.split(".")
        source: Any = data
        for part in above:
            source = source.get(part) if isinstance(source, Mapping) else None
        if isinstance(source, Mapping) and name in source:
            target = found
            for part in above:
                target = target.setdefault(part, {})
            target[name] = source[name]
    return found


@functools.cache
def _pool() -> urllib3.PoolManager:
    """Connections that stay open between look-ups. Knows no proxy: the registers are on the state's own network."""
    return urllib3.PoolManager(maxsize=8)
