"""The API as another agency's system sees it: who gets in, three values, no more than was asked."""

import base64
import json
import uuid
from datetime import timedelta

import jsonschema
import pytest
import time_machine
from django.utils import timezone

from portal.documents import consents, papers
from portal.documents.models import AccessLog, Consent
from portal.messages.models import Message
from portal.sharing import clients, openapi
from portal.sharing import requests as verbs
from portal.sharing.models import Asking, Request
from tests.factories import AgencyFactory, UserFactory, staff
from tests.portal.sharing.world import CLAIMS, QUESTIONS, Caller, allow, paper_of, registered

pytestmark = pytest.mark.django_db


@pytest.fixture
def mother():
    return UserFactory(full_name="Nguyễn Thị Mẫu")


@pytest.fixture
def admin():
    return staff("system_admin", AgencyFactory())


@pytest.fixture
def caller(client):
    return Caller(client, *registered())


@pytest.fixture
def scope(caller):
    return allow(caller.row)


@pytest.fixture
def by_law(caller):
    return allow(caller.row, code="theo-luat", needs_consent=False)


def asked(mother, **more):
    return {"person": mother.person.personal_id, "scope": "tuoi", "claims": [], "questions": ["du-18"]} | more


def agreed(mother, row, *, days=30):
    now = timezone.now()
    row = Request.objects.get(pk=row["id"])
    paper = verbs.offers(row, mother.person, at=now)[0].paper
    until = now + timedelta(days=days) if days else None
    return verbs.agree(row, paper, until=until, language="vi", by=mother, at=now)


# ── Who gets in ───────────────────────────────────────────────────────────────────────────────────
def test_token_by_basic_and_by_form(client, caller):
    form = {
        "grant_type": "client_credentials",
        "client_id": str(caller.row.pk),
        "client_secret": caller.secret,
    }
    basic = base64.b64encode(f"{caller.row.pk}:{caller.secret}".encode()).decode()

    first = client.post("/api/v1/token/", form)
    second = client.post(
        "/api/v1/token/", {"grant_type": "client_credentials"}, headers={"Authorization": f"Basic {basic}"}
    )

    for answer in (first, second):
        jsonschema.validate(answer.json(), openapi.SCHEMAS["Token"])
    assert client.post("/api/v1/token/", form | {"grant_type": "password"}).json() == {
        "error": "unsupported_grant_type"
    }


@pytest.mark.parametrize(
    "wrong",
    [{"client_secret": "x"}, {"client_id": str(uuid.uuid4())}, {"client_id": "x"}, {"client_secret": ""}],
)
def test_no_token_for_others(client, caller, wrong):
    form = {
        "grant_type": "client_credentials",
        "client_id": str(caller.row.pk),
        "client_secret": caller.secret,
    }

    answer = client.post("/api/v1/token/", form | wrong)

    assert (answer.status_code, answer.json()) == (401, {"error": "invalid_client"})


@pytest.mark.parametrize("value", ["", "Bearer", "Bearer x", "Basic x", "Bearer eyJ:1:2"])
def test_without_a_token_nothing(client, value):
    answer = client.post("/api/v1/answers/", headers={"Authorization": value})

    assert answer.status_code == 401
    assert answer["Content-Type"] == "application/problem+json"
    jsonschema.validate(answer.json(), openapi.SCHEMAS["Problem"])


def test_rotated_suspended_and_over_are_shut_out_at_once(caller, scope, mother, admin):
    now = timezone.now()
    assert caller.ask(asked(mother)).status_code == 200

    clients.suspend(caller.row, reason="Nghi lộ khóa", by=admin, at=now)
    assert caller.ask(asked(mother)).status_code == 401
    clients.resume(caller.row, by=admin, at=now)
    assert caller.ask(asked(mother)).status_code == 200
    clients.rotate(caller.row, by=admin, at=now)
    assert caller.ask(asked(mother)).status_code == 401


def test_a_token_is_good_for_ten_minutes(caller, scope, mother):
    with time_machine.travel(timezone.now() + timedelta(minutes=11)):
        assert caller.ask(asked(mother)).status_code == 401


def test_rate_is_the_clients_own(caller, scope, mother):
    type(caller.row).objects.update(per_minute=2)

    statuses = [caller.ask(asked(mother)).status_code for _ in range(3)]
    refused = caller.ask(asked(mother))

    assert statuses == [200, 200, 429]
    assert refused["Retry-After"] == "60"


