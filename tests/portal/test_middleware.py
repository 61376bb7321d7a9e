"""What every request goes through: its id, its language, its text."""

import pytest
from django.urls import reverse

pytestmark = pytest.mark.django_db


def test_every_answer_carries_a_request_id_of_its_own(client):
    first, second = client.get(reverse("alive")), client.get(reverse("alive"))

    assert len(first["X-Request-Id"]) == 12
    assert first["X-Request-Id"] != second["X-Request-Id"]


@pytest.mark.parametrize(
    ("cookie", "asked", "language"),
    [("", "en", "vi"), ("vi", "en", "vi"), ("en", "vi", "en"), ("fr", "", "vi")],
)
def test_vietnamese_unless_this_browser_chose_otherwise_here(client, cookie, asked, language):
    if cookie:
        client.cookies["django_language"] = cookie

    answer = client.get(reverse("home"), headers={"Accept-Language": asked})

    assert answer["Content-Language"] == language
    assert f'<html lang="{language}">' in answer.content.decode()


@pytest.mark.parametrize("address", ["/thu-tuc/%00/", "/thu-tuc/?q=%00", "/ho-so/%00/"])
def test_an_address_with_a_nul_is_refused_in_words(client, address):
    answer = client.get(address)

    assert answer.status_code == 400
    assert answer["X-Request-Id"] in answer.content.decode()
