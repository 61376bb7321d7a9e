import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import translation

from portal import middleware, views
from tests.factories import UserFactory


def ask(rf_view, **arguments):
    request = RequestFactory().get("/ho-so/")
    return rf_view(request, **arguments)


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize(
    ("view", "status"),
    [
        (views.bad_request, 400),
        (views.forbidden, 403),
        (views.csrf_failure, 403),
        (views.not_found, 404),
        (views.too_large, 413),
        (views.too_many, 429),
        (views.server_error, 500),
    ],
)
def test_error_page_names_its_request_and_asks_no_database(view, status, language):
    middleware.current.set("0123456789ab")

    with translation.override(language):
        response = ask(view)

    page = response.content.decode()
    assert response.status_code == status
    assert "0123456789ab" in page
    assert f'<html lang="{language}">' in page
    assert page.count("<h1>") == 1
    assert ('"/"' in page) or ("home" in page)


def test_forbidden_says_the_reason_it_was_given():
    response = ask(views.forbidden, exception=PermissionDenied("Cần vai trò văn thư."))

    assert "Cần vai trò văn thư." in response.content.decode()


def test_an_address_without_a_page_offers_search_and_the_way_back(client, db):
    response = client.get("/khong-co-trang-nay/")

    page = response.content.decode()
    assert response.status_code == 404
    assert 'action="/thu-tuc/"' in page
    assert "?next=/khong-co-trang-nay/" in page.replace("%2F", "/")


def test_a_signed_in_person_is_not_told_to_sign_in(client, db):
    client.force_login(UserFactory())

    assert "?next=" not in client.get("/khong-co-trang-nay/").content.decode()


def test_a_form_without_its_token_gets_a_page_that_says_what_to_do(db):
    response = Client(enforce_csrf_checks=True).post(reverse("set_language"), {"language": "en"})

    assert response.status_code == 403
    assert "Bấm Quay lại" in response.content.decode()


def test_the_language_changes_and_the_page_stays(client, db):
    response = client.post(reverse("set_language"), {"language": "en", "next": "/khong-co/?q=a"})

    assert response.url == "/khong-co/?q=a"
    assert '<html lang="en">' in client.get("/khong-co/").content.decode()
