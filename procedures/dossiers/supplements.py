"""The one request for a supplement that the law allows, and the citizen's answer to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from payments import ledger
from portal.accounts.models import User
from procedures.definitions import runtime
from procedures.dossiers import contents, dossiers, notices, unlocking, workflow
from procedures.dossiers.models import Dossier, Event, Status
from procedures.dossiers.workflow import CITIZEN, Action


class StillWrong(Exception):
    """The answer leaves the dossier incomplete, or against a check; `sentences` say what is to be done."""

    def __init__(self, sentences: list[str]) -> None:
        super().__init__(" ".join(sentences))
        self.sentences = sentences


def ask(
    dossier: Dossier, *, fields: dict[str, str], by: User, actors: frozenset[str], note: str, at: datetime
) -> Dossier:
    """Ask once and fully: `fields` maps each field or paper key that unlocks to its reason. The clock stops.

    Keys that cannot be unlocked are left out. `note` may stay empty where every key has its reason.
    Raises NotAllowed, also when nothing is left to ask for.
    """
    open_to = {field.key for field in unlocking.fields(dossier)}
    # NUL: the one character that PostgreSQL takes in no text.
    fields = {key: why.replace("\0", "").strip() for key, why in fields.items() if key in open_to}
    if not fields:
        raise workflow.NotAllowed(_("Mark at least one answer or paper that has to be supplemented."))
    if not note.strip() and not all(fields.values()):
        raise workflow.NotAllowed(notices.asks_why(Action.ASK_SUPPLEMENT.value))

    def count(locked: Dossier) -> None:
        locked.supplements += 1

    said = items(dossier, fields, language=dossier.language)
    return dossiers.move(
        dossier, Action.ASK_SUPPLEMENT, actors=actors, by=by, at=at, note=note, change=count, fields=fields,
        reasons="\n".join(f"– {item['label']}" + (f": {item['reason']}" if item["reason"] else "") for item in said),
    )  # fmt: skip


def items(dossier: Dossier, fields: Mapping[str, str], *, language: str) -> list[dict[str, str]]:
    """What a request marks, in the form's order: key, label in `language`, reason ("" when none was given)."""
    form = runtime.definition(dossier.version_id).form
    return [
        {"key": field.key, "label": field.label.get(language), "reason": fields[field.key]}
        for field in form.fields()
        if field.key in fields
    ]


def request(dossier: Dossier) -> Event | None:
    """The open request: `note` for the whole, `data["fields"]` maps what it unlocks to reasons."""
    if dossier.status != Status.SUPPLEMENT:
        return None
    return dossier.events.filter(action=Action.ASK_SUPPLEMENT).order_by("-id").first()


def asked(dossier: Dossier) -> dict[str, str]:
    """What the open request unlocks: key → reason. Empty when none is open."""
    event = request(dossier)
    return dict(event.data.get("fields", {})) if event else {}


@transaction.atomic
def answer(
    dossier: Dossier,
    *,
    answers: dict[str, Any],
    papers: Iterable[contents.Paper],
    by: User,
    at: datetime,
) -> Dossier:
    """The citizen's answer: only what was unlocked changes, and what that opens; the history keeps before and after.

    What is computed follows; what no longer applies drops out. Raises NotAllowed; StillWrong when a
    question that the answer opens is left open, or when it breaks a check.
    """
    ledger.lock(
        dossiers.reference(dossier)
    )  # charges before the dossier: the fee may change with the answers
    locked = dossiers.lock(dossier)
    unlocked = asked(locked)
    open_to = {field.key for field in unlocking.questions(locked, unlocked, answers)}
    changed = {key: value for key, value in answers.items() if key in open_to}
    if unlocked and (sentences := unlocking.shortcomings(locked, unlocked, changed)):
        raise StillWrong(sentences)

    def apply(row: Dossier) -> None:
        row.answers, row.subject_name = unlocking.answered(row, changed)

    before = {key: locked.answers.get(key) for key in changed}
    dossier = dossiers.move(
        dossier, Action.SUPPLEMENT, actors=frozenset({CITIZEN}), by=by, at=at, change=apply,
        before=before, after=changed,
    )  # fmt: skip
    contents.attach(dossier, [paper for paper in papers if paper.key in changed], at=at)
    return dossiers.ask_fee(dossier, "supplement", at=at)
