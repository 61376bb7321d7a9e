"""A result after its issue: suspended, restored, revoked; who relies on it is told, and decides."""

from datetime import UTC, datetime

import pytest
from django.urls import reverse

from portal.documents import papers
from portal.documents.models import IssuedPaper
from portal.messages.models import Message
from procedures.definitions import runtime
from procedures.dossiers import dossiers, relied
from procedures.dossiers.models import Dossier, Status
from procedures.dossiers.workflow import NotAllowed
from procedures.filing import drafts, reuse
from procedures.results import lives, relying, results
from procedures.results.models import Result
from tests import factories
from tests.procedures import golden, world

pytestmark = pytest.mark.django_db

BIRTH, RESIDENCE = "1.001193", "1.004222"
WHY = {"reason": "Cấp không đúng thẩm quyền", "basis": "Quyết định 15/QĐ-UBND"}


def now():
    return datetime.now(UTC)


@pytest.fixture
def mother():
    return world.mother()


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
    """The child's birth certificate, issued by the committee."""
    world.keys(committee, police)
    world.process(world.file(mother, versions[BIRTH], committee.agency, at=now()), committee, at=now())
    return IssuedPaper.objects.get()


@pytest.fixture
def draft(mother, versions, police, paper):
    """A registration of residence that takes the certificate over, ready to be sent to the police."""
    begun = world.draft(mother, versions[RESIDENCE], police.agency, at=now())
    offered = reuse.offers(runtime.definition(begun.version_id), mother.person, at=now())
    return drafts.use_paper(begun, offered[0], at=now())


@pytest.fixture
def residence(draft, mother):
    """The dossier with the police, paid, on the handler's desk."""
    dossier = drafts.submit(draft, by=mother, at=now())
    return dossiers.fee_settled(dossier, at=now())


def change(paper, committee, verb=lives.revoke, **why):
    return verb(paper, **committee.act("leader", at=now()), **(WHY | why))


def at_the_leaders(dossier, police):
    dossiers.receive(dossier, **police.act("receiver", at=now()))
    dossier = dossiers.start(dossier, **police.act("handler", at=now()))
    outcome = golden.aged(RESIDENCE, now().date()).outcome
    while dossier.stage_role == "handler":
        own = {field.key for field in runtime.definition(dossier.version_id).result.fields}
        found = {key: value for key, value in outcome.items() if key in own}
        dossiers.fill_outcome(dossier, found, by=police.staff["handler"], at=now())
        dossier = dossiers.forward(dossier, **police.act("handler", at=now()))
    assert dossier.stage_role == "leader"
    return dossier


# ── The verbs ─────────────────────────────────────────────────────────────────────────────────────
def test_a_life_is_written_into_register_and_history_and_the_holder_is_told(paper, committee, mother):
    change(paper, committee, lives.suspend)
    change(paper, committee, lives.restore)
    change(paper, committee, lives.revoke)

    paper.refresh_from_db()
    assert (paper.status, paper.status_reason) == (
        "revoked",
        "Cấp không đúng thẩm quyền (Quyết định 15/QĐ-UBND)",
    )
    lines = paper.result.dossier.events.order_by("-id")[:3]
    assert [line.action for line in lines] == ["revoke_result", "restore_result", "suspend_result"]
    assert {line.by for line in lines} == {committee.staff["leader"]}
    told = Message.objects.filter(recipient=mother, key__contains="_result:")
    assert told.count() == 3
    assert all(paper.number in message.body for message in told)


@pytest.mark.parametrize("verb", [lives.suspend, lives.restore, lives.revoke])
def test_what_is_revoked_stays_so(paper, committee, verb):
    change(paper, committee)

    with pytest.raises(NotAllowed):
        change(paper, committee, verb)

    assert IssuedPaper.objects.get().status == "revoked"
    assert paper.result.dossier.events.filter(action__endswith="_result").count() == 1


@pytest.mark.parametrize("why", [{"reason": " "}, {"basis": ""}, {"reason": "x" * 181}, {"basis": "x" * 101}])
def test_reason_and_basis_are_needed_and_short(paper, committee, why):
    with pytest.raises(NotAllowed):
        change(paper, committee, **why)

    assert IssuedPaper.objects.get().status == "valid"


def test_who_is_no_leader_may_not(paper, committee):
    with pytest.raises(NotAllowed):
        lives.revoke(paper, **committee.act("handler", at=now()), **WHY)

    assert IssuedPaper.objects.get().status == "valid"


