"""Deliveries: claimed once, tried again later and later, given up in the end; through a real SMTP server too."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from smtplib import SMTPDataError, SMTPRecipientsRefused, SMTPServerDisconnected
from threading import Barrier

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import connection

from portal.messages import deliveries, tasks
from portal.messages.models import Channel, Delivery
from tests.factories import MessageFactory
from tests.portal.messages.smtp_server import running_smtp_server

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 17, 2, tzinfo=UTC)


@pytest.fixture
def delivery():
    return waiting()


def waiting(**fields):
    return Delivery.objects.create(
        message=MessageFactory(),
        channel=Channel.EMAIL,
        **{"address": "mau@vidu.example", "next_attempt_at": NOW} | fields,
    )


@pytest.fixture
def failing(monkeypatch):
    """The mail server raises what is put here."""
    raised = []

    def send_messages(self, messages):
        raise raised[0]

    monkeypatch.setattr(EmailBackend, "send_messages", send_messages)
    return raised


def test_it_goes_out_once(delivery):
    assert deliveries.attempt(delivery.pk, at=NOW) is True
    assert deliveries.attempt(delivery.pk, at=NOW) is False

    delivery.refresh_from_db()
    assert (delivery.attempts, delivery.sent_at, delivery.next_attempt_at, delivery.error) == (
        1,
        NOW,
        None,
        "",
    )
    assert len(mail.outbox) == 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_send_it_once():
    delivery, start = waiting(), Barrier(2)

    def work(_number):
        try:
            start.wait(5)
            return deliveries.attempt(delivery.pk, at=NOW)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as workers:
        sent = list(workers.map(work, range(2)))

    assert sorted(sent) == [False, True]
    assert len(mail.outbox) == 1


def test_it_does_not_go_out_before_its_time(delivery):
    assert deliveries.attempt(delivery.pk, at=NOW - timedelta(seconds=1)) is False
    assert mail.outbox == []


def test_a_delivery_that_is_gone_is_nobodys_failure():
    tasks.deliver(delivery_id=999_999_999)


def test_failures_are_tried_again_later_and_later_and_then_given_up(delivery, failing):
    failing.append(SMTPServerDisconnected("mau@vidu.example is not there"))
    at, waits = NOW, []

    while at is not None:
        assert deliveries.attempt(delivery.pk, at=at) is False
        delivery.refresh_from_db()
        waits.append(delivery.next_attempt_at and delivery.next_attempt_at - at)
        at = delivery.next_attempt_at

    assert waits == [*deliveries.BACKOFF, None]
    assert (delivery.attempts, delivery.sent_at, delivery.error) == (6, None, "SMTPServerDisconnected")


@pytest.mark.parametrize(
    ("error", "again"),
    [
        (SMTPRecipientsRefused({"mau@vidu.example": (550, b"no such user")}), False),
        (SMTPRecipientsRefused({"mau@vidu.example": (451, b"later")}), True),
        (SMTPDataError(554, b"refused"), False),
        (SMTPDataError(452, b"full"), True),
        (ConnectionRefusedError(), True),
    ],
)
def test_what_the_peer_will_never_take_is_not_tried_again(delivery, failing, error, again):
    failing.append(error)

    deliveries.attempt(delivery.pk, at=NOW)

    delivery.refresh_from_db()
    assert (delivery.next_attempt_at is not None) is again


def test_the_reason_is_kept_without_the_address(delivery, failing, caplog):
    failing.append(SMTPDataError(452, b"mailbox of mau@vidu.example is full"))

    deliveries.attempt(delivery.pk, at=NOW)

    delivery.refresh_from_db()
    assert delivery.error == "SMTPDataError 452"
    assert "vidu.example" not in caplog.text


def test_an_unexpected_failure_is_loud_and_the_sweep_comes_back_to_it(delivery, failing):
    failing.append(KeyError("template"))

    with pytest.raises(KeyError):
        deliveries.attempt(delivery.pk, at=NOW)

    assert list(deliveries.due(NOW)) == []
    assert list(deliveries.due(NOW + deliveries.BACKOFF[0])) == [delivery.pk]


@pytest.mark.parametrize("number", [1, 3])
def test_the_sweep_sends_what_waits(number):
    for _i in range(number):
        waiting()
    waiting(next_attempt_at=None, sent_at=NOW)
    waiting(next_attempt_at=datetime(2999, 1, 1, tzinfo=UTC))

    assert tasks.sweep() == number
    assert tasks.sweep() == 0
    assert len(mail.outbox) == number


def test_through_a_real_smtp_server(delivery, settings):
    with running_smtp_server() as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port

        assert deliveries.attempt(delivery.pk, at=NOW) is True

    letter = server.letters[0]
    assert (letter["To"], letter["Subject"]) == ("mau@vidu.example", "Đã có kết quả")
    assert {part.get_content_type() for part in letter.walk()} == {
        "multipart/alternative",
        "text/plain",
        "text/html",
    }


def test_a_real_refusal_is_final(delivery, settings):
    with running_smtp_server(refuse=b"550 5.1.1 no such user") as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port

        assert deliveries.attempt(delivery.pk, at=NOW) is False

    delivery.refresh_from_db()
    assert (server.letters, delivery.next_attempt_at, delivery.error) == ([], None, "SMTPRecipientsRefused")


def test_a_mail_server_that_is_down_is_asked_again(delivery, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1

    assert deliveries.attempt(delivery.pk, at=NOW) is False

    delivery.refresh_from_db()
    assert delivery.next_attempt_at == NOW + deliveries.BACKOFF[0]
