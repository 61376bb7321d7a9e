"""A part of a paper behind a link: its holder opens and closes it, each look is written down, and it is true."""

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.urls import reverse

from portal.documents import papers, shares
from portal.documents.models import AccessLog, Share, Statement
from portal.documents.statements import Fact
from tests.portal.documents.conftest import AT, CODE, NUMBER

NOW = AT + timedelta(days=1)
FACTS = [
    Fact("name", {"vi": "Họ và tên", "en": "Name"}, "Trần Nguyễn Mẫu Anh"),
    Fact("born_on", {"vi": "Ngày sinh", "en": "Date of birth"}, "2026-10-05"),
    Fact("is_citizen", {"vi": "Là công dân Việt Nam", "en": "Is a citizen"}, True),
    Fact("at_least_18", {"vi": "Đã đủ 18 tuổi", "en": "At least 18"}, "2044-10-05", reached=True),
    Fact("registered", {"vi": "Đã đăng ký", "en": "Registered"}, "2026-11-01", reached=True),
]
POST = {
    "facts": ["registered"],
    "receiver": "Cửa hàng Mẫu",
    "purpose": "Mua hàng",
    "lasts": "1h",
    "most": "1",
}


@pytest.fixture(autouse=True)
def today(time_machine, monkeypatch):
    time_machine.move_to(NOW, tick=False)
    monkeypatch.setattr(shares, "describers", [lambda _paper: FACTS])


@pytest.fixture
def paper(issue):
    made = issue()
    made.issuer.seal_key = "seal"
    made.issuer.save()
    return made


@pytest.fixture
def at_home(client, mai):
    client.force_login(mai)
    return client


@pytest.fixture
def opened(paper):
    def make(*names, **more):
        given = {
            "receiver": "Cửa hàng Mẫu", "purpose": "Mua hàng", "lasts": timedelta(hours=1), "most_looks": None,
            "consent_text": "Tôi cho xem", "at": NOW,
        } | more  # fmt: skip
        return shares.open_link(shares.state(paper, at=NOW), names or ("registered",), **given)

    return make


def token(share):
    return shares.address(share).rstrip("/").rpartition("/")[2]


def link(share):
    return reverse("documents:shown", args=[token(share)])


# ── The holder ────────────────────────────────────────────────────────────────────────────────────
def test_holder_opens_a_link_and_sees_it_again(at_home, paper):
    page = at_home.get(reverse("documents:share", args=[paper.document_id]))
    assert "Ngày sinh" in page.text
    assert "05/10/2026" in page.text

    made = at_home.post(reverse("documents:share", args=[paper.document_id]), POST)
    share = Share.objects.get()

    assert made.url == share.get_absolute_url()
    shown = at_home.get(made.url).text
    assert shares.address(share) in shown
    assert "data:image/png" in shown
    assert (share.until, share.most_looks) == (NOW + timedelta(hours=1), 1)
    assert "Cửa hàng Mẫu" in share.consent_text


def test_register_keeps_no_link(opened):
    share = opened()
    kept = json.dumps(list(Share.objects.values()), default=str)

    assert len(token(share)) == 40
    assert token(share) not in kept
    assert NUMBER not in shares.address(share)
    assert str(share.pk) not in shares.address(share)


def test_link_of_an_older_site_key_still_shows(opened, settings):
    share = opened()
    before = shares.address(share)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "n" * 60

    assert shares.address(share) == before
    settings.SECRET_KEY_FALLBACKS = []
    assert shares.address(share) == ""


@pytest.mark.parametrize(
    "wrong",
    [{"facts": []}, {"facts": ["at_least_18"]}, {"facts": ["x"]}, {"receiver": ""}, {"purpose": " "},
     {"lasts": "9y"}, {"most": "1000"}, {"receiver": "x" * 121}],
)  # fmt: skip
def test_what_is_wrong_is_said_and_opens_nothing(at_home, paper, wrong):
    response = at_home.post(reverse("documents:share", args=[paper.document_id]), POST | wrong)

    assert response.status_code == 422
    assert not Share.objects.exists()


def test_a_day_that_has_not_come_is_told_to_the_holder_alone(at_home, paper):
    assert "2044" in at_home.get(reverse("documents:share", args=[paper.document_id])).text


