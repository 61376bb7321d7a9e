"""What need not be asked: answers from the account, the state's registers and the person's last dossier.

A field names its sources in order; the first that applies and has a fitting value counts. Registers are asked
all at once, only for what no earlier source has and only where the answers so far call for it; one that is slow
or down costs three seconds at most, and the question is simply asked, with a line that says why. What a register
gave is asked for again before the dossier is sent, once it is older than the law allows (`again`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.utils.functional import cached_property

from portal.accounts import people
from portal.accounts.models import Person, User
from portal.registries import kept, lookups, provenance
from portal.registries.answers import Answer, Outcome, Registry
from procedures.definitions import runtime
from procedures.dossiers.models import Dossier
from procedures.eforms import expressions, values
from procedures.eforms.schema import Field, FieldType, Form, Prefill

BASIS = {
    "vi": "Nghị định số 118/2025/NĐ-CP: không yêu cầu khai, nộp lại thông tin đã có trong cơ sở dữ liệu",
    "en": "Decree No. 118/2025/NĐ-CP: what a database of the State holds is not asked for again",
}
Answers = dict[str, Any]
Provenance = dict[str, dict[str, Any]]
Claims = dict[Registry, list[str]]
Found = Mapping[Registry, Answer]


@dataclass(frozen=True)
class Asker:
    """Who fills in what. `scope`: what conditions see, answers and context; without it none holds."""

    definition: runtime.Definition
    person: Person
    draft: UUID
    by: User
    at: datetime
    scope: Mapping[str, Any] = field(default_factory=dict)

    @property
    def form(self) -> Form:
        return self.definition.form

    @cached_property
    def applicant(self) -> Mapping[str, Any]:
        return people.applicant(self.person)

    @cached_property
    def last_dossier(self) -> Dossier | None:
        """The person's last dossier of the procedure; one query when it is first wanted."""
        mine = Dossier.objects.filter(person=self.person, procedure_code=self.definition.code)
        return mine.order_by("-submitted_at", "-pk").only("code", "answers").first()

    def wants(self, source: Prefill) -> bool:
        return not source.applies or expressions.holds(source.applies, self.scope, form=self.form)

    def look_up(self, claims: Claims) -> Found:
        """Raises nothing, whatever the registers do. Not for use inside a transaction.

        Anybody can open an account with a number and name that they know of: about an account whose
        identity is not proven nothing is asked.
        """
        if not claims or not self.by.is_proven:
            return {}
        name = self.definition.name
        purpose = {"vi": f"Điền sẵn hồ sơ: {name.vi}", "en": f"Filling in the dossier: {name.en}"}
        reason = lookups.Reason(purpose, BASIS, draft=self.draft)
        return lookups.look_up_all(claims, self.person, reason=reason, by=self.by, at=self.at)


@dataclass(slots=True)
class Filled:
    """Answers by field key, and beside each where it came from, or why it is not there."""

    answers: Answers = field(default_factory=dict)
    provenance: Provenance = field(default_factory=dict)
    dropped: frozenset[str] = frozenset()  # keys whose source is no longer wanted


def answers(
    definition: runtime.Definition, applicant: Mapping[str, Any], *, at: datetime
) -> tuple[Answers, Provenance]:
    """(answers, provenance) of what the account knows, without asking anybody: fit for a transaction."""
    filled = Filled()
    for question in definition.form.fields():
        value = expressions.evaluate(question.account, {"applicant": applicant}) if question.account else None
        value = _fitting(question, value, definition.form)
        if value is not None:
            filled.answers[question.key] = value
            filled.provenance[question.key] = _of_account(question, at)
    return filled.answers, filled.provenance


def _of_account(question: Field, at: datetime) -> dict[str, Any]:
    return {"source": "account", "at": at.isoformat(), "lock": question.lock}


@lru_cache(maxsize=256)
def asks_registers(form: Form) -> bool:
    return any(source.source == "registry" for question in form.fields() for source in question.prefill)


@lru_cache(maxsize=256)
def has_conditions(form: Form) -> bool:
    """Whether there can be `more` at all."""
    return any(source.applies for question in form.fields() for source in question.prefill)


def fill(asker: Asker) -> Filled:
    """Everything that is known of the person before anything is asked."""
    return _fill(asker, asker.form.fields())


def at_hand(asker: Asker) -> Filled:
    """What the account and the last dossier know: nothing outside is asked, so a transaction may."""
    filled = Filled()
    for question in asker.form.fields():
        near = [source for source in question.prefill if source.source != "registry" and asker.wants(source)]
        _answer(question, near, asker, {}, filled)
    return filled


def more(asker: Asker, answers: Mapping[str, Any], origins: Mapping[str, Any]) -> Filled:
    """What the answers so far allow beside what is filled in: sources whose condition holds only now.

    What came from a source whose condition no longer holds is `dropped`; what the person typed stays.
    """
    dropped = frozenset(
        key for key, origin in origins.items() if (text := origin.get("applies")) and not _holds(text, asker)
    )
    open_ = [
        question
        for question in asker.form.fields()
        if any(source.applies for source in question.prefill)
        if question.key in dropped or (question.key not in origins and answers.get(question.key) is None)
    ]
    filled = _fill(asker, open_)
    filled.dropped = dropped
    return filled


def _holds(text: str, asker: Asker) -> bool:
    return expressions.holds(text, asker.scope, form=asker.form)


def _fill(asker: Asker, questions: Iterable[Field]) -> Filled:
    filled, open_ = Filled(), []
    for question in questions:
        sources = [source for source in question.prefill if asker.wants(source)]
        before, rest = _split(sources)
        if not _answer(question, before, asker, {}, filled) and rest:
            open_.append((question, sources))
    if not (open_ and lookups.is_connected()):
        found: Found = {}
    else:
        found = asker.look_up(_claims(source for _question, sources in open_ for source in sources))
    for question, sources in open_:
        _answer(question, sources, asker, found, filled)
    return filled


