"""The pages on which a paper is corrected, and what everybody reads who checks the old one."""

import pytest
from django.urls import reverse

from portal.documents.models import IssuedPaper
from procedures.dossiers import corrections, workflow
from procedures.dossiers.models import Dossier
from tests import factories
from tests.procedures import world
from tests.procedures.results.correcting import (
    RIGHT,
    WHY,
    WRONG,
    approved,
    corrected,
    now,
    started,
)

pytestmark = pytest.mark.django_db


# ── Pages ─────────────────────────────────────────────────────────────────────────────────────────
def test_the_citizen_asks_on_the_papers_page(client, paper, mother):
    client.force_login(mother)
    page = reverse("filing:correction", args=[paper.document_id])

    link = client.get(paper.get_absolute_url()).content.decode()
    empty = client.post(page, {"reason": " "})
    sent = client.post(page, {"reason": WRONG})
    again = client.get(page)

    dossier = Dossier.objects.get(corrects=paper)
    assert page in link
    assert empty.status_code == 422
    assert sent.url == dossier.get_absolute_url()
    assert dossier.get_absolute_url() in again.content.decode()
    assert "Đính chính" in client.get(sent.url).content.decode()


def test_a_strangers_paper_is_not_there(client, paper):
    client.force_login(factories.UserFactory())

    assert client.get(reverse("filing:correction", args=[paper.document_id])).status_code == 404


def test_the_office_corrects_on_its_pages(client, paper, committee):
    code = paper.result.dossier.code
    client.force_login(committee.staff["handler"])
    begin = reverse("counter:begin_correction", args=[code])

    offered = client.get(reverse("counter:dossier", args=[code])).content.decode()
    refused = client.post(begin, WHY | {"basis": ""})
    client.post(begin, WHY)
    dossier = Dossier.objects.get(corrects=paper)
    client.post(reverse("counter:act", args=[dossier.code]), {"action": "start"})
    page = reverse("counter:correct", args=[dossier.code])
    form = client.get(page).context["form"]
    data = typed(form) | {"child_name": RIGHT["child_name"]}
    wrong = client.post(page, data | {"child_name": ""})
    done = client.post(page, data)
    shown = client.get(reverse("counter:dossier", args=[dossier.code]))

    assert begin in offered
    assert (refused.status_code, WRONG in refused.content.decode()) == (409, True)
    assert wrong.status_code == 422
    assert done.url == reverse("counter:dossier", args=[dossier.code])
    (row,) = shown.context["correction"]["differences"]
    assert (row["was"], row["now"]) == (paper.claims["child"]["full_name"], RIGHT["child_name"])


def typed(form):
    """What a browser would send of the form as it is shown."""
    from tests.procedures.shown import inputs  # noqa: PLC0415 - parses pages, which one test wants

    return inputs(str(form))


@pytest.mark.parametrize(("role", "status"), [("receiver", 403), ("clerk", 200)])
def test_who_may_open_the_page(client, paper, committee, role, status):
    client.force_login(committee.staff[role])

    assert (
        client.get(reverse("counter:begin_correction", args=[paper.result.dossier.code])).status_code
        == status
    )


def test_every_opening_is_drawn():
    assert all(f": {action} (" in workflow.diagram() for action in workflow.OPENINGS)


# ── The printed QR tells the truth for ever ───────────────────────────────────────────────────────
@pytest.fixture
def chain(paper, committee):
    """Three papers, each of which took the place of the one before, the oldest first."""
    found = [paper]
    for name in ("Nguyễn Gia Một", "Nguyễn Gia Hai"):
        opened = corrections.open_by_office(found[-1], **committee.act("clerk", at=now()), **WHY)
        corrected(started(opened, committee), committee, child_name=name)
        approved(opened, committee)
        world.issue(opened, **committee.act("clerk", at=now()))
        found.append(IssuedPaper.objects.get(result__dossier=opened))
    return found


def test_every_qr_leads_to_the_paper_that_counts(client, chain, mother):
    states = [("replaced", False), ("replaced", False), ("valid", False)]
    for at, paper in enumerate(chain):
        page = client.get(reverse("documents:check_code", args=[paper.check_code]))
        told = [(link["state"], link["is_this"]) for link in page.context["chain"]]
        assert told == [(state, at == place) for place, (state, _this) in enumerate(states)]
        assert all(each.number in page.content.decode() for each in chain)

    answer = client.get(
        reverse("documents:check_code", args=[chain[0].check_code]), {"format": "json"}
    ).json()
    assert [link["status"] for link in answer["chain"]] == ["replaced", "replaced", "valid"]
    assert answer["chain"][-1]["check_code"] == chain[-1].check_code

    client.force_login(mother)
    (card,) = client.get(reverse("documents:mine")).context["page"].cards
    assert card.paper == chain[-1]
    assert [old.paper for old in card.older] == [chain[1], chain[0]]
