"""What need not be asked: from the account, the registers (a real process) and the last dossier."""

import re
import time
from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import translation

from portal import words
from portal.accounts.models import User
from portal.registries.models import LookUp
from procedures.definitions import bundles, runtime
from procedures.dossiers.models import Dossier
from procedures.filing import drafts, filling, prefill
from procedures.filing.models import Draft
from tests import factories
from tests.procedures import golden, world

MARITAL = "1.004873"
NOW = datetime.now(UTC)  # the register server has a clock of its own
WHO = {name: golden.APPLICANT[name] for name in ("full_name", "date_of_birth")}
RESIDENT = WHO | {"ethnicity": "Tày", "nationality": "Việt Nam", "commune": golden.BA_DINH, "address": "Số 5"}
MARRIED = WHO | {
    "marital_status": "married",
    "spouse": {"full_name": "Trần Văn Mẫu"},
    "marriage": {"number": "12/2019", "date": "2019-03-08", "agency": "UBND phường Mẫu"},
}


@pytest.fixture
def office(db):
    return world.office("commune")


@pytest.fixture
def mother(db):
    return world.mother()


@pytest.fixture
def version(office):
    return world.publish(MARITAL)[MARITAL]


@pytest.fixture
def on_record(registers, mother):
    """The mother, known to both registers; married."""
    registers.put("population", mother.person.personal_id, RESIDENT)
    registers.put("civil_status", mother.person.personal_id, MARRIED)
    return registers


@pytest.fixture
def begin(mother, office, version):
    def begin(*, at=NOW) -> Draft:
        return drafts.begin(mother, mother.person, version, agency=office.agency, language="vi", at=at)

    return begin


def answered(draft, step, *, at=NOW, **changes):
    """The draft with one step saved as its page would: golden answers, with `changes`."""
    answers = golden.GOLDEN[MARITAL].answers | changes
    form = runtime.definition(draft.version_id).form
    given = {f.key: answers.get(f.key) for f in form.step(step).fields if not f.compute}
    return filling.save_step(draft, step, given, at=at)


def look_ups():
    return list(LookUp.objects.order_by("pk").values_list("registry", "outcome"))


# ── Beginning ─────────────────────────────────────────────────────────────────────────────────────
def test_register_comes_before_the_account_and_is_locked_where_the_field_says_so(on_record, begin):
    draft = begin()

    assert draft.answers["requester_ethnicity"] == "Tày"
    assert draft.answers["requester_commune"] == golden.BA_DINH
    assert draft.answers["requester_name"] == golden.APPLICANT["full_name"]
    origin = draft.provenance["requester_ethnicity"]
    assert (origin["source"], origin["registry"], origin["lock"]) == ("registry", "population", True)
    assert datetime.fromisoformat(origin["at"]) == NOW
    assert "requester_ethnicity" in drafts.locked(draft)
    assert "requester_commune" not in drafts.locked(draft)
    assert draft.provenance["requester_name"]["source"] == "account"


def test_register_is_asked_for_what_is_wanted_alone(on_record, begin):
    draft = begin()

    (question,) = on_record.asked()
    assert question["path"] == "/population/look-up"
    assert question["body"]["claims"] == ["address", "commune", "ethnicity", "nationality"]
    assert question["body"]["dossier"] == str(draft.pk)
    assert "tình trạng hôn nhân" in question["body"]["purpose"]


def test_second_click_asks_nothing(on_record, begin):
    assert begin() == begin()
    assert len(on_record.asked()) == 1


@pytest.mark.parametrize("kind", ["error", "lost", "garbage", "no_data", "mismatch", "insufficient"])
def test_account_stands_in_for_a_register_that_gives_nothing(on_record, begin, kind):
    on_record.fault(kind)

    draft = begin()

    assert draft.answers["requester_ethnicity"] == "Kinh"
    assert draft.provenance["requester_ethnicity"]["source"] == "account"


def test_slow_register_holds_up_nobody_longer_than_the_limit(on_record, begin):
    on_record.fault("delay", seconds=20)
    start = time.perf_counter()

    draft = begin()

    assert time.perf_counter() - start < 15  # the limit is seconds; the register would have taken 20
    assert draft.answers["requester_ethnicity"] == "Kinh"
    assert look_ups() == [("population", "unavailable")]


def test_about_an_account_that_nobody_has_proven_nothing_is_asked(on_record, mother, begin, version, client):
    """Whoever knows somebody's number, name and birthday can open an account with them."""
    User.objects.filter(pk=mother.pk).update(proven_at=None)
    mother.refresh_from_db()
    client.force_login(mother)

    draft = answered(begin(), "requester")

    assert draft.answers.get("marital_status") is None
    assert {origin["source"] for origin in draft.provenance.values()} == {"account"}
    assert look_ups() == []
    assert client.get(f"/thu-tuc/{MARITAL}/").context["look_ups"] == []


