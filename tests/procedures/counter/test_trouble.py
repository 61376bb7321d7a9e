"""Odd input and bad moments at the counter: a sentence, the right status, nothing typed is lost."""

import pytest
from django.urls import reverse

from portal.messages.models import Message
from procedures.counter import queues
from procedures.dossiers import dossiers, workflow
from procedures.dossiers.models import Dossier, Status
from procedures.eforms.forms import StepForm
from tests import factories
from tests.procedures import world

pytestmark = pytest.mark.django_db

BIRTH = "1.001193"


@pytest.fixture
def office(client):
    made = world.office()
    client.force_login(made.staff["receiver"])
    return made


@pytest.fixture
def dossier(office):
    return world.file(world.mother(), world.publish(BIRTH)[BIRTH], office.agency)


def url(name, dossier, *rest):
    return reverse(f"counter:{name}", args=[dossier.code, *rest])


@pytest.mark.parametrize("queue", queues.QUEUES)
@pytest.mark.parametrize(
    "cursor", ["²", "_²", "abc_1", "2026-01-01T00:00:00_1", "2026-13-45_1", "_" + "9" * 5000]
)
def test_an_odd_cursor_shows_the_queue(client, office, queue, cursor):
    assert client.get(reverse("counter:inbox"), {"hang": queue, "sau": cursor}).status_code == 200


def test_a_refused_supplement_request_keeps_what_was_typed(client, office, dossier):
    note = {"action": "ask_supplement", "note": "Giấy chứng sinh mờ, chụp lại"}
    nothing_ticked = client.post(url("act", dossier), note)
    nonsense = client.post(url("act", dossier), note | {"field:khong_co": "1"})

    for answer in (nothing_ticked, nonsense):
        assert answer.status_code == 409
        assert "Giấy chứng sinh mờ, chụp lại</textarea>" in answer.content.decode()
    assert Dossier.objects.get().status == Status.NEW


def test_a_request_without_words_keeps_its_ticks(client, office, dossier):
    answer = client.post(url("act", dossier), {"action": "ask_supplement", "field:child_name": "1"})

    assert answer.status_code == 409
    assert 'id="s-child_name" checked' in answer.content.decode()


def test_a_nul_in_a_reason_is_left_out(client, office, dossier):
    client.post(url("act", dossier), {"action": "refuse", "note": "Sai\0 nơi nộp"})

    assert Dossier.objects.get().events.get(action="refuse").note == "Sai nơi nộp"


def test_nobody_is_promised_money_that_was_never_paid(client, office, dossier):
    dossiers.refuse(dossier, note="Sai nơi nộp", **office.act("receiver"))

    assert "hoàn" not in Message.objects.latest("id").body


@pytest.mark.parametrize("name", ["act", "outcome"])
def test_coming_back_from_signing_in_leads_to_the_dossier(client, office, dossier, name):
    client.force_login(office.staff["handler"])

    assert client.get(url(name, dossier)).url == url("dossier", dossier)


def test_findings_that_a_colleague_overtook_are_refused_in_words(client, office, dossier, monkeypatch):
    def late(*_args, **_kwargs):
        raise workflow.NotAllowed("Hồ sơ đang ở khâu khác.")

    dossiers.receive(dossier, **office.act("receiver"))
    dossiers.start(dossier, **office.act("handler"))
    client.force_login(office.staff["handler"])
    monkeypatch.setattr(dossiers, "fill_outcome", late)
    monkeypatch.setattr(StepForm, "is_valid", lambda _form: True)

    answer = client.post(url("outcome", dossier), follow=True)

    assert "Hồ sơ đang ở khâu khác." in answer.content.decode()


def test_nothing_is_recorded_on_a_dossier_that_was_withdrawn(client, office, dossier):
    dossiers.receive(dossier, **office.act("receiver"))
    dossiers.start(dossier, **office.act("handler"))
    dossiers.withdraw(dossier, by=dossier.applicant, note="", at=world.MONDAY)
    client.force_login(office.staff["handler"])

    assert client.get(url("dossier", dossier)).context["outcome_form"] is None
    with pytest.raises(workflow.NotAllowed):
        dossiers.fill_outcome(dossier, {}, by=office.staff["handler"], at=world.MONDAY)


@pytest.mark.parametrize("role", ["system_admin", "procedure_admin"])
def test_who_looks_after_machines_sees_no_dossier(client, office, dossier, role):
    client.force_login(factories.staff(role, office.agency))

    assert client.get(url("dossier", dossier)).status_code == 404
    assert dossier.code not in client.get(reverse("counter:inbox") + "?hang=moi").content.decode()


@pytest.mark.parametrize(("name", "rest"), [("dossier", []), ("preview", []), ("form", ["filing"])])
def test_a_method_without_meaning_is_refused(client, office, dossier, name, rest):
    assert client.post(url(name, dossier, *rest)).status_code == 405


def test_the_office_reads_its_own_words_in_the_history(client, office, dossier):
    page = client.get(url("dossier", dossier)).content.decode()

    assert "Người nộp gửi hồ sơ" in page
    assert "Ông/bà gửi hồ sơ" not in page
