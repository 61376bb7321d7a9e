"""My account: what can be changed, what cannot, the password, the language, signing out."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.middleware import SessionMiddleware

from portal.accounts import views
from tests.factories import PASSWORD, AgencyFactory, UserFactory, staff

pytestmark = pytest.mark.django_db
URL = "/tai-khoan/"
NEW = "mot-mat-khau-moi-2"
GIVEN = {
    "phone": "+84 912 345 678",
    "email": "mau@vidu.example",
    "language": "en",
    "commune": "",
    "address": "Số 2",
}


@pytest.fixture
def citizen(client):
    user = UserFactory(person__commune="90001")
    client.force_login(user)
    return user


# ── The page ────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("path", [URL, f"{URL}mat-khau/"])
def test_it_asks_to_sign_in(client, path):
    response = client.get(path)

    assert (response.status_code, response["Location"]) == (302, f"/tai-khoan/dang-nhap/?next={path}")


@pytest.mark.parametrize("path", [URL, f"{URL}mat-khau/"])
def test_other_methods_are_refused(client, citizen, path):
    assert client.delete(path).status_code == 405


def test_it_shows_who_i_am_without_the_whole_number(client, citizen):
    page = client.get(URL).content.decode()

    assert citizen.full_name in page
    assert citizen.person.personal_id not in page


@pytest.mark.parametrize("number", [1, 3])
def test_the_number_of_queries_does_not_grow(client, django_assert_max_num_queries, number):
    user = staff("receiver", AgencyFactory())
    for _i in range(number):
        user.duties.create(agency=AgencyFactory(), role="clerk")
    client.force_login(user)

    with django_assert_max_num_queries(6):
        assert client.get(URL).status_code == 200


def test_a_citizen_changes_the_details(client, citizen):
    agency = AgencyFactory(commune="90002")

    response = client.post(URL, GIVEN | {"commune": agency.commune})

    citizen.refresh_from_db()
    citizen.person.refresh_from_db()
    assert (response.status_code, response["Location"]) == (302, URL)
    assert (citizen.phone, citizen.email, citizen.language) == ("0912345678", "mau@vidu.example", "en")
    assert (citizen.person.commune, citizen.person.address) == ("90002", "Số 2")
    assert client.cookies["django_language"].value == "en"


def test_name_and_number_cannot_be_changed(client, citizen):
    before = (citizen.full_name, citizen.person.personal_id)

    client.post(URL, GIVEN | {"full_name": "Khác", "personal_id": "001190000999", "person": "1"})

    citizen.refresh_from_db()
    assert (citizen.full_name, citizen.person.personal_id) == before


def test_the_present_commune_may_stay_though_it_has_no_agency_here(client, citizen):
    assert client.post(URL, GIVEN | {"commune": "90001"}).status_code == 302


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"phone": "12345"}, "phone"),
        ({"email": "khong-phai-thu"}, "email"),
        ({"language": "fr"}, "language"),
        ({"commune": "12345"}, "commune"),
        ({"address": "x" * 201}, "address"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_lost(client, citizen, changes, field):
    response = client.post(URL, GIVEN | changes)

    assert response.status_code == 422
    assert set(response.context["form"].errors) == {field}
    assert response.context["form"]["email"].value() == (GIVEN | changes)["email"]


def test_staff_change_how_they_are_reached_and_see_their_duties(client):
    agency = AgencyFactory()
    user = staff("clerk", agency)
    client.force_login(user)

    assert agency.name in client.get(URL).content.decode()
    assert client.post(URL, {"phone": "02439412345", "email": "", "language": "vi"}).status_code == 302
    user.refresh_from_db()
    assert user.phone == "02439412345"


# ── The password ────────────────────────────────────────────────────────────────────────────────
def test_changing_the_password_ends_the_other_sessions(client, citizen, django_user_model):
    other = type(client)()
    other.force_login(citizen)

    response = client.post(f"{URL}mat-khau/", {"current": PASSWORD, "password": NEW, "again": NEW})

    assert response["Location"] == URL
    assert client.get(URL).status_code == 200
    assert other.get(URL).status_code == 302
    assert django_user_model.objects.get(pk=citizen.pk).check_password(NEW)


def test_the_present_password_is_asked_for_and_guessing_is_slowed_down(client, citizen):
    answers = [
        client.post(f"{URL}mat-khau/", {"current": "sai-mat-khau", "password": NEW, "again": NEW}).status_code
        for _i in range(6)
    ]

    assert answers == [422] * 5 + [429]


# ── Signing out, and the language ───────────────────────────────────────────────────────────────
def test_sign_out_is_a_post(client, citizen):
    assert client.get(f"{URL}dang-xuat/").status_code == 405
    assert "_auth_user_id" in client.session

    response = client.post(f"{URL}dang-xuat/")

    assert (response.status_code, response["Location"]) == (302, "/")
    assert "_auth_user_id" not in client.session


def test_signing_out_twice_does_no_harm(client):
    assert client.post(f"{URL}dang-xuat/").status_code == 302


def set_language(rf, user, language):
    request = rf.post("/ngon-ngu/", {"language": language, "next": "/thu-tuc/"})
    SessionMiddleware(lambda _request: None).process_request(request)
    request.user = user
    return views.set_language(request)


def test_the_language_is_remembered_on_the_account(rf):
    user = UserFactory(language="vi")

    response = set_language(rf, user, "en")

    user.refresh_from_db()
    assert user.language == "en"
    assert (response["Location"], response.cookies["django_language"].value) == ("/thu-tuc/", "en")


@pytest.mark.parametrize("language", ["fr", "", "../../x"])
def test_an_unknown_language_changes_nothing(rf, language):
    user = UserFactory(language="vi")

    set_language(rf, user, language)

    user.refresh_from_db()
    assert user.language == "vi"


def test_the_language_of_a_visitor(rf):
    assert set_language(rf, AnonymousUser(), "en").cookies["django_language"].value == "en"


def test_the_language_is_a_post(rf):
    assert views.set_language(rf.get("/ngon-ngu/")).status_code == 405
