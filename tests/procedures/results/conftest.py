"""A child's birth certificate, and the office that sees its own error on it."""

import pytest

from portal.documents.models import IssuedPaper
from procedures.dossiers import corrections
from tests.procedures import world
from tests.procedures.results.correcting import BIRTH, RESIDENCE, WHY, now


@pytest.fixture
def mother():
    return world.mother()


@pytest.fixture
def versions():
    return world.publish(BIRTH, RESIDENCE)


@pytest.fixture
def committee():
    return world.office("commune")


@pytest.fixture
def police():
    return world.office("commune_police")


@pytest.fixture
def paper(mother, versions, committee, police):
    world.keys(committee, police)
    world.process(world.file(mother, versions[BIRTH], committee.agency, at=now()), committee, at=now())
    return IssuedPaper.objects.get()


@pytest.fixture
def opened(paper, committee):
    """The office saw its own error."""
    return corrections.open_by_office(paper, **committee.act("clerk", at=now()), **WHY)
