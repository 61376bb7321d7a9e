"""What a draft would do: to the sample dossiers written down with it, and to dossiers of the past.

A sample dossier (`cases` of the definition) says what must come of its answers. A past dossier says only
what came of it then: it is walked again, on its own version and on the draft, with the same answers and the
same day, and what differs is told. Pure: where past dossiers come from is not known here.
"""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from portal import words
from procedures.definitions import parts, runtime
from procedures.eforms import journey
from procedures.eforms.schema import Form

# What a paper is answered with where only its being there matters.
FILE = ["00000000-0000-4000-8000-000000000000"]


# ── Sample dossiers ───────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Run:
    """A sample dossier as it came out: `differences` in words, () when all is as it must be."""

    case: parts.Case
    differences: tuple[str, ...]


def run_all(definition: runtime.Definition, *, today: datetime.date, language: str) -> list[Run]:
    """Every sample dossier of the definition, filed on the day it names, or today."""
    return [
        Run(case, tuple(differences(definition, case, today=today, language=language)))
        for case in definition.cases
    ]


def differences(
    definition: runtime.Definition, case: parts.Case, *, today: datetime.date, language: str
) -> Iterator[str]:
    """Where `case` comes out otherwise than it must; nothing that it does not say is looked at."""
    day = case.today or today.isoformat()
    context = {"today": day, "channel": case.channel, "applicant": case.applicant or {}}
    given = {**case.answers, **dict.fromkeys(case.papers, FILE)}
    walked = journey.walk(definition.form, given, context=context)
    wanted = case.expect
    if wanted.steps is not None and wanted.steps != walked.keys:
        yield from _steps_unlike(definition.form, wanted.steps, walked.keys, language)
    if wanted.fails is not None and set(wanted.fails) != (fails := refused(walked)):
        yield _unlike(_("refused"), _listed(sorted(wanted.fails)), _listed(sorted(fails)))
    if wanted.amount is not None:
        yield from _amount(definition, walked.answers, context, wanted.amount)
    subject = definition.subject_name(walked.answers, context) if wanted.subject else ""
    if subject != wanted.subject:
        yield _unlike(_("whom it is about"), wanted.subject, subject)
    if wanted.claims is not None:
        claims = definition.claims(walked.answers, case.outcome or {}, context)
        yield from _claims(wanted.claims, claims, "")


def refused(walked: journey.Journey) -> set[str]:
    """Keys of the fields that lack an answer or fail a check, and of the steps whose check fails."""
    found = {key for step in walked.steps for key in step.missing}
    return found | {check.field or step.key for step in walked.steps for check in step.failed}


def _amount(
    definition: runtime.Definition, answers: runtime.Answers, context: runtime.Context, wanted: int
) -> Iterator[str]:
    amount = total(definition, answers, context)
    if amount is None:
        yield _unlike(_("fee"), words.money(wanted), _("no amount comes out"))
    elif amount != wanted:
        yield _unlike(_("fee"), words.money(wanted), words.money(amount))


def total(definition: runtime.Definition, answers: runtime.Answers, context: runtime.Context) -> int | None:
    """What a dossier costs in đồng; None when no amount comes out."""
    try:
        return sum(line.amount for line in definition.quote(answers, context))
    except runtime.FeeUnknown:
        return None


def _claims(wanted: Mapping[str, Any], found: Any, path: str) -> Iterator[str]:
    for key, value in wanted.items():
        here = f"{path}.{key}" if path else key
        got = found.get(key) if isinstance(found, Mapping) else None
        if isinstance(value, Mapping):
            yield from _claims(value, got, here)
        elif got != value:
            yield _unlike(here, _shown(value), _shown(got))


def _unlike(what: str, wanted: str, found: str) -> str:
    return _("%(what)s: must be %(wanted)s, comes out as %(found)s") % {
        "what": what,
        "wanted": wanted,
        "found": found,
    }


