"""What a dossier holds when it comes to be: what was filed, frozen in its row and its papers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from portal.accounts.models import Agency, Person, User
from portal.documents import store
from portal.documents.models import Document, IssuedPaper
from procedures.definitions import runtime
from procedures.dossiers import codes
from procedures.dossiers.models import Dossier, DossierFile, Intake


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper that comes with the dossier: the field it answers, the file, the issued paper behind it."""

    key: str
    label: dict[str, str]
    document: Document
    issued: IssuedPaper | None = None


@dataclass(frozen=True, slots=True)
class Filing:
    """What a citizen (or the counter for one) files: everything that is frozen on the dossier."""

    version_id: int
    applicant: User
    person: Person
    agency: Agency
    answers: dict[str, Any]
    context: dict[str, Any]
    provenance: dict[str, Any] = field(default_factory=dict)
    reuse: dict[str, Any] = field(default_factory=dict)
    papers: Sequence[Paper] = ()
    language: str = "vi"
    intake: Intake = Intake.ONLINE
    corrects: IssuedPaper | None = None


def create(filing: Filing, definition: runtime.Definition, *, at: datetime) -> Dossier:
    """The row alone, with its code; `dossiers.submit` and the openings of corrections do the rest."""
    return Dossier.objects.create(
        code=codes.allot(filing.agency, at=at),
        version_id=filing.version_id,
        procedure_code=definition.code,
        title=_title(definition, filing.corrects),
        subject_name=definition.subject_name(filing.answers, filing.context),
        applicant=filing.applicant,
        person=filing.person,
        language=filing.language,
        agency=filing.agency,
        intake_agency=filing.agency,
        return_agency=filing.agency,
        intake=filing.intake,
        answers=filing.answers,
        context=filing.context,
        provenance=filing.provenance,
        reuse=filing.reuse,
        fee_settled_at=at,
        submitted_at=at,
        corrects=filing.corrects,
    )


def _title(definition: runtime.Definition, corrects: IssuedPaper | None) -> dict[str, str]:
    if corrects is None:
        return {"vi": definition.name.vi, "en": definition.name.en}
    named = {"vi": definition.result.name.vi, "en": definition.result.name.en or definition.result.name.vi}
    return {"vi": f"Đính chính: {named['vi']}", "en": f"Correction: {named['en']}"}


def attach(dossier: Dossier, papers: Iterable[Paper], *, at: datetime) -> None:
    """Make `papers` part of the dossier: they are never purged from now on."""
    papers = list(papers)
    DossierFile.objects.bulk_create(
        DossierFile(dossier=dossier, key=p.key, label=p.label, document=p.document, paper=p.issued)
        for p in papers
    )
    store.attach([p.document for p in papers], at=at)
