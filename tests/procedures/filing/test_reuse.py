"""A result used again: offered to its holder, taken with consent, locked, given back, checked at the end."""

from datetime import UTC, datetime

import pytest
from django.urls import reverse

from portal.documents import consents, papers
from portal.documents.models import AccessLog, IssuedPaper
from procedures.definitions import runtime
from procedures.dossiers import dossiers
from procedures.dossiers.models import Dossier
from procedures.filing import drafts, reuse
from procedures.filing.models import Draft
from tests import factories
from tests.procedures import golden, world

pytestmark = pytest.mark.django_db

BIRTH, RESIDENCE = "1.001193", "1.004222"
CHILD = golden.GOLDEN[BIRTH].answers["child_name"]


@pytest.fixture
def mother(client):
    user = world.mother()
    client.force_login(user)
    return user


@pytest.fixture
def versions():
    return world.publish(BIRTH, RESIDENCE)


@pytest.fixture
def police():
    return world.office("commune_police")


@pytest.fixture
def paper(mother, versions):
    """The child's birth certificate in the mother's store."""
    committee = world.office("commune")
    world.keys(committee)
    now = datetime.now(UTC)
    world.process(world.file(mother, versions[BIRTH], committee.agency, at=now), committee, at=now)
    return IssuedPaper.objects.get()


@pytest.fixture
def draft(mother, versions, police):
    """Complete, with an upload of its own for every paper."""
    return world.draft(mother, versions[RESIDENCE], police.agency, at=datetime.now(UTC))


def page(draft):
    return reverse("filing:papers", args=[draft.pk])


def use(client, draft, paper, **changes):
    both = f"birth:{paper.pk}"
    return client.post(page(draft), {"use": both, "agree": both} | changes)


def again(draft):
    return Draft.objects.get(pk=draft.pk)


def test_consent_is_needed(client, draft, paper):
    refused = use(client, draft, paper, agree="")

    assert refused.status_code == 422
    assert again(draft).reuse == {}


def test_the_page_shows_exactly_what_would_be_shared(client, draft, paper):
    shown = client.get(page(draft)).context["offers"][0]["shared"]

    assert CHILD in [row["value"] for row in shown]
    assert len(shown) == 6


def test_another_persons_paper_is_not_offered_and_cannot_be_taken(client, draft, paper):
    IssuedPaper.objects.update(holder=factories.PersonFactory())

    assert client.get(page(draft)).context["offers"] == []
    assert use(client, draft, paper).status_code == 422
    assert again(draft).reuse == {}


def test_an_offer_that_the_answers_rule_out_is_not_made(client, draft, paper):
    drafts.save_step(draft, "requester", {"person_kind": "self"}, at=datetime.now(UTC))

    assert client.get(page(draft)).context["offers"] == []


def test_another_persons_draft_is_not_there(client, draft, paper):
    client.force_login(factories.UserFactory())

    assert client.get(page(draft)).status_code == 404
    assert use(client, draft, paper).status_code == 404


def test_a_locked_answer_is_not_overwritten_by_a_forged_post(client, draft, paper):
    use(client, draft, paper)

    answers = again(draft).answers
    posted = {
        key: value for key, value in answers.items() if key.startswith("person_") and isinstance(value, str)
    }
    forged = posted | {f"draft-{draft.pk}-current_step": "person", "person_name": "Kẻ Khác"}
    client.post(reverse("filing:step", args=[draft.pk, "person"]), forged)

    assert again(draft).answers["person_name"] == CHILD


def test_the_paper_stands_in_and_its_use_is_logged_with_the_words_agreed_to(client, draft, paper):
    drafts.save_step(draft, "papers", {"birth_certificate": None}, at=datetime.now(UTC))
    use(client, draft, paper)

    client.post(reverse("filing:submit", args=[draft.pk]), {"declare": "yes"})

    dossier = Dossier.objects.get(procedure_code=RESIDENCE)
    logged = AccessLog.objects.get(paper=paper)
    assert dossier.files.get().paper == paper
    assert logged.dossier_code == dossier.code
    assert logged.consent.text == again(draft).reuse["birth"]["consent"]