def test_verb_refuses_what_the_page_does_not_offer(opened, paper):
    with pytest.raises(shares.Refused, match="not_reached"):
        opened("at_least_18")
    with pytest.raises(shares.Refused, match="nothing_chosen"):
        opened("no_such")
    papers.set_status(paper, "suspended", reason="X", at=NOW)
    with pytest.raises(shares.Refused, match="not_valid"):
        opened()


def test_no_more_than_thirty_links_are_open(opened, monkeypatch):
    monkeypatch.setattr(shares, "MOST", 2)
    first = opened()
    opened()
    with pytest.raises(shares.Refused, match="too_many"):
        opened()

    shares.revoke(first, at=NOW)
    opened()


def test_paper_that_ended_cannot_be_shared(at_home, paper):
    papers.set_status(paper, "revoked", reason="Sai", at=NOW)

    assert at_home.post(reverse("documents:share", args=[paper.document_id]), POST).status_code == 200
    assert not Share.objects.exists()
    assert (
        reverse("documents:share", args=[paper.document_id]) not in at_home.get(paper.get_absolute_url()).text
    )


def test_nothing_to_show_and_no_key_are_said(at_home, paper, monkeypatch):
    paper.issuer.seal_key = "gone"
    paper.issuer.save()
    address = reverse("documents:share", args=[paper.document_id])
    assert at_home.post(address, POST).status_code == 200
    monkeypatch.setattr(shares, "describers", [])
    assert at_home.get(address).status_code == 200
    assert not Statement.objects.exists()


def test_a_stranger_finds_neither_form_nor_link(client, stranger, opened, paper):
    client.force_login(stranger)
    share = opened()

    for url in (share.get_absolute_url(), reverse("documents:share", args=[paper.document_id])):
        assert client.get(url).status_code == 404
        assert client.post(url, POST).status_code == 404
    share.refresh_from_db()
    assert share.revoked_at is None


@pytest.mark.parametrize("number", [1, 4])
def test_list_of_links_takes_as_many_queries_for_four_as_for_one(
    number, at_home, opened, paper, django_assert_max_num_queries
):
    for _i in range(number):
        opened()
    with django_assert_max_num_queries(7):
        at_home.get(reverse("documents:share", args=[paper.document_id]))


# ── The receiver ──────────────────────────────────────────────────────────────────────────────────
def test_opening_the_link_tells_the_matter_and_is_no_look(client, opened):
    share = opened("name")
    response = client.get(link(share))

    assert "Mua hàng" in response.text
    assert "Mẫu Anh" not in response.text
    assert response["X-Robots-Tag"].startswith("noindex")
    assert "no-store" in response["Cache-Control"]
    assert response["Referrer-Policy"] == "no-referrer"
    share.refresh_from_db()
    assert share.looks == 0


def test_look_shows_what_was_chosen_and_nothing_else(client, opened, paper, django_assert_max_num_queries):
    share = opened("registered", "is_citizen")
    with django_assert_max_num_queries(9):
        text = client.post(link(share)).text

    assert "Đã đăng ký" in text
    assert "Là công dân Việt Nam" in text
    for hidden in (
        "Mẫu Anh",
        "2026-10-05",
        "05/10/2026",
        "2026-11-01",
        "01/11/2026",
        CODE,
        NUMBER,
        "Ngày sinh",
    ):
        assert hidden not in text
    assert str(paper.document_id) not in text


def test_each_look_is_counted_and_told_to_the_holder(client, opened, mai):
    share = opened(most_looks=2)
    assert [client.post(link(share)).status_code for _i in range(3)] == [200, 200, 410]

    looks = AccessLog.objects.filter(share=share)
    assert {(one.by, one.by_name, one.share.consent_text) for one in looks} == {
        (None, "Cửa hàng Mẫu", "Tôi cho xem")
    }
    client.force_login(mai)
    assert client.get(share.get_absolute_url()).text.count("<li><time") == 2


def test_program_gets_what_it_can_prove_itself(client, opened, tmp_path):
    answer = client.get(link(opened("born_on")), headers={"accept": "application/json"}).json()

    assert (answer["holds"], answer["outcome"]) == (True, "valid")
    assert [(fact["name"], fact["value"]) for fact in answer["facts"]] == [("born_on", "2026-10-05")]
    assert verified(tmp_path, answer["presentation"]) == (0, "Holds: yes")
    assert verified(tmp_path, answer["presentation"]["sd_jwt"]) == (0, "Holds: yes")


