"""Judging many conditions of one form with a common limit: a large form is judged in bounded time."""

from __future__ import annotations

import datetime
from collections.abc import Iterable

from procedures.eforms import expressions, possible
from procedures.eforms.possible import Verdict
from procedures.eforms.schema import Form

MOST = 60_000  # values tried for a whole definition


class Judge:
    """Says of conditions whether they can hold together; counts how many it could judge."""

    def __init__(self, form: Form, today: datetime.date, most: int = MOST) -> None:
        self.form, self.today = form, today
        self.judged = self.unknown = 0
        self._left = most
        self._known: dict[tuple[str, ...], Verdict] = {}

    def never(self, *texts: str | None) -> bool:
        """Whether `texts` (those that are there) certainly cannot hold together."""
        given = tuple(text for text in texts if text)
        return bool(given) and self._verdict(given) == Verdict.NEVER

    def _verdict(self, texts: tuple[str, ...]) -> Verdict:
        if texts not in self._known:
            self._known[texts] = self._judge(texts)
            self.judged += self._known[texts] != Verdict.UNKNOWN
            self.unknown += self._known[texts] == Verdict.UNKNOWN
        return self._known[texts]

    def _judge(self, texts: tuple[str, ...]) -> Verdict:
        if self._left <= 0:
            return Verdict.UNKNOWN
        found = possible.search(self.form, texts, today=self.today)
        try:
            for scope in found.scopes(min(self._left, possible.MOST)):
                self._left -= 1
                if _hold(texts, scope, self.form):
                    return Verdict.POSSIBLE
        except possible.TooMany:
            return Verdict.UNKNOWN
        return Verdict.NEVER if found.is_exhaustive else Verdict.UNKNOWN


def _hold(texts: Iterable[str], scope: possible.Scope, form: Form) -> bool:
    return all(expressions.holds(text, scope, form=form) for text in texts)