def test_given_back_its_answers_are_questions_again(client, draft, paper):
    drafts.save_step(draft, "person", {"person_name": None}, at=datetime.now(UTC))
    use(client, draft, paper)
    assert again(draft).answers["person_name"] == CHILD

    client.post(page(draft), {"drop": "birth"})

    assert again(draft).reuse == {}
    assert again(draft).answers.get("person_name") is None
    assert drafts.locked(again(draft)).isdisjoint({"person_name"})


def test_taking_the_same_paper_twice_is_taking_it_once(client, draft, paper):
    use(client, draft, paper)
    use(client, draft, paper)
    client.post(reverse("filing:submit", args=[draft.pk]), {"declare": "yes"})

    assert AccessLog.objects.filter(paper=paper, by=None).count() == 1


def test_revoked_in_between_it_stops_the_dossier_and_can_be_given_back(client, draft, paper):
    use(client, draft, paper)
    papers.set_status(paper, "revoked", reason="Cấp nhầm", at=datetime.now(UTC))

    sent = client.post(reverse("filing:submit", args=[draft.pk]), {"declare": "yes"})
    shown = client.get(page(draft))
    client.post(page(draft), {"drop": "birth"})

    assert sent.status_code == 422
    assert not Dossier.objects.filter(procedure_code=RESIDENCE).exists()
    assert 'name="drop" value="birth"' in shown.content.decode()
    assert again(draft).reuse == {}


def test_data_of_a_paper_goes_nowhere_unchecked_though_its_rule_applies_no_more(client, draft, paper):
    """The child's data stays locked in the form when the registration becomes one for another person."""
    draft = drafts.use_paper(draft, _offer(draft, paper), at=datetime.now(UTC))
    changed = {"person_kind": "other"}
    draft = drafts.save_step(draft, "requester", changed, at=datetime.now(UTC))
    draft = drafts.save_step(draft, "person", {"person_relation": "sibling"}, at=datetime.now(UTC))
    papers.set_status(paper, "revoked", reason="Cấp nhầm", at=datetime.now(UTC))

    with pytest.raises(drafts.UnableToSubmit, match="không"):
        drafts.submit(draft, by=draft.user, at=datetime.now(UTC))


def _offer(draft, paper):
    definition = runtime.definition(draft.version_id)
    return next(
        o for o in reuse.offers(definition, draft.user.person, at=datetime.now(UTC)) if o.paper == paper
    )


def test_what_its_question_cannot_take_is_not_filled(draft, paper):
    IssuedPaper.objects.update(claims=paper.claims | {"child": paper.claims["child"] | {"sex": "unheard_of"}})
    paper.refresh_from_db()

    assert "person_sex" not in _offer(draft, paper).fills


def test_an_officers_look_at_the_paper_is_written_down(client, draft, paper, police):
    use(client, draft, paper)
    client.post(reverse("filing:submit", args=[draft.pk]), {"declare": "yes"})
    dossier = Dossier.objects.get(procedure_code=RESIDENCE)
    file = dossier.files.get(paper=paper)
    officer = police.staff["handler"]
    client.force_login(officer)

    client.get(reverse("counter:file", args=[dossier.code, file.pk]))

    looked = AccessLog.objects.get(paper=paper, by=officer)
    assert looked.dossier_code == dossier.code
    assert police.agency.name in looked.by_name


def test_what_its_holder_withdrew_the_officer_cannot_open(client, draft, paper, police):
    use(client, draft, paper)
    client.post(reverse("filing:submit", args=[draft.pk]), {"declare": "yes"})
    dossier = Dossier.objects.get(procedure_code=RESIDENCE)
    file = dossier.files.get(paper=paper)
    receipt = paper.consents.get()
    consents.withdraw(receipt, at=datetime.now(UTC))
    client.force_login(police.staff["handler"])

    answer = client.get(reverse("counter:file", args=[dossier.code, file.pk]))

    assert answer.status_code == 403
    assert dossier.code in answer.text
    assert AccessLog.objects.filter(paper=paper).count() == 1


