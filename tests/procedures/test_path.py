"""The path at the level of verbs: file, receive, process, sign, issue, verify, reuse. Runs on SQLite too."""

from datetime import timedelta

import pytest

from payments import ledger
from portal.documents import papers, signing, store, verification
from portal.documents.models import AccessLog, IssuedPaper
from procedures.definitions import runtime
from procedures.dossiers import dossiers
from procedures.dossiers.models import Dossier, Form, Status
from procedures.filing import drafts, reuse
from procedures.results import issuing
from procedures.results.models import NumberSeries, Result
from tests.procedures import golden, world

pytestmark = [pytest.mark.django_db, pytest.mark.path]

BIRTH, RESIDENCE = "1.001193", "1.004222"


@pytest.fixture
def city():
    committee, police = world.office("commune"), world.office("commune_police")
    world.keys(committee, police)
    return committee, police, world.publish(BIRTH, RESIDENCE), world.mother()


def test_from_the_first_answer_to_a_signed_result(city):
    committee, _police, versions, mother = city

    dossier = world.process(world.file(mother, versions[BIRTH], committee.agency), committee)

    paper = IssuedPaper.objects.get()
    assert dossier.status == Status.RETURNED
    assert paper.holder == mother.person
    assert paper.claims["child"]["full_name"] == golden.GOLDEN[BIRTH].answers["child_name"]
    assert verification.check_paper(paper).holds
    assert verification.check_bytes(store.read(paper.document)).holds


def test_one_changed_byte_is_noticed(city):
    committee, _police, versions, mother = city
    world.process(world.file(mother, versions[BIRTH], committee.agency), committee)
    content = bytearray(store.read(IssuedPaper.objects.get().document))
    content[len(content) // 3] ^= 1

    assert verification.check_bytes(bytes(content)).integrity != "ok"


def test_a_result_fills_and_locks_the_next_form_and_the_use_is_logged(city):
    committee, police, versions, mother = city
    world.process(world.file(mother, versions[BIRTH], committee.agency), committee)
    draft = world.draft(mother, versions[RESIDENCE], police.agency)
    offer = reuse.offers(_definition(versions[RESIDENCE]), mother.person, at=world.MONDAY)[0]

    draft = drafts.use_paper(draft, offer, at=world.MONDAY)
    draft = drafts.save_step(draft, "person", {"person_name": "Người Khác"}, at=world.MONDAY)
    dossier = drafts.submit(draft, by=mother, at=world.MONDAY)

    assert dossier.answers["person_name"] == golden.GOLDEN[BIRTH].answers["child_name"]
    assert dossier.status == Status.FEE_DUE
    assert dossier.files.get(key="birth_certificate", paper__isnull=False).paper == IssuedPaper.objects.get()
    logged = AccessLog.objects.get()
    assert (logged.dossier_code, bool(logged.consent.text)) == (dossier.code, True)


def test_a_revoked_result_stops_the_submission_with_a_sentence(city):
    committee, police, versions, mother = city
    world.process(world.file(mother, versions[BIRTH], committee.agency), committee)
    draft = world.draft(mother, versions[RESIDENCE], police.agency)
    offer = reuse.offers(_definition(versions[RESIDENCE]), mother.person, at=world.MONDAY)[0]
    draft = drafts.use_paper(draft, offer, at=world.MONDAY)
    papers.set_status(offer.paper, "revoked", reason="Cấp nhầm", at=world.MONDAY)

    with pytest.raises(drafts.UnableToSubmit):
        drafts.submit(draft, by=mother, at=world.MONDAY)

    assert Dossier.objects.count() == 1


def test_submitting_twice_gives_one_dossier(city):
    committee, _police, versions, mother = city
    draft = world.draft(mother, versions[BIRTH], committee.agency)

    first = drafts.submit(draft, by=mother, at=world.MONDAY)
    second = drafts.submit(draft, by=mother, at=world.MONDAY)

    assert first == second
    assert Dossier.objects.count() == 1


def test_the_forms_follow_once_the_transaction_is_committed(city, django_capture_on_commit_callbacks):
    committee, _police, versions, mother = city

    with django_capture_on_commit_callbacks(execute=True):
        dossier = world.file(mother, versions[BIRTH], committee.agency)
    with django_capture_on_commit_callbacks(execute=True):
        dossiers.receive(dossier, **committee.act("receiver"))

    made = {form.kind: form.document for form in Form.objects.filter(dossier=dossier)}
    assert set(made) == {"filing", "receipt"}
    assert all(store.read(document).startswith(b"%PDF") for document in made.values())


def test_a_fee_frozen_at_submit_waits_for_the_money(city):
    _committee, police, versions, mother = city
    dossier = world.file(mother, versions[RESIDENCE], police.agency)

    charge = ledger.for_reference(dossiers.reference(dossier))

    assert (charge.amount, dossier.fee_total, dossier.status) == (10_000, 10_000, Status.FEE_DUE)
    dossiers.fee_settled(dossier, at=world.MONDAY)
    assert Dossier.objects.get(pk=dossier.pk).status == Status.NEW


def test_a_failure_while_issuing_resumes_with_the_same_number_code_and_time(city, monkeypatch):
    committee, _police, versions, mother = city
    dossier = world.file(mother, versions[BIRTH], committee.agency)
    monkeypatch.setattr(signing, "prepare", _broken)

    with pytest.raises(issuing.Stopped):
        world.process(dossier, committee)

    begun = Result.objects.get()
    assert (begun.state, begun.sequence, begun.issued_at) == ("numbered", 1, world.MONDAY)
    assert not IssuedPaper.objects.exists()
    monkeypatch.undo()
    paper = world.issue(dossier, **committee.act("clerk", at=world.MONDAY + timedelta(hours=3)))
    assert (paper.number, paper.check_code, paper.issued_at) == (
        begun.number,
        begun.check_code,
        begun.issued_at,
    )
    assert verification.check_bytes(store.read(paper.document)).holds
    assert NumberSeries.objects.get().last == 1


def _broken(*_args, **_kwargs):
    raise RuntimeError("no key today")


def _definition(version):
    return runtime.definition(version.pk)
