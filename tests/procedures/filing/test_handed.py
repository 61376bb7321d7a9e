"""A file that somebody sends and that is a paper: ours, changed or ended, another's, or one of another site."""

import io
import json
import shutil
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pikepdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from portal.documents import authority, papers, recognition, sites, store, uploads
from portal.documents.models import AccessLog, ForeignPaper, IssuedPaper
from procedures.counter import decisions
from procedures.definitions import runtime
from procedures.dossiers import dossiers, relied
from procedures.dossiers.models import Dossier, DossierFile
from procedures.filing import drafts, filling, handed, reuse
from procedures.results import lives, results
from tests import factories, peers
from tests.procedures import golden, world

pytestmark = pytest.mark.django_db

BIRTH, RESIDENCE = "1.001193", "1.004222"
SLOT = "birth_certificate"


def now():
    return datetime.now(UTC)


@pytest.fixture
def mother(client):
    user = world.mother()
    client.force_login(user)
    return user


@pytest.fixture
def versions():
    return world.publish(BIRTH, RESIDENCE)


@pytest.fixture
def committee():
    return world.office("commune")


@pytest.fixture
def police():
    return world.office("commune_police")


@pytest.fixture
def paper(mother, versions, committee, police):
    world.keys(committee, police)
    world.process(world.file(mother, versions[BIRTH], committee.agency, at=now()), committee, at=now())
    return IssuedPaper.objects.get()


@pytest.fixture
def content(paper):
    return store.read(paper.document)


def send(content, user):
    file = SimpleUploadedFile("giay-khai-sinh.pdf", content, content_type="application/pdf")
    return uploads.accept(file, accept=["pdf"], max_bytes=10**7, by=user, at=now())


def drafted(user, versions, police, document):
    return world.draft(user, versions[RESIDENCE], police.agency, at=now(), **{SLOT: [str(document.pk)]})


# ── Our own ───────────────────────────────────────────────────────────────────────────────────────
def test_our_paper_as_a_file_is_the_paper(client, mother, versions, police, paper, content):
    draft = drafted(mother, versions, police, send(content, mother))
    page = client.get(reverse("filing:step", args=[draft.pk, "papers"]))

    (found,) = page.context["handed"]
    assert (found["found"].paper, found["found"].fits) == (paper, True)
    assert reverse("filing:papers", args=[draft.pk]) in page.content.decode()
    dossier = drafts.submit(draft, by=mother, at=now())
    assert DossierFile.objects.get(dossier=dossier, key=SLOT).paper == paper
    assert (
        AccessLog.objects.filter(paper=paper, dossier_code=dossier.code, consent__isnull=False).count() == 1
    )


def test_a_dossier_with_it_as_a_file_is_flagged_when_it_is_revoked(
    mother, versions, police, committee, paper, content
):
    dossier = drafts.submit(drafted(mother, versions, police, send(content, mother)), by=mother, at=now())

    lives.revoke(paper, **committee.act("leader", at=now()), reason="Cấp sai", basis="QĐ 1")

    assert dossier.events.filter(action="paper_ended").count() == 1
    assert paper.number in relied.sentences([Dossier.objects.get(pk=dossier.pk)])[dossier.pk][0]


def test_revoked_after_the_upload_it_does_not_go(mother, versions, police, committee, paper, content):
    draft = drafted(mother, versions, police, send(content, mother))
    lives.revoke(paper, **committee.act("leader", at=now()), reason="Cấp sai", basis="QĐ 1")

    with pytest.raises(drafts.UnableToSubmit, match=paper.number):
        drafts.submit(draft, by=mother, at=now())

    assert Dossier.objects.count() == 1


@pytest.mark.parametrize("state", ["revoked", "suspended", "expired"])
def test_what_holds_no_more_is_refused_with_the_reason(mother, committee, paper, content, state):
    if state == "expired":
        IssuedPaper.objects.update(valid_until=now().date() - timedelta(days=2))
    else:
        papers.set_status(paper, state, reason="Cấp sai", at=now())

    with pytest.raises(uploads.UploadRefused) as refused:
        send(content, mother)

    assert refused.value.code == "not_usable"
    assert paper.number in refused.value.message


def test_a_replaced_paper_names_its_successor(mother, paper, content):
    other = factories.AgencyFactory()
    new = IssuedPaper.objects.create(
        document=send(plain_pdf(), mother), type_code=paper.type_code, title=paper.title,
        number="99/2026", issuer=other, issuer_name=other.name, holder=paper.holder, claims={}, issued_at=now(),
    )  # fmt: skip
    papers.set_status(paper, "replaced", reason="Đính chính", at=now(), replaced_by=new)

    with pytest.raises(uploads.UploadRefused, match="not_usable") as refused:
        send(content, mother)

    assert "99/2026" in refused.value.message


