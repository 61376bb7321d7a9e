"""A draft on a version that was replaced: finished there for a while, or carried over to the one in force.

What somebody typed is never thrown away: answers whose question is gone stay in the draft, out of sight, and
are not submitted.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, cast

from django.db import transaction
from django.utils import timezone

from portal.accounts.models import Person
from procedures.definitions import runtime
from procedures.definitions.models import ProcedureVersion, VersionState
from procedures.eforms import sheets, values
from procedures.eforms.schema import Field, Form
from procedures.filing import prefill, reuse
from procedures.filing.drafts import VersionRetired
from procedures.filing.models import Draft


def can_finish(draft: Draft, *, at: datetime) -> bool:
    """Whether the draft can still be filed on the version that it was begun on.

    `version_state` and `version_last` are annotated by whoever read it.
    """
    state, last = draft.version_state, draft.version_last  # type: ignore[attr-defined]
    return ProcedureVersion(state=state, last_filing_on=last).takes_begun(_day(at))


def is_in_force(draft: Draft, *, at: datetime) -> bool:
    is_published: bool = draft.version_state == VersionState.PUBLISHED  # type: ignore[attr-defined]
    return is_published and can_finish(draft, at=at)


def successor(draft: Draft, *, at: datetime) -> ProcedureVersion | None:
    """The version in force that the draft can be carried over to; its text is not read."""
    of_procedure = ProcedureVersion.objects.open_on(_day(at)).filter(
        procedure__versions=draft.version_id  # the draft's own version need not be loaded
    )
    return of_procedure.exclude(pk=draft.version_id).light().first()


@transaction.atomic
def carry_over(draft: Draft, *, at: datetime) -> Draft:
    """Move an unfinished draft to the version in force.

    In order: lock the draft, keep every answer, look up what the account knows of new questions, keep the
    papers whose rule of reuse is the same, keep as done the steps that ask exactly the same. Asked twice, it
    moves once. Raises VersionRetired when the procedure is no longer offered at all.
    """
    row = Draft.objects.select_for_update(of=("self",)).get(pk=draft.pk)
    if row.dossier_id or row.version_id != draft.version_id:
        return row
    version = successor(row, at=at)
    if version is None:
        raise VersionRetired
    old, new = runtime.definition(row.version_id), runtime.definition(version.pk)
    _drop_changed_rules(row, old, new)
    row.version_id = version.pk
    row.done = [key for key in row.done if _asks_the_same(old.form, new.form, key)]
    row.refused = _in_their_steps(row.refused, new.form)
    row.provenance = {
        key: origin for key, origin in row.provenance.items() if _still_answers(row, key, old.form, new.form)
    }
    _look_up_new(row, old, new, at=at)
    row.updated_at = at
    row.save(
        update_fields=["version", "done", "refused", "reuse", "answers", "provenance", "updated_at"],
    )
    return row


def _day(at: datetime) -> date:
    return timezone.localtime(at).date()


def _drop_changed_rules(draft: Draft, old: runtime.Definition, new: runtime.Definition) -> None:
    """Consent was given to a rule as it stood: a paper taken over under another one is asked for again."""
    before, after = ({rule.key: rule for rule in each.reuse} for each in (old, new))
    for key in [key for key in draft.reuse if before.get(key) != after.get(key)]:
        reuse.give_back(draft, key)


def _asks_the_same(old: Form, new: Form, key: str) -> bool:
    return (
        old.has_step(key)
        and new.has_step(key)
        and old.step(key) == new.step(key)
        and _same_lists(old, new, key)
    )


def _same_lists(old: Form, new: Form, key: str) -> bool:
    """Code lists have versions of their own, which a question does not tell."""
    before, after = old.step(key).fields, new.step(key).fields
    return all(one.choices == other.choices for one, other in zip(before, after, strict=True))


def _still_answers(draft: Draft, key: str, old: Form, new: Form) -> bool:
    """Whether where the value came from still says something: the question is there and the value fits it."""
    before, after = old.find(key), new.find(key)
    if before is None or after is None or before.type != after.type:
        return False
    return values.fits(after, draft.answers.get(key), draft.answers, new)


def _look_up_new(draft: Draft, old: runtime.Definition, new: runtime.Definition, *, at: datetime) -> None:
    known = {field.key for field in old.form.fields()}
    person = cast(Person, draft.user.person)  # nobody without a person begins a draft
    filled = prefill.at_hand(prefill.Asker(new, person, draft.pk, draft.user, at))
    for key in filled.answers.keys() - known - draft.answers.keys():
        draft.answers[key], draft.provenance[key] = filled.answers[key], filled.provenance[key]


def _in_their_steps(refused: dict[str, Any], form: Form) -> dict[str, Any]:
    """What was typed and not accepted yet, under the step that asks for it now."""
    homes = {field.key: step.key for step in form.steps for field in step.fields}
    found: dict[str, Any] = {}
    shown: dict[str, list[str]] = {}
    for step, typed in refused.items():
        for name, value in typed.items():
            if name != sheets.SHOWN:
                found.setdefault(_home(name, homes, step), {})[name] = value
        for name in " ".join(typed.get(sheets.SHOWN, [])).split():
            shown.setdefault(_home(name, homes, step), []).append(name)
    return {
        step: found.get(step, {}) | {sheets.SHOWN: [" ".join(shown.get(step, []))]}
        for step in found.keys() | shown.keys()
    }


def _home(name: str, homes: dict[str, str], step: str) -> str:
    return homes.get(name.split("__", maxsplit=1)[0], step)


def is_same_question(one: Field, other: Field) -> bool:
    """Whether both ask the same of everybody: whatever the answer to one, it answers the other."""
    return one == other and one.choices == other.choices
