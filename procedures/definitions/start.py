"""What the start page of a procedure says before anybody begins: cost, time, effort, what is there already."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.utils import timezone

from portal.accounts import people
from portal.accounts.models import Agency, Person, User
from portal.documents import papers
from portal.documents.models import IssuedPaper
from portal.registries import client
from portal.registries.answers import CLAIMS, NAMES, Registry
from procedures.definitions.parts import Fee, Paper
from procedures.definitions.runtime import Definition, Line
from procedures.eforms import expressions, journey, lists
from procedures.eforms.schema import Field, FieldType, Text

SECONDS_A_QUESTION = 15

# Rooms above say where somebody left off: (user, procedure code) → address of the unfinished draft, or None.
unfinished: list[Callable[[User, str], str | None]] = []


@dataclass(frozen=True, slots=True)
class Price:
    """What is to be paid online when nothing special applies, in đồng; `notes` what else may be."""

    amount: int
    is_least: bool  # more copies, more money
    at_counter: int | None  # when that differs
    notes: tuple[tuple[Text, int], ...]


@dataclass(frozen=True, slots=True)
class Effort:
    parts: int
    questions: int  # that everybody meets
    filled: int  # questions whose answer is known
    conditional: int  # that only some answers open

    @property
    def minutes(self) -> int:
        """A guess: of the conditional questions people meet about a third."""
        return max(2, round((self.questions + self.conditional / 3) * SECONDS_A_QUESTION / 60))


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table of fees."""

    fee: Fee
    amount: int | None  # đồng online; None when it depends on answers
    is_each: bool
    tiers: tuple[tuple[int, int | None, int], ...] = ()  # (first, last, đồng for each) when it is by tiers


class Office(NamedTuple):
    id: int
    name: str
    is_mine: bool
    is_of_city: bool  # one for the whole city: nothing to choose


def context(person: Person | None, *, at: datetime, channel: str = "online") -> dict[str, Any]:
    """What expressions see before anything is answered."""
    applicant: Mapping[str, Any] = people.applicant(person) if person else {}
    return {"today": timezone.localdate(at).isoformat(), "channel": channel, "applicant": applicant}


def known(definition: Definition, person: Person | None) -> dict[str, Any]:
    """Answers that the account gives."""
    if person is None:
        return {}
    scope = {"applicant": people.applicant(person)}
    found = {f.key: expressions.evaluate(f.account, scope) for f in definition.form.fields() if f.account}
    return {key: value for key, value in found.items() if value not in (None, "")}


@dataclass(frozen=True, slots=True)
class LookUp:
    """A register that is asked when a draft is begun, and for which data."""

    name: Any
    data: list[Any]


def look_ups(definition: Definition, user: Any) -> list[LookUp]:
    """What will be looked up about the person, to be said before; nothing where there are no registers, or
    where the account's identity is not proven.
    """
    if not client.is_connected() or (user.is_authenticated and not user.is_proven):
        return []
    asked: dict[Registry, dict[str, None]] = {}
    for field in definition.form.fields():
        for source in field.prefill:
            if source.source == "registry":
                asked.setdefault(Registry(source.registry), {})[source.claim] = None
    return [
        LookUp(NAMES[registry], [CLAIMS[registry].get(claim, claim) for claim in claims])
        for registry, claims in asked.items()
    ]


def effort(definition: Definition, person: Person | None, *, at: datetime) -> Effort:
    """Parts and questions, before anything is answered but what the account knows."""
    answers = known(definition, person)
    walked = journey.walk(definition.form, answers, context=context(person, at=at))
    asked = [field for step in walked.steps for field in step.fields if _is_question(field)]
    filled = sum(field.key in walked.answers for field in asked)
    every = sum(map(_is_question, definition.form.fields()))
    return Effort(len(walked.steps), len(asked) - filled, filled, every - len(asked))


def _is_question(field: Field) -> bool:
    return not field.compute and field.type != FieldType.FILE


def price(definition: Definition, *, at: datetime) -> Price:
    online, counter = (context(None, at=at, channel=channel) for channel in ("online", "counter"))
    sure = {line.key: line.amount for line in definition.quote({}, online)}
    amounts = {fee.key: definition.least_amount(fee, online) or 0 for fee in definition.fees}
    open_ended = [fee for fee in definition.fees if fee.key not in sure and not fee.applies]
    notes = tuple(
        (fee.label, amounts[fee.key]) for fee in definition.fees if fee.key not in sure and fee.applies
    )
    least = sum(sure.values()) + sum(amounts[fee.key] for fee in open_ended)
    there = _at_counter(definition, definition.quote({}, counter), open_ended, counter)
    return Price(least, bool(open_ended), there if there != least else None, notes)


def fees(definition: Definition, *, at: datetime) -> list[Row]:
    scope = context(None, at=at)
    return [
        Row(fee, definition.unit_amount(fee, scope), fee.quantity != "1", _tiers(fee))
        for fee in definition.fees
    ]


def _tiers(fee: Fee) -> tuple[tuple[int, int | None, int], ...]:
    steps = fee.tiers.steps if fee.tiers else ()
    firsts = (1, *((step.upto or 0) + 1 for step in steps))
    return tuple((first, step.upto, step.amount) for first, step in zip(firsts, steps, strict=False))


def _at_counter(
    definition: Definition, lines: Sequence[Line], open_ended: Sequence[Fee], there: dict[str, Any]
) -> int:
    return sum(line.amount for line in lines) + sum(
        definition.least_amount(fee, there) or 0 for fee in open_ended
    )


def in_store(definition: Definition, person: Person | None, *, at: datetime) -> list[IssuedPaper]:
    """Papers of the person that this procedure can use. One query for each type."""
    if person is None:
        return []
    types = dict.fromkeys(rule.type for rule in definition.reuse)
    return [paper for type_code in types for paper in papers.of(person, type_code, at=at)]


def asked_of_all(definition: Definition) -> tuple[list[Paper], list[Paper]]:
    """The papers that everybody hands in, and those for certain cases."""
    always = [paper for paper in definition.papers if not paper.applies and paper.required is True]
    return always, [paper for paper in definition.papers if paper not in always]


def offices(definition: Definition, person: Person | None) -> list[Office]:
    """The agencies that may be asked, by name of the commune; one query."""
    mine = person.commune if person else ""
    rows = Agency.objects.filter(kind=definition.agency).values_list("pk", "name", "commune", "place_name")
    ordered = sorted(rows, key=lambda row: lists.fold(row[3] or row[1]))
    return [
        Office(pk, name, bool(mine) and commune == mine, commune == "")
        for pk, name, commune, _place in ordered
    ]


def continuation(user: Any, code: str) -> str | None:
    """Where `user` left off with this procedure, if anywhere."""
    if not user.is_authenticated:
        return None
    return next((address for find in unfinished if (address := find(user, code))), None)