def _split(sources: list[Prefill]) -> tuple[list[Prefill], list[Prefill]]:
    """Those before the first register, which cost nothing, and the rest."""
    first = next((i for i, source in enumerate(sources) if source.source == "registry"), len(sources))
    return sources[:first], sources[first:]


def _claims(sources: Iterable[Prefill]) -> Claims:
    found: Claims = {}
    for source in sources:
        if source.source == "registry":
            claims = found.setdefault(Registry(source.registry), [])
            claims += [] if source.claim in claims else [source.claim]
    return found


def _answer(question: Field, sources: Iterable[Prefill], asker: Asker, found: Found, filled: Filled) -> bool:
    """Answer the question from the first source that can; else keep why a register could not."""
    for source in sources:
        value, origin = _FROM[source.source](question, source, asker, found)
        value = _fitting(question, value, asker.form)
        condition = {"applies": source.applies} if source.applies else {}
        if value is not None:
            filled.answers[question.key], filled.provenance[question.key] = value, origin | condition
            return True
        if source.source == "registry" and (answer := found.get(Registry(source.registry))):
            withheld = provenance.withheld(answer, source.claim) | condition
            filled.provenance.setdefault(question.key, withheld)
    return False


Given = tuple[Any, dict[str, Any]]  # the value, and where it came from


def _account(question: Field, source: Prefill, asker: Asker, _found: Found) -> Given:
    value = expressions.evaluate(source.value, {"applicant": asker.applicant}, default=None)
    return value, _of_account(question, asker.at)


def _registry(question: Field, source: Prefill, _asker: Asker, found: Found) -> Given:
    answer = found.get(Registry(source.registry))
    if answer is None or answer.outcome != Outcome.MATCH:
        return None, {}
    return answer.claim(source.claim), provenance.given(answer, source.claim, lock=question.lock)


def _last_dossier(question: Field, _source: Prefill, asker: Asker, _found: Found) -> Given:
    dossier = asker.last_dossier
    if dossier is None or question.type == FieldType.FILE:  # a file belongs to the dossier it was sent with
        return None, {}
    at = asker.at.isoformat()
    origin = {"source": "last_dossier", "dossier": dossier.code, "at": at, "lock": False}
    return dossier.answers.get(question.key), origin


_FROM: Mapping[str, Callable[[Field, Prefill, Asker, Found], Given]] = {
    "account": _account,
    "registry": _registry,
    "last_dossier": _last_dossier,
}


def _fitting(question: Field, value: Any, form: Form) -> Any:
    """The value as the question takes it; None when it does not. Rows keep the columns that are asked for."""
    if question.type == FieldType.GROUP and isinstance(value, list):
        return [_row(question, row, form) for row in value if isinstance(row, Mapping)] or None
    if value in (None, "") or not values.fits(question, value, {}, form):
        return None
    return value


def _row(question: Field, row: Mapping[str, Any], form: Form) -> dict[str, Any]:
    fitting = ((sub.key, _fitting(sub, row.get(sub.key), form)) for sub in question.fields)
    return {key: value for key, value in fitting if value is not None}


# ── Before it is sent ─────────────────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class Again:
    """What asking again brought: origins to write, values that changed, answers that no longer stand."""

    provenance: Provenance = field(default_factory=dict)
    changed: Answers = field(default_factory=dict)
    fallen: list[str] = field(default_factory=list)

    @property
    def reopened(self) -> frozenset[str]:
        """Keys of the questions that the person has to look at once more."""
        return frozenset(self.changed) | frozenset(self.fallen)


def again(asker: Asker, answers: Mapping[str, Any], origins: Mapping[str, Any]) -> Again:
    """Ask again for what a register gave longer ago than the law allows.

    A register that does not answer now stops nobody: its value stays, marked as not checked again.
    """
    old = {key: origins[key] for key in origins if key in answers and _is_old(origins[key], asker.at)}
    claims: Claims = {}
    for origin in old.values():
        claims.setdefault(Registry(origin["registry"]), []).append(origin["claim"])
    found = asker.look_up(claims)
    result = Again()
    for key, origin in old.items():
        if (answer := found.get(Registry(origin["registry"]))) is None:
            continue
        held = answer.claim(origin["claim"]) if answer.outcome == Outcome.MATCH else None
        now = _fitting(asker.form.field(key), held, asker.form)
        _note(key, origin, answer, now, result)
        if now is not None and now != answers[key]:
            result.changed[key] = now
    return result


def _is_old(origin: Mapping[str, Any], at: datetime) -> bool:
    if not provenance.is_given(origin):
        return False
    return datetime.fromisoformat(origin["at"]) + kept.lifetime(Registry(origin["registry"])) <= at


def _note(key: str, origin: dict[str, Any], answer: Answer, now: Any, result: Again) -> None:
    """Write down what the register says now; `now` is the value, None when there is none any more."""
    if answer.outcome == Outcome.UNAVAILABLE:
        result.provenance[key] = origin | {"unchecked": answer.at.isoformat()}
    elif now is None:
        result.fallen.append(key)
        condition = {"applies": origin["applies"]} if "applies" in origin else {}
        result.provenance[key] = provenance.withheld(answer, origin["claim"]) | condition
    else:
        fresh = {name: value for name, value in origin.items() if name != "unchecked"}
        result.provenance[key] = fresh | provenance.given(answer, origin["claim"], lock=origin["lock"])
