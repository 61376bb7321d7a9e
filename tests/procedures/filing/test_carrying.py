"""A procedure that changes while somebody is filling it in: finish as begun, or carry over; nothing typed is lost."""

from copy import deepcopy
from datetime import date, timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import translation

from portal.documents.models import Document
from procedures.definitions import bundles, publishing, versions
from procedures.dossiers.models import Dossier
from procedures.filing import carrying, changed, drafts
from procedures.filing.models import Draft
from tests.procedures import world

CODE = "1.004222"  # 10,000 đồng online; the birth certificate may come from the store
AT = world.MONDAY
DAY = timedelta(days=1)
LAST = date(2026, 11, 20)  # the Friday of that week


@pytest.fixture
def first(db):
    return world.publish(CODE)[CODE]


@pytest.fixture
def office(db):
    return world.office("commune_police")


@pytest.fixture
def mother(db):
    return world.mother()


@pytest.fixture
def draft(first, office, mother):
    return world.draft(mother, first, office.agency)


@pytest.fixture
def client(client, mother):
    client.force_login(mother)
    with time_machine.travel(AT + DAY, tick=False):
        yield client


def _step(definition, key):
    return next(step for step in definition["form"]["steps"] if step["key"] == key)


def _change(definition):
    """One question new, one gone, one of another type, one renamed; a fee and the time."""
    request = _step(definition, "request")
    request["fields"].append({"key": "urgent", "type": "yes_no", "label": {"vi": "Cần gấp", "en": "Urgent"}})
    home = _step(definition, "home")
    home["fields"] = [field for field in home["fields"] if field["key"] != "new_address"]
    home["fields"].append({"key": "house", "type": "text", "label": {"vi": "Số nhà", "en": "House"}})
    requester = _step(definition, "requester")["fields"]
    phone = next(field for field in requester if field["key"] == "requester_phone")
    phone["label"] = {"vi": "Điện thoại di động", "en": "Mobile"}
    del definition["result"]["claims"]["residence"]["address"]
    definition["result"]["claims"]["residence"]["text"] = "house"
    definition["fees"][0]["unit_amount"] = "15000"
    definition["fees"][0].pop("counter_amount", None)
    definition["fees"][0].pop("examples", None)
    definition["time"]["amount"] = 5
    definition.pop("cases", None)


def _publish_next(version, change=_change, *, until=LAST, at=AT):
    new = versions.draft_of(version.procedure, by=None, at=at)
    definition = deepcopy(new.definition)
    change(definition)
    new.definition = definition
    new.save()
    return publishing.publish(new, by=None, at=at, finish_until=until)


def _read(draft):
    return Draft.objects.get(pk=draft.pk)


# ── Finishing as begun ────────────────────────────────────────────────────────────────────────────
def test_a_draft_is_filed_on_its_own_version_through_the_last_day(draft, first, mother):
    _publish_next(first)

    dossier = drafts.submit(draft, by=mother, at=AT + 4 * DAY)

    assert (dossier.version, dossier.fee_total) == (first, 10_000)


def test_after_the_last_day_it_is_not_and_stays(draft, first, mother):
    _publish_next(first)

    with pytest.raises(drafts.VersionRetired):
        drafts.submit(draft, by=mother, at=AT + 5 * DAY)

    assert _read(draft).answers == draft.answers


def test_nothing_new_is_begun_after_the_last_day_however_late_the_sweep(first, office, mother):
    publishing.retire(first, last_filing_on=LAST, by=None, at=AT)
    first.refresh_from_db()

    begun = drafts.begin(mother, mother.person, first, agency=office.agency, language="vi", at=AT + 4 * DAY)
    with pytest.raises(drafts.VersionRetired):
        drafts.begin(mother, mother.person, first, agency=office.agency, language="vi", at=AT + 5 * DAY)

    assert Draft.objects.get() == begun


# ── Carrying over ─────────────────────────────────────────────────────────────────────────────────
def test_every_answer_comes_along_or_is_kept(draft, first):
    new = _publish_next(first)

    moved = carrying.carry_over(draft, at=AT)

    assert (moved.version_id, moved.answers) == (new.pk, draft.answers)
    walked = drafts.walk(moved, now=AT)
    assert "new_address" not in walked.answers
    assert walked.answers["new_commune"] == draft.answers["new_commune"]


def test_only_what_changed_is_looked_at_again(draft, first):
    _publish_next(first)

    moved = carrying.carry_over(draft, at=AT)

    assert set(draft.done) - set(moved.done) == {"requester", "home", "request"}


def test_what_was_typed_and_not_accepted_is_found_where_it_is_asked_now(draft, first):
    def shuffle(definition):
        home, household = _step(definition, "home"), _step(definition, "household")
        household["fields"].insert(0, home["fields"].pop(1))

    draft.refused = {
        "home": {"new_commune": ["?"], "floor_area": ["x"], "_shown": ["new_commune floor_area"]}
    }
    draft.save()
    _publish_next(first, shuffle)

    moved = carrying.carry_over(draft, at=AT)

    assert moved.refused == {
        "household": {"new_commune": ["?"], "_shown": ["new_commune"]},
        "home": {"floor_area": ["x"], "_shown": ["floor_area"]},
    }


def test_a_new_question_that_the_account_answers_is_answered(draft, first, mother):
    def ask(definition):
        field = {"key": "again", "type": "text", "label": {"vi": "Họ tên", "en": "Name"}, "lock": True}
        field["prefill"] = [{"from": "account", "value": "applicant.full_name"}]
        _step(definition, "request")["fields"].append(field)

    _publish_next(first, ask)

    moved = carrying.carry_over(draft, at=AT)

    assert moved.answers["again"] == mother.person.full_name
    assert moved.provenance["again"]["source"] == "account"


