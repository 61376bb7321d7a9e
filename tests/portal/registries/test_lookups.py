"""Looking people up, against the register server as a real process."""

import json
import logging
import time
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
import requests
import time_machine
from django.core.cache import cache

from portal.registries import breaker, client, kept, lookups
from portal.registries.answers import CLAIMS, Outcome, Registry
from portal.registries.models import LookUp
from portal.registries.sandbox import people
from tests.factories import PersonFactory, UserFactory

MAU = "001192000001"
NOW = datetime(2026, 11, 16, 1, 30, tzinfo=UTC)
WHY = {
    "purpose": {"vi": "Điền sẵn: Cấp bản sao", "en": "Filling in: Copies"},
    "basis": {"vi": "Nghị định mẫu", "en": "Sample decree"},
}
POPULATION, CIVIL_STATUS = Registry.POPULATION, Registry.CIVIL_STATUS


@pytest.fixture
def mau(db):
    """She whom both registers know."""
    return PersonFactory(personal_id=MAU, full_name="Nguyễn Thị Mẫu", date_of_birth=date(1992, 3, 14))


def ask(whom, registry=POPULATION, claims=("full_name", "commune"), *, by=None, at=NOW, **more):
    return lookups.look_up(registry, whom, claims=claims, by=by, at=at, **WHY | more)


# ── The answers of the law ────────────────────────────────────────────────────────────────────────
def test_match_gives_what_was_asked_for_and_nothing_else(registers, mau):
    answer = ask(mau, CIVIL_STATUS, ["marital_status", "spouse.full_name"])

    assert answer.outcome == Outcome.MATCH
    assert answer.data == {"marital_status": "married", "spouse": {"full_name": "Phạm Văn Mẫu"}}
    assert answer.claim("spouse.full_name") == "Phạm Văn Mẫu"
    assert answer.claim("spouse.personal_id") is None


def test_number_alone_can_be_looked_up(registers, mau):
    assert ask(MAU).claim("full_name") == "Nguyễn Thị Mẫu"


def test_another_name_is_a_contradiction_and_gives_no_data(registers, mau):
    mau.full_name = "Nguyễn Thị Khác"

    answer = ask(mau)

    assert (answer.outcome, answer.data) == (Outcome.MISMATCH, {})


def test_another_birthday_is_a_contradiction(registers, mau):
    mau.date_of_birth = date(1992, 3, 15)

    assert ask(mau).outcome == Outcome.MISMATCH


def test_nobody_on_record_is_no_data(registers, db):
    assert ask(PersonFactory()).outcome == Outcome.NO_DATA


def test_record_not_confirmed_is_not_enough(registers, db):
    le = PersonFactory(personal_id="001094000006", full_name="Lê Văn Lẻ", date_of_birth=date(1994, 12, 1))

    answer = ask(le)

    assert (answer.outcome, answer.data) == (Outcome.INSUFFICIENT, {})


def test_both_at_once_take_one_register_of_time(registers, mau):
    """One after the other would take longer than the limit, and the second would count as none."""
    for registry in ("population", "civil_status"):
        registers.control("faults", registry=registry, kind="delay", times=1, seconds=0.6 * client.LIMIT)

    found = lookups.look_up_all(
        {POPULATION: ["sex"], CIVIL_STATUS: ["marital_status"]},
        mau,
        reason=lookups.Reason(WHY["purpose"], WHY["basis"]),
        by=None,
        at=NOW,
    )

    assert {registry: answer.outcome for registry, answer in found.items()} == {
        POPULATION: Outcome.MATCH,
        CIVIL_STATUS: Outcome.MATCH,
    }


def test_claim_that_no_register_has_is_a_mistake_of_ours(registers, mau):
    with pytest.raises(ValueError, match="bank_account"):
        ask(mau, claims=["bank_account"])
    assert registers.asked() == []


# ── When no answer comes ──────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    "kind", ["error", "limit", "refuse", "lost", "garbage", "somebody_else", "another_request"]
)
def test_what_is_no_answer_to_the_question_counts_as_none(registers, mau, kind):
    registers.fault(kind)

    answer = ask(mau)

    assert (answer.outcome, answer.data) == (Outcome.UNAVAILABLE, {})


@pytest.mark.parametrize(("kind", "calls"), [("error", 2), ("limit", 2), ("lost", 2), ("refuse", 1)])
def test_asked_again_once_where_that_may_help(registers, mau, kind, calls):
    registers.fault(kind)

    ask(mau)

    assert len(registers.asked()) == calls


