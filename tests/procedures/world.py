"""A small city for tests: a ward with committee and police, staff in every role, a mother, keys, procedures."""

from __future__ import annotations

import functools
import io
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from portal.accounts.models import Agency, Person, User
from portal.documents import authority, uploads
from portal.documents.models import Document, IssuedPaper
from procedures.definitions import bundles, parts, runtime
from procedures.definitions.models import ProcedureVersion
from procedures.dossiers import dossiers, exemptions
from procedures.dossiers.models import Dossier
from procedures.eforms.schema import FieldType
from procedures.filing import drafts
from procedures.filing.models import Draft
from procedures.results import issuing, results, scans
from procedures.results.models import Result, Trouble
from tests import factories
from tests.procedures import golden

# A Monday morning in working hours: nothing about the clock depends on the day the tests run.
MONDAY = datetime(2026, 11, 16, 1, 30, tzinfo=UTC)  # 08:30 in Hà Nội
ROLES = ("receiver", "handler", "leader", "clerk")


@dataclass
class Office:
    """An agency with one person in each role. `act("receiver")` gives the keywords a verb wants."""

    agency: Agency
    staff: dict[str, User] = field(default_factory=dict)

    def act(self, role: str, *, at: datetime = MONDAY) -> dict[str, Any]:
        return {"by": self.staff[role], "actors": frozenset({role}), "at": at}


NAMES = {
    "commune": "UBND phường Mẫu",
    "commune_police": "Công an phường Mẫu",
    "city_police": "Công an thành phố Mẫu",
}


def office(kind: str = "commune", commune: str = golden.HOAN_KIEM) -> Office:
    commune = "" if kind == "city_police" else commune
    agency = factories.AgencyFactory(kind=kind, commune=commune, name=NAMES[kind], seal_key=f"seal-{kind}")
    made = Office(agency)
    for role in ROLES:
        key = f"leader-{kind}" if role == "leader" else ""
        made.staff[role] = factories.staff(role, agency, position="CHỦ TỊCH", signing_key=key)
    return made


def keys(*offices: Office) -> None:
    """A certificate authority with a key for every leader and seal of the offices."""
    wanted = {o.agency.seal_key: o.agency.name for o in offices}
    wanted |= {o.staff["leader"].signing_key: o.staff["leader"].full_name for o in offices}
    authority.ensure(
        wanted,
        folder=settings.SIGNING_KEYS_DIR,
        passphrase=settings.SIGNING_KEYS_PASSPHRASE,
        at=datetime.now(UTC) - timedelta(days=400),
    )


def mother() -> User:
    """The applicant of `golden.APPLICANT`."""
    known = dict(golden.APPLICANT)
    known["date_of_birth"] = date.fromisoformat(known["date_of_birth"])
    person: Person = factories.PersonFactory(**known)
    return factories.UserFactory(person=person, email=person.email)


def publish(*codes: str) -> dict[str, ProcedureVersion]:
    """The bundled procedures with these codes, published; all ten when none is named."""
    wanted = [source for source in _bundles() if not codes or source["code"] in codes]
    found = bundles.import_all(wanted, by=None, at=MONDAY, publish=True)
    return {version.procedure.code: version for version in found}


@functools.cache
def _bundles() -> tuple[bundles.Source, ...]:
    """As read from their files; importing checks them."""
    return tuple(map(bundles.read, sorted(bundles.FOLDER.glob("*.yaml"))))


def picture() -> SimpleUploadedFile:
    content = io.BytesIO()
    Image.new("RGB", (40, 40), "white").save(content, "JPEG")
    return SimpleUploadedFile("giay-chung-sinh.jpg", content.getvalue(), content_type="image/jpeg")