def test_without_registers_everything_works_and_nothing_is_said(begin, settings):
    settings.REGISTRIES_URL = ""

    draft = answered(begin(), "requester")

    assert draft.answers["requester_ethnicity"] == "Kinh"
    assert draft.answers.get("marital_status") is None
    assert {origin["source"] for origin in draft.provenance.values()} == {"account"}
    assert look_ups() == []


def test_value_that_the_question_cannot_take_is_not_taken(on_record, begin, mother):
    on_record.put("population", mother.person.personal_id, RESIDENT | {"ethnicity": "Sao Hỏa"})

    assert begin().answers["requester_ethnicity"] == "Kinh"


# ── As answers come ───────────────────────────────────────────────────────────────────────────────
def test_marital_status_is_looked_up_for_oneself(on_record, begin):
    draft = answered(begin(), "requester", about="self")

    assert draft.answers["marital_status"] == "married"
    assert draft.answers["spouse_name"] == "Trần Văn Mẫu"
    assert draft.answers["marriage_date"] == "2019-03-08"
    assert draft.provenance["marital_status"]["registry"] == "civil_status"
    assert look_ups() == [("population", "match"), ("civil_status", "match")]


def test_marital_status_of_the_applicant_is_nobodys_business_when_another_is_meant(on_record, begin):
    draft = answered(begin(), "requester", about="other", subject_relation="parent")

    assert "marital_status" not in draft.answers
    assert look_ups() == [("population", "match")]


def test_answer_taken_back_takes_the_data_out_again(on_record, begin):
    draft = answered(begin(), "requester", about="self")
    draft = answered(draft, "requester", about="other", subject_relation="parent")

    assert "marital_status" not in draft.answers
    assert "marital_status" not in draft.provenance
    draft = answered(draft, "requester", about="self")
    assert draft.answers["marital_status"] == "married"


def test_what_the_person_says_stays(on_record, begin):
    draft = answered(begin(), "requester", about="self")
    draft = answered(draft, "status", marital_status="other", status_other="Ly hôn ở nước ngoài")
    draft = answered(draft, "requester", about="self")

    assert draft.answers["marital_status"] == "other"
    assert "marital_status" not in draft.provenance


# ── The pages ─────────────────────────────────────────────────────────────────────────────────────
@pytest.fixture
def shown(client, mother):
    client.force_login(mother)
    client.cookies["django_language"] = "en"

    def shown(draft, step):
        return client.get(reverse("filing:step", args=[draft.pk, step])).content.decode()

    return shown


def _at_status(begin, *, at=NOW):
    draft = answered(begin(at=at), "requester", about="self", at=at)
    return answered(draft, "contact", at=at)


def test_step_says_where_a_value_comes_from(on_record, begin, shown):
    draft = _at_status(begin)

    with translation.override("en"):
        moment = words.moment(NOW)
    page = shown(draft, "status")
    assert "Filled in for you: Tình trạng hôn nhân; " in page
    assert f"Civil Status Database, {moment}" in page
    assert re.search(r'<input[^>]*value="married"[^>]*checked', page)
    assert f"National Population Database, {moment}" in shown(draft, "requester")  # beside the lock


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        ("error", "does not answer at the moment"),
        ("no_data", "holds no data on this"),
        ("mismatch", "another name or date of birth"),
        ("insufficient", "is not confirmed yet"),
    ],
)
def test_step_says_why_a_question_is_asked(on_record, begin, shown, kind, why):
    on_record.fault(kind, registry="civil_status")

    page = shown(_at_status(begin), "status")

    assert "Not filled in: Tình trạng hôn nhân" in page
    assert why in page


def test_question_that_was_answered_needs_no_excuse(on_record, begin, shown):
    on_record.fault("error", registry="civil_status")
    draft = answered(_at_status(begin), "status", marital_status="single")

    assert "Not filled in" not in shown(draft, "status")


def test_start_page_says_what_will_be_looked_up(on_record, version, client, mother, settings):
    def start():
        return client.get(f"/thu-tuc/{MARITAL}/").content.decode()

    client.cookies["django_language"] = "en"
    assert "Civil Status Database" in start()  # also before signing in
    client.force_login(mother)
    assert "<li>full name of the spouse</li>" in start()
    assert "ethnic group; nationality" in start()
    settings.REGISTRIES_URL = ""
    assert "Civil Status Database" not in start()


# ── Sending ───────────────────────────────────────────────────────────────────────────────────────
@pytest.fixture
def complete(on_record, begin, mother):
    """Everything answered, the marital status by the register."""
    draft = _at_status(begin)
    form = runtime.definition(draft.version_id).form
    for step in form.steps[2:]:
        given = {f.key: golden.GOLDEN[MARITAL].answers.get(f.key) for f in step.fields if not f.compute}
        if step.key == "status":
            given = {f.key: draft.answers.get(f.key) for f in step.fields}
        draft = filling.save_step(draft, step.key, given, at=NOW)
    draft.user = mother
    assert drafts.first_incomplete(draft, drafts.walk(draft, now=NOW)) is None
    return draft


