"""The personal store: each page works, is its owner's alone, and answers what it does not know with 404."""

import uuid
from datetime import date, timedelta
from urllib.parse import quote

import pytest
from django.urls import reverse

from portal.documents import consents, papers, store
from portal.documents.models import AccessLog, DocumentKind
from tests import factories
from tests.portal.documents.conftest import AT, CODE

PAGES = ("paper", "download")


@pytest.fixture(autouse=True)
def today(time_machine):
    time_machine.move_to(AT + timedelta(days=1))


@pytest.fixture
def at_home(client, mai):
    client.force_login(mai)
    return client


def address(name, paper):
    return reverse(f"documents:{name}", args=[paper.document_id])


# ── My papers ─────────────────────────────────────────────────────────────────────────────────────
def test_mine_lists_papers_with_what_needs_attention_first(at_home, issue):
    endless = issue(b"1", check_code="A" * 12, number="1/2026/GKS")
    soon = issue(b"2", check_code="B" * 12, number="2/2026/GKS", valid_until=date(2026, 12, 1))
    gone = issue(b"3", check_code="C" * 12, number="3/2026/GKS", valid_until=date(2026, 11, 1))

    response = at_home.get(reverse("documents:mine"))

    assert [card.paper for card in response.context["page"].cards] == [soon, endless, gone]
    assert [card.days_left for card in response.context["page"].cards] == [18, None, None]
    assert "Hết hạn sau 18 ngày" in response.text
    assert response["Cache-Control"] == "max-age=0, no-cache, no-store, must-revalidate, private"


@pytest.mark.parametrize(
    ("wanted", "shown"), [("con-gia-tri", 1), ("het-gia-tri", 1), ("tai-len", 0), ("?", 2)]
)
def test_mine_can_be_filtered(wanted, shown, at_home, issue):
    issue(b"1", check_code="A" * 12, number="1")
    papers.set_status(issue(b"2", check_code="B" * 12, number="2"), "revoked", reason="Sai", at=AT)

    response = at_home.get(reverse("documents:mine"), {"loc": wanted})

    assert len(response.context["page"].cards) == shown


@pytest.mark.parametrize("number", [1, 3])
def test_mine_takes_as_many_queries_for_three_papers_as_for_one(
    number, at_home, issue, mai, django_assert_max_num_queries
):
    for n in range(number):
        paper = issue(bytes([n + 1]), check_code=f"{n}" * 12, number=str(n))
        papers.use(paper, by=None, by_name="X", purpose={"vi": "Y"}, at=AT)

    with django_assert_max_num_queries(8):
        at_home.get(reverse("documents:mine"))


def test_mine_is_inviting_when_empty(at_home):
    assert "Chưa có giấy tờ nào" in at_home.get(reverse("documents:mine")).text


def test_mine_shows_uploads_that_were_sent(at_home, mai):
    document = store.put(
        b"x", name="bằng.pdf", content_type="application/pdf", kind=DocumentKind.UPLOAD,
        owner=mai.person, by=mai, at=AT,
    )  # fmt: skip
    assert "bằng.pdf" not in at_home.get(reverse("documents:mine")).text

    store.attach([document], at=AT)
    assert "bằng.pdf" in at_home.get(reverse("documents:mine")).text


def test_mine_shows_nobody_elses(client, paper, stranger):
    client.force_login(stranger)

    assert paper.number not in client.get(reverse("documents:mine")).text


# ── One paper ─────────────────────────────────────────────────────────────────────────────────────
def test_paper_shows_who_looked_and_why(at_home, paper):
    papers.use(
        paper,
        by=None,
        by_name="Công an phường Mẫu",
        purpose={"vi": "Đăng ký thường trú", "en": "Residence"},
        dossier_code="H26-261112-0001",
        consent=consents.for_dossier(
            paper,
            agency=paper.issuer,
            purpose={"vi": "Đăng ký thường trú"},
            text="Tôi đồng ý cho dùng giấy này",
            language="vi",
            dossier_code="H26-261112-0001",
            given_at=AT,
        ),
        at=AT,
    )

    text = at_home.get(address("paper", paper)).text

    for shown in ("218/2026/GKS", "Công an phường Mẫu", "Đăng ký thường trú", "H26-261112-0001", CODE):
        assert shown in text
    assert "Tôi đồng ý cho dùng giấy này" in text


def test_paper_shows_older_looks_on_request(at_home, paper):
    for n in range(25):
        papers.use(paper, by=None, by_name=f"Người {n:02}", purpose={"vi": "Xem"}, at=AT)

    first = at_home.get(address("paper", paper))
    second = at_home.get(address("paper", paper) + first.context["older"])

    assert "Người 24" in first.text
    assert "Người 04" not in first.text
    assert "Người 04" in second.text
    assert (second.context["older"], second.context["newer"]) == ("", address("paper", paper))