@pytest.mark.parametrize("kind", ["error", "lost"])
def test_second_attempt_saves_the_answer(registers, mau, kind):
    registers.fault(kind, times=1)

    assert ask(mau).outcome == Outcome.MATCH


@pytest.mark.parametrize(("kind", "seconds"), [("delay", 20), ("drip", 0.3)])
def test_slow_register_is_not_waited_for(registers, mau, kind, seconds):
    registers.fault(kind, seconds=seconds)
    start = time.monotonic()

    answer = ask(mau)

    assert answer.outcome == Outcome.UNAVAILABLE
    assert time.monotonic() - start < 15  # not the 20 seconds of the register, nor for ever


def test_dead_register_is_noticed_at_once(registers, mau, settings):
    settings.REGISTRIES_URL = "http://127.0.0.1:1"

    assert ask(mau).outcome == Outcome.UNAVAILABLE


def test_wrong_key_is_refused_by_the_register(registers, mau, settings, caplog):
    settings.REGISTRIES_KEY = "motcua:another"

    assert ask(mau).outcome == Outcome.UNAVAILABLE
    assert "status 401" in caplog.text


def test_without_registers_nothing_is_asked_and_nothing_written(mau, settings):
    settings.REGISTRIES_URL = ""

    assert ask(mau).outcome == Outcome.UNAVAILABLE
    assert not LookUp.objects.exists()


# ── The breaker ───────────────────────────────────────────────────────────────────────────────────
def test_register_that_fails_again_and_again_is_left_alone(registers, mau):
    registers.fault("error")
    for _ in range(breaker.FAILURES):
        ask(mau)
    asked = len(registers.asked())
    registers.well()

    assert ask(mau).outcome == Outcome.UNAVAILABLE
    assert len(registers.asked()) == asked
    assert ask(mau, CIVIL_STATUS, ["marital_status"]).outcome == Outcome.MATCH  # the other one is well


def test_after_the_pause_it_is_asked_again(registers, mau):
    registers.fault("error")
    with time_machine.travel(NOW, tick=False) as clock:
        for _ in range(breaker.FAILURES):
            breaker.failed("population")
        assert breaker.is_open("population")

        clock.shift(breaker.PAUSE + 1)
        assert not breaker.is_open("population")
        breaker.failed("population")
        assert breaker.is_open("population")  # one more is enough

        clock.shift(breaker.PAUSE + 1)
        breaker.answered("population")
        breaker.failed("population")
        assert not breaker.is_open("population")  # an answer wipes the slate clean


def test_answers_that_give_nothing_do_not_open_it(registers, mau):
    registers.fault("no_data")
    for _ in range(breaker.FAILURES + 1):
        ask(mau)

    assert len(registers.asked()) == breaker.FAILURES + 1


# ── What is kept ──────────────────────────────────────────────────────────────────────────────────
def test_answer_is_kept_for_the_minutes_allowed(registers, mau, settings):
    settings.REGISTRY_MINUTES = {"population": 10, "civil_status": 0}
    ask(mau)

    assert ask(mau, at=NOW + timedelta(minutes=9, seconds=59)).at == NOW
    assert len(registers.asked()) == 1
    ask(mau, at=NOW + timedelta(minutes=10))
    assert len(registers.asked()) == 2


def test_cache_itself_forgets_in_time(registers, mau, settings):
    settings.REGISTRY_MINUTES = {"population": 10, "civil_status": 0}
    question = client.Question(POPULATION, {"personal_id": MAU}, ("sex",), "x", "y", "")
    with time_machine.travel(NOW, tick=False) as clock:
        kept.put(question, lookups.Answer(POPULATION, Outcome.MATCH, NOW, {"sex": "female"}))
        assert cache.get(kept._key(question))
        clock.shift(timedelta(minutes=10))
        assert cache.get(kept._key(question)) is None


def test_nothing_is_kept_where_the_law_allows_nothing(registers, mau, settings):
    settings.REGISTRY_MINUTES = {"population": 0, "civil_status": 0}
    ask(mau)
    ask(mau)

    assert len(registers.asked()) == 2


def test_kept_answer_serves_the_same_purpose_alone(registers, mau):
    ask(mau)
    ask(mau, purpose={"vi": "Việc khác", "en": "Something else"})
    ask(mau, claims=["sex"])
    mau.full_name = "Nguyễn Thị Khác"

    assert ask(mau).outcome == Outcome.MISMATCH
    assert len(registers.asked()) == 4


