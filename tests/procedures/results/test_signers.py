"""Results signed by keys in a token and at a provider, through the whole way from approval to the issued paper."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.conf import settings as configured
from django.db import IntegrityError, transaction
from django.urls import reverse

from portal.documents import authorisations, keys, signing, verification
from portal.documents.models import Authorisation, Document, IssuedPaper
from procedures.dossiers import dossiers
from procedures.dossiers.models import Dossier
from procedures.dossiers.workflow import NotAllowed
from procedures.results import batches, confirmations, issuing, results
from procedures.results.models import BatchKind, Result, Trouble
from tests import factories
from tests.procedures import golden, world

BIRTH = "1.001193"
# Not long ago, because certificates of the token are made now.
NOW = datetime.now(UTC).replace(microsecond=0)
unraisable = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@pytest.fixture(autouse=True)
def at_that_time():
    """The clock goes on from NOW, however long ago this file was read; authorisations end by the clock."""
    with time_machine.travel(NOW, tick=True):
        yield


@pytest.fixture
def office(db):
    made = world.office()
    world.keys(made)
    return made


@pytest.fixture
def at_the_leader(office):
    """A dossier on the leader's desk."""
    version = world.publish(BIRTH)[BIRTH]
    dossier = world.file(world.mother(), version, office.agency)
    dossiers.receive(dossier, **office.act("receiver"))
    dossiers.start(dossier, **office.act("handler"))
    outcome = golden.aged(BIRTH, world.MONDAY.date()).outcome
    dossiers.fill_outcome(dossier, outcome, by=office.staff["handler"], at=world.MONDAY)
    return dossiers.forward(dossier, **office.act("handler"))


def approve(dossier, office, *, at=NOW):
    return results.approve(dossier, **office.act("leader", at=at))


def issue(dossier, office, *, at=NOW):
    return world.issue(dossier, **office.act("clerk", at=at))


def nothing_happened(dossier):
    """No number used, nothing stored, the dossier where it was."""
    return (
        not Result.objects.exclude(sequence=None).exists()
        and not IssuedPaper.objects.exists()
        and not Document.objects.filter(kind="result").exists()
        and Dossier.objects.get(pk=dossier.pk).stage == dossier.stage
    )


# ── Keys in a token ───────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("algorithm", ["p256", "rsa3072"])
def test_leader_and_seal_sign_in_the_token(office, at_the_leader, hsm, algorithm, pdfsig, tmp_path):
    leader = office.staff["leader"]
    hsm.make(leader.signing_key, leader.full_name, at=NOW, algorithm=algorithm)
    hsm.make(office.agency.seal_key, office.agency.name, at=NOW, algorithm=algorithm)
    approve(at_the_leader, office)

    paper = issue(at_the_leader, office)

    assert paper.signer_certificates["leader"] == keys.fingerprint(leader.signing_key)
    content = _content(paper)
    verdict = verification.check_bytes(content, at=NOW + timedelta(minutes=1))
    assert (verdict.integrity, verdict.issuer, verdict.status) == ("ok", "known", "valid")
    assert _pdfsig(pdfsig, content, tmp_path).count("Signature is Valid") == 2


def _content(paper):
    from portal.documents import store  # noqa: PLC0415

    return store.read(paper.document)


def _pdfsig(program, content, folder):
    import subprocess  # noqa: PLC0415

    (folder / "paper.pdf").write_bytes(content)
    command = [program, "-nocert", str(folder / "paper.pdf")]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


