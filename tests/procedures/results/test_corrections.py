"""An issued paper corrected: a dossier of its own, whose result takes the old paper's place when it is issued."""

import subprocess
from datetime import date, timedelta

import pytest
from django.utils import translation
from django.utils.translation import gettext

from portal.documents import store
from portal.documents.models import IssuedPaper
from portal.messages.models import Message
from portal.templatetags.paper import vn_date
from procedures.definitions import runtime
from procedures.dossiers import corrections, dossiers, relied
from procedures.dossiers.models import Dossier, DossierFile, Status
from procedures.dossiers.supplements import StillWrong
from procedures.dossiers.workflow import NotAllowed
from procedures.filing import drafts, reuse
from procedures.results import lives, results
from procedures.results.models import Result
from tests import factories
from tests.procedures import world
from tests.procedures.results.correcting import (
    BIRTH,
    RESIDENCE,
    RIGHT,
    WHY,
    WRONG,
    approved,
    corrected,
    issued,
    now,
    sealed,
    started,
)

pytestmark = pytest.mark.django_db


# ── Every way it moves ────────────────────────────────────────────────────────────────────────────
def test_open_correction_the_office_begins_by_itself(opened, paper, mother, committee):
    assert (opened.status, opened.corrects, opened.fee_total) == (Status.RECEIVED, paper, 0)
    assert opened.due_at > opened.received_at
    assert opened.answers == paper.result.dossier.answers
    assert opened.code != paper.result.dossier.code
    line = opened.events.get()
    assert (line.action, line.by, line.note) == (
        "open_correction", committee.staff["clerk"], f"{WRONG} (Điều 28 Luật Hộ tịch)",
    )  # fmt: skip
    assert paper.number in Message.objects.get(key__contains=":open_correction:").body


def test_ask_correction_the_citizen_begins(paper, mother):
    dossier = corrections.ask(paper, by=mother, reason=WRONG, at=now())

    assert (dossier.status, dossier.corrects, dossier.applicant) == (Status.NEW, paper, mother)
    assert dossier.events.get().note == WRONG
    assert dossier.title == {"vi": "Đính chính: Giấy khai sinh", "en": "Correction: Birth certificate"}
    assert Message.objects.filter(recipient=mother, key__contains=":ask_correction:").count() == 1


def test_the_files_of_the_old_dossier_come_along_and_stay_where_they_were(opened, paper):
    old = DossierFile.objects.filter(dossier=paper.result.dossier)

    assert old.exists()
    assert set(opened.files.values_list("key", "document")) == set(old.values_list("key", "document"))


def test_from_the_citizens_request_to_the_new_paper(paper, mother, committee):
    dossier = corrections.ask(paper, by=mother, reason=WRONG, at=now())
    dossiers.receive(dossier, **committee.act("receiver", at=now()))

    new = issued(dossier, committee)
    paper.refresh_from_db()

    assert (paper.status, paper.replaced_by) == ("replaced", new)
    with translation.override("vi"):
        assert paper.status_reason == gettext("Corrected and issued anew")
    assert (new.status, new.claims["child"]["full_name"]) == ("valid", RIGHT["child_name"])
    assert new.number != paper.number
    assert new.check_code != paper.check_code
    assert paper.claims["child"]["full_name"] != RIGHT["child_name"]
    source = paper.result.dossier
    assert source.events.order_by("id").last().action == "replace_result"
    assert new.number in Message.objects.get(key__startswith=f"dossier:{source.pk}:replace_result").body


def test_the_new_paper_names_the_one_that_it_replaces(opened, paper, committee, tmp_path):
    new = issued(opened, committee)

    words = {one: printed(one, tmp_path) for one in (paper, new)}
    assert f"Thay thế Giấy khai sinh số {paper.number}, {vn_date(paper.issued_at)}." in words[new]
    assert "Thay thế" not in words[paper]


def printed(paper, folder):
    """The words of the paper's file, on one line."""
    (file := folder / "paper.pdf").write_bytes(store.read(paper.document))
    told = subprocess.run(["pdftotext", "-raw", str(file), "-"], capture_output=True, text=True, check=True)
    return " ".join(told.stdout.split())


def test_a_request_is_refused_with_the_reason_and_the_paper_stays(paper, mother, committee):
    dossier = corrections.ask(paper, by=mother, reason=WRONG, at=now())

    dossiers.refuse(dossier, **committee.act("receiver", at=now()), note="Sổ hộ tịch ghi đúng như trên giấy")

    assert IssuedPaper.objects.get().status == "valid"
    assert corrections.refusal(paper, at=now()) == ""


@pytest.mark.parametrize("role", ["handler", "leader", "clerk"])
def test_who_works_on_results_may_open(paper, committee, role):
    assert corrections.open_by_office(paper, **committee.act(role, at=now()), **WHY).corrects == paper


def test_the_receiver_may_not_open(paper, committee):
    with pytest.raises(NotAllowed):
        corrections.open_by_office(paper, **committee.act("receiver", at=now()), **WHY)

    assert Dossier.objects.count() == 1


def test_only_the_holder_may_ask(paper):
    with pytest.raises(NotAllowed):
        corrections.ask(paper, by=factories.UserFactory(), reason=WRONG, at=now())

    assert Dossier.objects.count() == 1


@pytest.mark.parametrize("why", [{"reason": " "}, {"basis": ""}, {"reason": "x" * 601}, {"basis": "x" * 101}])
def test_reason_and_basis_are_needed_and_short(paper, committee, why):
    with pytest.raises(NotAllowed):
        corrections.open_by_office(paper, **committee.act("leader", at=now()), **(WHY | why))