def scan(pages: int = 2) -> SimpleUploadedFile:
    """What the office scans of an original, the last page across."""
    sheets = [Image.new("RGB", (827, 1169), "white") for _page in range(pages - 1)]
    sheets.append(Image.new("RGB", (1169, 827), "white"))
    content = io.BytesIO()
    sheets[0].save(content, "PDF", save_all=True, append_images=sheets[1:], resolution=100)
    return SimpleUploadedFile("ban-chinh.pdf", content.getvalue(), content_type="application/pdf")


def scanned(dossier: Dossier, stage: parts.Stage, by: User, *, at: datetime) -> dict[str, list[str]]:
    """A scan for every file that the officers of the stage are asked for."""
    asked = [f for f in runtime.definition(dossier.version_id).fields_of(stage) if f.type == FieldType.FILE]
    return {field.key: [scans.Scans(dossier, by=by, at=at).put(field, scan()).id] for field in asked}


def upload(user: User, *, at: datetime = MONDAY) -> Document:
    return uploads.accept(picture(), accept=["jpg"], max_bytes=10**6, by=user, at=at)


def draft(
    user: User, version: ProcedureVersion, agency: Agency, *, at: datetime = MONDAY, **changes: Any
) -> Draft:
    """A draft with every step of the golden answers saved and every paper uploaded."""
    code = runtime.definition(version.pk).code
    set_ = golden.aged(code, at.date())
    begun = drafts.begin(user, user.person, version, agency=agency, language="vi", at=at)
    answers = set_.answers | {key: [str(upload(user, at=at).pk)] for key in set_.papers} | changes
    form = runtime.definition(version.pk).form
    for step in form.steps:
        values = {f.key: answers.get(f.key) for f in step.fields if not f.compute}
        begun = drafts.save_step(begun, step.key, values, at=at)
    return begun


def file(
    user: User, version: ProcedureVersion, agency: Agency, *, at: datetime = MONDAY, **changes: Any
) -> Dossier:
    return drafts.submit(draft(user, version, agency, at=at, **changes), by=user, at=at)


def process(dossier: Dossier, by: Office, *, at: datetime = MONDAY) -> Dossier:
    """From receipt to the issued result, by way of every handler's stage."""
    approve(dossier, by, at=at)
    issue(dossier, **by.act("clerk", at=at))
    return Dossier.objects.get(pk=dossier.pk)


def propose(dossier: Dossier, by: Office, *, at: datetime = MONDAY) -> Dossier:
    """From receipt to the leader's desk."""
    outcome = golden.aged(dossier.procedure_code, at.date()).outcome
    definition = runtime.definition(dossier.version_id)
    if dossier.exemption == "claimed":
        exemptions.judge(dossier, confirmed=True, **by.act("receiver", at=at))
    dossiers.receive(dossier, **by.act("receiver", at=at))
    dossiers.start(dossier, **by.act("handler", at=at))
    for stage in definition.stages[:-2]:
        found = {f.key: outcome[f.key] for f in definition.fields_of(stage) if f.key in outcome}
        found |= scanned(dossier, stage, by.staff["handler"], at=at)
        if found:
            scans.fill(dossier, found, by=by.staff["handler"], at=at)
        dossiers.forward(dossier, **by.act("handler", at=at))
    return Dossier.objects.get(pk=dossier.pk)


def approve(dossier: Dossier, by: Office, *, at: datetime = MONDAY) -> Dossier:
    """From receipt to the clerk's desk."""
    results.approve(propose(dossier, by, at=at), **by.act("leader", at=at))
    return Dossier.objects.get(pk=dossier.pk)


def issue(dossier: Dossier, *, by: User, actors: frozenset[str], at: datetime) -> IssuedPaper:
    """The clerk's press and the worker's attempt in one. Raises NotAllowed, UnableToIssue."""
    result = issuing.ask(dossier, by=by, actors=actors, at=at)
    if paper := issuing.work(result.pk, at=at):
        return paper
    result = Result.objects.select_related("paper").get(pk=result.pk)
    if result.trouble:
        raise issuing.Stopped(Trouble(result.trouble), detail=result.trouble_detail)
    assert result.paper, "nobody has issued it"
    return result.paper