def plain_pdf():
    """An unsigned PDF: nothing to recognise."""
    made, out = pikepdf.new(), io.BytesIO()
    made.add_blank_page()
    made.save(out)
    return out.getvalue()


def test_a_changed_file_is_refused_and_says_what_to_do(mother, paper, content):
    with pytest.raises(uploads.UploadRefused) as refused:
        send(content + b"\n%them vao\n", mother)

    assert paper.number in refused.value.message
    assert "tải lại" in refused.value.message


def test_anothers_paper_stays_a_file_and_is_said(client, versions, police, paper, content):
    stranger = factories.UserFactory()
    document = send(content, stranger)
    draft = drafted(stranger, versions, police, document)

    (found,) = handed.among(draft, {SLOT: [document]})
    assert (found.paper, found.fits, found.is_theirs) == (paper, False, False)
    assert reuse.offers(runtime.definition(draft.version_id), stranger.person, at=now()) == []


@pytest.mark.parametrize("n", [1, 30])
def test_recognising_takes_two_queries_however_many_files(
    mother, versions, police, content, django_assert_num_queries, n
):
    documents = [send(content, mother) for _n in range(n)]
    draft = drafted(mother, versions, police, documents[0])
    runtime.definition(draft.version_id)

    with django_assert_num_queries(2):
        assert len(handed.among(draft, {SLOT: documents})) == n


# ── Of another site ───────────────────────────────────────────────────────────────────────────────
class Peer(ThreadingHTTPServer):
    """The other site's check page, as programs see it, on loopback."""

    def __init__(self, answer):
        super().__init__(("127.0.0.1", 0), Answering)
        self.answer, self.status, self.asked = answer, 200, []
        self.url = f"http://127.0.0.1:{self.server_port}/giay-to/kiem-tra/"
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Answering(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked.append(self.path)
        body = json.dumps(self.server.answer).encode()
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args):
        pass


@pytest.fixture
def peer(client, paper, content, settings, tmp_path):
    """The site that issued `content`: from now on another one than ours, with an authority of its own."""
    check = reverse("documents:check_code", args=[paper.check_code])
    answer = client.get(check, {"format": "json"}).json()
    shutil.copy(settings.SIGNING_TRUST_ROOTS, tmp_path / "khac.pem")
    ours = tmp_path / "ours"
    authority.ensure({"seal": "UBND"}, folder=ours, passphrase="tests", at=now() - timedelta(days=9))
    settings.SIGNING_TRUST_ROOTS = ours / "roots.pem"
    IssuedPaper.objects.update(check_code="222222222222", number="0/0")
    type(paper.document).objects.filter(pk=paper.document_id).update(sha256="0" * 64)
    made = Peer(answer)
    listed = [{"key": "khac", "name": "Cổng thành phố Khác", "roots": "khac.pem", "check": made.url}]
    (tmp_path / "sites.json").write_text(json.dumps(listed))
    settings.TRUSTED_SITES = str(tmp_path / "sites.json")
    peers.took_part("another site (HTTP on loopback, authority of its own)")
    yield made
    made.shutdown()
    made.server_close()


def offer(draft, user):
    found = reuse.offers(runtime.definition(draft.version_id), user.person, at=now())
    return next((each for each in found if isinstance(each.paper, ForeignPaper)), None)


def taken_over(mother, versions, police, content):
    draft = drafted(mother, versions, police, send(content, mother))
    return drafts.use_paper(draft, offer(draft, mother), at=now())


def test_a_paper_of_a_trusted_site_is_taken_over(client, peer, mother, versions, police, content):
    draft = taken_over(mother, versions, police, content)
    dossier = filling.send(draft, by=mother, at=now())

    found = ForeignPaper.objects.get()
    assert (found.site_name, found.outcome, found.type_code) == (
        "Cổng thành phố Khác",
        "valid",
        "KQ.G15.000031",
    )
    assert found.claims["child"]["full_name"] == dossier.answers["person_name"]
    assert dossier.provenance["person_name"]["foreign"] == found.pk
    assert dossier.reuse["birth"]["foreign"] == found.pk
    assert len(peer.asked) == 2  # when it was uploaded, and when it was sent
    assert peer.asked[0] == f"/giay-to/kiem-tra/{found.check_code}/?format=json"
    client.force_login(police.staff["receiver"])
    page = client.get(reverse("counter:dossier", args=[dossier.code])).content.decode()
    assert "Cổng thành phố Khác" in page


