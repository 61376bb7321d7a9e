"""Finding a procedure and its start page: who sees what, in both languages, at a constant price in queries."""

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from portal.accounts.models import AgencyKind
from portal.documents.models import Document, IssuedPaper
from procedures.definitions import bundles, catalogue, publishing, start
from tests.factories import AgencyFactory, UserFactory, staff
from tests.procedures.conftest import PUBLISHED_AT
from tests.procedures.golden import GOLDEN

LIST = reverse("definitions:list")
AT = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)


def page(client, code="1.001193", **extra):
    return client.get(reverse("definitions:procedure", args=[code]), **extra)


def text(response):
    return " ".join(response.content.decode().split())


@pytest.fixture
def mother(db):
    return UserFactory()


@pytest.fixture
def offices(db):
    return [
        AgencyFactory(name="UBND phường Hoàn Kiếm", place_name="Hoàn Kiếm", commune="00070"),
        AgencyFactory(name="UBND phường Ba Đình", place_name="Ba Đình", commune="00004"),
        AgencyFactory(name="Công an phường Hoàn Kiếm", commune="00070", kind=AgencyKind.POLICE),
    ]


def issue(person, office, number="12/2026/GKS"):
    document = Document.objects.create(
        kind="result",
        owner=person,
        name="a.pdf",
        content_type="application/pdf",
        size=1,
        sha256="0" * 64,
        storage_key=number,
    )
    return IssuedPaper.objects.create(
        document=document,
        type_code="KQ.G15.000031",
        title={"vi": "Giấy khai sinh", "en": "Birth certificate"},
        number=number,
        issuer=office,
        issuer_name=office.name,
        signer_name="Lê Thị Mẫu",
        signer_position="CHỦ TỊCH",
        holder=person,
        subject_name="Trần Nguyễn Mẫu Anh",
        claims=GOLDEN["1.001193"].claims,
        issued_at=AT,
    )


# ── Search ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ("khai sinh", ["1.001193", "2.000635"]),
        ("KHAI  SINH", ["1.001193", "2.000635"]),
        ("giay doc than", ["1.004873"]),
        ("giấy độc thân", ["1.004873"]),
        ("nhập hộ khẩu", ["1.004222"]),
        ("1.004222", ["1.004222"]),
        ("newborn baby", ["1.001193"]),
        ("đặt tên con", ["1.001193"]),
    ],
)
def test_search_in_everyday_words(in_force, query, codes):
    found = catalogue.find(query)

    assert sorted(entry.code for entry in found.entries) == codes
    assert found.exact


def test_search_shows_what_comes_closest(in_force, client):
    response = client.get(LIST, {"q": "giấy khai sinh cho mèo"})

    assert response.status_code == 200
    assert "Đăng ký khai sinh" in text(response)
    assert not response.context["found"].exact


@pytest.mark.parametrize("query", ["%", "_", "' or 1=1", "a" * 5000, "\u202e"])
def test_search_takes_anything(in_force, client, query):
    assert client.get(LIST, {"q": query}).status_code == 200


def test_search_puts_the_name_first(in_force):
    assert catalogue.find("thường trú").entries[0].code == "1.004222"


def test_search_without_a_hit_says_what_to_do(in_force, client):
    response = client.get(LIST, {"q": "zzz <b>"})

    assert response.status_code == 200
    assert "zzz &lt;b&gt;" in text(response)
    assert "1022" in text(response)


def test_nothing_published_yet(db, client):
    assert client.get(LIST).status_code == 200


def test_events_of_life_filter(in_force, client):
    response = client.get(LIST, {"su-kien": "moving"})

    assert [entry.code for entry in response.context["found"].entries] == ["1.004222"]
    assert 'aria-current="true"' in text(response)


def test_unknown_event_shows_everything(in_force, client):
    assert len(client.get(LIST, {"su-kien": "khac"}).context["found"].entries) == len(GOLDEN)


def test_code_of_a_dossier_leads_to_the_dossiers(db, client):
    response = client.get(LIST, {"q": "h26.00070-261121-0001"})

    assert response.status_code == 302
    assert response.url == reverse("dossiers:list") + "?ma=H26.00070-261121-0001"


def test_drafts_are_not_listed(db, client, bundled):
    bundles.import_bundle(bundled["1.001193"], by=None, at=PUBLISHED_AT)

    assert client.get(LIST).context["found"].entries == ()
    assert page(client).status_code == 404


def test_list_takes_one_query(in_force, client, django_assert_num_queries):
    with django_assert_num_queries(1):
        client.get(LIST)


# ── Start page ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("code", sorted(GOLDEN))
@pytest.mark.parametrize("language", ["vi", "en"])
def test_start_page_of_every_procedure(in_force, offices, client, bundled, code, language):
    client.cookies["django_language"] = language
    response = page(client, code)

    assert response.status_code == 200
    assert bundled[code]["name"][language] in text(response)
    assert code in text(response)
    assert reverse("accounts:sign_in") in text(response)
    assert "<script>" not in text(response)
    assert 'style="' not in text(response)


