"""The inbox pages: mine only, newest first, opened by a POST that leads to a page of this site."""

from datetime import UTC, datetime

import pytest

from portal.messages import inbox
from portal.messages.models import Message
from tests.factories import AgencyFactory, MessageFactory, UserFactory, staff

pytestmark = pytest.mark.django_db
URL = "/thong-bao/"


@pytest.fixture
def user(client):
    user = UserFactory()
    client.force_login(user)
    return user


# ── The list ────────────────────────────────────────────────────────────────────────────────────
def test_it_asks_to_sign_in(client):
    assert client.get(URL)["Location"] == f"/tai-khoan/dang-nhap/?next={URL}"


def test_it_refuses_other_methods(client, user):
    assert client.post(URL).status_code == 405


def test_staff_have_an_inbox_too(client):
    client.force_login(staff("clerk", AgencyFactory()))

    assert client.get(URL).status_code == 200


def test_it_shows_mine_and_nobody_elses_newest_first(client, user):
    MessageFactory(subject="Tin của người khác")
    MessageFactory(recipient=user, subject="Tin thứ nhất")
    MessageFactory(recipient=user, subject="Tin thứ hai", body="<b>đậm</b>")

    page = client.get(URL).content.decode()

    assert "người khác" not in page
    assert page.index("Tin thứ hai") < page.index("Tin thứ nhất")
    assert "&lt;b&gt;đậm&lt;/b&gt;" in page


def test_an_empty_inbox_says_what_will_be_there(client, user):
    assert "Chưa có thông báo nào" in client.get(URL).content.decode()


@pytest.mark.parametrize("number", [1, 3])
def test_the_number_of_queries_does_not_grow(client, user, number, django_assert_max_num_queries):
    MessageFactory.create_batch(number, recipient=user)

    with django_assert_max_num_queries(6):
        client.get(URL)


def test_older_messages_follow(client, user):
    MessageFactory.create_batch(inbox.PAGE + 1, recipient=user)
    first = inbox.page(user)
    second = inbox.page(user, before=first.older)

    assert (len(first.messages), len(second.messages), second.older) == (inbox.PAGE, 1, None)
    assert f'href="?truoc={first.older}"' in client.get(URL).content.decode()
    assert second.messages[0].subject in client.get(URL, {"truoc": first.older}).content.decode()


@pytest.mark.parametrize("before", ["x", "-1", "٣", "9" * 40, "1 OR 1=1"])
def test_an_odd_address_shows_the_newest(client, user, before):
    assert client.get(URL, {"truoc": before}).status_code == 200


# ── Opening ─────────────────────────────────────────────────────────────────────────────────────
def test_opening_marks_as_read_and_goes_on(client, user):
    message = MessageFactory(recipient=user, link="/thu-tuc/")

    response = client.post(f"{URL}{message.pk}/")

    message.refresh_from_db()
    assert (response.status_code, response["Location"]) == (302, "/thu-tuc/")
    assert message.read_at is not None


def test_opening_again_keeps_the_first_time(client, user):
    then = datetime(2026, 11, 1, tzinfo=UTC)
    message = MessageFactory(recipient=user, link="/thu-tuc/", read_at=then)

    client.post(f"{URL}{message.pk}/")

    message.refresh_from_db()
    assert message.read_at == then


@pytest.mark.parametrize("link", ["", "https://xau.example/", "//xau.example/"])
def test_a_link_that_leads_nowhere_or_away_comes_back_to_the_inbox(client, user, link):
    message = MessageFactory(recipient=user, link=link)

    assert client.post(f"{URL}{message.pk}/")["Location"] == URL


def test_a_look_ahead_of_the_browser_reads_nothing(client, user):
    message = MessageFactory(recipient=user)

    assert client.get(f"{URL}{message.pk}/").status_code == 405
    message.refresh_from_db()
    assert message.read_at is None


def test_somebody_elses_message_is_not_there(client, user):
    message = MessageFactory()

    assert client.post(f"{URL}{message.pk}/").status_code == 404
    message.refresh_from_db()
    assert message.read_at is None


def test_a_message_that_never_was_is_not_there(client, user):
    assert client.post(f"{URL}999999/").status_code == 404


@pytest.mark.parametrize("path", [f"{URL}1/", f"{URL}doc-het/"])
def test_changes_ask_to_sign_in(client, path):
    assert client.post(path).status_code == 302


def test_read_all_reads_mine_alone(client, user):
    MessageFactory.create_batch(2, recipient=user)
    MessageFactory()

    assert inbox.unread(user) == 2
    assert client.post(f"{URL}doc-het/")["Location"] == URL
    assert inbox.unread(user) == 0
    assert Message.objects.filter(read_at=None).count() == 1


def test_read_all_is_a_post(client, user):
    assert client.get(f"{URL}doc-het/").status_code == 405
