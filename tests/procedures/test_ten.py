"""All ten procedures, each from the first page to the signed paper in the citizen's store."""

import io
import json

import pikepdf
import pytest
from django.urls import reverse
from django.utils import timezone

from payments import ledger
from portal.documents import canonical, papers, store, verification
from procedures.definitions import parts, runtime
from procedures.dossiers import dossiers
from procedures.dossiers.models import Dossier, Status
from procedures.filing import drafts
from tests.procedures import golden, world
from tests.procedures.shown import inputs

pytestmark = [pytest.mark.django_db, pytest.mark.path]

CODES = sorted(golden.GOLDEN)


@pytest.fixture
def version(code):
    return world.publish(code)[code]


@pytest.fixture
def office(version):
    made = world.office(runtime.definition(version.pk).agency)
    world.keys(made)
    return made


@pytest.fixture
def mother(client):
    user = world.mother()
    client.force_login(user)
    return user


def pay(dossier, *, at):
    """The money arrives, where any is due; what was asked for is what the case says."""
    amount = golden.GOLDEN[dossier.procedure_code].amount
    assert dossier.fee_total == amount
    if amount:
        assert dossier.status == Status.FEE_DUE
        assert ledger.for_reference(dossiers.reference(dossier)).amount == amount
        dossiers.fee_settled(dossier, at=at)
    dossier.refresh_from_db()
    assert dossier.status == Status.NEW


@pytest.mark.parametrize("code", CODES)
def test_from_the_first_page_to_the_paper_in_the_store(client, code, version, office, mother):
    now = timezone.now()
    draft = world.draft(mother, version, office.agency, at=now)
    expected = golden.aged(code, now.date())

    sent = client.post(reverse("filing:submit", args=[draft.pk]), {"declare": "yes"})
    dossier = Dossier.objects.get()
    pay(dossier, at=now)
    dossier = world.process(dossier, office, at=now)

    (paper,) = papers.of(mother.person, runtime.definition(version.pk).result.type, at=now)
    content = store.read(paper.document)
    assert sent.status_code == 302
    assert (dossier.status, dossier.subject_name) == (Status.RETURNED, expected.subject)
    told = {key: dossier.outcome[key] for key in parts.COPIED if key in dossier.outcome}
    assert paper.claims == runtime.definition(version.pk).claims(
        expected.with_files(), expected.outcome | told, dossier.context
    )
    assert paper.claims.keys() == expected.claims.keys()
    assert verification.check_bytes(content).holds
    assert inside(content)["claims"] == paper.claims
    assert client.get(reverse("documents:download", args=[paper.document_id])).content == content


def inside(content):
    """The data that the PDF carries along."""
    with pikepdf.open(io.BytesIO(content)) as pdf:
        return json.loads(pdf.attachments[canonical.PAYLOAD_NAME].get_file().read_bytes())


@pytest.mark.parametrize("code", CODES)
def test_every_page_of_the_form_takes_back_what_it_shows(client, code, version, office, mother):
    """Each step is shown filled in and sent unchanged: no question refuses its own answer."""
    draft = world.draft(mother, version, office.agency, at=timezone.now())
    before = drafts.walk(draft, now=timezone.now()).answers

    for step in golden.GOLDEN[code].steps:
        address = reverse("filing:step", args=[draft.pk, step])
        shown = inputs(client.get(address).context["form"])
        answer = client.post(address, shown | {f"draft-{draft.pk}-current_step": step})
        assert answer.status_code == 302, (step, answer.context["form"].errors)

    draft.refresh_from_db()
    assert drafts.walk(draft, now=timezone.now()).answers == before
