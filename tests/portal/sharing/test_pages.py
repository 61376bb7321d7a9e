"""The citizen's pages: what waits, receipts, the log, asking about a look; and the administrator's answer."""

import csv
import io
from datetime import timedelta

import pytest
from django.utils import timezone

from portal.documents import consents, papers
from portal.documents.models import Consent
from portal.messages.models import Message
from portal.registries.models import LookUp
from portal.sharing import objections, requests
from portal.sharing.models import Objection, Request
from tests.factories import AgencyFactory, UserFactory, staff
from tests.portal.sharing.world import AT, allow, paper_of, registered

pytestmark = pytest.mark.django_db
WORDS = {"vi": "Xét trợ cấp", "en": "Deciding on an allowance"}


@pytest.fixture
def mother():
    return UserFactory(full_name="Nguyễn Thị Mẫu")


@pytest.fixture
def at_home(client, mother):
    client.force_login(mother)
    return client


@pytest.fixture
def asked(mother):
    client, _secret = registered()
    return ask(client, allow(client), mother)


def ask(client, scope, user, *, key="12345678", days=30):
    row, _new = requests.ask(
        client, scope, personal_id=user.person.personal_id, claims=["person.full_name"], questions=["du-18"],
        days=days, reference="HS-17", key=key, body_sha256="", at=timezone.now(),
    )  # fmt: skip
    return row


def shared(paper, **more):
    return consents.share(
        paper,
        **{
            "person": paper.holder, "recipient": "Bảo hiểm xã hội Mẫu", "agency": None, "purpose": WORDS,
            "basis": WORDS, "claims": [], "questions": [], "text": "Tôi đồng ý", "language": "vi",
            "until": None, "once": True, "at": timezone.now(),
        } | more,
    )  # fmt: skip


# ── Deciding ──────────────────────────────────────────────────────────────────────────────────────
def test_the_page_says_who_what_why_and_what_would_be_told(at_home, mother, asked):
    paper_of(mother)

    assert asked.get_absolute_url() in at_home.get("/chia-se/").text
    page = at_home.get(asked.get_absolute_url()).text

    for shown in (
        "Bảo hiểm xã hội Mẫu", "Hệ thống chi trả", "Xét trợ cấp", "Điều 1 Luật Mẫu", "HS-17", "Giấy khai sinh",
        "Họ, chữ đệm, tên", "Nguyễn Thị Mẫu", "Đã đủ 18 tuổi",
    ):  # fmt: skip
        assert shown in page


def test_agreeing_gives_a_receipt(at_home, mother, asked):
    paper = paper_of(mother)

    answer = at_home.post(asked.get_absolute_url(), {"act": "agree", "paper": paper.pk, "term": "7"})

    given = Consent.objects.get()
    assert answer.url == given.get_absolute_url()
    assert given.until - given.given_at == timedelta(days=7)
    assert (given.paper, given.person, given.once) == (paper, mother.person, False)
    assert given.text in at_home.get(answer.url).text
    assert Request.objects.get().consent == given


@pytest.mark.parametrize("posted", [{}, {"term": "99"}, {"term": "7", "paper": "0"}, {"paper": "own"}])
def test_nothing_is_agreed_to_by_half(at_home, mother, asked, posted):
    paper = paper_of(mother)
    foreign = paper_of(UserFactory())
    posted = posted | (
        {"paper": {"own": paper.pk, "0": foreign.pk}[posted["paper"]]} if "paper" in posted else {}
    )

    answer = at_home.post(asked.get_absolute_url(), {"act": "agree"} | posted)

    assert answer.status_code == 422
    assert not Consent.objects.exists()


def test_refusing_and_then_it_is_decided(at_home, mother, asked):
    paper = paper_of(mother)

    at_home.post(asked.get_absolute_url(), {"act": "refuse"})
    at_home.post(asked.get_absolute_url(), {"act": "agree", "paper": paper.pk, "term": "0"})

    assert Request.objects.get().refused_at
    assert not Consent.objects.exists()
    assert asked.get_absolute_url() not in at_home.get("/chia-se/").text


def test_without_such_a_paper_there_is_nothing_to_agree_to(at_home, asked):
    page = at_home.get(asked.get_absolute_url())

    assert page.context["offers"] == []
    assert 'value="agree"' not in page.text


