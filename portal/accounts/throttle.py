"""Slowing down those who guess: so many tries in a window of time, by account and by network address.

Counted in the cache. A try is counted before it is looked at, so that parallel guesses cannot slip through
together; the windows stand still on the clock, so everybody can be told how long to wait.
"""

from __future__ import annotations

import hashlib
import ipaddress
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.cache import cache

if TYPE_CHECKING:
    from datetime import datetime

    from django.http import HttpRequest


class TooMany(Exception):
    """The limit is reached. `minutes` until the next try is looked at."""

    def __init__(self, minutes: int) -> None:
        super().__init__(f"wait {minutes} min")
        self.minutes = minutes


@dataclass(frozen=True, slots=True)
class Limit:
    name: str
    tries: int
    window: int  # seconds


ACCOUNT = Limit("account", 5, 15 * 60)
# A whole office may sit behind one address.
ADDRESS = Limit("address", settings.SIGN_INS_PER_ADDRESS, 15 * 60)
REGISTRATION = Limit("register", 10, 60 * 60)


def count(limit: Limit, subject: str, *, at: datetime) -> None:
    """Count one try of `subject`. Raises TooMany when it is one too many."""
    key = _key(limit, subject, at)
    cache.add(key, 0, limit.window)
    try:
        tries = cache.incr(key)
    except ValueError:  # the window ended between the two lines
        return
    if tries > limit.tries:
        raise TooMany(ceil((limit.window - at.timestamp() % limit.window) / 60))


def forget(limit: Limit, subject: str, *, at: datetime) -> None:
    """Forget the tries of `subject`: it has shown who it is."""
    cache.delete(_key(limit, subject, at))


def _key(limit: Limit, subject: str, at: datetime) -> str:
    # Hashed: names and addresses do not lie about in the cache.
    digest = hashlib.sha256(subject.casefold().encode()).hexdigest()[:32]
    return f"throttle:{limit.name}:{int(at.timestamp()) // limit.window}:{digest}"


def address(request: HttpRequest) -> str:
    """Where the request comes from: the address, or for IPv6 the /64 network that one household has."""
    raw: str = request.META.get("REMOTE_ADDR", "")
    if settings.SECURE_PROXY_SSL_HEADER:  # our own proxy adds the last entry; the ones before it are hearsay
        raw = request.META.get("HTTP_X_FORWARDED_FOR", raw).rsplit(",", 1)[-1].strip()
    try:
        known = ipaddress.ip_address(raw)
    except ValueError:
        return raw
    return str(ipaddress.ip_network(f"{known}/64", strict=False)) if known.version == 6 else raw
