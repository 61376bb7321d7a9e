"""Sparing a register that is down, and those who wait for it: after some failures nobody asks for a while.

Counted in the cache, which all processes share. When the pause is over the next call tries again; one more
failure then opens the breaker at once, one answer closes it for good.
"""

from __future__ import annotations

from django.core.cache import cache

FAILURES = 3  # in a row
PAUSE = 30  # seconds
MEMORY = 600  # seconds without a failure after which the earlier ones are forgotten


def is_open(registry: str) -> bool:
    """Whether the register should be left alone now."""
    return cache.get(_open(registry)) is not None


def failed(registry: str) -> None:
    key = _count(registry)
    cache.add(key, 0, MEMORY)
    try:
        count = cache.incr(key)
        cache.touch(key, MEMORY)
    except ValueError:  # forgotten between the two lines
        return
    if count >= FAILURES:
        cache.set(_open(registry), 1, PAUSE)


def answered(registry: str) -> None:
    cache.delete_many([_count(registry), _open(registry)])


def _count(registry: str) -> str:
    return f"registries:failures:{registry}"


def _open(registry: str) -> str:
    return f"registries:open:{registry}"
