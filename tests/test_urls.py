"""Nobody opens what is somebody else's: every address of the site, asked by everyone who has no business there."""

import uuid
from datetime import timedelta

import pytest
from django.urls import URLPattern, get_resolver, reverse
from django.utils import timezone

from payments import desk
from payments.models import BankAccount, BankTransfer, Charge
from payments.models import Statement as BankStatement
from portal.documents import consents, papers, shares
from portal.documents.models import AccessLog, Document, IssuedPaper, Share, Statement
from portal.messages.models import Message
from portal.registries.models import LookUp
from portal.sharing import objections, requests
from portal.sharing.models import Objection, Request
from procedures.definitions import versions
from procedures.definitions.models import ProcedureVersion
from procedures.dossiers import dossiers
from procedures.dossiers.models import Dossier, DossierFile
from procedures.results.models import Batch
from tests import factories
from tests.portal.sharing import world as sharing
from tests.procedures import world

# Open to everyone, signed in or not.
PUBLIC = {
    "home", "alive", "set_language", "accounts:sign_in", "accounts:register", "accounts:sign_out",
    "definitions:list", "definitions:procedure", "documents:check", "documents:check_code", "payments:webhook",
    "bank:told",
    "api:home", "api:description", "results:schema", "results:schemas",
    "documents:shown", "documents:statement", "documents:how",
    "documents:authorised",
}  # fmt: skip
# Shows whoever is signed in what is their own.
OWN = {
    "accounts:profile", "accounts:password", "documents:mine", "messages:inbox", "messages:read_all",
    "dossiers:list", "filing:begin", "registries:mine", "sharing:mine", "sharing:log", "sharing:export",
    "sharing:objections",
}  # fmt: skip
# For those who hold a role somewhere; others learn nothing of it.
# For systems of other agencies, which bring a token: others are told so, 401.
MACHINES = {"api:token", "api:requests", "api:request", "api:answers"}
STAFF = {
    "counter:inbox", "counter:approve_many", "counter:issue_many", "cash:home", "finance:payments",
    "finance:review", "finance:refunds", "finance:tills", "finance:report", "finance:export",
    "bank:home", "bank:accounts", "bank:payouts", "clients:objections",
}  # fmt: skip
# Money at a provider that is of no payment of ours is no agency's: any accountant clears it up.
NOBODYS = {"finance:stray"}


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
    return sorted(
        name for name, _parameters in _addresses() if name not in PUBLIC | OWN | STAFF | NOBODYS | MACHINES
    )


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
        "filing": {
            "draft_id": draft.pk,
            "code": done.code,
            "step": _first_step(birth),
            "document_id": Document.objects.get(paper__isnull=False).pk,
        },
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
            "charge_id": 1,
            "refund_id": 1,
            "batch": _batch(office).pk,
        },
        "documents": {"document_id": Document.objects.get(paper__isnull=False).pk, "share_id": _link().pk},
        "payments": {"charge": Charge.objects.get(reference=dossiers.reference(paid)).uuid, "number": 1},
        **_money(Charge.objects.get(reference=dossiers.reference(paid)), police),
        "bank": _told(police.agency, mother),
        "studio": _drafted(birth),
        "messages": {"pk": Message.objects.filter(recipient=mother)[0].pk},
        "sharing": _shared(mother),
        "clients": _asking(mother),
    }
    parameters = dict(_addresses())
    # Two rooms whose addresses name rows of several kinds by the same word.
    rows |= {"sharing:request": {"pk": Request.objects.get().pk}, "clients:objection": {"pk": _asked().pk}}
    rows |= {"sharing:object_look_up": {"pk": LookUp.objects.get().pk}}

    def find(name):
        known = rows.get(name) or rows.get(name.partition(":")[0], {})
        return reverse(name, kwargs={key: known[key] for key in parameters[name]})

    return find


def _batch(office) -> Batch:
    return Batch.objects.create(
        id=uuid.uuid4(), kind="issue", by=office.staff["clerk"], created_at=world.MONDAY
    )


