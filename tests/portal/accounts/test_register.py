"""Opening an account."""

from datetime import date

import pytest
from django.contrib.messages import get_messages

from portal.accounts.models import Person, User
from tests.factories import PASSWORD, PersonFactory, UserFactory

pytestmark = pytest.mark.django_db
URL = "/tai-khoan/dang-ky/"
GIVEN = {
    "personal_id": "001 190 000 777",
    "full_name": " Nguyễn  Thị Mẫu ",
    "birth_day": "20",
    "birth_month": "5",
    "birth_year": "1990",
    "sex": "female",
    "password": PASSWORD,
    "again": PASSWORD,
}


def errors(client, **changes):
    response = client.post(URL, GIVEN | changes)
    assert response.status_code == 422
    assert User.objects.count() == 0
    return response.context["form"].errors


def test_the_page_is_public(client):
    assert client.get(URL).status_code == 200


def test_other_methods_are_refused(client):
    assert client.delete(URL).status_code == 405


def test_it_makes_the_account_signs_in_and_goes_on(client):
    response = client.post(URL, GIVEN | {"next": "/thu-tuc/"})

    user = User.objects.get()
    assert response["Location"] == "/thu-tuc/"
    assert client.session["_auth_user_id"] == str(user.pk)
    assert (user.username, user.full_name) == ("001190000777", "Nguyễn Thị Mẫu")
    assert (user.person.date_of_birth, user.person.sex) == (date(1990, 5, 20), "female")
    assert [str(m) for m in get_messages(response.wsgi_request)] == [
        "Tài khoản đã sẵn sàng. Ông/bà đang đăng nhập."
    ]


def test_who_is_signed_in_goes_on(client):
    client.force_login(UserFactory())

    assert client.get(URL)["Location"] == "/"


def test_everything_missing_is_said_at_once(client):
    response = client.post(URL, {})

    assert set(response.context["form"].errors) == {
        "personal_id",
        "full_name",
        "birth_day",
        "sex",
        "password",
        "again",
    }


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"personal_id": "00119000077"}, "personal_id", "Số định danh này mới có 11 chữ số; cần đủ 12."),
        ({"full_name": "12345"}, "full_name", "Viết họ tên bằng chữ, đúng như trên thẻ."),
        ({"full_name": "Mẫu\x00"}, "full_name", None),
        ({"birth_day": "31", "birth_month": "2"}, "birth_day", "Không có ngày này. Viết như: 20 5 1990."),
        ({"birth_day": "hai"[:2]}, "birth_day", "Không có ngày này. Viết như: 20 5 1990."),
        ({"birth_month": ""}, "birth_day", "Nhập đủ ngày, tháng, năm sinh."),
        ({"birth_year": "2999"}, "birth_day", "Ngày sinh phải nằm trong khoảng từ năm 1900 đến hôm nay."),
        ({"birth_year": "1899"}, "birth_day", "Ngày sinh phải nằm trong khoảng từ năm 1900 đến hôm nay."),
        ({"again": "khac-mat-khau"}, "again", "Hai lần nhập mật khẩu khác nhau. Nhập lại lần thứ hai."),
        ({"password": "ngan", "again": "ngan"}, "password", None),
        ({"password": "1357924680135", "again": "1357924680135"}, "password", None),
        ({"password": "001190000777", "again": "001190000777"}, "password", None),
        ({"sex": "x"}, "sex", None),
    ],
)
def test_what_is_wrong_is_said(client, changes, field, sentence):
    found = errors(client, **changes)

    assert set(found) == {field}
    if sentence:
        assert found[field] == [sentence]


def test_a_number_that_tells_another_sex_or_year_is_a_warning_not_a_wall(client):
    assert set(errors(client, sex="male")) == {"personal_id"}
    assert 'name="sure"' in client.post(URL, GIVEN | {"sex": "male"}).content.decode()

    assert client.post(URL, GIVEN | {"sex": "male", "sure": "on"}).status_code == 302


def test_a_taken_number_is_answered_without_telling_whose_it_is(client):
    owner = UserFactory(person__personal_id="001190000777", person__full_name="Lê Thị Thử")

    response = client.post(URL, GIVEN)

    assert response.status_code == 422
    assert set(response.context["form"].errors) == {"personal_id"}
    assert owner.full_name not in response.content.decode()
    assert (User.objects.count(), Person.objects.count()) == (1, 1)


def test_somebody_elses_record_looks_the_same_as_an_account(client):
    PersonFactory(personal_id="001190000777", full_name="Lê Thị Thử")
    unowned = client.post(URL, GIVEN).context["form"].errors
    UserFactory(person=Person.objects.get())

    assert client.post(URL, GIVEN).context["form"].errors == unowned


def test_one_address_opens_ten_accounts_an_hour(client):
    UserFactory(person__personal_id="001190000777")
    for _i in range(10):
        assert client.post(URL, GIVEN).status_code == 422

    response = client.post(URL, GIVEN)

    assert response.status_code == 429
    assert int(response["Retry-After"]) > 0
