"""A correction step by step, for the tests of what it does and of the pages that it is done on."""

from datetime import UTC, datetime

from portal.documents.models import IssuedPaper
from procedures.dossiers import corrections, dossiers
from procedures.dossiers.models import Dossier
from procedures.results import results
from tests.procedures import world

BIRTH, RESIDENCE = "1.001193", "1.004222"
WRONG = "Năm sinh của cha ghi sai: 1989, đúng là 1988"
WHY = {"reason": WRONG, "basis": "Điều 28 Luật Hộ tịch"}
RIGHT = {"child_name": "Nguyễn Gia Mẫu Đúng"}


def now():
    return datetime.now(UTC)


def started(dossier, office):
    return dossiers.start(dossier, **office.act("handler", at=now()))


def corrected(dossier, office, **answers):
    return corrections.correct(dossier, answers=answers or RIGHT, **office.act("handler", at=now()))


def approved(dossier, office):
    dossiers.forward(dossier, **office.act("handler", at=now()))
    results.approve(dossier, **office.act("leader", at=now()))
    return Dossier.objects.get(pk=dossier.pk)


def sealed(dossier, office):
    return world.issue(dossier, **office.act("clerk", at=now()))


def issued(dossier, office):
    """From the received dossier to the paper that takes the old one's place."""
    corrected(started(dossier, office), office)
    approved(dossier, office)
    world.issue(dossier, **office.act("clerk", at=now()))
    return IssuedPaper.objects.get(result__dossier=dossier)
