"""What stands beside every page of a draft."""

import pytest

from procedures.definitions import runtime
from procedures.eforms import journey
from procedures.filing import drafts, pages
from tests.procedures import world

COPIES = "2.000815"


@pytest.mark.django_db
def test_a_fee_that_hangs_on_answers_is_not_called_free():
    mother, version, office = world.mother(), world.publish(COPIES)[COPIES], world.office()
    draft = drafts.begin(mother, mother.person, version, agency=office.agency, language="vi", at=world.MONDAY)
    form, seen = runtime.definition(version.pk).form, drafts.context(draft, today=world.MONDAY.date())

    def beside(**answers):
        found = pages.beside(draft, journey.walk(form, answers, context=seen), now=world.MONDAY)
        return found["fee_is_open"], found["fee_total"]

    assert beside() == (True, 0)
    assert beside(pages=5, copies=2) == (False, 14000)