def test_what_its_holder_withdrew_is_told_on_the_officers_page(client, draft, paper, police):
    use(client, draft, paper)
    client.post(reverse("filing:submit", args=[draft.pk]), {"declare": "yes"})
    dossier = Dossier.objects.get(procedure_code=RESIDENCE)
    address = reverse("counter:dossier", args=[dossier.code])
    client.force_login(police.staff["handler"])
    before = client.get(address).context["taken_back"]
    receipt = consents.withdraw(paper.consents.get(), at=datetime.now(UTC))

    answer = client.get(address)

    assert (before, answer.context["taken_back"]) == ([], [receipt])
    assert answer.text.count('class="note bad"') == 1
    assert paper.number in answer.text.partition('class="note bad"')[2].partition("</div>")[0]


# ── What was typed before a paper ─────────────────────────────────────────────────────────────────
def test_dropping_a_paper_puts_back_what_was_typed(client, draft, paper):
    typed = again(draft)
    use(client, draft, paper)
    taken = again(draft)

    client.post(page(draft), {"drop": "birth"})

    back = again(draft)
    assert (back.answers, back.provenance, back.reuse) == (typed.answers, typed.provenance, {})
    assert set(taken.reuse["birth"]["before"]) <= set(offer_fills(paper, draft))


def offer_fills(paper, draft):
    rule = next(r for r in runtime.definition(draft.version_id).reuse if r.key == "birth")
    return rule.fills


def test_taking_the_paper_twice_still_puts_back_what_was_typed(client, draft, paper):
    typed = again(draft)
    use(client, draft, paper)
    use(client, draft, paper)

    client.post(page(draft), {"drop": "birth"})

    assert again(draft).answers == typed.answers


def test_what_was_typed_before_a_paper_stays_out_of_the_dossier(client, draft, paper):
    use(client, draft, paper)

    dossier = drafts.submit(again(draft), by=draft.user, at=datetime.now(UTC))

    assert dossier.reuse["birth"]["paper"] == paper.pk
    assert "before" not in dossier.reuse["birth"]


def test_two_papers_over_one_field_give_back_what_was_there_before_both():
    draft = Draft(answers={"name": "Typed"})
    for rule_key in ("first", "second"):
        offer = reuse.Offer(None, None, {"name": rule_key})
        before = reuse.replaced(draft, offer)
        draft.answers |= offer.fills
        draft.provenance["name"] = {"reuse": rule_key}
        draft.reuse[rule_key] = {"before": before}

    reuse.give_back(draft, "first")
    assert draft.answers == {"name": "second"}
    reuse.give_back(draft, "second")

    assert (draft.answers, draft.provenance, draft.reuse) == ({"name": "Typed"}, {}, {})


COPY, BUILDING = "2.000815", "1.013225"


@pytest.mark.parametrize(("kind", "offered"), [("property", ["land_copy"]), ("diploma", [])])
def test_a_certified_copy_stands_in_for_the_copy_that_is_asked_for(mother, kind, offered):
    """Of a land paper only, by what its data say it is."""
    committee, versions = world.office("commune"), world.publish(COPY, BUILDING)
    world.keys(committee)
    now = datetime.now(UTC)
    filed = world.file(mother, versions[COPY], committee.agency, at=now, doc_kind=kind, doc_number="DD 123")
    dossiers.fee_settled(filed, at=now)
    world.process(Dossier.objects.get(), committee, at=now)

    found = reuse.offers(runtime.definition(versions[BUILDING].pk), mother.person, at=now)

    assert [offer.rule.key for offer in found] == offered
    assert [offer.fills for offer in found] == [{"land_paper_number": "DD 123"} for _rule in offered]