@unraisable
@pytest.mark.parametrize(
    ("trouble", "told"),
    [
        ("pin", Trouble.LEADER_KEY),
        ("leader", Trouble.LEADER_KEY),
        ("seal", Trouble.SEAL_KEY),
        ("module", Trouble.AUTHORITY),
        ("removed", Trouble.AUTHORITY),
    ],
)
def test_what_is_wrong_with_the_token_uses_no_number(
    office, at_the_leader, hsm, trouble, told, settings, caplog
):
    leader = office.staff["leader"]
    for key_id, name in (
        (leader.signing_key, leader.full_name),
        (office.agency.seal_key, office.agency.name),
    ):
        if trouble not in ("leader", "seal") or key_id.startswith(
            "seal" if trouble == "leader" else "leader"
        ):
            hsm.make(key_id, name, at=NOW)
    if trouble == "pin":
        settings.SIGNING_KEYS_PIN = "86420975"
    elif trouble == "module":
        settings.SIGNING_TOKEN = settings.SIGNING_TOKEN | {"module": "/nowhere.so"}
    elif trouble == "removed":
        hsm.remove()
    approve(at_the_leader, office)
    waiting = Dossier.objects.get(pk=at_the_leader.pk)

    with pytest.raises(issuing.Stopped) as stopped:
        issue(waiting, office)

    assert stopped.value.trouble == told
    assert nothing_happened(waiting)
    assert configured.SIGNING_KEYS_PIN not in caplog.text


# ── A leader's key at a provider ──────────────────────────────────────────────────────────────────
@pytest.fixture
def remote(office, signer):
    """The leader's key lies at the provider."""
    leader = office.staff["leader"]
    leader.signing_key, leader.language = signer.enrol("cred-1", leader.full_name), "en"
    leader.save(update_fields=["signing_key", "language"])
    return signer


@pytest.fixture
def waiting(at_the_leader, office, remote):
    """Approved, and the leader's telephone has rung."""
    approve(at_the_leader, office)
    authorisations.sweep(at=NOW)
    return Dossier.objects.get(pk=at_the_leader.pk)


def confirmed(signer):
    signer.confirm()
    authorisations.sweep(at=NOW + timedelta(seconds=20))


def test_a_leader_who_confirms_on_the_telephone(waiting, office, remote, pdfsig, tmp_path):
    assert waiting.code in remote.last.description
    assert waiting.person.full_name not in remote.last.description
    with pytest.raises(results.UnableToIssue, match="Ký số Thử"):
        issue(waiting, office)
    assert nothing_happened(waiting)
    confirmed(remote)

    paper = issue(waiting, office)

    assert paper.number.startswith("1/")
    content = _content(paper)
    verdict = verification.check_bytes(content, at=NOW + timedelta(minutes=1))
    assert (verdict.integrity, verdict.issuer, verdict.status) == ("ok", "known", "valid")
    assert _pdfsig(pdfsig, content, tmp_path).count("Signature is Valid") == 2
    assert (Authorisation.objects.get().state, Authorisation.objects.get().token) == ("spent", "")
    assert remote.times("signatures/signHash") == 1


@pytest.mark.parametrize("ending", ["refuse", "expire"])
def test_a_leader_who_does_not_confirm(waiting, office, remote, ending):
    getattr(remote, ending)()
    authorisations.sweep(at=NOW + timedelta(seconds=20))

    with pytest.raises(results.UnableToIssue):
        issue(waiting, office)
    assert nothing_happened(waiting)

    confirmations.ask_again(waiting, **office.act("clerk", at=NOW + timedelta(minutes=1)))
    authorisations.sweep(at=NOW + timedelta(minutes=1))
    assert len(remote.questions) == 2
    remote.confirm()
    authorisations.sweep(at=NOW + timedelta(minutes=2))
    assert issue(waiting, office, at=NOW + timedelta(minutes=2)).number.startswith("1/")