@pytest.mark.parametrize("before", ["x", "-1", "9" * 30, "²"])
def test_paper_ignores_a_senseless_place_in_the_list(before, at_home, paper):
    assert at_home.get(address("paper", paper), {"truoc": before}).status_code == 200


@pytest.mark.parametrize("status", ["suspended", "revoked"])
def test_paper_says_that_it_no_longer_holds(status, at_home, paper):
    papers.set_status(paper, status, reason="Cấp sai thẩm quyền", at=AT)

    assert "Cấp sai thẩm quyền" in at_home.get(address("paper", paper)).text


def test_paper_leads_to_its_successor(at_home, paper, issue):
    successor = issue(b"new", check_code="N" * 12, number="219/2026/GKS")
    papers.set_status(paper, "replaced", reason="Cải chính", at=AT, replaced_by=successor)

    assert address("paper", successor) in at_home.get(address("paper", paper)).text


def test_an_upload_has_no_paper_page(at_home, mai):
    document = store.put(
        b"x", name="a", content_type="image/png", kind=DocumentKind.UPLOAD, owner=mai.person, by=mai, at=AT
    )

    assert at_home.get(reverse("documents:paper", args=[document.pk])).status_code == 404


# ── The file ──────────────────────────────────────────────────────────────────────────────────────
def test_download_gives_the_very_bytes_and_writes_it_down(at_home, paper, signed, mai):
    response = at_home.get(address("download", paper))

    assert response.getvalue() == signed
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Length"] == str(len(signed))
    name = quote("Giấy khai sinh 218.pdf")
    assert response["Content-Disposition"] == f"attachment; filename*=utf-8''{name}"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert {"private", "no-store"} <= set(response["Cache-Control"].split(", "))
    entry = AccessLog.objects.get()
    assert (entry.paper, entry.by, entry.purpose["vi"]) == (paper, mai, "Tải về")


def test_download_can_be_looked_at_in_the_browser(at_home, paper):
    response = at_home.get(address("download", paper), {"xem": "1"})

    assert response["Content-Disposition"].startswith("inline;")
    assert AccessLog.objects.get().purpose["vi"] == "Xem tệp"


def test_a_glance_at_the_headers_is_no_look(at_home, paper):
    at_home.head(address("download", paper))

    assert not AccessLog.objects.exists()


def test_what_a_browser_might_run_is_never_shown_inline(at_home, mai):
    document = store.put(
        b"<script>", name="a.html", content_type="text/html", kind=DocumentKind.FORM,
        owner=mai.person, by=None, at=AT,
    )  # fmt: skip

    response = at_home.get(reverse("documents:download", args=[document.pk]), {"xem": "1"})

    assert response["Content-Disposition"].startswith("attachment")


def test_a_damaged_file_is_not_given_out(at_home, paper, settings):
    (settings.HOME / "files" / paper.document.storage_key).write_bytes(b"something else")

    response = at_home.get(address("download", paper))

    assert response.status_code == 500
    assert "Hiện chưa đưa được tệp này" in response.text
    assert not AccessLog.objects.exists()


# ── The other four questions ──────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("name", PAGES)
def test_another_person_gets_404(name, client, paper, stranger):
    client.force_login(stranger)

    assert client.get(address(name, paper)).status_code == 404
    assert not AccessLog.objects.exists()


@pytest.mark.parametrize("name", [*PAGES, "mine"])
def test_an_officer_does_not_come_in_here(name, client, paper):
    client.force_login(factories.staff("leader", paper.issuer))

    response = client.get(address(name, paper) if name != "mine" else reverse("documents:mine"))

    assert response.status_code == 403


@pytest.mark.parametrize("name", [*PAGES, "mine"])
def test_the_anonymous_sign_in_first(name, client, paper):
    here = address(name, paper) if name != "mine" else reverse("documents:mine")

    response = client.get(here)

    assert (response.status_code, response["Location"]) == (302, f"{reverse('accounts:sign_in')}?next={here}")


@pytest.mark.parametrize("name", [*PAGES, "mine"])
def test_nothing_is_posted_here(name, at_home, paper):
    here = address(name, paper) if name != "mine" else reverse("documents:mine")

    assert at_home.post(here).status_code == 405


@pytest.mark.parametrize("name", PAGES)
def test_what_does_not_exist_is_404(name, at_home):
    assert at_home.get(reverse(f"documents:{name}", args=[uuid.uuid4()])).status_code == 404