LATER = NOW + timedelta(minutes=20)


def test_sent_at_once_nothing_is_asked_again(complete, on_record, mother):
    asked = len(on_record.asked())

    dossier = filling.send(complete, by=mother, at=NOW + timedelta(minutes=1))

    assert len(on_record.asked()) == asked
    assert dossier.provenance["marital_status"]["registry"] == "civil_status"
    assert set(LookUp.objects.values_list("dossier_code", flat=True)) == {dossier.code}


def test_old_data_are_asked_for_again(complete, on_record, mother):

    dossier = filling.send(complete, by=mother, at=LATER)

    assert datetime.fromisoformat(dossier.provenance["marital_status"]["at"]) == LATER
    assert "unchecked" not in dossier.provenance["marital_status"]


def test_data_that_changed_are_put_right_and_shown_first(complete, on_record, mother):
    changed = MARRIED | {"marital_status": "widowed", "death": {"number": "1/2026"}}
    on_record.put("civil_status", mother.person.personal_id, changed)

    with pytest.raises(drafts.UnableToSubmit) as unable:
        filling.send(complete, by=mother, at=LATER)

    assert unable.value.step == "status"
    fresh = Draft.objects.get()
    assert fresh.answers["marital_status"] == "widowed"
    assert "status" not in fresh.done
    assert not Dossier.objects.exists()


def test_data_that_are_gone_become_questions_again(complete, on_record, mother):
    on_record.put("civil_status", mother.person.personal_id, None)

    with pytest.raises(drafts.UnableToSubmit):
        filling.send(complete, by=mother, at=LATER)

    fresh = Draft.objects.get()
    assert "marital_status" not in fresh.answers
    assert fresh.provenance["marital_status"]["outcome"] == "no_data"


def test_register_that_is_down_stops_nobody_but_the_officer_learns_of_it(
    complete, on_record, mother, client, office
):
    on_record.fault("error", registry="civil_status")

    dossier = filling.send(complete, by=mother, at=LATER)

    assert dossier.answers["marital_status"] == "married"
    client.force_login(office.staff["receiver"])
    client.cookies["django_language"] = "en"
    shown = client.get(reverse("counter:dossier", args=[dossier.code])).content.decode()
    assert re.search(r"Civil Status Database, [^;<]+; it did not answer when asked again", shown)


def test_page_leads_to_the_part_to_look_at_again(complete, on_record, mother, client, settings):
    settings.REGISTRY_MINUTES = {"population": 0, "civil_status": 0}
    on_record.put("civil_status", mother.person.personal_id, None)
    client.force_login(mother)

    answer = client.post(reverse("filing:submit", args=[complete.pk]), {"declare": "yes"})

    assert answer.url == reverse("filing:step", args=[complete.pk, "status"])


# ── The last dossier ──────────────────────────────────────────────────────────────────────────────
@pytest.fixture
def with_last(db):
    """The procedure, with the residence and the purpose taken from the last dossier."""
    (source,) = [s for s in bundles.read_all([bundles.FOLDER])[0] if s["code"] == MARITAL]
    for step in source["form"]["steps"]:
        for field in step["fields"]:
            if field["key"] in {"requester_residence_kind", "purpose"}:
                field["prefill"] = [{"from": "last_dossier"}]
                field["lock"] = True
    return bundles.import_all([source], by=None, at=NOW, publish=True)[0]


def test_last_dossier_fills_what_may_be_changed(with_last, mother, office, client):
    filed = world.file(mother, with_last, office.agency)
    draft = drafts.begin(mother, mother.person, with_last, agency=office.agency, language="vi", at=NOW)

    assert draft.answers["purpose"] == filed.answers["purpose"]
    assert draft.provenance["purpose"]["dossier"] == filed.code
    assert "purpose" not in drafts.locked(draft)
    draft = answered(draft, "requester")
    client.force_login(mother)
    client.cookies["django_language"] = "en"
    shown = client.get(reverse("filing:step", args=[draft.pk, "contact"])).content.decode()
    assert f"From your dossier {filed.code}" in shown


def test_nobody_elses_last_dossier_is_looked_at(with_last, mother, office):
    world.file(mother, with_last, office.agency)
    other = factories.UserFactory()

    draft = drafts.begin(other, other.person, with_last, agency=office.agency, language="vi", at=NOW)

    assert "purpose" not in draft.answers


def test_form_that_asks_no_register_is_known_as_such(begin, office):
    form = runtime.definition(begin().version_id).form
    plain = runtime.definition(world.publish("1.001193")["1.001193"].pk).form

    assert (prefill.has_conditions(form), prefill.asks_registers(form)) == (True, True)
    assert (prefill.has_conditions(plain), prefill.asks_registers(plain)) == (False, False)