def _money(charge: Charge, office) -> dict:
    """A till with a taking for the charge that goes back."""
    now, cashier = timezone.now(), office.staff["receiver"]
    till = desk.open_till(office.agency, window="Cửa 1", by=cashier, at=now)
    taking = desk.take(charge, given=charge.amount, till=till, by=cashier, at=now)
    refund = desk.ask_reversal(taking, note="Thu nhầm", by=cashier, at=now)
    return {
        "cash": {"pk": till.pk, "charge": charge.uuid},
        "cash:reverse": {"pk": taking.pk},
        "cash:pay_out": {"pk": refund.pk},
        "finance": {"pk": refund.pk, "charge": charge.uuid},
        "finance:payment": {"pk": taking.payment_id},
    }


def _shared(mother) -> dict:
    """A use of her paper with a receipt, a request that waits, a look-up."""
    paper = IssuedPaper.objects.filter(holder=mother.person)[0]
    words = {"vi": "Mẫu", "en": "Sample"}
    use = papers.use(paper, by=None, by_name="Cơ quan Mẫu", purpose=words, at=world.MONDAY)
    receipt = consents.for_dossier(
        paper, agency=paper.issuer, purpose=words, text="Đồng ý", language="vi", dossier_code="X",
        given_at=world.MONDAY,
    )  # fmt: skip
    LookUp.objects.create(
        registry="population", person=mother.person, purpose=words, basis=words, outcome="match"
    )
    return {"pk": use.pk, "number": receipt.number, "form": "json"}


def _told(agency, by) -> dict:
    """A transfer to the agency's account, and the statement that told of it."""
    account = BankAccount.objects.create(
        agency=agency, bank_bin="970436", bank_name="B", number="1111", holder="B"
    )
    facts = {"account": account, "amount": 1000, "booked_at": world.MONDAY, "received_at": world.MONDAY}
    transfer = BankTransfer.objects.create(bank_id="1", source="statement", **facts)
    told = BankStatement.objects.create(
        account=account, name="x.csv", rows=[], uploaded_by=by, uploaded_at=world.MONDAY
    )
    return {"transfer": transfer.pk, "statement": told.pk, "account": account.pk}


def _asking(mother) -> dict:
    """A client with a purpose, and its request to her."""
    client, _secret = sharing.registered()
    scope = sharing.allow(client)
    requests.ask(
        client, scope, personal_id=mother.person.personal_id, claims=[], questions=["nu"], days=0, reference="",
        key="12345678", body_sha256="", at=timezone.now(),
    )  # fmt: skip
    return {"pk": client.pk, "scope_id": scope.pk}


def _asked() -> Objection:
    use = AccessLog.objects.filter(by_name="Cơ quan Mẫu")[0]
    return objections.raise_about(use.person, access=use, text="Vì sao", at=timezone.now())


def _link() -> Share:
    """A link to a part of the one paper."""
    statement = Statement.objects.get()
    names = [offer.name for offer in shares.offers(statement, at=world.MONDAY) if not offer.since]
    return shares.open_link(
        statement, names[:1], receiver="Cửa hàng", purpose="Thử", lasts=timedelta(hours=1),
        most_looks=None, consent_text="Tôi cho xem", at=world.MONDAY,
    )  # fmt: skip


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
    for role in ("handler", "leader", "clerk", "accountant"):
        factories.DutyFactory(user=user, agency=agency, role=role)
    return user


def test_every_address_is_sorted():
    names = {name for name, _parameters in _addresses()}

    assert names >= PUBLIC | OWN | STAFF | NOBODYS | MACHINES
    assert names - PUBLIC - OWN - STAFF - NOBODYS - MACHINES == set(_someones())


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


@pytest.mark.parametrize("name", sorted(MACHINES - {"api:token"}))
def test_machines_bring_a_token(client, neighbour, name):
    client.force_login(neighbour)
    url = reverse(name, args=[uuid.uuid4()] if name == "api:request" else [])

    assert [client.get(url).status_code, client.post(url).status_code] == [401, 401]


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
