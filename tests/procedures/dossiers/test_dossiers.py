"""Every transition of the workflow table, taken once for real: row, history, clock, message, money."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from payments import ledger
from portal.messages.models import Message
from procedures.dossiers import clock, dossiers, supplements, workflow
from procedures.dossiers.models import Dossier, Event, Form, Status
from procedures.dossiers.workflow import Action
from procedures.results import results
from procedures.results.models import Result
from tests.procedures import golden, world

pytestmark = pytest.mark.django_db

BIRTH, RESIDENCE = "1.001193", "1.004222"
MONDAY = world.MONDAY


@pytest.fixture
def office():
    return world.office()


@pytest.fixture
def mother():
    return world.mother()


@pytest.fixture
def birth(office, mother):
    """A free dossier, just filed."""
    return world.file(mother, world.publish(BIRTH)[BIRTH], office.agency)


@pytest.fixture
def residence(mother):
    """A dossier with a fee, just filed, at the police; and that office."""
    police = world.office("commune_police")
    return world.file(mother, world.publish(RESIDENCE)[RESIDENCE], police.agency), police


def again(dossier):
    return Dossier.objects.get(pk=dossier.pk)


def last(dossier):
    return Event.objects.filter(dossier=dossier).latest("id")


def processing(dossier, office, *, at=MONDAY):
    dossiers.receive(dossier, **office.act("receiver", at=at))
    return dossiers.start(dossier, **office.act("handler", at=at))


def proposed(dossier, office):
    processing(dossier, office)
    dossiers.fill_outcome(
        dossier, golden.aged(BIRTH, MONDAY.date()).outcome, by=office.staff["handler"], at=MONDAY
    )
    return dossiers.forward(dossier, **office.act("handler"))


# ── Coming in ─────────────────────────────────────────────────────────────────────────────────────
def test_submit_freezes_what_was_filed(birth, office, mother):
    assert birth.code == f"{office.agency.code}-261116-0001"
    assert (birth.status, birth.fee_total) == (Status.NEW, 0)
    assert birth.title["vi"] == "Đăng ký khai sinh"
    assert Form.objects.get(dossier=birth).kind == "filing"
    assert Message.objects.get(recipient=mother).subject.endswith(birth.code)


def test_codes_of_one_unit_and_day_follow_each_other(birth, office, mother):
    version = birth.version

    second = world.file(mother, version, office.agency)
    tomorrow = world.file(mother, version, office.agency, at=MONDAY + timedelta(days=1))

    assert second.code.endswith("261116-0002")
    assert tomorrow.code.endswith("261117-0001")


def test_ask_fee_and_settle_fee(residence):
    dossier, _police = residence
    assert (dossier.status, last(dossier).action) == (Status.FEE_DUE, Action.ASK_FEE)

    dossiers.fee_settled(dossier, at=MONDAY)
    dossiers.fee_settled(again(dossier), at=MONDAY)

    assert (again(dossier).status, again(dossier).fee_settled_at) == (Status.NEW, MONDAY)
    assert Event.objects.filter(dossier=dossier, action=Action.SETTLE_FEE).count() == 1


def test_nobody_receives_what_is_not_paid(residence):
    dossier, police = residence

    with pytest.raises(workflow.NotAllowed):
        dossiers.receive(dossier, **police.act("receiver"))


def test_receive_starts_the_clock(birth, office):
    dossier = dossiers.receive(birth, **office.act("receiver"))

    assert dossier.status == Status.RECEIVED
    assert dossier.due_at == datetime(2026, 11, 16, 10, 0, tzinfo=UTC)  # the same day, 17:00
    assert Form.objects.filter(dossier=dossier, kind="receipt").exists()


def test_receive_twice_is_refused_and_says_where_the_dossier_stands(birth, office):
    dossiers.receive(birth, **office.act("receiver"))

    with pytest.raises(workflow.NotAllowed, match="tiếp nhận"):
        dossiers.receive(birth, **office.act("receiver"))


def test_refuse_needs_a_reason_and_gives_the_money_back(residence):
    dossier, police = residence
    dossiers.fee_settled(dossier, at=MONDAY)
    with pytest.raises(workflow.NotAllowed):
        dossiers.refuse(dossier, note="  ", **police.act("receiver"))

    dossier = dossiers.refuse(dossier, note="Không đúng thẩm quyền", **police.act("receiver"))

    assert (dossier.status, dossier.ended_at, last(dossier).note) == (
        Status.REFUSED,
        MONDAY,
        "Không đúng thẩm quyền",
    )
    assert not ledger.for_reference(dossiers.reference(dossier)).is_payable


# ── On the way ────────────────────────────────────────────────────────────────────────────────────
def test_start_makes_the_handler_responsible(birth, office):
    dossier = processing(birth, office)

    assert (dossier.status, dossier.stage_role, dossier.handler) == (
        Status.PROCESSING,
        "handler",
        office.staff["handler"],
    )


def test_forward_waits_for_the_findings(birth, office):
    processing(birth, office)

    with pytest.raises(workflow.NotAllowed):
        dossiers.forward(birth, **office.act("handler"))

    assert proposed_stage(birth, office) == "leader"


def proposed_stage(birth, office):
    outcome = golden.aged(BIRTH, MONDAY.date()).outcome
    dossiers.fill_outcome(birth, outcome, by=office.staff["handler"], at=MONDAY)
    return dossiers.forward(birth, **office.act("handler")).stage_role


def test_send_back_returns_to_the_handler_with_the_reason(birth, office):
    proposed(birth, office)

    dossier = dossiers.send_back(birth, note="Kiểm tra lại ngày sinh", **office.act("leader"))

    assert (dossier.stage_role, last(dossier).note) == ("handler", "Kiểm tra lại ngày sinh")


def test_approve_freezes_the_claims_and_leads_to_the_clerk(birth, office):
    proposed(birth, office)

    result = results.approve(birth, **office.act("leader"))

    assert again(birth).stage_role == "clerk"
    assert result.claims["child"]["personal_id"] == golden.GOLDEN[BIRTH].outcome["child_personal_id"]


def test_issue_and_return(birth, office, mother):
    world.keys(office)
    proposed(birth, office)
    results.approve(birth, **office.act("leader"))

    world.issue(birth, **office.act("clerk"))

    assert again(birth).status == Status.RETURNED
    assert list(birth.events.order_by("id").values_list("action", flat=True))[-2:] == ["issue", "return"]
    assert Message.objects.filter(recipient=mother).latest("id").link == birth.get_absolute_url()


def test_issue_twice_is_refused(birth, office):
    world.keys(office)
    proposed(birth, office)
    results.approve(birth, **office.act("leader"))
    world.issue(birth, **office.act("clerk"))

    with pytest.raises(workflow.NotAllowed):
        world.issue(birth, **office.act("clerk"))


def test_a_missing_key_issues_nothing_and_says_so(birth, office):
    proposed(birth, office)
    results.approve(birth, **office.act("leader"))
    agency = office.agency
    agency.seal_key = "no-such-key"
    agency.save(update_fields=["seal_key"])

    with pytest.raises(results.UnableToIssue):
        world.issue(birth, **office.act("clerk"))

    assert again(birth).stage_role == "clerk"


def test_the_clerk_sends_an_approved_result_back_to_the_leader(birth, office, mother):
    world.keys(office)
    proposed(birth, office)
    results.approve(birth, **office.act("leader"))

    results.unapprove(birth, note="Sai tên đơn vị", **office.act("clerk"))

    leader, told = office.staff["leader"], Message.objects.latest("id")
    assert (again(birth).status, again(birth).stage_role) == (Status.PROCESSING, "leader")
    assert (last(birth).action, last(birth).note) == ("unapprove", "Sai tên đơn vị")
    assert last(birth).data["approved_by"] == leader.full_name
    assert not Result.objects.exists()
    assert told.recipient == leader
    assert birth.code in told.subject
    assert "Sai tên đơn vị" in told.body
    # The way on is open: approved once more, it is issued.
    results.approve(birth, **office.act("leader"))
    world.issue(birth, **office.act("clerk"))
    assert again(birth).status == Status.RETURNED


def test_what_is_issued_is_not_sent_back(birth, office):
    world.keys(office)
    proposed(birth, office)
    results.approve(birth, **office.act("leader"))
    world.issue(birth, **office.act("clerk"))

    with pytest.raises(workflow.NotAllowed):
        results.unapprove(birth, note="Sai", **office.act("clerk"))

    assert Result.objects.get().paper


def test_sending_back_without_a_reason_leaves_the_approval(birth, office):
    proposed(birth, office)
    results.approve(birth, **office.act("leader"))

    with pytest.raises(workflow.NotAllowed):
        results.unapprove(birth, note=" ", **office.act("clerk"))

    assert (again(birth).stage_role, Result.objects.count()) == ("clerk", 1)


# ── Waiting for the citizen ───────────────────────────────────────────────────────────────────────
def test_a_supplement_stops_the_clock_unlocks_only_what_was_asked_and_moves_the_due_time(mother):
    police = world.office("commune_police")
    dossier = world.file(mother, world.publish(RESIDENCE)[RESIDENCE], police.agency)
    dossiers.fee_settled(dossier, at=MONDAY)
    dossier = processing(again(dossier), police)
    due, day = dossier.due_at, timedelta(days=1)

    supplements.ask(
        dossier,
        fields={"new_address": "Thiếu số nhà"},
        note="Ghi đủ số nhà",
        **police.act("handler", at=MONDAY + day),
    )
    asked = supplements.asked(again(dossier))
    supplements.answer(
        again(dossier),
        answers={"new_address": "Số 9 phố Mẫu", "person_name": "Người Khác"},
        papers=[],
        by=mother,
        at=MONDAY + 3 * day,
    )

    after = again(dossier)
    assert asked == {"new_address": "Thiếu số nhà"}
    assert after.answers["new_address"] == "Số 9 phố Mẫu"
    assert after.answers["person_name"] != "Người Khác"
    assert after.status == Status.PROCESSING
    assert after.due_at > due
    assert last(after).data["before"] != last(after).data["after"]
    assert clock.pauses(list(after.events.order_by("id")))[-1] == (MONDAY + day, MONDAY + 3 * day)


def test_a_second_supplement_is_refused(birth, office, mother):
    supplements.ask(birth, fields={"child_name": "Thiếu dấu"}, note="Viết đủ dấu", **office.act("receiver"))
    supplements.answer(again(birth), answers={"child_name": "Trần Mẫu"}, papers=[], by=mother, at=MONDAY)

    with pytest.raises(workflow.NotAllowed):
        supplements.ask(birth, fields={"child_dob": "Sai"}, note="Sửa", **office.act("receiver"))


def test_the_notice_of_a_supplement_lists_what_is_asked_with_each_reason(birth, office):
    reasons = {"child_sex": "", "birth_notice": "Ảnh mờ\0", "child_name": "Thiếu dấu"}

    supplements.ask(birth, fields=reasons, note="Xem lại", **office.act("receiver"))

    body = Message.objects.latest("id").body
    assert "Xem lại\n– Họ, chữ đệm, tên của trẻ: Thiếu dấu\n– Giới tính\n– " in body
    assert "Ảnh mờ" in body
    assert supplements.asked(again(birth))["birth_notice"] == "Ảnh mờ"


def test_where_each_item_has_its_reason_no_further_word_is_needed(birth, office):
    with pytest.raises(workflow.NotAllowed, match="lý do"):
        supplements.ask(
            birth, fields={"child_name": "Sai", "child_sex": ""}, note="", **office.act("receiver")
        )

    supplements.ask(
        birth, fields={"child_name": "Sai", "child_sex": "Sai"}, note="", **office.act("receiver")
    )

    assert again(birth).status == Status.SUPPLEMENT


def test_a_supplement_names_at_least_one_field(birth, office):
    with pytest.raises(workflow.NotAllowed):
        supplements.ask(birth, fields={}, note="Thiếu", **office.act("receiver"))


# ── Ending ────────────────────────────────────────────────────────────────────────────────────────
def test_withdraw_before_paying_cancels_the_charge(residence, mother):
    dossier, _police = residence

    dossiers.withdraw(dossier, by=mother, note="", at=MONDAY)

    assert again(dossier).status == Status.WITHDRAWN
    assert not ledger.for_reference(dossiers.reference(dossier)).is_payable


def test_what_is_approved_cannot_be_withdrawn_or_stopped(birth, office, mother):
    proposed(birth, office)
    results.approve(birth, **office.act("leader"))

    with pytest.raises(workflow.NotAllowed):
        dossiers.withdraw(birth, by=mother, note="", at=MONDAY)
    with pytest.raises(workflow.NotAllowed):
        dossiers.stop(birth, note="x", **office.act("leader"))


def test_stop_ends_with_the_reason(birth, office):
    processing(birth, office)

    dossier = dossiers.stop(birth, note="Người nộp không còn nhu cầu", **office.act("leader"))

    assert (dossier.status, dossier.ended_at) == (Status.STOPPED, MONDAY)


def test_every_transition_has_a_test_here():
    told = Path(__file__).read_text() + Path(__file__).with_name("test_fees.py").read_text()
    verbs = {Action.ASK_SUPPLEMENT: "supplements.ask(", Action.SUPPLEMENT: "supplements.answer("}
    verbs |= {Action.CONFIRM_EXEMPTION: "judge(dossier, confirmed=True"}
    verbs |= {Action.DENY_EXEMPTION: "judge(\n        dossier, confirmed=False, note="}
    rooms = ("dossiers", "results", "world")
    calls = {a: [verbs[a]] if a in verbs else [f"{room}.{a.value}(" for room in rooms] for a in Action}

    untold = [action for action in Action if not any(call in told for call in calls[action])]

    # Those three are the system's, told above by their effects.
    assert untold == [Action.ASK_FEE, Action.SETTLE_FEE, Action.RETURN]
