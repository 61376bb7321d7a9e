"""The register: what is entered, used and ended."""

from datetime import date, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from portal.documents import consents, keys, papers
from portal.documents.models import AccessLog, PaperCheck
from tests.portal.documents.conftest import AT


def test_register_copies_everything_and_attaches_the_file(paper, certificates):
    assert paper.issuer_name == paper.issuer.name
    assert paper.signer_certificates == certificates
    assert (paper.status, paper.status_at, paper.issued_at) == ("valid", AT, AT)
    paper.document.refresh_from_db()
    assert paper.document.attached_at == AT


def test_a_number_is_given_once_per_agency_and_type(paper, issue):
    with pytest.raises(IntegrityError), transaction.atomic():
        issue(b"other", check_code="AAAABBBBCCCC", issuer=paper.issuer)

    assert issue(b"other", check_code="AAAABBBBCCCC").number == paper.number


def test_without_its_key_a_paper_is_not_registered(issue):
    with pytest.raises(keys.KeyUnavailable):
        issue(signer_keys={"leader": "nobody"})


def test_of_finds_only_what_can_be_used(issue, mai, stranger):
    endless = issue(b"1", check_code="A" * 12, number="1")
    lasting = issue(b"2", check_code="B" * 12, number="2", valid_until=date(2026, 11, 12), issued_at=AT)
    issue(b"3", check_code="C" * 12, number="3", valid_until=date(2026, 11, 11))
    issue(b"4", check_code="D" * 12, number="4", type_code="KQ.OTHER")
    revoked = issue(b"5", check_code="E" * 12, number="5")
    papers.set_status(revoked, "revoked", reason="", at=AT)

    assert papers.of(mai.person, "KQ.G15.000031", at=AT) == [lasting, endless]
    assert papers.of(mai.person, "KQ.G15.000031", AT + timedelta(days=1)) == [endless]
    assert papers.of(stranger.person, "KQ.G15.000031", at=AT) == []


def test_of_takes_one_query(paper, mai, django_assert_num_queries):
    with django_assert_num_queries(1):
        (found,) = papers.of(mai.person, paper.type_code, at=AT)
        assert found.document.sha256


@pytest.mark.parametrize(
    "moves", [["suspended", "valid", "suspended", "revoked"], ["revoked"], ["suspended", "replaced"]]
)
def test_a_paper_may_be(moves, paper, issue):
    other = issue(b"other", check_code="A" * 12, number="2")
    for step, status in enumerate(moves):
        successor = other if status == "replaced" else None
        now = AT + timedelta(days=step)
        paper = papers.set_status(paper, status, reason="Lý do", at=now, replaced_by=successor)
        assert (paper.status, paper.status_at, paper.status_reason) == (status, now, "Lý do")


@pytest.mark.parametrize(
    ("first", "then"),
    [("revoked", "valid"), ("revoked", "suspended"), ("replaced", "valid"), (None, "valid")],
)
def test_a_paper_may_not_be(first, then, paper, issue):
    other = issue(b"other", check_code="A" * 12, number="2")
    if first:
        papers.set_status(paper, first, reason="", at=AT, replaced_by=other if first == "replaced" else None)

    with pytest.raises(papers.StatusRefused):
        papers.set_status(paper, then, reason="", at=AT)


def test_a_replacement_names_another_paper(paper, issue):
    other = issue(b"other", check_code="A" * 12, number="2")

    for status, successor in [("replaced", None), ("replaced", paper), ("revoked", other)]:
        with pytest.raises(papers.StatusRefused):
            papers.set_status(paper, status, reason="", at=AT, replaced_by=successor)


def test_a_use_is_written_down_with_its_consent(paper):
    purpose = {"vi": "Đăng ký thường trú", "en": "Permanent residence"}
    consent = consents.for_dossier(
        paper,
        agency=paper.issuer,
        purpose=purpose,
        text="Tôi đồng ý",
        language="vi",
        dossier_code="H26-261112-0001",
        given_at=AT,
    )
    papers.use(
        paper,
        by=None,
        by_name="Công an phường Mẫu",
        purpose=purpose,
        dossier_code="H26-261112-0001",
        consent=consent,
        at=AT,
    )

    entry = AccessLog.objects.get()
    assert (entry.paper, entry.by, entry.by_name, entry.purpose) == (
        paper,
        None,
        "Công an phường Mẫu",
        purpose,
    )
    assert (entry.dossier_code, entry.consent, entry.kind) == ("H26-261112-0001", consent, "reuse")
    assert (entry.person, entry.claims, entry.is_told) == (paper.holder, [], True)


def test_checks_are_counted_by_day_and_nothing_else_is_kept(paper, django_assert_num_queries):
    # The first of a day begins the count: one update that finds nothing, one insert, one update.
    for at, queries in ((AT, 3), (AT, 1), (AT + timedelta(days=1), 3)):
        with django_assert_num_queries(queries):
            papers.count_check(paper, at=at)

    assert [(row.day.isoformat(), row.times) for row in paper.checks.order_by("day")] == [
        ("2026-11-12", 2),
        ("2026-11-13", 1),
    ]
    assert {field.name for field in PaperCheck._meta.get_fields()} == {"id", "paper", "day", "times"}


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("Nguyễn Thị Ánh Nguyệt", "Nguyễn T. Á. N."),
        ("Trần Mẫu", "Trần M."),
        ("Mẫu", "M."),
        ("  Lê   Văn  ", "Lê V."),
        ("", ""),
    ],
)
def test_a_name_is_shown_as_initials(name, masked):
    assert papers.mask_name(name) == masked


def test_the_year_of_birth_is_that_of_the_subject(paper):
    assert papers.birth_year(paper) == "2026"
    paper.subject_name = "Nguyễn Thị Mẫu"
    assert papers.birth_year(paper) == "1996"
    paper.subject_name = "Ai Đó Khác"
    assert papers.birth_year(paper) == ""


def test_a_valid_paper_expires_by_itself(paper):
    paper.valid_until = date(2026, 11, 12)

    assert paper.state(date(2026, 11, 12)) == "valid"
    assert paper.state(date(2026, 11, 13)) == "expired"
    paper.status = "revoked"
    assert paper.state(date(2026, 11, 13)) == "revoked"


def test_documents_are_their_owners(paper, mai, stranger):
    model = type(paper.document)
    assert list(model.objects.visible_to(mai)) == [paper.document]
    assert list(model.objects.visible_to(stranger)) == []
    assert list(type(paper).objects.visible_to(stranger)) == []
    stranger.person = None
    assert list(type(paper).objects.visible_to(stranger)) == []


def test_times_of_expiry_are_vietnams(paper, mai):
    paper.valid_until = date(2026, 11, 12)
    paper.save(update_fields=["valid_until"])

    last_minute = datetime.fromisoformat("2026-11-12T23:59:00+07:00")
    assert papers.of(mai.person, paper.type_code, at=last_minute) == [paper]
    assert papers.of(mai.person, paper.type_code, at=last_minute + timedelta(minutes=1)) == []
