"""What the pages of a dossier show, for the citizen and for the counter."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import dates, timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from payments import ledger
from portal import worktime
from portal.accounts.models import User
from portal.documents.models import ForeignPaper
from portal.registries import provenance
from procedures.definitions import runtime
from procedures.definitions.models import HEAVY
from procedures.dossiers import clock, dossiers, notices, relied, supplements, workflow
from procedures.dossiers.models import PAUSED, Dossier, DossierFile, Event, Form, FormKind, Status
from procedures.eforms import journey, summary

# What the citizen reads as history; the office's inner steps stay inside.
PUBLIC_ACTIONS = {
    *("submit", "ask_fee", "settle_fee", "receive", "refuse", "start", "ask_supplement"),
    *("supplement", "withdraw", "stop", "issue", "return"),
    *("suspend_result", "restore_result", "revoke_result", "replace_result", "paper_ended", "paper_restored"),
    *("ask_correction", "open_correction"),
}


def row_id(text: str) -> int | None:
    """A row's id as an address or a form gives it; None for anything that cannot be one."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def unfinished(user: User) -> list[dict[str, Any]]:
    """The person's drafts, newest first, with how far each has come."""
    drafts = (
        user.drafts.filter(dossier=None)
        .select_related("version")
        .defer(*(f"version__{name}" for name in HEAVY))
    )
    language = get_language() or "vi"
    return [
        {
            "draft": draft,
            "title": draft.version.name_en
            if language == "en" and draft.version.name_en
            else draft.version.name_vi,
        }
        for draft in drafts.order_by("-updated_at")[:20]
    ]


def timeline(dossier: Dossier, events: list[Event], *, public: bool) -> list[dict[str, Any]]:
    """Newest first. The citizen sees what concerns them; the counter sees everything, with who."""
    shown = [e for e in reversed(events) if not public or e.action in PUBLIC_ACTIONS]
    return [
        {
            "title": notices.sentence(event) if public else notices.inner_sentence(event),
            "at": event.at,
            "by": event.by_name,
            "note": event.note,
            "items": _items(dossier, event),
            "kind": "ask" if event.to_status in PAUSED and event.from_status not in PAUSED else "",
        }
        for event in shown
    ]


def _items(dossier: Dossier, event: Event) -> list[dict[str, str]]:
    """What a supplement request marks, each with its reason."""
    if event.action != workflow.Action.ASK_SUPPLEMENT:
        return []
    fields = event.data.get("fields", {})
    return supplements.items(dossier, fields, language=get_language() or "vi")


def sources(found: Dossier) -> dict[str, str]:
    """Field key → where its value came from, in words, for the fields nobody typed."""
    words = {}
    for key, origin in found.provenance.items():
        if origin["source"] == "account":
            words[key] = _("From the account")
        elif origin["source"] == "registry":
            words[key] = provenance.source(origin)
        elif origin["source"] == "last_dossier":
            words[key] = _("From the dossier %(code)s") % {"code": origin["dossier"]}
        elif item := found.reuse.get(origin.get("reuse", "")):
            title = item["title"].get(get_language() or "vi") or item["title"]["vi"]
            words[key] = _("From %(title)s no. %(number)s") % {"title": title, "number": item["number"]}
    return words


def answers(dossier: Dossier, *, language: str) -> list[dict[str, Any]]:
    """The form as filed: one group a step."""
    form = runtime.definition(dossier.version_id).form
    walked = journey.walk(form, dossier.answers, context=dossier.context)
    return [
        {
            "title": step.step.title.get(language),
            "rows": summary.rows(step, walked.answers, language=language),
        }
        for step in walked.steps
        if step.key != "papers"
    ]


def dossier(found: Dossier, *, now: datetime, public: bool = True) -> dict[str, Any]:
    """The citizen's page, or (not `public`) what of it the counter shows too.

    A constant number of queries, whatever the dossier holds.
    """
    language = get_language() or "vi"
    events = list(found.events.order_by("id"))
    files = list(found.files.select_related("document", "paper"))
    forms = {form.kind: form for form in found.forms.all()}
    return {
        "dossier": found,
        "title": found.title.get(language) or found.title["vi"],
        "turn": turn(found, events, now=now),
        **calendar(found, events, now=now),
        "timeline": timeline(found, events, public=public),
        "groups": answers(found, language=language),
        "files": grouped(files, language=language),
        "forms": waiting_forms(forms),
        "charge": ledger.for_reference(dossiers.reference(found)) if found.fee_total else None,
        "result": issued(events),
        "foreign": _foreign(found, now=now),
        "ended_papers": relied.sentences([found]).get(found.pk, []),
        "can_withdraw": not workflow.refusal(
            dossiers.position(found), workflow.Action.WITHDRAW, frozenset({workflow.CITIZEN})
        ),
        "now": now,
    }


def _foreign(found: Dossier, *, now: datetime) -> list[dict[str, Any]]:
    """Papers of other sites that the dossier takes over, and what their sites said last. One query, or none."""
    ids = relied.foreign(found.reuse)
    rows = ForeignPaper.objects.filter(pk__in=ids).select_related("document") if ids else []
    today = timezone.localdate(now)
    return [
        {
            "paper": paper,
            "said": "unasked" if not paper.outcome else paper.state(today),
            "signers": ", ".join(paper.signers),
        }
        for paper in rows
    ]


def calendar(found: Dossier, events: list[Event], *, now: datetime) -> dict[str, Any]:
    """The clock explained as a calendar; empty until the dossier is received."""
    days = clock.explained(found, events, now=now)
    time = runtime.definition(found.version_id).time
    return {
        "weeks": worktime.weeks(days) if days else [],
        "weekdays": [dates.WEEKDAYS_ABBR[number] for number in range(7)],
        "today": timezone.localtime(now).date(),
        "amount": time.amount,
        "clock_say": _("By law: %(time)s.") % {"time": time.text(get_language() or "vi")},
    }


def turn(found: Dossier, events: list[Event], *, now: datetime) -> dict[str, Any]:
    """Who must act now, and what: the sentence that opens the page."""
    yours = found.status in PAUSED
    asked = next((e for e in reversed(events) if e.action == workflow.Action.ASK_SUPPLEMENT), None)
    waiting = asked if found.status == Status.SUPPLEMENT else None
    note = next(
        (e.note for e in reversed(events) if e.note and e.action in ("refuse", "stop", "withdraw")), ""
    )
    return {
        "yours": yours,
        "kind": Status(found.status).name.lower(),
        "note": waiting.note if waiting else note,
        "items": _items(found, waiting) if waiting else [],
        "late": bool(found.due_at and not found.ended_at and not yours and now > found.due_at),
    }


def grouped(files: list[DossierFile], *, language: str) -> list[dict[str, Any]]:
    """Files by the paper they answer, in the order of filing."""
    groups: dict[str, dict[str, Any]] = {}
    for file in files:
        label = file.label.get(language) or file.label["vi"]
        groups.setdefault(file.key, {"key": file.key, "label": label, "files": []})["files"].append(file)
    return list(groups.values())


def waiting_forms(forms: dict[str, Form]) -> list[dict[str, Any]]:
    """The forms made for the dossier, newest kind first; one without a document is being made."""
    order = (FormKind.RECEIPT, FormKind.FILING)
    return [
        {"kind": kind.value, "label": kind.label, "ready": forms[kind].document_id}
        for kind in order
        if kind in forms
    ]


def issued(events: list[Event]) -> dict[str, Any] | None:
    """The result's document and number, once it is issued."""
    event = next((e for e in reversed(events) if e.action == workflow.Action.ISSUE), None)
    return event.data if event else None
