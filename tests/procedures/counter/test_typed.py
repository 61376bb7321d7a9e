"""What an officer typed is never lost, and goes to nobody else; a second click does nothing twice."""

import pytest
from django.urls import reverse

from portal.accounts import typed
from procedures.definitions import bundles
from procedures.dossiers import dossiers, supplements
from procedures.dossiers.models import Dossier, Status
from procedures.results import results
from tests import factories
from tests.procedures import golden, world

pytestmark = pytest.mark.django_db

BIRTH = "1.001193"


@pytest.fixture
def office(client):
    made = world.office()
    client.force_login(made.staff["receiver"])
    return made


@pytest.fixture
def version():
    return world.publish(BIRTH)[BIRTH]


@pytest.fixture
def dossier(office, version):
    return world.file(world.mother(), version, office.agency)


def url(name, dossier):
    return reverse(f"counter:{name}", args=[dossier.code])


def text(answer):
    return answer.content.decode()


def refusal(officer, **more):
    return {"action": "refuse", "note": "Sai nơi nộp", "officer": officer.pk} | more


# ── After the session has ended ───────────────────────────────────────────────────────────────────
def test_a_reason_typed_before_the_session_ended_is_there_again(client, office, dossier):
    officer = office.staff["receiver"]
    client.logout()

    sent = client.post(url("act", dossier), refusal(officer))
    client.force_login(officer)
    page, once_more = client.get(url("dossier", dossier)), client.get(url("dossier", dossier))

    assert sent.url.startswith(reverse("accounts:sign_in"))
    for shown in (page, once_more):
        assert "Sai nơi nộp</textarea>" in text(shown)
        assert shown.context["restored"]
    assert Dossier.objects.get().status == Status.NEW


def test_marks_and_their_reasons_are_there_again(client, office, dossier):
    officer = office.staff["receiver"]
    client.logout()
    client.post(
        url("act", dossier),
        {
            "action": "ask_supplement",
            "officer": officer.pk,
            "field:child_name": "1",
            "reason:child_name": "Thiếu dấu",
        },
    )
    client.force_login(officer)
    page = text(client.get(url("dossier", dossier)))

    assert 'id="s-child_name" checked' in page
    assert 'value="Thiếu dấu"' in page


def test_it_is_gone_once_the_action_is_taken(client, office, dossier):
    officer = office.staff["receiver"]
    client.logout()
    client.post(url("act", dossier), refusal(officer))
    client.force_login(officer)

    client.post(url("act", dossier), refusal(officer))

    assert Dossier.objects.get().status == Status.REFUSED
    assert typed.KEY not in client.session


def test_findings_typed_before_the_session_ended_are_there_again(client, office, dossier):
    handler = office.staff["handler"]
    dossiers.receive(dossier, **office.act("receiver"))
    dossiers.start(dossier, **office.act("handler"))
    client.logout()

    client.post(url("outcome", dossier), {"child_personal_id": "12", "officer": handler.pk})
    client.force_login(handler)
    page = client.get(url("dossier", dossier))

    assert 'value="12"' in text(page)
    assert "errsum" not in text(page)
    assert page.status_code == 200
    assert Dossier.objects.get().outcome == {}
    findings = _posted(golden.aged(BIRTH, world.MONDAY.date()).outcome)
    client.post(url("outcome", dossier), findings)
    assert Dossier.objects.get().outcome
    assert typed.KEY not in client.session


def _posted(outcome):
    """Findings as a browser posts them: a date in three boxes."""
    found = {}
    for key, value in outcome.items():
        parts = str(value).split("-")
        if len(parts) == 3:
            found |= {f"{key}__{box}": part for box, part in zip("ymd", parts, strict=True)}
        else:
            found[key] = value
    return found


def test_a_colleague_at_the_same_desk_does_not_read_it(client, office, dossier):
    client.logout()
    client.post(url("act", dossier), refusal(office.staff["receiver"]))
    client.force_login(factories.staff("receiver", office.agency))

    page = client.get(url("dossier", dossier))

    assert "Sai nơi nộp" not in text(page)
    assert not page.context["restored"]


