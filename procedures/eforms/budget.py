"""How much may be computed in one go, so that no definition can stall a request.

Expressions have no loops but macros over lists, so what one can cost is known before it is evaluated: its
words, each as often as the lists around it are long. Every evaluation pays that out of one purse for the
whole walk, or the whole request; an empty purse ends it. A word costs some 30 ns.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

MOST = 3_000_000  # for one walk: a tenth of a second
MOST_A_REQUEST = 4 * MOST

_left: ContextVar[int | None] = ContextVar("budget", default=None)


class BudgetExceeded(Exception):
    """The definition asks for more than may be computed in one go."""


@contextmanager
def metered(most: int = MOST) -> Iterator[None]:
    """Let what is evaluated inside cost `most` at most, together. Inside another one, that one counts."""
    if _left.get() is not None:
        yield
        return
    token = _left.set(most)
    try:
        yield
    finally:
        _left.reset(token)


def spend(cost: int) -> None:
    """Pay for what is about to be done. Raises BudgetExceeded."""
    left = _left.get()
    # Evaluated alone, it still may not cost more than a whole walk.
    if cost > (MOST if left is None else left):
        raise BudgetExceeded
    if left is not None:
        _left.set(left - cost)