PRICES = {
    "1.001193": (0, False, None, [5000, 8000]),
    "2.000635": (8000, True, None, []),
    "1.004873": (3000, False, None, []),
    "1.004222": (10_000, False, 20_000, []),
    "1.000894": (0, False, None, [8000]),
    "1.000656": (0, False, None, [5000, 8000]),
    "2.000815": (2000, True, None, []),
    "1.001612": (0, False, 100_000, []),
    "1.013225": (75_000, False, None, []),
    "3.000333": (200_000, False, None, []),
}


@pytest.mark.parametrize("code", sorted(GOLDEN))
def test_price(in_force, client, code):
    price = page(client, code).context["price"]

    assert (
        price.amount,
        price.is_least,
        price.at_counter,
        [amount for _label, amount in price.notes],
    ) == PRICES[code]


def test_offices_of_the_right_kind_with_ones_own_chosen(in_force, offices, client, mother):
    client.force_login(mother)

    response = page(client)

    assert [(office.name, office.is_mine) for office in response.context["offices"]] == [
        ("UBND phường Ba Đình", False),
        ("UBND phường Hoàn Kiếm", True),
    ]
    assert f'<option value="{offices[0].pk}" selected>' in text(response)
    assert f'action="{reverse("filing:begin")}"' in text(response)
    assert 'name="procedure" value="1.001193"' in text(response)


def test_the_one_office_of_the_city_needs_no_choice(in_force, offices, client, mother, bundled):
    police = AgencyFactory(name="Công an thành phố Mẫu", commune="", kind=AgencyKind.CITY_POLICE)
    citywide = bundled["1.004222"] | {"code": "9.000001", "agency": "city_police"}
    bundles.import_bundle(citywide, by=None, at=PUBLISHED_AT, publish=True)
    client.force_login(mother)

    shown = text(page(client, "9.000001"))

    assert f'<input type="hidden" name="agency" value="{police.pk}">' in shown
    assert police.name in shown
    assert "<select" not in shown


def test_without_a_commune_nothing_is_chosen(in_force, offices, client):
    client.force_login(UserFactory(person__commune=""))

    assert "selected" not in text(page(client))


def test_without_offices_the_page_says_where_to_go(in_force, client, mother):
    client.force_login(mother)

    assert "bộ phận Một cửa" in text(page(client))


def test_what_we_have_counts_the_account_and_the_store(in_force, offices, client, mother):
    issue(mother.person, offices[0])
    issue(UserFactory().person, offices[0], number="13/2026/GKS")
    client.force_login(mother)

    response = page(client, "1.004222")

    assert [paper.number for paper in response.context["in_store"]] == ["12/2026/GKS"]
    assert "12/2026/GKS" in text(response)
    assert "13/2026/GKS" not in text(response)
    assert response.context["effort"].filled > 0


def test_known_answers_are_not_asked_again(in_force, client, mother):
    before = page(client).context["effort"]
    client.force_login(mother)

    after = page(client).context["effort"]

    assert after.questions + after.filled == before.questions
    assert after.filled > 0


def test_staff_account_is_told_why_it_cannot_file(in_force, offices, client):
    client.force_login(staff("receiver", offices[0]))

    response = page(client)

    assert response.status_code == 200
    assert reverse("filing:begin") not in text(response).replace(reverse("definitions:list"), "")


def test_draft_left_open_is_offered_first(in_force, offices, client, mother, monkeypatch):
    monkeypatch.setattr(
        start, "unfinished", [lambda user, code: f"/nhap/{code}/" if user == mother else None]
    )
    client.force_login(mother)

    assert 'href="/nhap/1.001193/"' in text(page(client))


def test_start_page_takes_a_constant_number_of_queries(in_force, offices, client, mother):
    """Session, user with person, version, papers, offices, the header's counts: however many papers there are."""
    client.force_login(mother)
    counts = []
    for number in range(3):
        issue(mother.person, offices[0], number=f"{number}/2026/GKS")
        page(client, "1.004222")
        with CaptureQueriesContext(connection) as queries:
            page(client, "1.004222")
        counts.append(len(queries))

    assert counts == [counts[0]] * 3
    assert counts[0] <= 7


# ── 404 ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("code", ["9.999999", "khai-sinh", "1.001193'--"])
def test_unknown_code_is_a_404_with_search(in_force, client, code):
    response = client.get(f"{LIST}{code}/")

    assert response.status_code == 404
    assert 'role="search"' in text(response)


def test_retired_procedure_says_since_when(in_force, client):
    publishing.retire(in_force["1.004873"], by=None, at=AT)

    response = page(client, "1.004873")

    assert response.status_code == 404
    assert "20/11/2026" in text(response)
    assert "không còn áp dụng" in text(response)


@pytest.mark.parametrize("name", ["list", "procedure"])
def test_only_reading(in_force, client, name):
    address = reverse(f"definitions:{name}", args=["1.001193"] if name == "procedure" else [])

    assert client.post(address).status_code == 405