@pytest.mark.parametrize(("most", "questions"), [(12, [3]), (2, [2, 1])])
def test_a_batch_asks_its_leader_once_and_in_as_few_questions_as_may_be(
    client, office, at_the_leader, remote, settings, most, questions
):
    settings.REMOTE_SIGNING_MOST = most
    version, more = at_the_leader.version, []
    for _n in range(2):
        more.append(world.propose(world.file(at_the_leader.applicant, version, office.agency), office))
    every, leader = [at_the_leader, *more], office.staff["leader"]
    batch = batches.begin(uuid.uuid4(), BatchKind.APPROVE, every, seen={}, by=leader, at=NOW)
    client.force_login(leader)
    page = reverse("counter:batch", args=[batch.pk])

    batches.work(batch.pk)
    batches.work(batch.pk)
    authorisations.sweep(at=NOW + timedelta(minutes=1))

    asked = list(remote.questions.values())
    assert [one.left for one in asked] == questions
    assert all(any(one.code in question.description for question in asked) for one in every)
    assert not any(one.person.full_name in question.description for one in every for question in asked)
    [(words, count)] = client.get(page).context["confirmations"].items()
    assert count == 3
    assert "Ký số Thử" in words
    for question in asked:
        remote.confirm(question)
    authorisations.sweep(at=NOW + timedelta(minutes=2))
    for dossier in every:
        assert issue(Dossier.objects.get(pk=dossier.pk), office, at=NOW + timedelta(minutes=2)).number
    assert {row.state for row in Authorisation.objects.all()} == {"spent"}
    assert client.get(page).context["confirmations"] == {}


def test_a_batch_whose_worker_died_before_it_asked_is_found_by_the_sweep(office, at_the_leader, remote):
    leader = office.staff["leader"]
    batch = batches.begin(uuid.uuid4(), BatchKind.APPROVE, [at_the_leader], seen={}, by=leader, at=NOW)
    while batches._take_one(batch.pk, at=NOW):
        pass
    assert Result.objects.count() == 1
    assert not Authorisation.objects.exists()

    assert batches.waiting() == [batch.pk]
    batches.work(batch.pk)

    assert Authorisation.objects.count() == 1
    assert batches.waiting() == []


@pytest.mark.parametrize("fault", ["down", "wrong"])
def test_a_provider_that_fails_at_the_signature_stores_nothing(waiting, office, remote, fault):
    confirmed(remote)
    remote.fault("signatures/signHash" + (":wrong" if fault == "wrong" else ""), fault, times=2)

    with pytest.raises(results.UnableToIssue):
        issue(waiting, office)

    assert not IssuedPaper.objects.exists()
    assert not Document.objects.filter(kind="result").exists()
    if fault == "down":  # the same number, and one signature
        assert issue(waiting, office, at=NOW + timedelta(minutes=1)).number.startswith("1/")
        assert remote.last.left == 0


def test_a_seal_that_fails_after_the_leaders_signature(waiting, office, remote, monkeypatch):
    """What the leader confirmed is used up: the office is told, and the number is kept."""
    confirmed(remote)
    sign = signing.sign

    def failing(content, **given):
        if given["field"] == "seal":
            raise keys.KeyUnavailable(given["key_id"], "the token is away", passes=True)
        return sign(content, **given)

    monkeypatch.setattr(signing, "sign", failing)
    with pytest.raises(results.UnableToIssue):
        issue(waiting, office)
    monkeypatch.setattr(signing, "sign", sign)
    with pytest.raises(results.UnableToIssue):
        issue(waiting, office, at=NOW + timedelta(minutes=1))
    assert Authorisation.objects.get().state == "spent"

    confirmations.ask_again(waiting, **office.act("clerk", at=NOW + timedelta(minutes=2)))
    authorisations.sweep(at=NOW + timedelta(minutes=2))
    remote.confirm()
    authorisations.sweep(at=NOW + timedelta(minutes=3))
    assert issue(waiting, office, at=NOW + timedelta(minutes=3)).number.startswith("1/")


def test_withdrawn_and_approved_anew_is_confirmed_anew(waiting, office, remote):
    confirmed(remote)
    results.unapprove(waiting, note="Sai ngày", **office.act("clerk", at=NOW))
    assert Authorisation.objects.get().state == "dropped"
    assert Authorisation.objects.get().token == ""

    approve(Dossier.objects.get(pk=waiting.pk), office, at=NOW + timedelta(minutes=1))
    again = Dossier.objects.get(pk=waiting.pk)

    with pytest.raises(results.UnableToIssue):
        issue(again, office, at=NOW + timedelta(minutes=1))
    authorisations.sweep(at=NOW + timedelta(minutes=1))
    assert len(remote.questions) == 2


