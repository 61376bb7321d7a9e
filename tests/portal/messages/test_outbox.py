"""Sending: rows in the caller's transaction, once per key, and a word to the queue on commit."""

from datetime import UTC, datetime

import pytest
from django.core import mail
from django.db import transaction

from portal.messages import outbox, tasks
from portal.messages.models import Delivery, Message
from tests.factories import UserFactory

NOW = datetime(2026, 11, 17, 2, tzinfo=UTC)
WORDS = {
    "key": "dossier:1:receive",
    "subject": "Đã tiếp nhận",
    "body": "Hạn trả: 17/11.",
    "link": "/ho-so/x/",
}


def send(user, **changes):
    return outbox.send(user, **WORDS | {"at": NOW} | changes)


@pytest.mark.django_db
def test_a_message_is_a_row_in_the_inbox():
    user = UserFactory()

    message = send(user)

    assert (
        message.recipient,
        message.subject,
        message.body,
        message.link,
        message.created_at,
        message.read_at,
    ) == (
        user,
        "Đã tiếp nhận",
        "Hạn trả: 17/11.",
        "/ho-so/x/",
        NOW,
        None,
    )
    assert Delivery.objects.count() == 0


@pytest.mark.django_db
def test_the_same_key_is_sent_once():
    user = UserFactory(email="mau@vidu.example")

    first = send(user)
    again = send(user, subject="Khác")

    assert again == first
    assert (again.subject, Message.objects.count(), Delivery.objects.count()) == ("Đã tiếp nhận", 1, 1)


@pytest.mark.django_db
def test_the_same_key_goes_to_each_recipient():
    send(UserFactory())
    send(UserFactory())

    assert Message.objects.count() == 2


@pytest.mark.django_db
@pytest.mark.parametrize(
    "link", ["https://xau.example/", "//xau.example/", "/\\xau.example", "ho-so/x/", "/a\nb"]
)
def test_a_link_out_of_the_site_is_refused(link):
    with pytest.raises(ValueError, match="this site only"):
        send(UserFactory(), link=link)


@pytest.mark.django_db(transaction=True)
def test_the_mail_goes_out_on_commit_and_not_before():
    user = UserFactory(email="mau@vidu.example")

    with transaction.atomic():
        send(user)
        assert mail.outbox == []

    assert [letter.to for letter in mail.outbox] == [["mau@vidu.example"]]
    assert Delivery.objects.get().sent_at is not None


@pytest.mark.django_db(transaction=True)
def test_a_rolled_back_verb_tells_nobody():
    user = UserFactory(email="mau@vidu.example")

    with transaction.atomic():
        send(user)
        transaction.set_rollback(True)

    assert (mail.outbox, Message.objects.count()) == ([], 0)


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_does_not_answer_fails_nothing(monkeypatch, caplog):
    def refuse(**_kwargs):
        raise ConnectionError("no broker")

    monkeypatch.setattr(tasks.deliver, "delay", refuse)
    user = UserFactory(email="mau@vidu.example")

    send(user)

    assert Delivery.objects.get().sent_at is None
    monkeypatch.undo()
    assert tasks.sweep() == 1
    assert len(mail.outbox) == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("language", "words"), [("vi", "Kính gửi ông/bà Nguyễn Thị <Mẫu>,"), ("en", "Dear Nguyễn Thị <Mẫu>,")]
)
def test_the_letter_speaks_the_recipients_language(language, words, settings):
    settings.PUBLIC_URL = "https://motcua.example"
    user = UserFactory(email="mau@vidu.example", language=language, full_name="Nguyễn Thị <Mẫu>")
    message = send(user, body="A < B\nvà C", subject="Hai\r\ndòng")

    tasks.deliver(delivery_id=message.deliveries.get().pk)

    letter = mail.outbox[0]
    html = letter.alternatives[0].content
    assert letter.subject == "Hai dòng"
    assert words in letter.body
    assert "A < B\nvà C" in letter.body
    assert "https://motcua.example/ho-so/x/" in letter.body
    assert 'href="https://motcua.example/ho-so/x/"' in html
    assert "Nguyễn Thị &lt;Mẫu&gt;" in html
    assert "A &lt; B<br>và C" in html
    assert letter.extra_headers["Message-ID"] == f"<delivery-{message.deliveries.get().pk}@motcua.example>"
