"""The public check page, for people and for programs."""

import re
from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from portal.accounts import throttle
from portal.documents import checking, papers
from tests.portal.documents.conftest import AT, CODE, sign_both

CHECK = "/giay-to/kiem-tra/"


@pytest.fixture(autouse=True)
def today(time_machine):
    time_machine.move_to(AT + timedelta(days=6), tick=False)


def page(client, code=CODE, **headers):
    return client.get(reverse("documents:check_code", args=[code]), headers=headers)


def give(client, content, *, name="giay.pdf", query="", **headers):
    return client.post(f"{CHECK}{query}", {"tep": SimpleUploadedFile(name, content)}, headers=headers)


def headline(response):
    return re.search(r'<h1 id="v">(.*?)</h1>', response.text, re.S)[1].strip()


# ── By code ───────────────────────────────────────────────────────────────────────────────────────
def test_a_valid_paper(client, paper, django_assert_num_queries):
    page(client)  # the first of a day begins the day's count of checks
    # The paper, one more on the day's count, and the paper that it replaced, if there is one.
    with django_assert_num_queries(3):
        response = page(client)

    assert (response.status_code, headline(response)) == (200, "Giấy này có giá trị")
    assert "Trần N. M. A., sinh năm 2026" in response.text
    assert "218/2026/GKS" in response.text
    assert response["Cache-Control"] == "max-age=0, no-cache, no-store, must-revalidate, private"


def test_the_page_tells_no_more_than_initials(client, paper):
    text = page(client).text

    for private in ("Trần Nguyễn Mẫu Anh", "Nguyễn Thị Mẫu", "099326001234", "2026-10-05", "05/10/2026"):
        assert private not in text


def test_an_expired_paper(client, issue):
    issue(valid_until=date(2026, 11, 17))

    response = page(client)

    assert headline(response) == "Giấy này đã hết hạn"
    assert "17/11/2026" in response.text


@pytest.mark.parametrize(
    ("status", "said"),
    [("revoked", "Giấy này đã bị thu hồi"), ("suspended", "Giấy này đang tạm ngừng giá trị")],
)
def test_a_paper_that_was_ended(status, said, client, paper):
    papers.set_status(paper, status, reason="Cấp không đúng thẩm quyền", at=AT)

    response = page(client)

    assert headline(response) == said
    assert "Cấp không đúng thẩm quyền" in response.text


def test_a_replaced_paper_leads_to_the_new_one(client, paper, issue):
    successor = issue(b"new", check_code="NNNNNNNNNNNN", number="219/2026/GKS")
    papers.set_status(paper, "replaced", reason="Cải chính", at=AT, replaced_by=successor)

    response = page(client)

    assert headline(response) == "Giấy này đã được thay thế"
    assert reverse("documents:check_code", args=["NNNNNNNNNNNN"]) in response.text
    assert "219/2026/GKS" in response.text


@pytest.mark.parametrize("code", ["AAAABBBBCCCC", "x", "%00", "không-có"])
def test_an_unknown_code_is_404_and_says_what_to_do(code, client, db):
    response = page(client, code)

    assert (response.status_code, headline(response)) == (404, "Không có giấy nào mang mã này")


@pytest.mark.parametrize("typed", [CODE.lower(), "7k4m-2x8c-qz3p", " 7K4M 2X8C QZ3P "])
def test_a_code_is_understood_however_it_is_typed(typed, client, paper):
    response = client.get(CHECK, {"ma": typed})

    assert (response.status_code, response["Location"]) == (302, f"{CHECK}{CODE}/")
    assert page(client, typed.strip().replace(" ", "-")).status_code == 200


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "Nhập mã in cạnh mã QR trên giấy."),
        ("7K4M", "Mã ông/bà nhập có 4 chữ và số, cần đủ 12."),
        ("7K4M2X8CQZ3O", "Mã không bao giờ có O."),
    ],
)
def test_a_mistyped_code_is_explained(typed, said, client, db):
    response = client.get(CHECK, {"ma": typed})

    assert response.status_code == 422
    assert response.text.count(said) == 2  # the summary and the field say the same
    assert "<title>Lỗi:" in response.text


def test_the_form_waits_without_errors(client, db, django_assert_num_queries):
    with django_assert_num_queries(0):
        response = client.get(CHECK)

    assert response.status_code == 200
    assert "Lỗi:" not in response.text


# ── By file ───────────────────────────────────────────────────────────────────────────────────────
def test_the_issued_file(client, paper, signed):
    response = give(client, signed)

    assert headline(response) == "Giấy này có giá trị"
    assert "<b>Trùng khớp</b> bản gốc" in response.text


def test_one_changed_byte(client, paper, signed):
    middle = len(signed) // 2
    response = give(client, signed[:middle] + bytes([signed[middle] ^ 1]) + signed[middle + 1 :])

    assert headline(response) == "Tệp này đã bị sửa"
    assert "<b>Đã bị sửa</b>" in response.text


