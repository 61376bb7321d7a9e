"""Stages of a definition as a dossier passes them: skipped, filled in, timed, with opinions asked for."""

from fractions import Fraction

import pytest
from django.urls import reverse

from portal.messages.models import Message
from procedures.definitions import bundles
from procedures.dossiers import dossiers, stages, supplements, workflow
from procedures.dossiers.models import Dossier, Status
from tests.procedures import golden, world
from tests.procedures.definitions.variants import changed, problems, text

pytestmark = pytest.mark.django_db

BIRTH = "1.001193"
MONDAY = world.MONDAY


@pytest.fixture
def office():
    return world.office()


def stage(key, role="handler", **more):
    return {"key": key, "title": text(f"Bước {key}", f"Stage {key}"), "role": role} | more


ENDS = [stage("approval", "leader", share=20), stage("issue", "clerk", share=10)]
ASKED = {"kind": "commune_police", "days": 2, "silence": "agree"}
WITH_POLICE = [
    stage("examine", share=30, fills=["child_personal_id", "registered_on"]),
    stage("police", share=40, applies='child_sex == "male"', fills=["registration_note"], consults=[ASKED]),
    stage("book", share=10, fills=["register_book"]),
    stage("approval", "leader", share=15),
    stage("issue", "clerk", share=5),
]


@pytest.fixture
def file(office, bundled):
    """File a birth on the bundle with other parts."""

    def made(answers=None, **parts):
        definition = changed(bundled[BIRTH], **parts)
        version = bundles.import_bundle(definition, by=None, at=MONDAY, publish=True)
        return world.file(world.mother(), version, office.agency, **(answers or {}))

    return made


def processing(dossier, office):
    dossiers.receive(dossier, **office.act("receiver"))
    return dossiers.start(dossier, **office.act("handler"))


def fill(dossier, office, *keys, role="handler"):
    outcome = golden.aged(BIRTH, MONDAY.date()).outcome
    values = {key: outcome.get(key) for key in keys}
    return dossiers.fill_outcome(dossier, values, by=office.staff[role], at=MONDAY)


def test_a_stage_that_does_not_apply_is_skipped_both_ways(file, office):
    dossier = processing(file(stages=WITH_POLICE), office)
    assert dossier.answers["child_sex"] == "female"
    assert [each.key for each in stages.applying(dossier)] == ["examine", "book", "approval", "issue"]

    fill(dossier, office, "child_personal_id", "registered_on")
    dossier = dossiers.forward(dossier, **office.act("handler"))
    assert dossier.stage == "book"
    fill(dossier, office, "register_book")
    dossier = dossiers.forward(dossier, **office.act("handler"))

    assert (dossier.stage, dossier.stage_role) == ("approval", "leader")
    assert dossiers.send_back(dossier, note="Xem lại", **office.act("leader")).stage == "book"


def test_a_stage_that_applies_is_passed_and_asks_for_opinions(file, office):
    dossier = processing(file({"child_sex": "male"}, stages=WITH_POLICE), office)
    assert stages.consultations(dossier) == ()
    fill(dossier, office, "child_personal_id", "registered_on")

    dossier = dossiers.forward(dossier, **office.act("handler"))

    assert dossier.stage == "police"
    (asked,) = stages.consultations(dossier)
    assert (asked.kind, asked.days, asked.silence) == ("commune_police", 2, "agree")
    assert "2" in asked.text("vi")


def test_each_stage_fills_in_its_own_fields(file, office):
    dossier = processing(file(stages=WITH_POLICE), office)

    assert [field.key for field in stages.fields(dossier)] == ["child_personal_id", "registered_on"]
    with pytest.raises(workflow.NotAllowed):
        dossiers.forward(dossier, **office.act("handler"))
    dossier = fill(dossier, office, "child_personal_id", "registered_on", "register_book")
    assert "register_book" not in dossier.outcome
    dossier = dossiers.forward(dossier, **office.act("handler"))

    assert [field.key for field in stages.fields(dossier)] == ["register_book"]


def test_a_leader_may_have_something_to_fill_in(file, office):
    own = [
        stage("examine", share=70, fills=["child_personal_id", "register_book", "registration_note"]),
        stage("approval", "leader", share=20, fills=["registered_on"]),
        stage("issue", "clerk", share=10),
    ]
    dossier = processing(file(stages=own), office)
    fill(dossier, office, "child_personal_id", "register_book")
    dossier = dossiers.forward(dossier, **office.act("handler"))

    assert dossiers.position(dossier).takes_findings
    with pytest.raises(workflow.NotAllowed):
        dossiers.approved(dossier, **office.act("leader"))
    fill(dossier, office, "registered_on", role="leader")

    assert dossiers.approved(dossier, **office.act("leader")).stage == "issue"


def test_without_a_word_handlers_fill_in_everything(file, office):
    dossier = processing(file(), office)

    assert len(stages.fields(dossier)) == 4
    assert stages.fields(Dossier(version_id=dossier.version_id, status=Status.RECEIVED)) == ()


