"""The verbs of an answer to a supplement request: keep what is typed, show it, send it once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from portal.accounts.models import User
from portal.documents import store
from portal.documents.models import Document
from procedures.definitions import runtime
from procedures.dossiers import contents, supplements, unlocking
from procedures.dossiers.models import Dossier, DossierFile, Event
from procedures.eforms import forms as eforms
from procedures.eforms.schema import Field, FieldType
from procedures.filing import files, handed
from procedures.filing.files import Files
from procedures.filing.models import Answering

TURNS = 20  # an answer opens a question, whose answer opens another: no form is that deep


def typed(request: Event) -> dict[str, list[str]] | None:
    """What was typed so far, wherever it was; None when nothing was."""
    kept = Answering.objects.filter(request=request).first()
    return kept.typed if kept else None


@transaction.atomic
def keep(request: Event, typed: dict[str, list[str]], *, by: User, at: datetime) -> None:
    """Keep what was typed as it was typed, right or wrong, and the files that it names, instead of what was kept."""
    kept = Answering.objects.select_for_update().filter(request=request).first()
    before = files.named(kept.typed, by=by.pk) if kept else []
    Answering.objects.update_or_create(request=request, defaults={"typed": typed, "updated_at": at})
    if found := files.named(typed, by=by.pk):
        store.attach(found, at=at)
    files.let_go([document for document in before if document not in found])


@transaction.atomic
def send(dossier: Dossier, request: Event, *, answers: dict[str, Any], by: User, at: datetime) -> Dossier:
    """Answer the request; what was kept of it goes, with the files that were not sent after all.

    Raises workflow.NotAllowed, supplements.StillWrong.
    """
    fields = [f for f in runtime.definition(dossier.version_id).form.fields() if f.type == FieldType.FILE]
    sent = [(f, found) for f in fields for found in _new_files(dossier, answers.get(f.key) or [], by=by)]
    ours = handed.known(document for _field, document in sent)
    papers = [
        contents.Paper(f.key, {"vi": f.label.vi, "en": f.label.en}, document, ours.get(document.sha256))
        for f, document in sent
    ]
    dossier = supplements.answer(dossier, answers=answers, papers=papers, by=by, at=at)
    kept = Answering.objects.filter(request=request).first()
    if kept:
        named = files.named(kept.typed, by=by.pk)
        kept.delete()
        files.let_go(named)
    return dossier


def _new_files(dossier: Dossier, ids: list[str], *, by: User) -> list[Document]:
    """The person's own files that are not yet part of the dossier."""
    if not ids:
        return []
    held = DossierFile.objects.filter(dossier=dossier).values("document_id")
    wanted = [UUID(pk) for pk in ids]
    return list(Document.objects.filter(pk__in=wanted, created_by=by).exclude(pk__in=held))


def form(
    dossier: Dossier,
    unlocked: Mapping[str, str],
    *,
    by: User,
    at: datetime,
    data: Any = None,
    posted_files: Any = None,
    typed: Mapping[str, Any] | None = None,
    refresh_url: str = "",
) -> eforms.StepForm:
    """The questions that are `unlocked` (key → reason), and those that the answers given open besides."""
    whole = runtime.definition(dossier.version_id).form
    uploads = Files(dossier.answers, by=by, at=at)

    def build(asked: tuple[Field, ...], values: Mapping[str, Any], **more: Any) -> eforms.StepForm:
        walked = unlocking.walk(dossier, values)
        return eforms.questions_form(
            whole, asked, walked=walked, initial=dossier.answers, reasons=unlocked, data=data, typed=typed,
            checks=unlocking.checks(dossier, asked, walked), uploads=uploads, refresh_url=refresh_url, **more,
        )  # fmt: skip

    asked, values = unlocking.questions(dossier, unlocked, {}), dict[str, Any]()
    for _turn in range(TURNS):
        # Looked at without the files: those are taken in once, at the end.
        given = build(asked, values).values()
        opened = unlocking.questions(dossier, unlocked, given)
        if (opened, given) == (asked, values):
            break
        asked, values = opened, given
    return build(asked, values, files=posted_files)