def test_one_correction_at_a_time(opened, paper, mother):
    with pytest.raises(NotAllowed, match="đang được đính chính"):
        corrections.ask(paper, by=mother, reason=WRONG, at=now())


@pytest.mark.parametrize("end", ["revoked", "expired"])
def test_what_holds_no_more_is_not_corrected(paper, committee, mother, end):
    if end == "revoked":
        why = {"reason": "Cấp sai", "basis": "QĐ 1"}
        lives.revoke(paper, **committee.act("leader", at=now()), **why)
    else:
        IssuedPaper.objects.update(valid_until=date(2020, 1, 1))
    paper.refresh_from_db()

    with pytest.raises(NotAllowed):
        corrections.ask(paper, by=mother, reason=WRONG, at=now())


# ── Writing what is right ─────────────────────────────────────────────────────────────────────────
def test_correct_keeps_before_and_after(opened, committee):
    dossier = started(opened, committee)
    before = dossier.answers["child_name"]

    corrected(dossier, committee)

    line = opened.events.get(action="correct")
    assert (line.data["before"], line.data["after"]) == ({"child_name": before}, RIGHT)
    assert Dossier.objects.get(pk=opened.pk).subject_name == RIGHT["child_name"]


def test_an_ordinary_dossier_is_not_the_offices_to_change(mother, versions, committee, paper):
    dossier = world.file(mother, versions[BIRTH], committee.agency, at=now(), child_name="Nguyễn Mẫu Hai")
    dossiers.receive(dossier, **committee.act("receiver", at=now()))
    dossier = started(dossier, committee)

    with pytest.raises(NotAllowed):
        corrected(dossier, committee)

    assert Dossier.objects.get(pk=dossier.pk).answers["child_name"] == "Nguyễn Mẫu Hai"


@pytest.mark.parametrize("case", ["not started", "leader", "approved"])
def test_only_the_handler_at_the_handlers_stage_corrects(opened, committee, case):
    role = "handler"
    if case != "not started":
        corrected(started(opened, committee), committee)
        role = "leader" if case == "leader" else "handler"
    if case == "approved":
        approved(opened, committee)

    with pytest.raises(NotAllowed):
        corrections.correct(opened, answers={"child_name": "X"}, **committee.act(role, at=now()))


def test_what_breaks_the_form_is_not_taken(opened, committee):
    with pytest.raises(StillWrong):
        corrected(started(opened, committee), committee, child_name=None)

    assert not opened.events.filter(action="correct").exists()


# ── Four eyes, and what has to be so when it is approved ──────────────────────────────────────────
def test_who_corrected_does_not_approve(opened, committee):
    corrected(started(opened, committee), committee)
    dossiers.forward(opened, **committee.act("handler", at=now()))
    handler = committee.staff["handler"]
    handler.signing_key = "handler-commune"
    handler.save()

    with pytest.raises(NotAllowed, match="người khác phải ký duyệt"):
        results.approve(opened, by=handler, actors=frozenset({"leader", "handler"}), at=now())

    results.approve(opened, **committee.act("leader", at=now()))


def test_a_correction_that_corrects_nothing_is_not_approved(opened, committee):
    started(opened, committee)

    with pytest.raises(NotAllowed, match="Chưa đính chính gì"):
        approved(opened, committee)


@pytest.mark.parametrize("when", ["before approval", "before issue"])
def test_a_paper_revoked_meanwhile_has_no_successor(opened, paper, committee, when):
    corrected(started(opened, committee), committee)
    if when == "before issue":
        approved(opened, committee)
    lives.revoke(paper, **committee.act("leader", at=now()), reason="Cấp sai", basis="QĐ 1")

    going_on = approved if when == "before approval" else sealed
    with pytest.raises((NotAllowed, results.UnableToIssue)):
        going_on(opened, committee)

    assert IssuedPaper.objects.count() == 1
    assert not Result.objects.filter(dossier=opened, paper__isnull=False).exists()


def test_a_suspended_paper_may_be_corrected(opened, paper, committee):
    lives.suspend(paper, **committee.act("leader", at=now()), reason="Ghi sai", basis="QĐ 1")

    assert issued(opened, committee).status == "valid"


def test_a_correction_does_not_prolong(opened, paper, committee):
    until = now().date() + timedelta(days=40)
    IssuedPaper.objects.update(valid_until=until)

    assert issued(opened, committee).valid_until == until


# ── Who relies on the old one ─────────────────────────────────────────────────────────────────────
def relying_draft(mother, versions, police):
    begun = world.draft(mother, versions[RESIDENCE], police.agency, at=now())
    offered = reuse.offers(runtime.definition(begun.version_id), mother.person, at=now())
    return drafts.use_paper(begun, offered[0], at=now())


def test_dossier_and_draft_are_flagged_and_the_draft_is_offered_the_successor(
    opened, paper, mother, versions, committee, police
):
    sent = drafts.submit(relying_draft(mother, versions, police), by=mother, at=now())
    draft = relying_draft(mother, versions, police)
    new = issued(opened, committee)

    assert paper.number in relied.sentences([Dossier.objects.get(pk=sent.pk)])[sent.pk][0]
    assert new.number in sent.events.get(action="paper_ended").note
    assert paper.number in reuse.ended(draft, at=now())[0]
    with pytest.raises(drafts.UnableToSubmit):
        drafts.submit(draft, by=mother, at=now())
    (offer,) = reuse.offers(runtime.definition(draft.version_id), mother.person, at=now())
    assert (offer.paper, offer.fills["person_name"]) == (new, RIGHT["child_name"])
    draft = drafts.use_paper(draft, offer, at=now())
    assert draft.answers["person_name"] == RIGHT["child_name"]
    assert drafts.submit(draft, by=mother, at=now()).reuse["birth"]["paper"] == new.pk