def test_the_page_offers_it_and_it_is_locked(client, peer, mother, versions, police, content):
    draft = drafted(mother, versions, police, send(content, mother))
    page = reverse("filing:papers", args=[draft.pk])
    chosen = offer(draft, mother).id
    shown = client.get(page).content.decode()
    client.post(page, {"use": chosen, "agree": chosen})

    draft.refresh_from_db()
    assert chosen in shown
    assert "person_name" in drafts.locked(draft)


@pytest.mark.parametrize("how", ["revoked", "another file's code"])
def test_a_site_that_says_no_is_believed(peer, mother, content, how):
    if how == "revoked":
        peer.answer["outcome"] = "revoked"
    else:
        peer.answer["paper"]["sha256"] = "1" * 64

    with pytest.raises(uploads.UploadRefused, match="not_usable"):
        send(content, mother)

    assert not ForeignPaper.objects.exists()


def test_a_site_that_is_silent_is_said_to_be(client, peer, mother, versions, police, content):
    peer.status = 503
    dossier = filling.send(taken_over(mother, versions, police, content), by=mother, at=now())

    assert ForeignPaper.objects.get().outcome == ""
    client.force_login(police.staff["receiver"])
    (told,) = client.get(reverse("counter:dossier", args=[dossier.code])).context["foreign"]
    assert told["said"] == "unasked"


def test_it_is_asked_again_at_the_decision(peer, mother, versions, police, content):
    dossier = filling.send(taken_over(mother, versions, police, content), by=mother, at=now())
    dossiers.fee_settled(dossier, at=now())
    dossier = at_the_leaders(dossier, police)
    peer.answer["outcome"] = "revoked"

    act = police.act("leader", at=now())
    with pytest.raises(results.UnableToIssue, match="Khác"):
        decisions.take(dossier, "approve", posted={"note": ""}, **act)

    decisions.take(dossier, "approve", posted={"note": "Đã hỏi cơ quan cấp"}, **act)
    pk = ForeignPaper.objects.get().pk
    assert dossier.events.get(action="approve").data["despite"] == [f"foreign:{pk}"]


def at_the_leaders(dossier, police):
    dossiers.receive(dossier, **police.act("receiver", at=now()))
    dossier = dossiers.start(dossier, **police.act("handler", at=now()))
    outcome = golden.aged(RESIDENCE, now().date()).outcome
    while dossier.stage_role == "handler":
        dossiers.fill_outcome(dossier, outcome, by=police.staff["handler"], at=now())
        dossier = dossiers.forward(dossier, **police.act("handler", at=now()))
    return dossier


def test_revoked_before_it_is_sent_it_stops_the_dossier(peer, mother, versions, police, content):
    draft = taken_over(mother, versions, police, content)
    peer.answer["outcome"] = "revoked"

    with pytest.raises(drafts.UnableToSubmit):
        filling.send(draft, by=mother, at=now())


def test_a_site_that_is_not_trusted_is_nobody(settings, peer, mother, content):
    settings.TRUSTED_SITES = ""

    send(content, mother)

    assert not ForeignPaper.objects.exists()


def test_another_root_than_that_sites_is_nobody(settings, peer, mother, content, tmp_path):
    shutil.copy(settings.SIGNING_TRUST_ROOTS, tmp_path / "khac.pem")

    send(content, mother)

    assert not ForeignPaper.objects.exists()
    assert peer.asked == []


def test_a_changed_paper_of_that_site_is_nobody(peer, mother, content):
    send(content + b"\n%them vao\n", mother)

    assert not ForeignPaper.objects.exists()


def test_anothers_paper_of_that_site_is_not_offered(peer, versions, police, content):
    stranger = factories.UserFactory()
    draft = drafted(stranger, versions, police, send(content, stranger))

    assert ForeignPaper.objects.exists()
    assert offer(draft, stranger) is None


@pytest.mark.parametrize(
    "wrong",
    ["no json", '[{"key": "a"}]', '[{"key": "a", "name": "A", "roots": "a.pem", "check": "ftp://a/"}]'],
)
def test_a_list_that_cannot_be_read_is_found_out_before(settings, tmp_path, wrong):
    (tmp_path / "a.pem").write_text("-----BEGIN CERTIFICATE-----")
    (tmp_path / "sites.json").write_text(wrong)
    settings.TRUSTED_SITES = str(tmp_path / "sites.json")

    assert [error.id for error in sites.readable(None)] == ["documents.E001"]


def test_a_code_that_is_none_asks_nobody(peer):
    site = sites.trusted()[0]

    assert sites.ask(site, check_code="../../admin", sha256="") == sites.UNTOLD
    assert peer.asked == []
    assert isinstance(site.roots, Path)
    assert recognition.look(b"%PDF-1.4 nothing signed", at=now()) is None
