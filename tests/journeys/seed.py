"""Somebody with papers and unfinished work, put straight into a running demonstration by the product's own verbs.

`python -m tests.journeys.seed NUMBER`, in the demonstration's environment, prints where it all lies, as JSON.
`… NUMBER paper` stops at the issued paper.
For journeys that begin in the middle; those that are about the way itself walk it.
"""

import json
import sys
from datetime import date, datetime
from typing import Any

import django

django.setup()

from django.utils import timezone  # noqa: E402 - after the set-up

from portal.accounts import people  # noqa: E402
from portal.accounts.models import Agency, Duty, User  # noqa: E402
from portal.documents.models import IssuedPaper  # noqa: E402
from procedures.definitions.models import ProcedureVersion  # noqa: E402
from procedures.filing import drafts  # noqa: E402
from tests.journeys.conftest import PASSWORD  # noqa: E402
from tests.procedures import golden, world  # noqa: E402

BIRTH, EXTRACT, RESIDENCE = "1.001193", "2.000635", "1.004222"


def main(number: str, only: str = "") -> None:
    now = timezone.now()
    user = people.register(
        personal_id=number,
        full_name="Nguyễn Thị Mẫu",
        date_of_birth=date(1990, 5, 20),
        sex="female",
        password=PASSWORD,
        at=now,
        details={
            name: golden.APPLICANT[name] for name in ("ethnicity", "commune", "address", "phone", "email")
        },
    )
    ward = Agency.objects.get(kind="commune", commune=golden.HOAN_KIEM)
    print(json.dumps(_issued(user, ward, now) if only else _work(user, ward, now)))


def _issued(user: User, ward: Agency, now: datetime) -> dict[str, Any]:
    """A child's birth certificate in the store."""
    version = ProcedureVersion.objects.current().select_related("procedure").get(procedure__code=BIRTH)
    # A child's number tells its sex and year of birth; the last digits are the parent's, so nobody else's.
    issued = world.file(user, version, ward, at=now)
    _process(issued, world.Office(ward, _staff(ward)), child=f"001326{user.username[-6:]}", now=now)
    paper = IssuedPaper.objects.get(holder=user.person)
    return {
        "number": user.username,
        "issued": issued.code,
        "paper": str(paper.document_id),
        "check": paper.check_code,
    }


def _work(user: User, ward: Agency, now: datetime) -> dict[str, Any]:
    version = {v.procedure.code: v for v in ProcedureVersion.objects.current().select_related("procedure")}
    issued = _issued(user, ward, now)
    unpaid = world.file(user, version[EXTRACT], ward, at=now)
    office = world.Office(ward, _staff(ward))
    begun = drafts.begin(user, user.person, version[EXTRACT], agency=ward, language="vi", at=now)
    return issued | {
        "filed": world.file(user, version[BIRTH], ward, at=now).code,
        "unpaid": unpaid.code,
        "proposed": world.propose(world.file(user, version[BIRTH], ward, at=now), office, at=now).code,
        "approved": world.approve(world.file(user, version[BIRTH], ward, at=now), office, at=now).code,
        "complete": [str(world.draft(user, version[BIRTH], ward, at=now).pk) for _n in range(6)],
        "begun": str(begun.pk),
    }


def _staff(agency: Agency) -> dict[str, User]:
    return {duty.role: duty.user for duty in Duty.objects.filter(agency=agency).select_related("user")}


def _process(dossier: Any, office: world.Office, *, child: str, now: datetime) -> None:
    real = golden.GOLDEN[BIRTH].outcome
    real["child_personal_id"] = child
    world.process(dossier, office, at=now)


if __name__ == "__main__":
    main(*sys.argv[1:])