# ── Receipts ──────────────────────────────────────────────────────────────────────────────────────
def test_withdrawing_asks_first_and_is_done_once(at_home, mother):
    receipt = shared(paper_of(mother))
    page = f"/chia-se/dong-y/{receipt.number}/rut/"

    assert at_home.get(page).status_code == 200
    assert Consent.objects.get().withdrawn_at is None
    at_home.post(page)
    first = Consent.objects.get().withdrawn_at
    at_home.post(page)

    assert first
    assert Consent.objects.get().withdrawn_at == first
    assert at_home.get(page).url == receipt.get_absolute_url()


def test_receipt_as_files(at_home, mother):
    receipt = shared(paper_of(mother), claims=[{"path": "person.sex", "vi": "Giới tính", "en": "Sex"}])

    pdf = at_home.get(f"/chia-se/dong-y/{receipt.number}/bien-nhan.pdf")
    data = at_home.get(f"/chia-se/dong-y/{receipt.number}/bien-nhan.json")

    assert pdf.content.startswith(b"%PDF-")
    assert receipt.number in pdf["Content-Disposition"]
    assert (data.json()["number"], data.json()["words"]) == (receipt.number, "Tôi đồng ý")
    assert data.json()["claims"][0]["path"] == "person.sex"


def test_filters(at_home, mother):
    paper = paper_of(mother)
    holds, over = shared(paper), shared(paper, at=AT, until=AT + timedelta(days=1), once=False)
    gone = shared(paper)
    consents.withdraw(gone, at=timezone.now())

    def numbers(wanted):
        return [row.number for row, _state in at_home.get("/chia-se/", {"loc": wanted}).context["receipts"]]

    assert numbers("") == [gone.number, over.number, holds.number]
    assert numbers("con-hieu-luc") == [holds.number]
    assert numbers("da-het") == [gone.number, over.number]


def test_strangers_find_nothing(client, mother, asked):
    receipt = shared(paper_of(mother))
    client.force_login(UserFactory())
    here = receipt.get_absolute_url()

    for path in (
        here,
        f"{here}rut/",
        f"{here}bien-nhan.pdf",
        f"{here}bien-nhan.json",
        asked.get_absolute_url(),
    ):
        assert client.get(path).status_code == 404
    assert client.post(f"{here}rut/").status_code == 404
    assert client.post(asked.get_absolute_url(), {"act": "refuse"}).status_code == 404


# ── The log ───────────────────────────────────────────────────────────────────────────────────────
def test_log_filters_and_goes_on(at_home, mother):
    paper = paper_of(mother)
    for n in range(31):
        papers.use(paper, by=None, by_name=f"Cơ quan {n:02}", purpose=WORDS, basis=WORDS, at=AT)
    papers.use(paper, by=mother, by_name=mother.full_name, purpose=WORDS, at=AT)

    first = at_home.get("/chia-se/nhat-ky/", {"loc": "co-quan"})
    second = at_home.get("/chia-se/nhat-ky/" + first.context["older"])
    own = at_home.get("/chia-se/nhat-ky/", {"loc": "toi"})

    assert [look.by_name for look in second.context["looks"]] == ["Cơ quan 00"]
    assert second.context["newer"] == "/chia-se/nhat-ky/?loc=co-quan"
    assert [look.by for look in own.context["looks"]] == [mother]


def test_log_as_a_table(at_home, mother):
    receipt = shared(paper_of(mother))
    papers.use(receipt.paper, by=None, by_name="=Cơ quan", purpose=WORDS, consent=receipt, at=AT)
    look_up = LookUp.objects.create(
        registry="population", person=mother.person, purpose=WORDS, basis=WORDS, outcome="match", at=AT
    )

    answer = at_home.get("/chia-se/nhat-ky/tai-ve/")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    head, use, looked = csv.reader(io.StringIO(text), delimiter=";")

    assert len(head) == len(use) == len(looked)
    assert use[1] == "'=Cơ quan"  # no spreadsheet takes it for a formula
    assert (use[3], use[-1]) == (receipt.paper.number, receipt.number)
    assert looked[2] == look_up.get_registry_display()


