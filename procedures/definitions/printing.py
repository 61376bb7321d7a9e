"""From a definition and the values of one case to the paper: by a model of the house, or by the definition's own text.

What an own text may name is `NAMES` and the claims; it gets copies that are plain values (`portal.documents.sheets`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils import translation
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from portal.documents import render, sheets
from portal.templatetags.paper import head_lines
from procedures.definitions import facts
from procedures.definitions.runtime import Definition
from procedures.eforms import summary
from procedures.eforms.questions import Field, FieldType

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

CHOSEN = (FieldType.CHOICE, FieldType.CHOICES, FieldType.COMMUNE)
# What every paper may name besides its claims → what it is.
NAMES: Mapping[str, _StrPromise] = {
    "result.name": _("Name of the result"),
    "result.number": _("Number and symbol"),
    "result.symbol": _("Symbol alone"),
    "result.type": _("National code of the result"),
    "result.issued_on": _("Day of issue (a date)"),
    "result.valid_until": _("Last day it is valid; empty: without end (a date)"),
    "result.replaces_name": _("Name of the paper that it replaces; empty: none"),
    "result.replaces_number": _("Number of the paper that it replaces; empty: none"),
    "result.replaces_on": _("Day of issue of the paper that it replaces; empty: none (a date)"),
    "agency.head": _("Lines at the head: superior body and agency (a list)"),
    "agency.name": _("Name of the agency"),
    "agency.superior_name": _("Name of the superior body"),
    "agency.place_name": _("Place name before the date"),
    "dossier.code": _("Code of the dossier"),
    "dossier.applicant": _("Name of the applicant"),
    "signer.authority": _("On whose behalf it is signed, like TM. ỦY BAN NHÂN DÂN"),
    "signer.position": _("Position of the signer, line by line"),
    "signer.name": _("Name of the signer"),
    "check_code": _("Code to check the paper with"),
    "check_url": _("Address to check the paper at"),
    "qr": _("The QR code, as src of an img"),
    "facts": _("Every piece of data that repeats a question: fact.label, fact.values (a list)"),
    "language": _("Language of the text, vi or en"),
    "is_draft": _("Whether it is a preview, not the paper"),
}
REPLACED = "result.replaces_number"


class Unprintable(Exception):
    """The definition's own text cannot be printed with these values; the message says why."""


def pdf(
    definition: Definition,
    context: Mapping[str, Any],
    *,
    title: str,
    attachments: Sequence[render.Attachment] = (),
    substitute: str = "",
    at: datetime | None = None,
) -> bytes:
    """The paper with `context`, which holds what a model of the house takes: agency, dossier, result, claims,
    facts, signer, check_code, check_url, qr; and `copied`, the pages (`copying.Page`) that it begins with, if any.

    Raises Unprintable, and as `render.pdf` does.
    """
    template, more = made(definition, context)
    return render.pdf(
        template,
        more,
        language="vi",
        title=title,
        attachments=attachments,
        pictures=[page.jpeg for page in context.get("copied", ())],
        substitute=substitute,
        css=definition.result.set.css if definition.result.is_own else "",
        at=at,
    )


def made(definition: Definition, context: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """(template, context) for the renderer. Raises Unprintable."""
    result, set_in = definition.result, definition.result.set
    kinds = ("a5" if set_in.size == "A5" else "", "wide" if set_in.orientation == "landscape" else "")
    more = {
        **context,
        "claims": worded(definition, context["claims"]),
        "sheet": " ".join(filter(None, kinds)),
    }
    if not result.is_own:
        return f"pdf/results/{result.template}.html", more
    texts = {"written": (set_in.html, "vi"), "english": (set_in.english, "en")}
    try:
        for name, (source, language) in texts.items():
            more[name] = _written(definition, source, context, language) if source.strip() else ""
        more["says_what_it_replaces"] = _names(set_in.html, REPLACED)
    except sheets.BadSheet as error:
        raise Unprintable(
            _now("The template of this result cannot be printed: %(why)s") % {"why": error}
        ) from error
    return "pdf/own.html", more


def _written(definition: Definition, source: str, context: Mapping[str, Any], language: str) -> str:
    sheet = sheets.read(source)
    with translation.override(language):
        # Every element and value in it has been through portal.documents.markup.
        return mark_safe(sheet.write(values(definition, context, language)))  # noqa: S308


def _names(source: str, name: str) -> bool:
    """Whether the text prints this value of `NAMES`, or chooses by it."""
    return any(".".join(mention.path) == name for mention in sheets.read(source).mentions())


def values(definition: Definition, context: Mapping[str, Any], language: str) -> dict[str, Any]:
    """What an own text may show, out of what a model gets: plain values only."""
    agency, dossier = context["agency"], context["dossier"]
    told = context["facts"] if language == "vi" else facts.of(definition, context["claims"], language)
    return {
        "claims": worded(definition, context["claims"], language),
        "facts": [{"label": fact.label, "values": list(fact.values)} for fact in told],
        "result": {**context["result"], "name": definition.result.name.get(language)},
        "agency": {
            "head": head_lines(agency),
            **{name: _part(agency, name) for name in ("name", "superior_name", "place_name")},
        },
        "dossier": {
            "code": _part(dossier, "code"),
            "applicant": _part(_part(dossier, "person"), "full_name"),
        },
        "signer": context["signer"],
        **{name: context[name] for name in ("check_code", "check_url", "qr")},
        "language": language,
        "is_draft": bool(context.get("is_draft")),
    }


def worded(definition: Definition, claims: Mapping[str, Any], language: str = "vi") -> dict[str, Any]:
    """The claims for a reader: each row of a repeated group has the words of its choices too, as `relation_text`.

    Claims outside of rows get theirs by an expression of the definition, label("…"); rows have none.
    """
    fields = {field.key: field for field in (*definition.form.fields(), *definition.result.fields)}

    def of(told: Mapping[str, Any], held: Mapping[str, Any]) -> dict[str, Any]:
        return {key: one(told.get(key), value) for key, value in held.items()}

    def one(told: Any, value: Any) -> Any:
        if isinstance(told, Mapping) and isinstance(value, Mapping):
            return of(told, value)
        field = fields.get(told.strip()) if isinstance(told, str) else None
        if field is None or not field.fields or not isinstance(value, list):
            return value
        return [_row(field, row, language) for row in value]

    return of(definition.result.claims, claims)


def _row(field: Field, row: Any, language: str) -> Any:
    if not isinstance(row, Mapping):
        return row
    told = {
        f"{sub.key}_text": summary.text(sub, row[sub.key], language)
        for sub in field.fields
        if sub.type in CHOSEN and row.get(sub.key) not in (None, "", [])
    }
    return {**row, **told}


def _part(of: Any, name: str) -> Any:
    return of.get(name) if isinstance(of, Mapping) else getattr(of, name, None)