# ── With consent ──────────────────────────────────────────────────────────────────────────────────
def test_the_whole_way(caller, scope, mother):
    paper_of(mother)
    made = caller.request(asked(mother, claims=["person.full_name"], days=30, reference="HS-17"))
    assert made.status_code == 201
    jsonschema.validate(made.json(), openapi.SCHEMAS["Request"])
    assert made.json()["state"] == "waiting"
    message = Message.objects.get(recipient=mother)
    assert message.link == f"/chia-se/yeu-cau/{made.json()['id']}/"
    assert caller.ask(asked(mother)).json()["answers"] == {"du-18": "unknown"}

    receipt = agreed(mother, made.json())

    assert caller.state(made.json()["id"]).json() | {"state": "granted", "receipt": receipt.number} == (
        caller.state(made.json()["id"]).json()
    )
    told = caller.ask(asked(mother, claims=["person.full_name"])).json()
    jsonschema.validate(told, openapi.SCHEMAS["Answer"])
    assert (told["answers"], told["claims"]) == ({"du-18": "yes"}, {"person.full_name": "Nguyễn Thị Mẫu"})
    assert (told["paper"]["status"], told["receipt"]) == ("valid", receipt.number)

    consents.withdraw(receipt, at=timezone.now())

    told = caller.ask(asked(mother, claims=["person.full_name"])).json()
    assert (told["answers"], told["claims"]) == ({"du-18": "unknown"}, {"person.full_name": None})
    assert set(told["paper"].values()) == {scope.type_code, None}
    log = list(AccessLog.objects.filter(person=mother.person).order_by("pk"))
    assert [(one.kind, one.is_told, one.by_name) for one in log] == [
        ("question", False, "Bảo hiểm xã hội Mẫu"),
        ("question", True, "Bảo hiểm xã hội Mẫu"),
        ("question", False, "Bảo hiểm xã hội Mẫu"),
    ]
    assert log[1].consent == receipt


def test_once_is_once_but_a_lost_answer_is_given_again(caller, scope, mother):
    paper_of(mother)
    agreed(mother, caller.request(asked(mother)).json(), days=0)

    first = caller.ask(asked(mother), key="lost-answer-1").json()
    again = caller.ask(asked(mother), key="lost-answer-1").json()
    next_ = caller.ask(asked(mother), key="lost-answer-2").json()

    assert first["answers"] == again["answers"] == {"du-18": "yes"}
    assert first["id"] == again["id"]
    assert next_["answers"] == {"du-18": "unknown"}
    assert AccessLog.objects.filter(is_told=True).count() == 1


def test_a_repeated_question_after_withdrawal_is_told_nothing(caller, scope, mother):
    paper_of(mother)
    receipt = agreed(mother, caller.request(asked(mother, days=30)).json())
    assert caller.ask(asked(mother), key="same-key-1").json()["answers"] == {"du-18": "yes"}

    consents.withdraw(receipt, at=timezone.now())

    assert caller.ask(asked(mother), key="same-key-1").json()["answers"] == {"du-18": "unknown"}


def test_no_more_than_was_agreed_to(caller, scope, mother):
    paper_of(mother)
    agreed(mother, caller.request(asked(mother, days=30)).json())

    told = caller.ask(asked(mother, claims=["person.full_name"], questions=["du-18", "nu"])).json()

    assert told["answers"] == {"du-18": "yes", "nu": "unknown"}
    assert told["claims"] == {"person.full_name": None}


def test_no_more_than_was_asked(caller, by_law, mother):
    paper_of(mother)

    told = caller.ask(asked(mother, scope="theo-luat")).json()

    assert (told["answers"], told["claims"]) == ({"du-18": "yes"}, {})
    assert "Nguyễn" not in json.dumps(told, ensure_ascii=False)


# ── Nobody is found out about ─────────────────────────────────────────────────────────────────────
def test_not_allowed_no_paper_and_nobody_read_the_same(caller, scope, mother):
    other, nobody = UserFactory(), "001190999999"
    paper_of(mother)

    answers = [
        caller.ask(asked(mother) | {"person": number}).json()
        for number in (mother.person.personal_id, other.person.personal_id, nobody)
    ]

    for told in answers:
        del told["id"], told["answered_at"]
    assert answers[0] == answers[1] == answers[2]


def test_refused_reads_like_silence(caller, scope, mother):
    other = UserFactory()
    paper_of(mother)
    refused = caller.request(asked(mother)).json()
    unknown = caller.request(asked(other)).json()
    nobody = caller.request(asked(other) | {"person": "001190999999"}).json()
    verbs.refuse(Request.objects.get(pk=refused["id"]), at=timezone.now())

    states = [caller.state(one["id"]).json() for one in (refused, unknown, nobody)]

    assert [one["state"] for one in states] == ["waiting"] * 3
    assert caller.request(asked(mother)).json()["id"] == refused["id"]  # and it cannot pester
    assert Message.objects.filter(recipient=mother).count() == 1
    Request.objects.update(expires_at=timezone.now())
    assert {caller.state(one["id"]).json()["state"] for one in (refused, unknown, nobody)} == {"closed"}


def test_anothers_request_is_not_there(client, caller, scope, mother):
    made = caller.request(asked(mother)).json()
    other = Caller(client, *registered(name="Ngân hàng Mẫu"))

    assert other.state(made["id"]).status_code == 404
    assert other.ask(asked(mother)).json()["type"].endswith("#scope")


