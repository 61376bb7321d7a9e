"""The register of clients on its pages: secrets shown once, purposes that never change, everything written down."""

import re

import pytest
from django.urls import reverse

from portal.sharing.models import Client, ClientEvent, Scope
from tests.factories import AgencyFactory, UserFactory, staff
from tests.portal.sharing.world import allow, paper_of, registered

pytestmark = pytest.mark.django_db

DETAILS = {
    "name": "Bảo hiểm xã hội Mẫu", "system": "Chi trả", "contact": "kythuat@example.vn", "agency": "",
    "active_from": "01/01/2026", "active_until": "", "per_minute": "60",
}  # fmt: skip
PURPOSE = {
    "code": "tuoi", "type_code": "KQ.G15.000031", "title_vi": "Giấy khai sinh", "title_en": "Birth certificate",
    "purpose_vi": "Xét trợ cấp", "purpose_en": "Allowance", "basis_vi": "Điều 1", "basis_en": "Article 1",
    "needs_consent": "yes", "claims": "person.full_name | Họ tên | Name\n\nperson.sex | Giới tính | Sex",
    "questions": 'nu | Là nữ | Is a woman | claims.person.sex == "female" || claims.person.sex == "f"',
    "most_days": "90",
}  # fmt: skip


@pytest.fixture
def admin(client):
    user = staff("system_admin", AgencyFactory())
    client.force_login(user)
    return client


def test_a_system_is_registered_and_its_secret_works_once_shown(admin, client):
    answer = admin.post(reverse("clients:new"), DETAILS)

    row = Client.objects.get()
    secret = re.search(r'id="secret">([\w-]{40,})<', answer.text)[1]
    assert secret not in admin.get(row.get_absolute_url()).text
    form = {"grant_type": "client_credentials", "client_id": row.pk, "client_secret": secret}
    assert client.post("/api/v1/token/", form).status_code == 200
    admin.post(reverse("clients:rotate", args=[row.pk]))
    assert client.post("/api/v1/token/", form).status_code == 401


@pytest.mark.parametrize(
    "wrong",
    [{"name": ""}, {"contact": "x"}, {"agency": "H99"}, {"active_from": "31/02/2026"}, {"active_until": "01/01/2025"},
     {"per_minute": "0"}],
)  # fmt: skip
def test_details_that_cannot_be(admin, wrong):
    assert admin.post(reverse("clients:new"), DETAILS | wrong).status_code == 422
    assert not Client.objects.exists()


def test_the_same_system_twice(admin):
    admin.post(reverse("clients:new"), DETAILS)

    assert admin.post(reverse("clients:new"), DETAILS).status_code == 422
    assert Client.objects.count() == 1


def test_a_purpose_is_registered_read_and_ended(admin):
    row, _secret = registered()

    admin.post(reverse("clients:allow", args=[row.pk]), PURPOSE)

    scope = Scope.objects.get()
    assert scope.claims[1] == {"path": "person.sex", "vi": "Giới tính", "en": "Sex"}
    assert scope.questions[0]["expression"] == 'claims.person.sex == "female" || claims.person.sex == "f"'
    assert "Là nữ" in admin.get(row.get_absolute_url()).text
    assert admin.post(reverse("clients:allow", args=[row.pk]), PURPOSE).status_code == 422
    admin.post(reverse("clients:end", args=[row.pk, scope.pk]))
    assert admin.post(reverse("clients:allow", args=[row.pk]), PURPOSE).status_code == 302


@pytest.mark.parametrize(
    "wrong",
    [{"code": "Tuổi"}, {"claims": "person.full_name"}, {"claims": "Họ tên | Họ tên | Name"}, {"most_days": "400"},
     {"questions": "nu | Là nữ | Is a woman | secret == 1"}, {"questions": "nu | Là nữ | Is a woman | claims.x =="},
     {"questions": "", "claims": ""}, {"basis_vi": ""}],
)  # fmt: skip
def test_purposes_that_cannot_be(admin, wrong):
    row, _secret = registered()

    assert admin.post(reverse("clients:allow", args=[row.pk]), PURPOSE | wrong).status_code == 422
    assert not Scope.objects.exists()


def test_the_form_shows_claims_that_exist_but_no_values(admin):
    row, _secret = registered()
    paper_of(UserFactory(full_name="Nguyễn Thị Mẫu"))

    page = admin.get(reverse("clients:allow", args=[row.pk])).text

    assert "person.date_of_birth" in page
    assert "Nguyễn Thị Mẫu" not in page


def test_what_was_done_is_written_down(admin):
    admin.post(reverse("clients:new"), DETAILS)
    row = Client.objects.get()
    admin.post(reverse("clients:change", args=[row.pk]), DETAILS | {"per_minute": "10"})
    admin.post(reverse("clients:suspend", args=[row.pk]), {"reason": ""})
    admin.post(reverse("clients:suspend", args=[row.pk]), {"reason": "Nghi lộ khóa"})
    admin.post(reverse("clients:resume", args=[row.pk]))

    acts = list(ClientEvent.objects.order_by("pk").values_list("act", "detail"))

    assert acts == [
        ("registered", ""),
        ("changed", "per_minute"),
        ("suspended", "Nghi lộ khóa"),
        ("resumed", ""),
    ]
    assert "Nghi lộ khóa" in admin.get(row.get_absolute_url()).text


@pytest.mark.parametrize("role", ["receiver", "leader", "procedure_admin"])
def test_colleagues_are_told_which_role_it_takes(client, role):
    row, _secret = registered()
    client.force_login(staff(role, AgencyFactory()))

    assert client.get(reverse("clients:list")).status_code == 403
    assert client.post(reverse("clients:rotate", args=[row.pk])).status_code == 403


@pytest.mark.parametrize("rows", [1, 30])
def test_queries_do_not_grow(admin, django_assert_max_num_queries, rows):
    made = [registered(name=f"Cơ quan {n}")[0] for n in range(rows)]
    for n in range(rows):
        allow(made[0], code=f"m-{n}")

    for path in (reverse("clients:list"), made[0].get_absolute_url(), reverse("clients:objections")):
        with django_assert_max_num_queries(8):
            assert admin.get(path).status_code == 200
