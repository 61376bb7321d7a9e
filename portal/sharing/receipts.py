"""Receipts of consents as files: a PDF for people, JSON for programs."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from portal.documents import render
from portal.documents.models import Consent


def pdf(consent: Consent) -> bytes:
    """The receipt as a PDF/A file, in the language in which the consent was given; dated by the consent."""
    with translation.override(consent.language):
        title = f"{_('Receipt of consent')} {consent.number}"
    address = settings.PUBLIC_URL + reverse("sharing:receipt", args=[consent.number])
    return render.pdf(
        "pdf/forms/consent.html",
        {"consent": consent, "paper": consent.paper, "person": consent.person, "address": address},
        language=consent.language,
        title=title,
        substitute="□",
        at=consent.given_at,
    )


def as_json(consent: Consent) -> dict[str, Any]:
    """The receipt for programs: everything that the page says."""
    return {
        "schema": "urn:motcua:consent:1",
        "number": consent.number,
        "kind": consent.kind,
        "person": {"full_name": consent.person.full_name, "personal_id": consent.person.personal_id},
        "recipient": consent.recipient,
        "paper": {
            "title": consent.paper.title,
            "number": consent.paper.number,
            "type": consent.paper.type_code,
            "issuer": consent.paper.issuer_name,
        },
        "claims": consent.claims,
        "questions": consent.questions,
        "purpose": consent.purpose,
        "basis": consent.basis,
        "words": consent.text,
        "language": consent.language,
        "channel": consent.channel,
        "dossier": consent.dossier_code or None,
        "given_at": consent.given_at.isoformat(),
        "until": consent.until.isoformat() if consent.until else None,
        "once": consent.once,
        "spent_at": consent.spent_at.isoformat() if consent.spent_at else None,
        "withdrawn_at": consent.withdrawn_at.isoformat() if consent.withdrawn_at else None,
    }
