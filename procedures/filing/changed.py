"""What is different between two versions for somebody who is filling one in: questions, papers, money, time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from portal.words import money
from procedures.definitions import runtime
from procedures.definitions.runtime import Definition, FeeUnknown
from procedures.eforms import summary, values
from procedures.eforms.schema import Field, FieldType, Form
from procedures.filing import carrying, drafts
from procedures.filing.models import Draft


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that is different. `note` says how, in a sentence; "" when the heading says it all."""

    label: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    title: str
    rows: tuple[Row, ...]


def groups(draft: Draft, new_version: int, *, at: datetime) -> list[Group]:
    """What carrying `draft` over would change for the person; [] when it concerns neither form nor fee nor time."""
    old, new = runtime.definition(draft.version_id), runtime.definition(new_version)
    found = (
        Group(_("New questions"), tuple(_new(old.form, new.form, draft))),
        Group(_("Questions asked differently"), tuple(_other(old.form, new.form, draft))),
        Group(_("Questions that are no longer asked"), tuple(_gone(old.form, new.form, draft))),
        Group(_("Papers"), tuple(_papers(old, new, draft))),
        Group(_("Fee"), tuple(_fee(old, new, draft, at=at))),
        Group(_("Processing time"), tuple(_time(old, new, draft))),
    )
    return [group for group in found if group.rows]


def _questions(form: Form) -> dict[str, tuple[str, Field]]:
    """Key → (title of its step in Vietnamese and English is the step's; here its key), field: what people answer."""
    return {
        field.key: (step.key, field)
        for step in form.steps
        for field in step.fields
        if field.type != FieldType.FILE and not field.compute
    }


def _new(old: Form, new: Form, draft: Draft) -> Iterator[Row]:
    known = _questions(old)
    for key, (step, field) in _questions(new).items():
        if key not in known:
            where = _("In the part “%(part)s”.") % {"part": new.step(step).title.get(draft.language)}
            yield Row(field.label.get(draft.language), where)


def _gone(old: Form, new: Form, draft: Draft) -> Iterator[Row]:
    asked = _questions(new)
    for key, (_step, field) in _questions(old).items():
        if key not in asked:
            yield Row(field.label.get(draft.language), _answered(field, draft))


def _answered(field: Field, draft: Draft) -> str:
    given = summary.text(field, draft.answers.get(field.key), draft.language)
    return _("Your answer “%(answer)s” is kept and not sent.") % {"answer": given} if given else ""


def _other(old: Form, new: Form, draft: Draft) -> Iterator[Row]:
    before = _questions(old)
    for key, (_step, field) in _questions(new).items():
        if key in before and not carrying.is_same_question(before[key][1], field):
            yield Row(field.label.get(draft.language), _difference(before[key][1], field, new, draft))


def _difference(old: Field, new: Field, form: Form, draft: Draft) -> str:
    """The one thing that matters most to who answers it."""
    given = draft.answers.get(old.key)
    if given is not None and not values.fits(new, given, draft.answers, form):
        said = {"answer": summary.text(old, given, draft.language)}
        return _("Answer it again: your answer was “%(answer)s”.") % said
    if old.label != new.label:
        return _("It was called “%(label)s”.") % {"label": old.label.get(draft.language)}
    if old.choices != new.choices or old.fields != new.fields:
        return _("The possible answers are different.")
    if old.required != new.required:
        return _("It has to be answered.") if new.required is True else _("It may be left open.")
    if old.applies != new.applies:
        return _("It is asked in other cases than before.")
    return _("The explanation or the rules for the answer are different.")


def _papers(old: Definition, new: Definition, draft: Draft) -> Iterator[Row]:
    before, after = ({paper.key: paper for paper in each.papers} for each in (old, new))
    for key, paper in after.items():
        if key not in before:
            yield Row(paper.label.get(draft.language), _("This paper is new."))
        elif paper != before[key]:
            yield Row(paper.label.get(draft.language), _("What is asked of this paper is different."))
    for key, paper in before.items():
        if key not in after:
            yield Row(paper.label.get(draft.language), _("This paper is no longer needed."))


def _fee(old: Definition, new: Definition, draft: Draft, *, at: datetime) -> Iterator[Row]:
    """For what is answered so far; a line that the answers do not settle yet is not compared."""
    before, after = _amounts(old, draft, at=at), _amounts(new, draft, at=at)
    for fee in new.fees:
        was, now = before.get(fee.key), after.get(fee.key)
        if now is not None and was is not None and was != now:
            said = {"before": money(was), "after": money(now)}
            yield Row(fee.label.get(draft.language), _("%(before)s before, now %(after)s.") % said)
        elif now is not None and fee.key not in before:
            yield Row(fee.label.get(draft.language), _("New: %(amount)s.") % {"amount": money(now)})
    for fee in old.fees:
        if fee.key in before and fee.key not in after:
            gone = _("No longer charged; it was %(amount)s.") % {"amount": money(before[fee.key])}
            yield Row(fee.label.get(draft.language), gone)


def _amounts(definition: Definition, draft: Draft, *, at: datetime) -> dict[str, int]:
    seen = drafts.context(draft, today=timezone.localtime(at).date())
    try:
        return {line.key: line.amount for line in definition.quote(draft.answers, seen)}
    except FeeUnknown:  # the officer will be told when it is filed; here it is only not compared
        return {}


def _time(old: Definition, new: Definition, draft: Draft) -> Iterator[Row]:
    was, now = old.time.text(draft.language), new.time.text(draft.language)
    if was != now:
        yield Row(
            _("From receipt to result"),
            _("%(before)s before, now %(after)s.") % {"before": was, "after": now},
        )
