"""What happens at the same moment: a consent for once is used up once, a key makes one row."""

from functools import partial

import pytest
from django.utils import timezone

from portal.documents.models import AccessLog, Consent
from portal.sharing import answers, requests
from portal.sharing.models import Asking, Request
from tests.factories import UserFactory
from tests.portal.sharing.world import allow, paper_of, registered
from tests.together import together

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def mother():
    return UserFactory()


@pytest.fixture
def client():
    return registered()[0]


def ask(client, scope, mother, key):
    question = answers.Asked(mother.person.personal_id, [], ["du-18"])
    return answers.answer(client, scope, question, key=key, body_sha256="", at=timezone.now())


def request(client, scope, mother, key):
    row, _new = requests.ask(
        client, scope, personal_id=mother.person.personal_id, claims=[], questions=["du-18"], days=0,
        reference="", key=key, body_sha256="", at=timezone.now(),
    )  # fmt: skip
    return row


def test_once_is_once_for_two_at_a_time(client, mother):
    scope, paper = allow(client), paper_of(mother)
    row = request(client, scope, mother, "request-1")
    requests.agree(row, paper, until=None, language="vi", by=mother, at=timezone.now())

    told = together(*(partial(ask, client, scope, mother, f"question-{n}") for n in range(3)))

    assert sorted(one["answers"]["du-18"] for one in told) == ["unknown", "unknown", "yes"]
    assert Consent.objects.get().spent_at
    assert AccessLog.objects.filter(is_told=True).count() == 1


def test_the_same_key_at_the_same_moment_is_one_question(client, mother):
    scope = allow(client, needs_consent=False)
    paper_of(mother)

    told = together(*(partial(ask, client, scope, mother, "the-same") for _ in range(3)))

    assert len({one["id"] for one in told}) == 1
    assert (Asking.objects.count(), AccessLog.objects.count()) == (1, 1)


def test_the_same_key_at_the_same_moment_is_one_request(client, mother):
    scope = allow(client)

    rows = together(*(partial(request, client, scope, mother, "the-same") for _ in range(3)))

    assert len({row.pk for row in rows}) == 1
    assert Request.objects.count() == 1


def test_agreed_and_refused_at_the_same_moment_is_one_of_them(client, mother):
    scope, paper = allow(client), paper_of(mother)
    row = request(client, scope, mother, "request-1")
    agree = partial(requests.agree, row, paper, until=None, language="vi", by=mother, at=timezone.now())

    together(agree, partial(requests.refuse, row, at=timezone.now()))

    row.refresh_from_db()
    assert (row.agreed_at is None) != (row.refused_at is None)
    assert Consent.objects.count() == (1 if row.agreed_at else 0)