@pytest.mark.parametrize("status", ["suspended", "revoked"])
def test_paper_that_holds_no_more_is_said(client, opened, paper, tmp_path, status):
    share = opened()
    before = client.post(f"{link(share)}?format=json").json()
    papers.set_status(paper, status, reason="Sai tên Mẫu Anh", at=NOW)

    after = client.post(link(share))
    assert "verdict rep" in after.text or "verdict bad" in after.text
    assert "Mẫu Anh" not in after.text
    assert client.post(f"{link(share)}?format=json").json()["holds"] is False
    status_address = reverse("documents:statement", args=[Statement.objects.get().code])
    assert client.get(status_address).json()["status"] == status
    assert verified(tmp_path, before["presentation"])[0] == 1


def test_replaced_paper_does_not_lead_to_its_successor(client, opened, paper, issue):
    share = opened()
    new = issue(b"%PDF-2", check_code="B" * 12, number="9/2026/GKS")
    papers.set_status(paper, "replaced", reason="Đính chính", at=NOW, replaced_by=new)
    text = client.post(link(share)).text

    assert "verdict rep" in text
    assert new.check_code not in text
    assert new.number not in text


@pytest.mark.parametrize("end", ["over", "revoked", "unknown"])
def test_ended_link_says_so_in_plain_words(client, opened, end, time_machine):
    share = opened()
    address = link(share)
    if end == "over":
        time_machine.move_to(NOW + timedelta(hours=1), tick=False)
    elif end == "revoked":
        shares.revoke(share, at=NOW)
    else:
        address = reverse("documents:shown", args=["0" * 40])

    for method in (client.get, client.post):
        assert method(address).status_code == (404 if end == "unknown" else 410)
    assert client.get(address, {"format": "json"}).json() == {"outcome": end}
    assert not AccessLog.objects.exists()


def test_what_was_changed_in_the_register_is_called_altered(client, opened):
    share = opened("born_on")
    row = Statement.objects.get()
    row.disclosures["born_on"] = row.disclosures["name"][:-2] + "AA"
    row.save()
    answer = client.post(f"{link(share)}?format=json").json()

    assert (answer["outcome"], answer["holds"], answer["facts"]) == ("altered", False, [])
    assert "verdict bad" in client.post(link(share)).text


def test_list_sealed_by_another_office_is_not_known(client, opened, paper):
    """The same authority stands above that office too; the register knows whose seal signed."""
    share = opened()
    row = Statement.objects.get()
    Statement.objects.filter(pk=row.pk).update(certificate="0" * 64)

    assert client.post(f"{link(share)}?format=json").json()["outcome"] == "altered"


def test_guessing_is_slowed_down(client, opened):
    answers = [client.get(reverse("documents:shown", args=[f"{n:040}"])).status_code for n in range(61)]

    assert answers[-1] == 429
    assert set(answers[:-1]) == {404}


# ── Commands ──────────────────────────────────────────────────────────────────────────────────────
def verified(folder, content, *options):
    """(exit status, last line) of verify_statement."""
    file, out = folder / "shown.json", StringIO()
    file.write_text(content if isinstance(content, str) else json.dumps(content))
    try:
        call_command("verify_statement", str(file), *options, stdout=out)
    except SystemExit as error:
        return error.code, out.getvalue().splitlines()[-1]
    return 0, out.getvalue().splitlines()[-1]


def test_verify_statement_refuses_what_was_changed_or_is_not_ours(client, opened, tmp_path):
    presentation = client.post(f"{link(opened('born_on'))}?format=json").json()["presentation"]
    broken = presentation["sd_jwt"].replace("~", "A~", 1)

    assert verified(tmp_path, broken)[0] == 1
    Statement.objects.update(code="other")
    assert verified(tmp_path, presentation)[0] == 1
    assert verified(tmp_path, presentation, "--without-status")[0] == 0


def test_papers_from_before_are_signed_once(paper):
    out = StringIO()
    call_command("sign_statements", stdout=out)
    call_command("sign_statements", stdout=out)

    assert Statement.objects.get().paper == paper
    assert out.getvalue().splitlines() == [
        "1 signed, 0 with nothing to show, 0 without a key",
        "0 signed, 0 with nothing to show, 0 without a key",
    ]


def test_how_to_check_is_public(client, db):
    assert "RFC 9901" in client.get(reverse("documents:how")).text
