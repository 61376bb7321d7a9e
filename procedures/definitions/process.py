"""Mappings → how a procedure is carried out: conditions, fees, stages, notices, and the cases that prove it.

Structure only, like `readers`, whose small things it uses.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from portal.accounts.models import AgencyKind, Role
from procedures.definitions import parts
from procedures.definitions.readers import expression, one_of
from procedures.eforms.reading import Reader
from procedures.eforms.schema import Text

CHANNELS = ("online", "counter")
# Whom a stage may ask: a centre receives and hands out, and has no opinion.
CONSULTED = (
    AgencyKind.COMMUNE.value,
    AgencyKind.POLICE.value,
    AgencyKind.CITY.value,
    AgencyKind.CITY_POLICE.value,
)
MAX_AMOUNT = 1_000_000_000  # đồng


def condition(item: Any, path: str) -> parts.Condition:
    reader = Reader(item, path)
    found = parts.Condition(
        key=reader.key(), name=reader.needed_text("name"), expression=expression(reader, "expression")
    )
    reader.done()
    return found


# ── Fees ──────────────────────────────────────────────────────────────────────────────────────────


def fee(item: Any, path: str) -> parts.Fee:
    reader = Reader(item, path)
    kind: Any = one_of("kind", ("phi", "le_phi"))(reader)
    found = parts.Fee(
        key=reader.key(),
        kind=kind,
        label=reader.needed_text("label"),
        unit_amount=reader.expression("unit_amount"),
        tiers=_tiers(reader),
        counter_amount=reader.expression("counter_amount"),
        quantity=reader.expression("quantity") or "1",
        applies=reader.expression("applies"),
        basis=reader.needed_text("basis"),
        exemptions=reader.each("exemptions", _exemption),
        examples=reader.each("examples", _example),
        when=str(reader.one_of("when", parts.FEE_TIMES, "submit")),
        refunds=_refunds(reader),
    )
    reader.done()
    if found.unit_amount and found.tiers:
        reader.fail("tiers", "stands beside unit_amount; a fee has one of the two")
    if not found.unit_amount and not found.tiers:
        reader.fail("unit_amount", "is missing; a fee has it, or tiers")
    return found


def _refunds(reader: Reader) -> tuple[str, ...]:
    if not reader.has("refunds"):
        return ("withdrawn", "refused")
    found = tuple(reader.strings("refunds"))
    for case in found:
        if case not in parts.REFUND_CASES:
            reader.fail("refunds", f"must be of {', '.join(parts.REFUND_CASES)}")
    if "never" in found and len(found) > 1:
        reader.fail("refunds", "never stands alone")
    return found


def _tiers(outer: Reader) -> parts.Tiers | None:
    if not outer.has("tiers"):
        return None
    reader = Reader(outer.take("tiers"), outer.at("tiers"))
    steps = reader.each("steps", _tier) or reader.fail("steps", "is missing or empty")
    found = parts.Tiers(expression(reader, "count"), steps, _amount(reader, "most"))
    reader.done()
    _require_rising(found, reader)
    return found


def _tier(item: Any, path: str) -> parts.Tier:
    reader = Reader(item, path)
    amount = _amount(reader, "amount")
    found = parts.Tier(
        amount=reader.fail("amount", "is missing") if amount is None else amount,
        upto=reader.typed("upto", int, "a whole number"),
    )
    reader.done()
    return found


def _require_rising(tiers: parts.Tiers, reader: Reader) -> None:
    """Each step begins where the one before ends, and the last has no end: no count is without a price."""
    last = 0
    for index, step in enumerate(tiers.steps):
        is_last = index == len(tiers.steps) - 1
        if is_last != (step.upto is None):
            reader.fail(f"steps[{index}].upto", "must be given for every step but the last")
        if step.upto is not None and step.upto <= last:
            reader.fail(f"steps[{index}].upto", f"must be more than {last}, where the step before ends")
        last = step.upto or last


def _amount(reader: Reader, key: str) -> int | None:
    value = reader.typed(key, int, "a whole number of đồng")
    if value is not None and not 0 <= value <= MAX_AMOUNT:
        reader.fail(key, f"must be from 0 to {MAX_AMOUNT} đồng")
    return value


def _exemption(item: Any, path: str) -> parts.Exemption:
    reader = Reader(item, path)
    found = parts.Exemption(
        applies=expression(reader, "applies"),
        percent=reader.integer("percent", 100),
        label=reader.needed_text("label"),
        basis=reader.needed_text("basis"),
    )
    reader.done()
    return found if 1 <= found.percent <= 100 else reader.fail("percent", "must be from 1 to 100")


def _example(item: Any, path: str) -> parts.Example:
    reader = Reader(item, path)
    channel: Any = reader.one_of("channel", CHANNELS, "online")
    amount = _amount(reader, "amount")
    found = parts.Example(
        given=reader.typed("given", dict, "a mapping") or {},
        amount=reader.fail("amount", "is missing") if amount is None else amount,
        channel=channel,
    )
    reader.done()
    return found


# ── Stages ────────────────────────────────────────────────────────────────────────────────────────


def stage(item: Any, path: str) -> parts.Stage:
    reader = Reader(item, path)
    found = parts.Stage(
        key=reader.key(),
        title=reader.needed_text("title"),
        role=reader.one_of("role", tuple(Role.values)) or reader.fail("role", "is missing"),
        share=reader.typed("share", int, "a whole number"),
        hours=reader.typed("hours", int, "a whole number of working hours"),
        applies=reader.expression("applies"),
        fills=_keys(reader, "fills"),
        consults=reader.each("consults", _consultation),
    )
    reader.done()
    if (found.share is None) == (found.hours is None):
        reader.fail("share", "is missing; a stage has either share (per cent) or hours")
    if found.share is not None and not 0 < found.share <= 100:
        reader.fail("share", "must be from 1 to 100")
    if found.hours is not None and not 0 < found.hours <= 3200:
        reader.fail("hours", "must be from 1 to 3200 working hours")
    return found


def _keys(reader: Reader, key: str) -> tuple[str, ...] | None:
    """A list of keys; none said is something else than said to be none."""
    return reader.strings(key) if reader.has(key) else reader.take(key)


def _consultation(item: Any, path: str) -> parts.Consultation:
    reader = Reader(item, path)
    silence: Any = reader.one_of("silence", ("agree", "wait"), "wait")
    found = parts.Consultation(
        kind=one_of("kind", CONSULTED)(reader), days=reader.integer("days", 0), silence=silence
    )
    reader.done()
    return found if 1 <= found.days <= 100 else reader.fail("days", "must be from 1 to 100 working days")


def messages(outer: Reader) -> parts.Messages | None:
    if not outer.has("messages"):
        return None
    reader = Reader(outer.take("messages"), "messages")
    said: dict[str, Text | None] = {
        name: reader.text(name) for name in ("submitted", "received", "supplement", "done", "refused")
    }
    reader.done()
    return parts.Messages(**said)


# ── Cases ─────────────────────────────────────────────────────────────────────────────────────────


def case(item: Any, path: str) -> parts.Case:
    reader = Reader(item, path)
    channel: Any = reader.one_of("channel", CHANNELS, "online")
    found = parts.Case(
        key=reader.key(),
        title=reader.needed_text("title"),
        answers=reader.typed("answers", dict, "a mapping") or {},
        channel=channel,
        applicant=reader.typed("applicant", dict, "a mapping"),
        today=_day(reader, "today"),
        papers=reader.strings("papers"),
        outcome=reader.typed("outcome", dict, "a mapping"),
        expect=_expect(reader),
    )
    reader.done()
    return found


def _day(reader: Reader, key: str) -> str:
    value = reader.string(key)
    try:
        return date.fromisoformat(value).isoformat() if value else ""
    except ValueError:
        reader.fail(key, "must be a date like 2026-11-21, in quotes")


def _expect(outer: Reader) -> parts.Expect:
    reader = Reader(outer.take("expect") or {}, outer.at("expect"))
    found = parts.Expect(
        steps=_keys(reader, "steps"),
        amount=_amount(reader, "amount"),
        subject=reader.string("subject"),
        claims=reader.typed("claims", dict, "a mapping"),
        fails=_keys(reader, "fails"),
    )
    reader.done()
    return found