def test_carrying_over_twice_moves_once_and_a_filed_draft_stays(draft, first, mother):
    new = _publish_next(first)

    carrying.carry_over(draft, at=AT)
    again = carrying.carry_over(draft, at=AT)

    assert again.version_id == new.pk


def test_there_is_nothing_to_carry_over_to_when_the_procedure_has_ended(draft, first):
    publishing.retire(first, by=None, at=AT)

    with pytest.raises(drafts.VersionRetired):
        carrying.carry_over(draft, at=AT)


def test_what_changed_is_said_in_words(draft, first):
    new = _publish_next(first)

    with translation.override("en"):
        draft.language = "en"
        found = {
            group.title: [(row.label, row.note) for row in group.rows]
            for group in changed.groups(draft, new.pk, at=AT)
        }

    assert found == {
        "New questions": [
            ("House", "In the part “The new residence”."),
            ("Urgent", "In the part “Request and consents”."),
        ],
        "Questions asked differently": [("Mobile", "It was called “Phone number”.")],
        "Questions that are no longer asked": [
            (
                "House number, street, hamlet",
                f"Your answer “{draft.answers['new_address']}” is kept and not sent.",
            )
        ],
        "Fee": [("Fee for permanent residence registration", "10,000\u00a0đ before, now 15,000\u00a0đ.")],
        "Processing time": [("From receipt to result", "7 working days before, now 5 working days.")],
    }


# ── The pages ─────────────────────────────────────────────────────────────────────────────────────
def test_who_comes_back_is_asked_once_and_may_finish(client, draft, first):
    _publish_next(first)
    choice = reverse("filing:carry_over", args=[draft.pk])

    asked = client.get(draft.get_absolute_url())
    page = client.get(choice)
    chosen = client.post(choice, {"choice": "finish"})
    back = client.get(chosen.url)
    review = client.get(reverse("filing:review", args=[draft.pk]))
    client.post(reverse("filing:submit", args=[draft.pk]), {"declare": "yes"})

    assert (asked.url, page.status_code, back.status_code) == (choice, 200, 200)
    assert _lacking(page, "Cần gấp", "10.000đ", "15.000đ", "20/11/2026") == []
    assert "20/11/2026" in review.content.decode()
    assert Dossier.objects.get().version == first


def _lacking(page, *words):
    text = page.content.decode().replace("\xa0", "").replace("&nbsp;", "")
    return [word for word in words if word not in text]


def test_a_step_in_hand_is_not_interrupted(client, draft, first):
    _publish_next(first)

    assert client.get(reverse("filing:step", args=[draft.pk, "home"])).status_code == 200


def test_who_carries_over_goes_on_in_the_new_version(client, draft, first):
    new = _publish_next(first)

    went = client.post(reverse("filing:carry_over", args=[draft.pk]), {"choice": "carry"}, follow=True)

    assert (went.status_code, _read(draft).version) == (200, new)
    assert client.get(reverse("filing:carry_over", args=[draft.pk])).url == draft.get_absolute_url()


def test_after_the_last_day_only_carrying_over_is_offered(client, draft, first):
    _publish_next(first, until=None)
    choice = reverse("filing:carry_over", args=[draft.pk])

    page = client.get(choice).content.decode()
    refused = client.post(choice, {"choice": "finish"})
    sent = client.post(reverse("filing:submit", args=[draft.pk]), {"declare": "yes"})

    assert 'value="carry"' in page
    assert 'value="finish"' not in page
    assert refused.url == sent.url == choice
    assert not Dossier.objects.exists()


def test_a_change_that_concerns_nobody_says_so(client, draft, first):
    _publish_next(first, lambda definition: definition.update(keywords=[]))

    page = client.get(reverse("filing:carry_over", args=[draft.pk]))

    assert page.context["groups"] == []
    assert carrying.carry_over(draft, at=AT).done == draft.done


def test_the_start_page_says_the_last_day_and_ends_after_it(client, first, office):
    publishing.retire(first, last_filing_on=LAST, by=None, at=AT)
    page = reverse("definitions:procedure", args=[CODE])

    assert "20/11/2026" in client.get(page).content.decode()
    with time_machine.travel(AT + 5 * DAY, tick=False):
        ended = client.get(page)
        begun = client.post(reverse("filing:begin"), {"procedure": CODE, "agency": office.agency.pk})
    assert (ended.status_code, begun.status_code) == (404, 404)
    assert "20/11/2026" in ended.content.decode()


def test_the_page_costs_the_same_however_many_changes(client, draft, first, django_assert_max_num_queries):
    _publish_next(first)
    choice = reverse("filing:carry_over", args=[draft.pk])
    client.get(choice)

    with django_assert_max_num_queries(6):
        client.get(choice)


def test_importing_again_leaves_drafts_a_way(draft, first, mother, bundled):
    changed_bundle = bundled[CODE] | {"keywords": ["khác"]}

    bundles.import_bundle(changed_bundle, by=None, at=AT + DAY, publish=True)

    assert drafts.submit(draft, by=mother, at=AT + 29 * DAY).version == first


def test_a_file_to_a_question_that_is_gone_goes_with_the_draft(draft, first):
    def ask_no_birth_certificate(definition):
        definition["papers"] = [
            paper for paper in definition["papers"] if paper["key"] != "birth_certificate"
        ]
        definition["reuse"] = []
        definition.pop("cases", None)

    uploaded = Document.objects.get()
    _publish_next(first, ask_no_birth_certificate)
    moved = carrying.carry_over(draft, at=AT)
    assert moved.answers["birth_certificate"] == [str(uploaded.pk)]

    drafts.discard(moved)

    assert not Document.objects.exists()