def _steps_unlike(
    form: Form, wanted: Collection[str], found: Collection[str], language: str
) -> Iterator[str]:
    """Only what differs: forms have many steps."""
    missing, extra = (
        [key for key in one if key not in other] for one, other in ((wanted, found), (found, wanted))
    )
    if missing:
        yield _("not asked: %s") % _titles(form, missing, language)
    if extra:
        yield _("asked as well: %s") % _titles(form, extra, language)
    if not missing and not extra:
        yield _unlike(_("steps"), _titles(form, wanted, language), _titles(form, found, language))


def _titles(form: Form, keys: Iterable[str], language: str) -> str:
    return _listed(f"“{form.step(key).title.get(language)}”" if form.has_step(key) else key for key in keys)


def _listed(items: Iterable[str]) -> str:
    return ", ".join(items) or _("nothing")


def _shown(value: Any) -> str:
    return _("nothing") if value is None else f"“{value}”"


# ── Dossiers of the past ──────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Past:
    """A dossier as it was filed. Its answers are looked at here and never shown."""

    code: str
    definition: runtime.Definition  # of the version it was filed on
    answers: Mapping[str, Any]
    context: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Effect:
    """One thing that the draft would do otherwise, and the dossiers it would do it to."""

    kind: str  # asked, left_out, dropped, refused, dearer, cheaper, uncharged
    name: str  # of the step, question or check; "" for fees
    codes: tuple[str, ...]

    @property
    def examples(self) -> tuple[str, ...]:
        return self.codes[:3]


@dataclass(slots=True)
class Replay:
    """`same` of `total` dossiers would have gone exactly as they did."""

    total: int = 0
    same: int = 0
    effects: list[Effect] = field(default_factory=list)


def replay(definition: runtime.Definition, pasts: Iterable[Past], *, language: str) -> Replay:
    """Walk each dossier again on its own version and on `definition`."""
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    result = Replay()
    for past in pasts:
        result.total += 1
        changes = set(_changes(definition, past, language))
        result.same += not changes
        for change in changes:
            found[change].append(past.code)
    order = {kind: number for number, kind in enumerate(KINDS)}
    result.effects = sorted(
        (Effect(kind, name, tuple(codes)) for (kind, name), codes in found.items()),
        key=lambda effect: (order[effect.kind], -len(effect.codes), effect.name),
    )
    return result


# What hinders citizens comes first.
KINDS = ("refused", "uncharged", "dearer", "cheaper", "asked", "left_out", "dropped")


def _changes(definition: runtime.Definition, past: Past, language: str) -> Iterator[tuple[str, str]]:
    """(kind, name) of everything that would be otherwise for one dossier."""
    old = journey.walk(past.definition.form, past.answers, context=past.context)
    new = journey.walk(definition.form, past.answers, context=past.context)
    for key in set(new.keys) - set(old.keys):
        yield "asked", definition.form.step(key).title.get(language)
    for key in set(old.keys) - set(new.keys):
        yield "left_out", past.definition.form.step(key).title.get(language)
    for key in old.answers.keys() - new.answers.keys():
        yield "dropped", past.definition.form.field(key).label.get(language)
    for reason in _refusals(new, definition.form, language) - _refusals(old, past.definition.form, language):
        yield "refused", reason
    yield from _money(definition, past, old, new)


def _refusals(walked: journey.Journey, form: Form, language: str) -> set[str]:
    """The messages of the checks that fail, and the questions that lack an answer."""
    found = {check.message.get(language) for step in walked.steps for check in step.failed}
    lacking = (form.field(key).label.get(language) for step in walked.steps for key in step.missing)
    return found | {_("“%s” would have to be answered") % label for label in lacking}


def _money(
    definition: runtime.Definition, past: Past, old: journey.Journey, new: journey.Journey
) -> Iterator[tuple[str, str]]:
    was = total(past.definition, old.answers, past.context)
    now = total(definition, new.answers, past.context)
    if now is None:
        yield "uncharged", ""
    elif was is not None and now != was:
        difference = words.money(abs(now - was))
        yield ("dearer" if now > was else "cheaper"), difference
