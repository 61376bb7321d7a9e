"""The versions of one procedure, with what runs on each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count

from procedures.definitions.models import Procedure, ProcedureVersion, VersionState
from procedures.dossiers.models import OPEN, Dossier
from procedures.filing.models import Draft


@dataclass(frozen=True, slots=True)
class Past:
    """One version as its procedure's page shows it. `dossiers`: all that were ever filed on it."""

    version: ProcedureVersion
    running: int
    dossiers: int
    unfinished: int
    edits: int
    previous: int | None  # number of the version before it

    @property
    def number(self) -> int:
        return self.version.number

    @property
    def name(self) -> dict[str, str]:
        return {"vi": self.version.name_vi, "en": self.version.name_en}

    @property
    def is_draft(self) -> bool:
        return self.version.state == VersionState.DRAFT

    @property
    def is_current(self) -> bool:
        return self.version.state == VersionState.PUBLISHED

    @property
    def since(self) -> datetime | None:
        return self.version.published_at

    @property
    def last_filing_on(self) -> date | None:
        return self.version.last_filing_on


def of(procedure: Procedure) -> list[Past]:
    """Newest first. Four queries."""
    versions = procedure.versions.select_related("published_by", "retired_by", "origin")
    light = versions.defer("definition", "snapshot", "origin__definition", "origin__snapshot")
    found = list(light.order_by("-number"))
    dossiers = Dossier.objects.filter(version__in=found).order_by().values("version")
    filed = dict(dossiers.annotate(n=Count("pk")).values_list("version", "n"))
    running = dict(dossiers.filter(status__in=OPEN).annotate(n=Count("pk")).values_list("version", "n"))
    drafts = Draft.objects.unfinished().filter(version__in=found).order_by().values("version")
    unfinished = dict(drafts.annotate(n=Count("pk")).values_list("version", "n"))
    return [
        Past(
            version=version,
            running=running.get(version.pk, 0),
            dossiers=filed.get(version.pk, 0),
            unfinished=unfinished.get(version.pk, 0),
            edits=version.revision,
            previous=before.number if before else None,
        )
        for version, before in zip(found, [*found[1:], None], strict=True)
    ]
