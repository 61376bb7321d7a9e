"""The sign-in page: in with number and password, slowed down when guessing, never sent elsewhere."""

from datetime import UTC, datetime

import pytest
import time_machine
from django.urls import reverse

from tests.factories import PASSWORD, AgencyFactory, UserFactory, staff

pytestmark = pytest.mark.django_db
URL = "/tai-khoan/dang-nhap/"
NOW = datetime(2026, 11, 17, 2, 0, 1, tzinfo=UTC)


def sign_in(client, name, password=PASSWORD, **more):
    return client.post(URL, {"name": name, "password": password, **more})


def test_the_page_is_public_and_not_kept(client):
    response = client.get(URL)

    assert response.status_code == 200
    assert "no-store" in response["Cache-Control"]


@pytest.mark.parametrize("method", ["put", "delete", "patch"])
def test_other_methods_are_refused(client, method):
    assert getattr(client, method)(URL).status_code == 405


@pytest.mark.parametrize("written", ["001190000777", "001 190 000 777", " 001.190.000777 "])
def test_a_citizen_signs_in_with_the_number(client, written):
    user = UserFactory(person__personal_id="001190000777")

    response = sign_in(client, written)

    assert (response.status_code, response["Location"]) == (302, "/")
    assert client.session["_auth_user_id"] == str(user.pk)


def test_staff_sign_in_with_their_name_and_go_to_their_desk(client):
    staff("clerk", AgencyFactory(), username="vanthu.mau")

    assert sign_in(client, "VanThu.Mau")["Location"] == reverse("counter:inbox")


def test_the_session_gets_a_new_key(client):
    client.get(URL)
    client.session["kept"] = 1
    session = client.session
    session["x"] = 1
    session.save()
    before = session.session_key

    sign_in(client, UserFactory().username)

    assert client.session.session_key != before


@pytest.mark.parametrize("case", ["wrong password", "unknown", "inactive"])
def test_whatever_is_wrong_the_answer_is_the_same(client, case):
    user = UserFactory(is_active=case != "inactive")
    name = "001190999999" if case == "unknown" else user.username

    response = sign_in(client, name, "sai-mat-khau" if case == "wrong password" else PASSWORD)

    assert response.status_code == 422
    assert response.context["form"].non_field_errors() == [
        "Tên và mật khẩu này không đi với nhau. Kiểm tra cả hai rồi thử lại."
    ]
    assert "_auth_user_id" not in client.session


def test_what_is_missing_is_said(client):
    response = client.post(URL, {})

    assert response.context["form"].errors == {"name": ["Nhập số định danh."], "password": ["Nhập mật khẩu."]}


def test_the_password_does_not_come_back(client):
    assert b"sai-mat-khau" not in sign_in(client, UserFactory().username, "sai-mat-khau").content


@pytest.mark.parametrize(
    ("wanted", "where"),
    [
        ("/ho-so/", "/ho-so/"),
        ("https://xau.example/", "/"),
        ("//xau.example/", "/"),
        ("/\\xau.example/", "/"),
        ("javascript:alert(1)", "/"),
    ],
)
def test_next_stays_on_this_site(client, wanted, where):
    assert sign_in(client, UserFactory().username, next=wanted)["Location"] == where


def test_next_survives_a_wrong_password(client):
    response = sign_in(client, UserFactory().username, "sai-mat-khau", next="/ho-so/?a=1")

    assert '<input type="hidden" name="next" value="/ho-so/?a=1">' in response.content.decode()


def test_who_is_signed_in_goes_on(client):
    client.force_login(UserFactory())

    assert client.get(URL, {"next": "/ho-so/"})["Location"] == "/ho-so/"


def test_a_form_without_token_is_refused():
    from django.test import Client  # noqa: PLC0415

    assert Client(enforce_csrf_checks=True).post(URL, {"name": "a", "password": "b"}).status_code == 403


@time_machine.travel(NOW, tick=False)
def test_an_account_is_closed_for_a_while_after_five_tries(client):
    user = UserFactory()
    for _i in range(5):
        assert sign_in(client, user.username, "sai-mat-khau").status_code == 422

    response = sign_in(client, user.username)

    assert (response.status_code, response["Retry-After"]) == (429, "900")
    assert "15" in response.content.decode()
    assert sign_in(client, UserFactory().username).status_code == 302


def test_the_account_opens_again_when_the_window_is_over(client):
    user = UserFactory()
    with time_machine.travel(NOW, tick=False):
        for _i in range(6):
            sign_in(client, user.username, "sai-mat-khau")

    with time_machine.travel(NOW.replace(minute=15), tick=False):
        assert sign_in(client, user.username).status_code == 302


@time_machine.travel(NOW, tick=False)
def test_a_successful_sign_in_forgets_the_failures(client):
    user = UserFactory()
    for _round in range(2):
        for _i in range(4):
            sign_in(client, user.username, "sai-mat-khau")
        assert sign_in(client, user.username).status_code == 302
        client.logout()


@time_machine.travel(NOW, tick=False)
def test_one_address_may_not_try_many_accounts(client):
    for n in range(50):
        sign_in(client, f"canbo{n}", "sai-mat-khau")

    assert sign_in(client, UserFactory().username).status_code == 429
    user = UserFactory()
    elsewhere = client.post(URL, {"name": user.username, "password": PASSWORD}, REMOTE_ADDR="10.0.0.9")
    assert elsewhere.status_code == 302


def test_behind_a_proxy_the_last_address_counts(rf, settings):
    from portal.accounts import throttle  # noqa: PLC0415

    request = rf.get("/", HTTP_X_FORWARDED_FOR="1.2.3.4, 10.0.0.9", REMOTE_ADDR="127.0.0.1")

    assert throttle.address(request) == "127.0.0.1"
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    assert throttle.address(request) == "10.0.0.9"
    assert throttle.address(rf.get("/", HTTP_X_FORWARDED_FOR="2001:db8:1:2:3::4")) == "2001:db8:1:2::/64"
    assert throttle.address(rf.get("/", HTTP_X_FORWARDED_FOR="nobody")) == "nobody"


def test_the_pages_speak_the_accounts_language(client):
    sign_in(client, UserFactory(language="en").username)

    assert client.cookies["django_language"].value == "en"


def test_the_browsers_own_choice_is_remembered_on_the_account(client):
    user = UserFactory(language="vi")
    client.cookies["django_language"] = "en"

    sign_in(client, user.username)

    user.refresh_from_db()
    assert user.language == "en"