def test_what_gave_nothing_is_asked_again(registers, mau):
    registers.fault("insufficient", times=1)

    assert [ask(mau).outcome, ask(mau).outcome] == [Outcome.INSUFFICIENT, Outcome.MATCH]


def test_what_is_kept_cannot_be_read_in_the_cache(registers, mau, settings):
    ask(mau)

    entries = {key: bytes(value) for key, value in cache._cache.items() if "registries" in key}
    assert len(entries) == 1
    for key, value in entries.items():
        assert MAU not in key
        assert b"Nguy" not in value
        assert MAU.encode() not in value
    settings.SECRET_KEY = "another" * 10
    assert ask(mau).outcome == Outcome.MATCH
    assert len(registers.asked()) == 2


# ── The log ───────────────────────────────────────────────────────────────────────────────────────
def test_every_look_up_is_written_down_without_what_it_found(registers, mau):
    by = UserFactory(person=mau)
    ask(mau, CIVIL_STATUS, ["marital_status"], by=by, dossier_code="H26-1")
    ask(mau, CIVIL_STATUS, ["marital_status"], by=by, dossier_code="H26-1")
    registers.fault("error", registry="population")
    ask(mau, POPULATION, ["sex"], by_name="UBND phường Mẫu")

    rows = LookUp.objects.order_by("pk")
    written = [
        (r.registry, r.claims, r.outcome, r.was_kept, r.by_id, r.by_name, r.dossier_code) for r in rows
    ]
    assert written == [
        ("civil_status", ["marital_status"], "match", False, by.pk, by.full_name, "H26-1"),
        ("civil_status", ["marital_status"], "match", True, by.pk, by.full_name, "H26-1"),
        ("population", ["sex"], "unavailable", False, None, "UBND phường Mẫu", ""),
    ]
    assert {(r.person_id, r.personal_id, r.at) for r in rows} == {(mau.pk, "", NOW)}
    assert rows[0].purpose == WHY["purpose"]
    assert rows[0].basis == WHY["basis"]
    assert "married" not in json.dumps(list(rows.values()), default=str)


def test_somebody_not_on_record_here_is_written_down_by_number(registers, db):
    ask(MAU)

    assert list(LookUp.objects.values_list("person", "personal_id")) == [(None, MAU)]


def test_draft_gets_its_dossiers_code_once(registers, mau):
    ids = UUID(int=1), UUID(int=2)
    for one in ids:
        ask(mau, draft=one)

    lookups.name_dossier(ids[0], "H26-1")
    lookups.name_dossier(ids[0], "H26-2")

    assert list(LookUp.objects.order_by("pk").values_list("dossier_code", flat=True)) == ["H26-1", ""]


# ── No personal data where they do not belong ─────────────────────────────────────────────────────
@pytest.mark.parametrize("kind", ["", "error", "garbage", "lost", "somebody_else"])
def test_log_lines_and_addresses_name_nobody(registers, mau, caplog, kind):
    caplog.set_level(logging.DEBUG)
    if kind:
        registers.fault(kind)

    ask(mau)

    for secret in (MAU, "Nguyễn", "1992", "001090999999"):
        assert secret not in caplog.text
    assert {question["path"] for question in registers.asked()} == {"/population/look-up"}


def test_question_says_what_for_and_takes_no_more_than_it_needs(registers, mau):
    ask(mau, dossier_code="H26-1")

    (question,) = registers.asked()
    told = question["body"]
    assert told.pop("request")
    assert told == {
        "purpose": "Điền sẵn: Cấp bản sao",
        "basis": "Nghị định mẫu",
        "dossier": "H26-1",
        "subject": {"personal_id": MAU, "full_name": "Nguyễn Thị Mẫu", "date_of_birth": "1992-03-14"},
        "claims": ["commune", "full_name"],
    }


def test_no_register_has_a_claim_without_a_name_or_a_holder():
    for registry, records in people.on_record().items():
        for claim in CLAIMS[Registry(registry)]:
            name = claim.partition(".")[0]
            if name != "divorce":  # nobody here is divorced
                assert any(name in record for record in records.values()), claim


def test_client_drops_what_a_register_sends_unasked():
    data = {"sex": "female", "address": "Số 7", "spouse": {"full_name": "A", "personal_id": "B"}}

    assert client._only(data, ["sex", "spouse.full_name", "death.date"]) == {
        "sex": "female",
        "spouse": {"full_name": "A"},
    }


def test_server_answers_nobody_who_does_not_sign(registers):
    answer = requests.post(f"{registers.base}/population/look-up", json={"subject": {}}, timeout=5)

    assert answer.status_code == 401
