"""SQL put together once finds what the ORM finds."""

import threading

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.accounts.models import User
from portal.prepared import Prepared
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def accounts():
    return Prepared(lambda: User.objects.select_related("person"))


def test_finds_the_row_of_each_value_with_its_relation(accounts):
    users = [factories.UserFactory(), factories.UserFactory()]

    for user in (*users, *users):
        with CaptureQueriesContext(connection) as queries:
            found = accounts.find(user.pk)
            assert (found, found.person) == (user, user.person)
        assert len(queries) == 1


def test_none_where_there_is_no_row(accounts):
    assert accounts.find(0) is None


def test_what_changed_is_seen(accounts):
    user = factories.UserFactory()
    accounts.find(user.pk)
    User.objects.filter(pk=user.pk).update(language="en")

    assert accounts.find(user.pk).language == "en"


def test_one_found_row_is_not_another(accounts):
    user = factories.UserFactory()

    assert accounts.find(user.pk) is not accounts.find(user.pk)


@pytest.mark.django_db(transaction=True)
def test_each_thread_asks_through_its_own_connection(accounts):
    user = factories.UserFactory()
    accounts.find(user.pk)
    found = []

    def look():
        try:
            found.append(accounts.find(user.pk))
        finally:
            connection.close()

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()

    assert found == [user]
