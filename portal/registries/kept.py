"""Answers kept for a few minutes, so that a person who goes back and forth is looked up once.

Encrypted, under a key that says nothing, in the cache alone; and only for the very question that was asked:
an answer got for one purpose serves no other. How long is a setting of each register (REGISTRY_…_MINUTES).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import datetime, timedelta

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.core.cache import cache

from portal.registries.answers import Answer, Outcome, Registry
from portal.registries.client import Question


def lifetime(registry: Registry) -> timedelta:
    """How long an answer may be relied on. Zero: not at all."""
    return timedelta(minutes=settings.REGISTRY_MINUTES[registry.value])


def get(question: Question, *, at: datetime) -> Answer | None:
    """The answer that was kept, if it may still be used at `at`."""
    token = cache.get(_key(question))
    if token is None:
        return None
    try:
        found = json.loads(_cipher().decrypt(token))
    except InvalidToken:  # SECRET_KEY was changed
        return None
    answer = Answer(
        question.registry, Outcome(found["outcome"]), datetime.fromisoformat(found["at"]), found["data"]
    )
    return answer if answer.at <= at < answer.at + lifetime(question.registry) else None


def put(question: Question, answer: Answer) -> None:
    """Keep what was found. Anything else is asked again: it may be mended meanwhile."""
    seconds = int(lifetime(question.registry).total_seconds())
    if answer.outcome == Outcome.MATCH and seconds > 0:
        body = {"outcome": answer.outcome, "at": answer.at.isoformat(), "data": answer.data}
        cache.set(_key(question), _cipher().encrypt(json.dumps(body).encode()), seconds)


def _key(question: Question) -> str:
    told = json.dumps([question.registry, question.subject, sorted(question.claims), question.purpose])
    digest = hmac.new(settings.SECRET_KEY.encode(), b"registries:" + told.encode(), hashlib.sha256)
    return f"registries:kept:{digest.hexdigest()}"


def _cipher() -> Fernet:
    secret = hashlib.sha256(b"registries:kept:" + settings.SECRET_KEY.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(secret))