def test_the_time_of_a_stage_left_out_is_shared_by_the_others(file):
    dossier = file(stages=WITH_POLICE)

    assert stages.shares(dossier) == {
        "examine": Fraction(1, 2),
        "book": Fraction(1, 6),
        "approval": Fraction(1, 4),
        "issue": Fraction(1, 12),
    }
    assert sum(stages.shares(dossier).values()) == 1


def test_the_counter_shows_stages_with_their_time_and_whom_to_ask(client, file, office):
    dossier = processing(file({"child_sex": "male"}, stages=WITH_POLICE), office)
    fill(dossier, office, "child_personal_id", "registered_on")
    dossiers.forward(dossier, **office.act("handler"))
    client.force_login(office.staff["handler"])

    html = client.get(reverse("counter:dossier", args=[dossier.code])).content.decode()

    assert "Bước police" in html
    assert 'name="registration_note"' in html
    assert 'name="register_book"' not in html
    assert stages.consultations(Dossier.objects.get())[0].text("vi") in html


@pytest.mark.parametrize(
    ("wrong", "place", "reason"),
    [
        ([stage("a", share=70, hours=3), *ENDS], "stages[0].share", "either share (per cent) or hours"),
        ([stage("a", hours=3), *ENDS], "stages[1]", "all need the same"),
        ([stage("a", share=69), *ENDS], "stages", "sum to 99"),
        (
            [stage("a", hours=5), stage("b", "leader", hours=2), stage("c", "clerk", hours=2)],
            "stages",
            "the hours sum to 9, they must sum to 8",
        ),
        ([stage("a", share=70, applies="true"), *ENDS], "stages", "must always apply"),
        (
            [stage("a", share=70), ENDS[0] | {"applies": "true"}, ENDS[1]],
            "stages[1].applies",
            "only a handler’s stage",
        ),
        ([stage("a", share=70, applies="colour == 1"), *ENDS], "stages[0].applies", "“colour”"),
        ([stage("a", share=70, fills=["colour"]), *ENDS], "stages[0].fills", "not a field of the result"),
        ([stage("a", share=70, fills=[]), *ENDS], "result.fields[0]", "is filled in at no stage"),
        (
            [stage("a", share=70), ENDS[0], ENDS[1] | {"fills": ["register_book"]}],
            "stages[2].fills",
            "the clerk fills nothing in",
        ),
        (
            [stage("z", "leader", share=30), stage("a", share=40), *ENDS],
            "stages[2].role",
            "no other of the leader’s",
        ),
        (
            [stage("a", share=70, consults=[ASKED | {"days": 0}]), *ENDS],
            "stages[0].consults[0].days",
            "from 1 to 100",
        ),
        (
            [stage("a", share=70, consults=[ASKED | {"kind": "centre"}]), *ENDS],
            "stages[0].consults[0].kind",
            "must be one of",
        ),
        (
            [stage("a", share=70, consults=[ASKED | {"silence": "no"}]), *ENDS],
            "stages[0].consults[0].silence",
            "must be one of",
        ),
    ],
)
def test_stages_that_do_not_hold_together_are_refused_at_their_place(bundled, wrong, place, reason):
    found = problems(changed(bundled[BIRTH], stages=wrong))

    assert any(path == place and reason in told for path, told in found), found


def test_hours_that_make_up_the_time_are_in_order(bundled):
    three_days = [stage("a", hours=16), stage("b", "leader", hours=6), stage("c", "clerk", hours=2)]

    assert problems(changed(bundled["1.004873"], stages=three_days)) == []
    in_days = changed(bundled["1.004873"], stages=three_days, time={"amount": 3, "unit": "days"})
    assert [path for path, _reason in problems(in_days)] == ["stages"]


# ── Notices ───────────────────────────────────────────────────────────────────────────────────────
WORDS = {
    name: text(f"Lời riêng {name}", f"Own words {name}")
    for name in ("submitted", "received", "supplement", "done", "refused")
}


def told(dossier):
    return Message.objects.filter(recipient=dossier.applicant).latest("id").body


def test_the_procedures_own_words_stand_in_the_notices(file, office):
    dossier = file(messages=WORDS)
    assert told(dossier).endswith("Lời riêng submitted")

    dossiers.receive(dossier, **office.act("receiver"))
    assert told(dossier).endswith("Lời riêng received")

    supplements.ask(dossier, fields={"child_name": ""}, note="Thiếu dấu", **office.act("receiver"))
    assert told(dossier).endswith("Lời riêng supplement")


def test_a_refusal_says_them_too_and_nothing_is_said_without_them(file, office):
    dossier = file(messages={"refused": WORDS["refused"]})
    assert "Lời riêng" not in told(dossier)

    dossiers.refuse(dossier, note="Sai nơi nộp", **office.act("receiver"))

    assert "Sai nơi nộp" in told(dossier)
    assert told(dossier).endswith("Lời riêng refused")
