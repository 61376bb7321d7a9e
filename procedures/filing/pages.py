"""What the pages of a draft show: plain values for the templates, from one walk of the journey."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.documents.models import Document
from portal.registries import provenance
from procedures.definitions import runtime
from procedures.definitions.runtime import Definition, Line
from procedures.dossiers import clock
from procedures.eforms import checks, journey, summary
from procedures.eforms.questions import FieldType
from procedures.filing import drafts, handed, reuse
from procedures.filing.models import Draft


@dataclass(frozen=True, slots=True)
class Task:
    """One line of the task list, one bar of the steps."""

    key: str
    title: str
    url: str
    state: str  # done | now | todo | blocked


def tasks(draft: Draft, walked: journey.Journey, *, current: str = "") -> list[Task]:
    """Every step that applies; only what is done, and the first that is not, can be opened."""
    first = drafts.first_incomplete(draft, walked)
    reached, found = True, []
    stem = reverse("filing:step", args=[draft.pk, "x"]).removesuffix("x/")  # one look-up, however many steps
    for step in walked.steps:
        key = step.key
        done = reached and key != first
        state = "done" if done else ("todo" if reached else "blocked")
        reached = reached and key != first
        url = f"{stem}{key}/" if state != "blocked" else ""
        title = step.step.title.get(draft.language)
        found.append(Task(key, title, url, "now" if key == current else state))
    return found


def beside(draft: Draft, walked: journey.Journey, *, now: datetime) -> dict[str, Any]:
    """The column beside every page of a draft: what it costs and when the result comes."""
    definition = runtime.definition(draft.version_id)
    seen = drafts.context(draft, today=timezone.localtime(now).date())
    lines = definition.quote(walked, seen)
    return {
        "draft": draft,
        "definition": definition,
        "title": definition.name.get(draft.language),
        "fees": lines,
        "fee_total": sum(line.amount for line in lines),
        "fee_is_open": _is_open(definition, lines),
        "expected": clock.expected(draft.version_id, at=now),
        "subject": definition.subject_name(walked, seen),
    }


def _is_open(definition: Definition, lines: Iterable[Line]) -> bool:
    """Whether a fee that everybody pays cannot be told yet: nobody may read that it is free."""
    told = {line.key for line in lines}
    return any(fee.key not in told and not fee.applies for fee in definition.fees)


def step(draft: Draft, walked: journey.Journey, key: str, form: Any) -> dict[str, Any]:
    steps = tasks(draft, walked, current=key)
    index = next(i for i, task in enumerate(steps) if task.key == key)
    return beside(draft, walked, now=timezone.now()) | {
        "form": form,
        "tasks": steps,
        "number": index + 1,
        "previous": steps[index - 1].url if index else draft.get_absolute_url(),
        "step": runtime.definition(draft.version_id).form.step(key),
        "standing_in": {item["paper_key"]: item for item in draft.reuse.values()} if key == "papers" else {},
        "sources": sources(draft),
        "notes": notes(draft, walked, key),
        "handed": _handed(draft, key),
    }


def _handed(draft: Draft, key: str) -> list[dict[str, Any]]:
    """Which files of this step are papers of ours, or of a site that we trust."""
    step = runtime.definition(draft.version_id).form.step(key)
    fields = {field.key: field for field in step.fields if field.type == FieldType.FILE}
    ids = {pk: name for name in fields for pk in draft.answers.get(name) or []}
    if not ids:
        return []
    documents: dict[str, list[Document]] = {}
    for document in Document.objects.filter(pk__in=ids, created_by=draft.user_id):
        documents.setdefault(ids[str(document.pk)], []).append(document)
    return [
        {"label": fields[found.key].label.get(draft.language), "found": found}
        for found in handed.among(draft, documents)
    ]


def sources(draft: Draft) -> dict[str, str]:
    """Field key → where its value came from, in words."""
    words = {}
    for key, origin in draft.provenance.items():
        if provenance.is_withheld(origin):
            continue
        if origin["source"] == "account":
            words[key] = _("From your account")
        elif origin["source"] == "registry":
            words[key] = provenance.source(origin)
        elif origin["source"] == "last_dossier":
            words[key] = _("From your dossier %(code)s") % {"code": origin["dossier"]}
        else:
            item = draft.reuse[origin["reuse"]]
            title = item["title"].get(draft.language) or item["title"]["vi"]
            words[key] = _("From %(title)s no. %(number)s") % {"title": title, "number": item["number"]}
    return words


def notes(draft: Draft, walked: journey.Journey, key: str) -> dict[str, list[dict[str, str]]]:
    """About the questions of a step that can be changed: what is filled in, and from where; what could not be
    looked up, and why. One line for each source or reason, with the questions it is about."""
    filled: dict[str, list[str]] = {}
    asked: dict[str, list[str]] = {}
    told = sources(draft)
    for field in next(step.fields for step in walked.steps if step.key == key):
        origin = draft.provenance.get(field.key)
        label = field.label.get(draft.language)
        if not origin or origin.get("lock"):
            continue
        if provenance.is_withheld(origin):
            asked.setdefault(provenance.why_not(origin), []).append(label)
        elif origin["source"] in ("registry", "last_dossier"):
            filled.setdefault(told[field.key], []).append(label)
    return {
        "filled": [{"from": words, "labels": "; ".join(labels)} for words, labels in filled.items()],
        "asked": [{"why": words, "labels": "; ".join(labels)} for words, labels in asked.items()],
    }


def review(draft: Draft, walked: journey.Journey) -> list[dict[str, Any]]:
    """Check your answers: one group a step, each row with its Change link or its lock and source."""
    locked, origin = drafts.locked(draft), sources(draft)
    groups = []
    for step in walked.steps:
        url = reverse("filing:step", args=[draft.pk, step.key])
        rows = [
            {
                "label": row.label,
                "value": row.value_text,
                "source": origin.get(row.key, ""),
                "url": "" if row.key in locked else f"{url}?ve=1#id_{row.key}",
            }
            for row in summary.rows(step, walked.answers, language=draft.language)
        ]
        groups.append({"title": step.step.title.get(draft.language), "url": f"{url}?ve=1", "rows": rows})
    return groups


def shared(draft: Draft, offer: reuse.Offer) -> list[dict[str, str]]:
    """Exactly what would be taken from a paper: label and value, as the office would read them."""
    form = runtime.definition(draft.version_id).form
    return [
        {
            "label": form.field(key).label.get(draft.language),
            "value": summary.text(form.field(key), value, draft.language),
        }
        for key, value in offer.fills.items()
    ]


def warnings(draft: Draft, walked: journey.Journey) -> list[str]:
    """What the citizen should look at again but may leave as it is."""
    return [
        found.check.message.get(draft.language)
        for step in walked.steps
        for found in checks.failing(
            step.step.checks, step.fields, walked.scope, runtime.definition(draft.version_id).form
        )
        if found.check.level == "warning"
    ]