def test_what_has_no_place_any_more_is_shown_all_the_same(client, office, dossier):
    officer = office.staff["receiver"]
    client.logout()
    client.post(url("act", dossier), refusal(officer))
    dossiers.receive(dossier, **office.act("receiver"))
    client.force_login(officer)

    assert "Sai nơi nộp" in text(client.get(url("dossier", dossier)))


def test_a_button_without_words_keeps_nothing(client, office, dossier):
    client.logout()

    answer = client.post(url("act", dossier), {"action": "receive"})

    assert answer.url.startswith(reverse("accounts:sign_in"))
    assert typed.KEY not in client.session


# ── Reasons ───────────────────────────────────────────────────────────────────────────────────────
def test_each_mark_has_its_own_reason(client, office, dossier):
    marks = {"field:child_name": "1", "reason:child_name": "Thiếu dấu", "reason:child_sex": "Không đánh dấu"}

    client.post(url("act", dossier), {"action": "ask_supplement"} | marks)

    assert supplements.asked(Dossier.objects.get()) == {"child_name": "Thiếu dấu"}
    page = text(client.get(url("dossier", dossier)))
    assert "Họ, chữ đệm, tên của trẻ: Thiếu dấu" in page
    client.force_login(dossier.applicant)
    assert "Thiếu dấu" in text(client.get(dossier.get_absolute_url()))


# ── Two stages of one role ────────────────────────────────────────────────────────────────────────
@pytest.fixture
def two_stages(office, version):
    """A dossier at the first of two stages that are the handler's, its findings written down."""
    first, *others = version.definition["stages"]
    second = {**first, "key": "checking", "share": 25}
    stages = [{**first, "share": first["share"] - 25}, second, *others]
    changed = bundles.import_bundle(
        {**version.definition, "stages": stages}, by=None, at=world.MONDAY, publish=True
    )
    dossier = world.file(world.mother(), changed, office.agency)
    dossiers.receive(dossier, **office.act("receiver"))
    dossiers.start(dossier, **office.act("handler"))
    outcome = golden.aged(BIRTH, world.MONDAY.date()).outcome
    dossiers.fill_outcome(dossier, outcome, by=office.staff["handler"], at=world.MONDAY)
    return dossier


def test_a_double_click_does_not_skip_a_stage(client, office, two_stages):
    client.force_login(office.staff["handler"])
    page = text(client.get(url("dossier", two_stages)))
    forward = {"action": "forward", "stage": two_stages.version.definition["stages"][0]["key"]}

    first = client.post(url("act", two_stages), forward)
    second = client.post(url("act", two_stages), forward)

    assert f'name="stage" value="{forward["stage"]}"' in page
    assert (first.status_code, second.status_code) == (302, 409)
    assert Dossier.objects.get().stage == "checking"
    client.post(url("act", two_stages), {"action": "forward", "stage": "checking"})
    assert Dossier.objects.get().stage_role == "leader"


def test_a_page_that_does_not_say_where_it_stood_is_an_old_one(client, office, two_stages):
    client.force_login(office.staff["handler"])

    assert client.post(url("act", two_stages), {"action": "forward"}).status_code == 409


# ── The clerk ─────────────────────────────────────────────────────────────────────────────────────
def test_the_clerk_can_send_back_and_must_say_why(client, office, dossier):
    world.keys(office)
    approved(dossier, office)
    client.force_login(office.staff["clerk"])

    page = text(client.get(url("dossier", dossier)))
    refused = client.post(url("act", dossier), {"action": "unapprove", "note": ""})
    client.post(url("act", dossier), {"action": "unapprove", "note": "Sai tên đơn vị"})

    assert page.index('value="issue"') < page.index('value="unapprove"')
    assert refused.status_code == 409
    assert Dossier.objects.get().stage_role == "leader"
    client.force_login(office.staff["leader"])
    assert "Sai tên đơn vị" in text(client.get(url("dossier", dossier)))
    assert dossier.code in text(client.get(reverse("messages:inbox")))


def approved(dossier, office):
    dossiers.receive(dossier, **office.act("receiver"))
    dossiers.start(dossier, **office.act("handler"))
    outcome = golden.aged(BIRTH, world.MONDAY.date()).outcome
    dossiers.fill_outcome(dossier, outcome, by=office.staff["handler"], at=world.MONDAY)
    dossiers.forward(dossier, **office.act("handler"))
    results.approve(dossier, **office.act("leader"))