# ── By law ────────────────────────────────────────────────────────────────────────────────────────
def test_by_law_it_is_answered_at_once_and_logged(caller, by_law, mother):
    paper = paper_of(mother)

    told = caller.ask(asked(mother, scope="theo-luat", claims=["person.full_name"], reference="HS-9")).json()

    assert told["answers"] == {"du-18": "yes"}
    assert told["receipt"] is None
    log = AccessLog.objects.get()
    assert (log.paper, log.basis, log.dossier_code, log.consent) == (paper, by_law.basis, "HS-9", None)
    assert [item["vi"] for item in log.claims] == ["Họ, chữ đệm, tên", "Đã đủ 18 tuổi"]
    assert caller.request(asked(mother, scope="theo-luat")).status_code == 422


@pytest.mark.parametrize("status", ["suspended", "revoked"])
def test_a_paper_that_ended_proves_nothing(caller, by_law, mother, status):
    papers.set_status(paper_of(mother), status, reason="Sai", at=timezone.now())

    told = caller.ask(asked(mother, scope="theo-luat", claims=["person.full_name"])).json()

    assert told["answers"] == {"du-18": "unknown"}
    assert told["claims"] == {"person.full_name": None}
    assert told["paper"]["status"] == status


def test_ended_purpose_is_refused(caller, by_law, mother, admin):
    clients.end(by_law, by=admin, at=timezone.now())

    assert caller.ask(asked(mother, scope="theo-luat")).status_code == 422


# ── What is not taken ─────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"person": "123"}, "body"),
        ({"person": 1190000001}, "body"),
        ({"scope": "khac"}, "scope"),
        ({"claims": ["mother.full_name"]}, "scope"),
        ({"claims": [{}]}, "scope"),
        ({"questions": ["du-18", "du-18"]}, "scope"),
        ({"questions": []}, "body"),
        ({"surprise": 1}, "body"),
        ({"reference": "x" * 61}, "body"),
        ({"days": True}, "body"),
        ({"days": 10_000}, "body"),
        ({"days": -1}, "body"),
    ],
)
def test_refusals_name_what_to_mend(caller, scope, mother, change, kind):
    answer = caller.request(asked(mother) | change)

    assert answer.status_code == 422
    jsonschema.validate(answer.json(), openapi.SCHEMAS["Problem"])
    assert answer.json()["type"].endswith(f"#{kind}")
    assert not Request.objects.exists()


@pytest.mark.parametrize("raw", [b"", b"[]", b"{", b"\xff", b'{"person":' * 3000, b" " * 20_000])
def test_bodies_that_are_none(caller, scope, raw):
    assert caller.post("/api/v1/answers/", raw, "12345678").status_code == 422


def test_keys(caller, scope, mother):
    assert caller.ask(asked(mother), key="short").json()["type"].endswith("#key")
    assert caller.ask(asked(mother), key="the-same-key").status_code == 200
    assert caller.ask(asked(mother, questions=["nu"]), key="the-same-key").status_code == 409
    assert caller.request(asked(mother), key="the-same-key").status_code == 201
    assert caller.request(asked(mother, days=7), key="the-same-key").status_code == 409
    assert Asking.objects.count() == 1


def test_wrong_methods(caller, scope):
    assert caller.client.get("/api/v1/answers/", headers=caller.headers).status_code == 405
    assert caller.client.get("/api/v1/token/").status_code == 405


def test_description_is_openapi_and_names_every_address(client):
    found = client.get("/api/v1/openapi.json").json()

    assert found["openapi"] == "3.1.0"
    assert set(found["paths"]) == {"/token/", "/requests/", "/requests/{id}/", "/answers/"}
    for shape in found["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(shape)
    refs = set(json.dumps(found).split("#/components/schemas/")[1:])
    assert {ref.split('"')[0] for ref in refs} <= set(found["components"]["schemas"])


@pytest.mark.parametrize("language", ["vi", "en"])
def test_page_for_integrators(client, language):
    client.cookies["django_language"] = language

    page = client.get("/api/").text

    for kind in ("unauthorized", "too-many", "scope", "key"):
        assert f'id="{kind}"' in page
    assert "openapi.json" in page


def test_queries_of_an_answer(caller, by_law, mother, django_assert_max_num_queries):
    paper_of(mother)
    caller.ask(asked(mother, scope="theo-luat"))

    with django_assert_max_num_queries(12):
        caller.ask(asked(mother, scope="theo-luat"))


def test_receipt_names_what_was_agreed(caller, scope, mother):
    paper_of(mother)
    receipt = agreed(mother, caller.request(asked(mother, claims=["person.full_name"], days=30)).json())

    assert receipt.claims == [CLAIMS[0]]
    assert receipt.questions == [{key: QUESTIONS[0][key] for key in ("code", "vi", "en")}]
    assert "Bảo hiểm xã hội Mẫu" in receipt.text
    assert Consent.objects.in_force(timezone.now()).get() == receipt
