"""Lists that go on from a row, not from a page number: nothing is shown twice when something new comes in."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.http import urlencode

SHOWN = 30


def keyset(rows: QuerySet[Any], request: HttpRequest, **kept: str) -> tuple[list[Any], dict[str, str]]:
    """The newest 30 rows, or those before `?truoc=`; and the addresses to go on and back, filters `kept`."""
    before = request.GET.get("truoc", "")
    goes_on = before.isdecimal() and before.isascii() and len(before) < 19
    rows = rows.order_by("-pk")
    if goes_on:
        rows = rows.filter(pk__lt=int(before))
    found = list(rows[: SHOWN + 1])
    asked = {name: value for name, value in kept.items() if value}
    older = urlencode(asked | {"truoc": found[SHOWN - 1].pk}) if len(found) > SHOWN else ""
    newer = request.path + (f"?{urlencode(asked)}" if asked else "")
    return found[:SHOWN], {"older": f"?{older}" if older else "", "newer": newer if goes_on else ""}
