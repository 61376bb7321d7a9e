"""The forms (biểu mẫu) of a dossier: the request is a row, a worker makes the PDF, a sweep finds what was lost."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from payments import ledger
from portal.documents import render, store
from portal.documents.models import Document, DocumentKind
from procedures.definitions import runtime
from procedures.dossiers.models import Dossier, Form, FormKind
from procedures.eforms import journey, lists, summary

log = logging.getLogger(__name__)

ATTEMPTS = 8


def request(dossier: Dossier, kind: FormKind, *, at: datetime) -> Form:
    """Promise the form, in the caller's transaction; ask a worker for it once that commits."""
    form, _new = Form.objects.get_or_create(
        dossier=dossier, kind=kind, defaults={"requested_at": at, "next_attempt_at": at}
    )
    transaction.on_commit(lambda: _ask_worker(form.pk), robust=True)
    return form


def _ask_worker(form_id: int) -> None:
    """Tell the queue. A broker that is down only delays the form: the sweep finds the row."""
    from procedures.dossiers import tasks  # noqa: PLC0415 - tasks import this module

    try:
        tasks.make_form.delay(form_id=form_id)
    except Exception:
        if settings.CELERY_TASK_ALWAYS_EAGER:
            raise
        log.warning("form %s waits: the queue did not answer", form_id)


def waiting(*, at: datetime, limit: int = 100) -> list[int]:
    """Ids of forms that are due to be made and that no worker has made."""
    due = Form.objects.filter(document=None, next_attempt_at__lte=at)
    return list(due.order_by("next_attempt_at").values_list("pk", flat=True)[:limit])


def make(form_id: int, *, at: datetime) -> Document | None:
    """Render and store the form, once.

    A repeat, or a second worker at the same time, finds it made and changes nothing. A failure is
    written down with the time of the next attempt, doubling from 10 s, and raised.
    """
    # The lease keeps the sweep from asking again while this attempt runs.
    lease = at + timedelta(seconds=60)
    claimed = Form.objects.filter(pk=form_id, document=None, next_attempt_at__lte=at)
    if not claimed.update(next_attempt_at=lease):
        return None
    form = Form.objects.select_related("dossier__agency", "dossier__person", "dossier__applicant").get(
        pk=form_id
    )
    try:
        content = _render(form, at=at)
    except Exception:
        attempts = form.attempts + 1
        again = at + timedelta(seconds=10 * 2**attempts) if attempts < ATTEMPTS else None
        Form.objects.filter(pk=form_id).update(attempts=attempts, next_attempt_at=again)
        raise
    with transaction.atomic():
        if not Form.objects.filter(pk=form_id, document=None).update(next_attempt_at=None):
            return None
        document = store.put(
            content,
            name=f"{form.kind}-{form.dossier.code}.pdf",
            content_type="application/pdf",
            kind=DocumentKind.FORM,
            owner=form.dossier.person,
            by=None,
            at=at,
        )
        store.attach([document], at=at)
        Form.objects.filter(pk=form_id).update(document=document)
    return document


def _render(form: Form, *, at: datetime) -> bytes:
    dossier = form.dossier
    with translation.override(dossier.language):
        title = f"{FormKind(form.kind).label} {dossier.code}"
        # A letter that no font has must not keep the citizen from getting the paper.
        return render.pdf(
            f"pdf/forms/{form.kind}.html",
            _context(form, at=at),
            language=dossier.language,
            title=title,
            substitute="□",
            at=at,
        )


def track_url(dossier: Dossier) -> str:
    return settings.PUBLIC_URL + reverse("dossiers:dossier", args=[dossier.code])


def _context(form: Form, *, at: datetime) -> dict[str, Any]:
    """Everything a form's template shows: plain values, nothing that queries."""
    dossier, url = form.dossier, track_url(form.dossier)
    definition = runtime.definition(dossier.version_id)
    person, account = dossier.person, dossier.applicant
    charge = ledger.for_reference(f"dossier:{dossier.pk}")
    receipt = dossier.events.filter(action="receive").select_related("by").first()
    return {
        "dossier": dossier,
        "title": dossier.title.get(dossier.language) or dossier.title["vi"],
        "agency": dossier.agency,
        "applicant": {
            "full_name": person.full_name,
            "address": ", ".join(
                part for part in (person.address, lists.commune_name(person.commune)) if part
            ),
            "phone": account.phone or person.phone,
            "email": account.email or person.email,
        },
        "rows": _rows(dossier, definition),
        "papers": _papers(dossier, definition),
        "fees": list(charge.lines.all()) if charge else [],
        "fee_total": dossier.fee_total,
        "procedure": {"code": dossier.procedure_code, "name": str(definition.name)},
        "time_text": definition.time.text(dossier.language),
        "return_text": _("On the portal, under My documents"),
        "officer": {"name": receipt.by_name, "position": ""} if receipt else None,
        "qr": render.qr(url),
        "check_url": url,
        "now": timezone.localtime(form.requested_at),
        "language": dossier.language,
    }


def _rows(dossier: Dossier, definition: runtime.Definition) -> list[dict[str, Any]]:
    """The answers as printed: one group a step, only what applied."""
    walked = journey.walk(definition.form, dossier.answers, context=dossier.context)
    return [
        {
            "title": step.step.title.get(dossier.language),
            "rows": [
                {"label": row.label, "value": row.value_text}
                for row in summary.rows(step, walked.answers, language=dossier.language)
            ],
        }
        for step in walked.steps
        if step.key != "papers"
    ]


def _papers(dossier: Dossier, definition: runtime.Definition) -> list[dict[str, Any]]:
    files: dict[str, list[Any]] = {}
    for file in dossier.files.select_related("document", "paper"):
        files.setdefault(file.key, []).append(file)
    forms = {"original": _("original"), "copy": _("copy"), "electronic": _("electronic copy")}
    kinds = {paper.key: forms.get(paper.form, "") for paper in definition.papers}
    return [
        {
            "label": group[0].label.get(dossier.language) or group[0].label["vi"],
            "form": _("reused") if group[0].paper_id else kinds.get(key, ""),
            "copies": len(group),
            "files": [file.document.name for file in group],
        }
        for key, group in files.items()
    ]
