"""The procedures of an administrator's branch as rows: what is in force, what is being written, what waits.

A page costs the same number of queries however many procedures it shows, and however far down it lies.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils.translation import pgettext_lazy

from procedures.definitions import translations
from procedures.definitions.models import Procedure, ProcedureVersion, VersionState
from procedures.dossiers.models import OPEN, Dossier
from procedures.eforms import lists
from procedures.filing.models import Draft

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

PAGE = 30


class Standing(NamedTuple):
    """How a procedure stands, for the filter: `slug` in the address, `name` in the list."""

    slug: str
    name: _StrPromise
    where: Q


def _version(**where: Any) -> Exists:
    return Exists(ProcedureVersion.objects.filter(procedure=OuterRef("pk"), **where))


IN_FORCE = Q(_version(state=VersionState.PUBLISHED))
STANDINGS = (
    Standing("dang-dung", pgettext_lazy("procedures", "In force"), IN_FORCE),
    Standing("ban-nhap", pgettext_lazy("procedures", "With a draft"), Q(_version(state=VersionState.DRAFT))),
    Standing(
        "cho-cong-bo",
        pgettext_lazy("procedures", "Waiting for publication"),
        Q(_version(publish_at__isnull=False)),
    ),
    Standing(
        "chua-cong-bo",
        pgettext_lazy("procedures", "Never published"),
        ~IN_FORCE & ~Q(_version(state=VersionState.RETIRED)),
    ),
    Standing(
        "da-ngung",
        pgettext_lazy("procedures", "Retired"),
        ~IN_FORCE & Q(_version(state=VersionState.RETIRED)),
    ),
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the list was asked for; "" is no wish."""

    text: str = ""
    standing: str = ""
    field: str = ""  # the Vietnamese name of a field of work

    def __bool__(self) -> bool:
        return bool(self.text or self.standing or self.field)


@dataclass(slots=True)
class Row:
    """One procedure. `last`: the version that was in force last, when none is."""

    procedure: Procedure
    current: ProcedureVersion | None = None
    draft: ProcedureVersion | None = None
    last: ProcedureVersion | None = None
    running: int = 0  # dossiers
    unfinished: int = 0  # drafts of citizens
    stale: int = 0  # texts of the draft whose English is behind
    name: dict[str, str] = field(default_factory=dict)
    field: dict[str, str] = field(default_factory=dict)


def page(own: QuerySet[Procedure], wanted: Wanted, *, after: str = "") -> tuple[list[Row], str]:
    """Up to PAGE rows behind the code `after`, by code, and the code to go on after ("" at the end).

    Five queries, one more when a draft is among them.
    """
    found = list(_matching(own, wanted).filter(code__gt=after).order_by("code")[: PAGE + 1])
    rows = {procedure.pk: Row(procedure) for procedure in found[:PAGE]}
    _add_versions(rows)
    _add_stale(rows.values())
    _count(rows, "running", Dossier.objects.filter(status__in=OPEN))
    _count(rows, "unfinished", Draft.objects.unfinished())
    return list(rows.values()), found[PAGE - 1].code if len(found) > PAGE else ""


def fields(own: QuerySet[Procedure]) -> list[dict[str, str]]:
    """The fields of work that there are, in both languages, by name."""
    versions = ProcedureVersion.objects.filter(procedure__in=own).exclude(field_vi="")
    found = dict(versions.order_by().values_list("field_vi", "field_en").distinct())
    return [{"vi": vi, "en": found[vi] or vi} for vi in sorted(found, key=lists.fold)]


def _matching(own: QuerySet[Procedure], wanted: Wanted) -> QuerySet[Procedure]:
    about: dict[str, Any] = {"field_vi": wanted.field} if wanted.field else {}
    versions = ProcedureVersion.objects.filter(procedure=OuterRef("pk"), **about)
    for word in lists.fold(wanted.text).split():
        versions = versions.filter(search_text__contains=word)
    if about or wanted.text:
        own = own.filter(Exists(versions))
    standing = next((one for one in STANDINGS if one.slug == wanted.standing), None)
    return own.filter(standing.where) if standing else own


def _add_versions(rows: Mapping[int, Row]) -> None:
    """The versions that matter, without what they say."""
    found = ProcedureVersion.objects.filter(procedure__in=rows.keys()).defer("definition", "snapshot")
    for version in found.order_by("number"):
        row = rows[version.procedure_id]
        match version.state:
            case VersionState.PUBLISHED:
                row.current = version
            case VersionState.DRAFT:
                row.draft = version
            case VersionState.RETIRED:
                row.last = version
    for row in rows.values():
        if shown := row.current or row.draft or row.last:
            row.name = {"vi": shown.name_vi, "en": shown.name_en}
            row.field = {"vi": shown.field_vi, "en": shown.field_en}


def _add_stale(rows: Iterable[Row]) -> None:
    """How many texts of each draft are behind in English. One query for the drafts and what they came from."""
    pairs = [
        (row, row.draft, row.draft.origin_id or (row.current.pk if row.current else None))
        for row in rows
        if row.draft
    ]
    wanted = {pk for _row, draft, origin in pairs for pk in (draft.pk, origin) if pk}
    said = (
        dict(ProcedureVersion.objects.filter(pk__in=wanted).values_list("pk", "definition")) if wanted else {}
    )
    for row, draft, origin in pairs:
        before = said.get(origin) if origin else None
        row.stale = len(translations.stale(said[draft.pk], before, draft.reviewed))


def _count(rows: Mapping[int, Row], name: str, things: QuerySet[Any]) -> None:
    counted = things.filter(version__procedure__in=rows.keys()).order_by().values("version__procedure")
    for procedure, number in counted.annotate(n=Count("pk")).values_list("version__procedure", "n"):
        setattr(rows[procedure], name, number)