def test_asking_about_a_look_and_the_answer(client, mother):
    admin = staff("system_admin", AgencyFactory())
    use = papers.use(paper_of(mother), by=None, by_name="Cơ quan Mẫu", purpose=WORDS, at=AT)
    client.force_login(mother)
    page = f"/chia-se/nhat-ky/{use.pk}/hoi/"
    assert page in client.get("/chia-se/nhat-ky/").text
    assert client.post(page, {"text": ""}).status_code == 422

    client.post(page, {"text": "Tôi không nộp hồ sơ nào ở đây."})
    client.post(page, {"text": "Lần nữa"})

    row = Objection.objects.get()
    assert Message.objects.get(recipient=admin).link == f"/quan-tri/chia-se/thac-mac/{row.pk}/"
    client.force_login(admin)
    assert "Tôi không nộp hồ sơ nào ở đây." in client.get(f"/quan-tri/chia-se/thac-mac/{row.pk}/").text
    client.post(f"/quan-tri/chia-se/thac-mac/{row.pk}/", {"text": "Cơ quan đã nhầm số."})
    client.post(f"/quan-tri/chia-se/thac-mac/{row.pk}/", {"text": "Trả lời khác"})
    client.force_login(mother)
    assert "Cơ quan đã nhầm số." in client.get("/chia-se/da-hoi/").text
    assert Message.objects.get(recipient=mother).link == "/chia-se/da-hoi/"


def test_asking_about_a_look_up(at_home, mother):
    row = LookUp.objects.create(
        registry="population", person=mother.person, purpose=WORDS, basis=WORDS, outcome="match", at=AT
    )
    page = f"/chia-se/nhat-ky/tra-cuu/{row.pk}/hoi/"
    assert page in at_home.get("/tra-cuu-du-lieu/").text

    at_home.post(page, {"text": "Vì sao?"})

    assert Objection.objects.get().look_up == row
    assert "Vì sao?" in at_home.get("/chia-se/da-hoi/").text


def test_who_leads_the_agency_that_looked_is_asked_and_answers_and_no_other_leader(client, mother):
    agency, other = AgencyFactory(), AgencyFactory()
    leader, stranger, looker = staff("leader", agency), staff("leader", other), staff("leader", agency)
    use = papers.use(paper_of(mother), by=looker, by_name="Cơ quan Mẫu", purpose=WORDS, at=AT, agency=agency)

    row = objections.raise_about(mother.person, access=use, text="Vì sao?", at=timezone.now())

    assert {told.recipient for told in Message.objects.filter(key=f"objection:{row.pk}")} == {leader}
    page, found = f"/quan-tri/chia-se/thac-mac/{row.pk}/", {}
    for user in (leader, stranger, looker):
        client.force_login(user)
        found[user] = (
            client.get(page).status_code,
            "Vì sao?" in client.get("/quan-tri/chia-se/thac-mac/").text,
        )
    assert found == {leader: (200, True), stranger: (404, False), looker: (404, False)}
    client.force_login(leader)
    assert client.get("/quan-tri/chia-se/").status_code == 403
    client.post(page, {"text": "Cơ quan đã nhầm số."})
    row.refresh_from_db()
    assert row.answered_by == leader


# ── Queries ───────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("rows", [1, 30])
@pytest.mark.parametrize(
    ("path", "most"),
    [("/chia-se/", 6), ("/chia-se/nhat-ky/", 5), ("/chia-se/da-hoi/", 5), ("/giay-to/", 8), ("receipt", 6)],
)
def test_queries_do_not_grow(at_home, mother, django_assert_max_num_queries, rows, path, most):
    paper = paper_of(mother)
    client, _secret = registered()
    scope, receipt = allow(client), shared(paper)
    for n in range(rows):
        use = papers.use(paper, by=None, by_name="Cơ quan", purpose=WORDS, consent=receipt, at=AT)
        objections.raise_about(mother.person, access=use, text="Vì sao?", at=timezone.now())
        shared(paper)
        if n < 20:
            ask(client, scope, mother, key=f"key-{n:05}", days=n)
    path = receipt.get_absolute_url() if path == "receipt" else path
    at_home.get(path)

    with django_assert_max_num_queries(most):
        assert at_home.get(path).status_code == 200