def test_a_file_of_another_signer(client, paper, drawn):
    response = give(client, sign_both(drawn, leader="other"))

    assert headline(response) == "Tệp này không có trong sổ giấy đã cấp"
    assert "Lê Thị Người Khác" not in response.text


def test_a_file_without_signature(client, db, drawn, signing_keys):
    response = give(client, drawn)

    assert headline(response) == "Tệp này không có trong sổ giấy đã cấp"
    assert "không có chữ ký số" in response.text


def test_a_broken_pdf(client, db, signing_keys):
    assert headline(give(client, b"%PDF-1.7 broken")) == "Không đọc được tệp này"


@pytest.mark.parametrize(
    ("content", "status", "said"),
    [
        (b"\xff\xd8\xff" + b"\0" * 50, 422, "Đây không phải tệp PDF."),
        (b"", 422, "Tệp này không có gì bên trong."),
        (b"%PDF-" + b"\0" * 2000, 413, "Tệp này nặng hơn"),
    ],
)
def test_what_cannot_be_compared_is_explained(content, status, said, client, db, settings):
    settings.UPLOAD_MAX_FILE = 1000
    response = give(client, content)

    assert response.status_code == status
    assert response.text.count(said) == 2


def test_nothing_chosen(client, db):
    response = client.post(CHECK)

    assert response.status_code == 422
    assert "Chọn tệp PDF của giấy." in response.text


def test_a_program_needs_no_token(paper, signed):
    assert give(Client(enforce_csrf_checks=True), signed).status_code == 200


# ── Programs ──────────────────────────────────────────────────────────────────────────────────────
def test_json_tells_the_same(client, paper):
    response = page(client, accept="application/json")

    told = response.json()
    assert (told["outcome"], told["integrity"], told["issuer"], told["status"]) == (
        "valid",
        "unseen",
        "known",
        "valid",
    )
    assert told["paper"]["subject"] == "Trần N. M. A."
    assert told["paper"]["sha256"] == paper.document.sha256
    assert told == client.get(f"{CHECK}{CODE}/?format=json").json()
    assert "Accept" in response["Vary"]


def test_json_of_an_unknown_code(client, db):
    response = client.get(f"{CHECK}AAAABBBBCCCC/?format=json")

    assert response.status_code == 404
    assert (response.json()["outcome"], response.json()["paper"]) == ("unknown", None)


def test_json_of_a_file(client, paper, signed):
    told = give(client, signed, query="?format=json").json()

    assert (told["outcome"], told["integrity"], told["sha256"]) == ("valid", "ok", paper.document.sha256)


def test_json_of_a_changed_file_names_the_reasons(client, paper, signed):
    told = give(client, signed + b" ", query="?format=json").json()

    assert (told["outcome"], told["reasons"]) == ("altered", ["bytes_after_last_signature"])


def test_json_of_errors(client, db):
    response = client.post(f"{CHECK}?format=json")

    assert (response.status_code, list(response.json()["errors"])) == (422, ["tep"])


def test_a_browser_gets_a_page_even_beside_json(client, paper):
    accept = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"

    assert page(client, accept=accept)["Content-Type"].startswith("text/html")


# ── Limits ────────────────────────────────────────────────────────────────────────────────────────
def test_too_many_codes_from_one_place(client, paper, monkeypatch):
    monkeypatch.setattr(checking, "BY_CODE", throttle.Limit("check-code", 2, 60))
    for _try in range(2):
        assert page(client).status_code == 200

    response = page(client)

    assert (response.status_code, response["Retry-After"]) == (429, "60")
    assert client.get(f"{CHECK}{CODE}/", REMOTE_ADDR="10.1.1.1").status_code == 200


def test_too_many_files_from_one_place(client, paper, signed, monkeypatch):
    monkeypatch.setattr(checking, "BY_FILE", throttle.Limit("check-file", 2, 60))
    for _try in range(2):
        give(client, signed)

    assert give(client, signed).status_code == 429
    assert give(client, signed, query="?format=json").json() == {"errors": {}}


@pytest.mark.parametrize("method", ["put", "delete", "patch"])
def test_other_methods(method, client, db):
    assert getattr(client, method)(CHECK).status_code == 405
    assert getattr(client, method)(f"{CHECK}{CODE}/").status_code == 405


def test_nothing_is_posted_to_a_code(client, db):
    assert client.post(f"{CHECK}{CODE}/").status_code == 405


def test_the_page_is_complete_in_english(client, paper):
    client.cookies["django_language"] = "en"

    response = page(client)

    assert headline(response) == "This paper is valid"
    assert "Birth certificate" in response.text
    assert "born 2026" in response.text