# ── Who relies on it ──────────────────────────────────────────────────────────────────────────────
def test_a_draft_relies_until_it_is_sent_and_its_dossier_until_it_ends(draft, paper, mother, police):
    before = relying.on(paper)
    dossier = drafts.submit(draft, by=mother, at=now())
    sent = relying.on(paper)
    dossiers.withdraw(dossier, by=mother, note="", at=now())
    after = relying.on(paper)

    assert ([d.pk for d in before.drafts], list(before.dossiers)) == ([draft.pk], [])
    assert (list(sent.drafts), [d.pk for d in sent.dossiers]) == ([], [dossier.pk])
    assert (list(after.drafts), list(after.dossiers)) == ([], [])


def test_a_dossier_without_the_paper_does_not_rely_on_it(paper, mother, versions, police):
    world.file(mother, versions[RESIDENCE], police.agency, at=now())

    assert list(relying.on(paper).dossiers) == []


def test_the_dossier_that_relies_on_it_is_told_of_each_change_once(residence, paper, committee, mother):
    change(paper, committee, lives.suspend)
    change(paper, committee, lives.restore)

    lines = residence.events.filter(action__startswith="paper_").order_by("id")
    assert [line.action for line in lines] == ["paper_ended", "paper_restored"]
    assert all(WHY["reason"] in line.note and committee.agency.name in line.note for line in lines)
    assert {(line.from_status, line.to_status) for line in lines} == {(Status.NEW, Status.NEW)}
    assert (
        Message.objects.filter(recipient=mother, key__startswith=f"dossier:{residence.pk}:paper_").count()
        == 2
    )


def test_a_dossier_that_has_ended_is_left_alone(residence, paper, committee, mother):
    dossiers.withdraw(residence, by=mother, note="", at=now())

    change(paper, committee)

    assert not residence.events.filter(action="paper_ended").exists()
    assert relied.ended([Dossier.objects.get(pk=residence.pk)]) == {}


# ── The officer decides ───────────────────────────────────────────────────────────────────────────
def test_approval_is_refused_until_the_leader_says_why(residence, paper, committee, police):
    dossier = at_the_leaders(residence, police)
    change(paper, committee)

    with pytest.raises(results.UnableToIssue, match=paper.number):
        results.approve(dossier, **police.act("leader", at=now()), despite=" ")
    assert not Result.objects.filter(dossier=dossier).exists()
    results.approve(dossier, **police.act("leader", at=now()), despite="Đã đối chiếu sổ hộ tịch")

    line = dossier.events.get(action="approve")
    assert (line.note, line.data["despite"]) == ("Đã đối chiếu sổ hộ tịch", [paper.pk])
    world.issue(dossier, **police.act("clerk", at=now()))
    assert Dossier.objects.get(pk=dossier.pk).status == Status.RETURNED


def test_what_ends_after_the_approval_goes_back_to_the_leader(residence, paper, committee, police):
    dossier = at_the_leaders(residence, police)
    results.approve(dossier, **police.act("leader", at=now()))
    change(paper, committee)

    with pytest.raises(results.UnableToIssue, match=paper.number):
        world.issue(dossier, **police.act("clerk", at=now()))

    results.unapprove(dossier, **police.act("clerk", at=now()), note="Giấy khai sinh đã bị thu hồi")
    results.approve(dossier, **police.act("leader", at=now()), despite="Vẫn đủ căn cứ")
    world.issue(dossier, **police.act("clerk", at=now()))
    assert Dossier.objects.get(pk=dossier.pk).status == Status.RETURNED


def test_a_reason_is_not_asked_for_while_everything_holds(residence, paper, committee, police):
    dossier = at_the_leaders(residence, police)
    change(paper, committee, lives.suspend)
    change(paper, committee, lives.restore)

    results.approve(dossier, **police.act("leader", at=now()))

    assert dossier.events.get(action="approve").data == {}


def test_a_paper_that_ran_out_meanwhile_held_when_it_was_filed(residence, paper):
    IssuedPaper.objects.update(valid_until=datetime(2020, 1, 1, tzinfo=UTC).date())

    assert relied.ended([residence]) == {}


# ── Pages ─────────────────────────────────────────────────────────────────────────────────────────
def life(paper, move="thu-hoi"):
    return reverse("counter:life", args=[paper.result.dossier.code, move])


def test_only_the_issuers_leader_changes_it(client, paper, committee):
    seen = {}
    for who, user in {
        "colleague": committee.staff["handler"],
        "stranger": factories.staff("leader", factories.AgencyFactory()),
        "citizen": factories.UserFactory(),
    }.items():
        client.force_login(user)
        seen[who] = {client.get(life(paper)).status_code, client.post(life(paper), WHY).status_code}

    assert seen == {"colleague": {403}, "stranger": {404}, "citizen": {404}}
    assert IssuedPaper.objects.get().status == "valid"


