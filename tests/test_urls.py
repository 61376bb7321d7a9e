"""Nobody opens what is somebody else's: every address of the site, asked by everyone who has no business there."""

import uuid

import pytest
from django.urls import URLPattern, get_resolver, reverse

from payments.models import Charge
from portal.documents.models import Document
from portal.messages.models import Message
from procedures.definitions import versions
from procedures.definitions.models import ProcedureVersion
from procedures.dossiers import dossiers
from procedures.dossiers.models import Dossier, DossierFile
from tests import factories
from tests.procedures import world

# Open to everyone, signed in or not.
PUBLIC = {
    "home", "alive", "set_language", "accounts:sign_in", "accounts:register", "accounts:sign_out",
    "definitions:list", "definitions:procedure", "documents:check", "documents:check_code", "payments:webhook",
}  # fmt: skip
# Shows whoever is signed in what is their own.
OWN = {
    "accounts:profile", "accounts:password", "documents:mine", "messages:inbox", "messages:read_all",
    "dossiers:list", "filing:begin", "registries:mine",
}  # fmt: skip
# For those who hold a role somewhere; others learn nothing of it.
STAFF = {"counter:inbox"}


def _addresses():
    """(name, parameter names) of every address of the project."""
    stack = [("", get_resolver())]
    while stack:
        prefix, resolver = stack.pop()
        for entry in resolver.url_patterns:
            if isinstance(entry, URLPattern):
                yield prefix + (entry.name or str(entry.pattern)), tuple(entry.pattern.regex.groupindex)
            else:
                namespace = f"{entry.namespace}:" if entry.namespace else ""
                stack.append((prefix + namespace, entry))


def _someones():
    return sorted(name for name, _parameters in _addresses() if name not in PUBLIC | OWN | STAFF)


@pytest.fixture
def address(db):
    """Name → a real address of a row that belongs to `world.mother()` and her agency."""
    office, police = world.office("commune"), world.office("commune_police")
    world.keys(office, police)
    published, mother = world.publish("1.001193", "1.004222"), world.mother()
    birth, residence = published["1.001193"], published["1.004222"]
    draft = world.draft(mother, birth, office.agency)
    done = world.process(world.file(mother, birth, office.agency), office)
    paid = world.file(mother, residence, police.agency)
    rows = {
        "filing": {"draft_id": draft.pk, "code": done.code, "step": _first_step(birth)},
        "dossiers": {
            "code": done.code,
            "file_id": DossierFile.objects.filter(dossier=done)[0].pk,
            "kind": "filing",
        },
        "counter": {
            "code": done.code,
            "file_id": DossierFile.objects.filter(dossier=done)[0].pk,
            "kind": "receipt",
            "move": "thu-hoi",
        },
        "documents": {"document_id": Document.objects.get(paper__isnull=False).pk},
        "payments": {"charge": Charge.objects.get(reference=dossiers.reference(paid)).uuid},
        "studio": _drafted(birth),
        "messages": {"pk": Message.objects.filter(recipient=mother)[0].pk},
    }
    parameters = dict(_addresses())

    def find(name):
        known = rows.get(name.partition(":")[0], {})
        return reverse(name, kwargs={key: known[key] for key in parameters[name]})

    return find


def _drafted(version: ProcedureVersion) -> dict:
    """A procedure with a draft that somebody edits."""
    versions.draft_of(version.procedure, by=None, at=world.MONDAY)
    row = {"code": version.procedure.code, "section": "form", "key": "person"}
    return row | {"number": version.number, "old": version.number, "new": version.number + 1}


def _first_step(version: ProcedureVersion) -> str:
    return version.snapshot["form"]["steps"][0]["key"]


@pytest.fixture
def neighbour(db):
    """Another citizen."""
    return factories.UserFactory()


@pytest.fixture
def colleague(db):
    """An officer with every role, at an agency that has nothing to do with the matter."""
    agency = factories.AgencyFactory()
    user = factories.staff("receiver", agency)
    for role in ("handler", "leader", "clerk"):
        factories.DutyFactory(user=user, agency=agency, role=role)
    return user


def test_every_address_is_sorted():
    names = {name for name, _parameters in _addresses()}

    assert names >= PUBLIC | OWN | STAFF
    assert names - PUBLIC - OWN - STAFF == set(_someones())


@pytest.mark.parametrize("name", sorted(OWN | STAFF))
@pytest.mark.parametrize("method", ["get", "post"])
def test_own_pages_ask_to_sign_in(client, db, name, method):
    response = getattr(client, method)(reverse(name))

    assert response.status_code in {302, 405}
    assert response.status_code == 405 or response.url.startswith(reverse("accounts:sign_in"))


@pytest.mark.parametrize("method", ["get", "post"])
def test_what_is_somebody_elses_is_not_there(client, address, neighbour, colleague, method):
    """Citizens and officers who are strangers to the row: 404, or 405 where the method does not exist at all.
    People who have not signed in are sent to do so, which tells them nothing either."""
    leaks = []
    for name in _someones():
        url = address(name)
        for who, allowed in ((None, {302, 404, 405}), (neighbour, {404, 405}), (colleague, {403, 404, 405})):
            client.logout() if who is None else client.force_login(who)
            response = getattr(client, method)(url)
            if response.status_code not in allowed:
                leaks.append((name, who and who.username, response.status_code))

    assert leaks == []


def test_nobody_changed_anything(client, address, neighbour, colleague):
    before = list(Dossier.objects.order_by("pk").values_list("pk", "status", "stage"))

    for who in (neighbour, colleague):
        client.force_login(who)
        for name in _someones():
            client.post(address(name), {"action": "withdraw", "note": "x"})

    assert list(Dossier.objects.order_by("pk").values_list("pk", "status", "stage")) == before


def test_unknown_rows_are_not_there(client, neighbour):
    client.force_login(neighbour)

    for name, parameters in (
        ("filing:tasks", {"draft_id": uuid.uuid4()}),
        ("dossiers:dossier", {"code": "X-1"}),
    ):
        assert client.get(reverse(name, kwargs=parameters)).status_code == 404