def test_one_question_for_many_results(waiting, office, remote):
    """A leader who approves a batch confirms once."""
    result = waiting.result
    confirmations.ask(result, at=NOW + timedelta(seconds=1))

    assert len(remote.questions) == 1


def test_who_may_ask_again(waiting, office, remote):
    colleague = factories.staff("leader", office.agency)

    with pytest.raises(NotAllowed):
        confirmations.ask_again(waiting, by=colleague, actors=frozenset({"leader"}), at=NOW)


def test_without_a_provider_the_leader_cannot_approve(at_the_leader, office, remote, settings):
    settings.REMOTE_SIGNING_URL = ""

    with pytest.raises(results.UnableToIssue, match="ký số"), transaction.atomic():
        approve(at_the_leader, office)
    assert Dossier.objects.get(pk=at_the_leader.pk).stage == at_the_leader.stage


# ── Pages ─────────────────────────────────────────────────────────────────────────────────────────
def test_the_page_says_what_is_waited_for(waiting, office, remote, client):
    page = reverse("counter:dossier", args=[waiting.code])
    for role in ("clerk", "leader"):
        client.force_login(office.staff[role])
        with time_machine.travel(NOW + timedelta(seconds=1), tick=False):
            content = client.get(page, headers={"accept-language": "en"}).content.decode()
        assert "Ký số Thử" in content
        assert reverse("counter:confirm", args=[waiting.code]) not in content
    client.force_login(office.staff["clerk"])
    assert 'value="issue"' not in client.get(page).content.decode()

    confirmed(remote)
    assert 'value="issue"' in client.get(page).content.decode()


def test_the_page_asks_again(waiting, office, remote, client):
    page, again = (reverse(f"counter:{name}", args=[waiting.code]) for name in ("dossier", "confirm"))
    client.force_login(office.staff["clerk"])
    remote.expire()
    authorisations.sweep(at=NOW + timedelta(seconds=20))
    assert again in client.get(page).content.decode()

    assert client.post(again).status_code == 302

    authorisations.sweep(at=datetime.now(UTC))
    assert len(remote.questions) == 2
    client.force_login(office.staff["handler"])
    assert client.post(again).status_code == 403


# ── A key is its owner's ──────────────────────────────────────────────────────────────────────────
def test_no_two_people_and_no_two_agencies_share_a_key(office):
    with pytest.raises(IntegrityError), transaction.atomic():
        factories.UserFactory(signing_key=office.staff["leader"].signing_key)
    with pytest.raises(IntegrityError), transaction.atomic():
        factories.AgencyFactory(seal_key=office.agency.seal_key)


@pytest.mark.parametrize("mixed", ["seal_as_own", "own_as_seal", "closed", "remote_seal"])
def test_a_key_signs_for_its_owner_alone(at_the_leader, office, signer, mixed):
    leader, agency = office.staff["leader"], office.agency
    approve(at_the_leader, office)
    if mixed == "closed":
        leader.is_active = False
    elif mixed == "seal_as_own":
        leader.signing_key = agency.seal_key
    elif mixed == "own_as_seal":
        agency.seal_key = leader.signing_key
    else:
        agency.seal_key = signer.enrol("cred-9", agency.name)
    leader.save()
    agency.save()
    waiting = Dossier.objects.get(pk=at_the_leader.pk)

    with pytest.raises(issuing.Stopped) as stopped:
        issue(waiting, office)

    assert stopped.value.trouble in (Trouble.LEADER_GONE, Trouble.LEADER_KEY, Trouble.SEAL_KEY)
    assert nothing_happened(waiting)