def test_the_leader_asks_reads_who_relies_on_it_and_revokes(client, residence, paper, committee):
    client.force_login(committee.staff["leader"])
    page = reverse("counter:dossier", args=[paper.result.dossier.code])

    offered = client.get(page).content.decode()
    asked = client.get(life(paper))
    refused = client.post(life(paper), WHY | {"basis": ""})
    done = client.post(life(paper), WHY)
    shown = client.get(page).content.decode()

    assert life(paper) in offered
    assert life(paper, "khoi-phuc") not in offered
    assert [one.pk for one in asked.context["relying"].dossiers] == [residence.pk]
    assert (refused.status_code, WHY["reason"] in refused.content.decode()) == (409, True)
    assert (done.status_code, done.url) == (302, page)
    assert life(paper) not in shown
    assert WHY["basis"] in shown


def test_a_colleague_sees_the_card_without_the_buttons(client, paper, committee):
    client.force_login(committee.staff["clerk"])

    shown = client.get(reverse("counter:dossier", args=[paper.result.dossier.code])).content.decode()

    assert paper.check_code in shown
    assert life(paper) not in shown


@pytest.mark.parametrize("move", ["khac", "khoi-phuc"])
def test_a_move_that_is_not_open_changes_nothing(client, paper, committee, move):
    client.force_login(committee.staff["leader"])

    assert client.post(life(paper, move), WHY).status_code in {404, 409}
    assert IssuedPaper.objects.get().status == "valid"


def test_officer_and_citizen_see_the_flag_and_the_leader_the_question(
    client, residence, paper, committee, police, mother
):
    at_the_leaders(residence, police)
    change(paper, committee)
    flag = relied.sentence(IssuedPaper.objects.get(pk=paper.pk))
    page = reverse("counter:dossier", args=[residence.code])

    client.force_login(mother)
    citizen = client.get(residence.get_absolute_url()).content.decode()
    client.force_login(police.staff["leader"])
    inbox = client.get(reverse("counter:inbox") + "?hang=cho-ky").content.decode()
    officer = client.get(page).content.decode()
    act = reverse("counter:act", args=[residence.code])
    refused = client.post(act, {"action": "approve"})
    approved = client.post(act, {"action": "approve", "note": "Đã đối chiếu sổ hộ tịch"})

    assert flag in citizen
    assert flag in inbox
    assert flag in officer
    assert 'id="note-approve"' in officer
    assert (refused.status_code, approved.status_code) == (409, 302)
    assert "Đã đối chiếu sổ hộ tịch" in client.get(page).content.decode()


@pytest.mark.parametrize("rows", [1, 30])
def test_the_flags_of_the_inbox_cost_one_query_at_1_and_at_30_rows(
    client, residence, paper, committee, police, mother, versions, rows, django_assert_max_num_queries
):
    for _more in range(rows - 1):
        other = world.file(mother, versions[RESIDENCE], police.agency, at=now())
        dossiers.fee_settled(other, at=now())
        Dossier.objects.filter(pk=other.pk).update(reuse=residence.reuse)
    change(paper, committee)
    client.force_login(police.staff["receiver"])
    url = reverse("counter:inbox") + "?hang=moi"
    client.get(url)

    with django_assert_max_num_queries(9):
        shown = client.get(url)

    assert len(shown.context["dossiers"]) == len(shown.context["ended"]) == rows


def test_the_draft_says_what_to_do_and_stops_with_the_reason(client, draft, paper, committee, mother):
    client.force_login(mother)
    urls = [reverse(f"filing:{name}", args=[draft.pk]) for name in ("tasks", "review")]
    before = [client.get(url).context["ended"] for url in urls]
    change(paper, committee)
    flag = reuse.ended(draft, at=now())[0]

    after = [client.get(url).content.decode() for url in urls]
    sent = client.post(reverse("filing:submit", args=[draft.pk]), {"declare": "yes"})

    assert before == [[], []]
    assert paper.number in flag
    assert all(flag in page and reverse("filing:papers", args=[draft.pk]) in page for page in after)
    assert sent.status_code == 422
    assert flag in sent.context["error"]


def test_a_draft_also_says_that_its_paper_ran_out(draft, paper):
    IssuedPaper.objects.update(valid_until=datetime(2020, 1, 31, tzinfo=UTC).date())

    assert "31/01/2020" in reuse.ended(draft, at=now())[0]


def test_the_printed_code_tells_the_truth(client, paper, committee):
    change(paper, committee)

    shown = client.get(reverse("documents:check_code", args=[paper.check_code])).content.decode()

    assert WHY["reason"] in shown
    assert papers.mask_name(paper.subject_name) in shown
