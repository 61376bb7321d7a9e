"""One thing shown of a paper: it is proved, nothing else is told, and no part of it can be changed."""

import base64
import copy
import json
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.documents import canonical, keys, proving, statements
from portal.documents.proving import Unproven
from portal.documents.statements import Fact
from tests.portal.documents.conftest import AT, using

DAY = AT.date()
LABEL = {"vi": "Điều này", "en": "This"}
NAMES = st.from_regex(r"[a-z][a-z_]{0,20}", fullmatch=True)
# Long enough that it does not turn up in base64 by chance.
VALUES = st.text("abcđêZ019 ", min_size=8, max_size=40) | st.integers(10**9, 10**12)
FACTS = st.dictionaries(NAMES, VALUES, min_size=2, max_size=8)
SECRET = Fact("birthday", {"vi": "Ngày sinh"}, "1996-03-14")
AGE = Fact("at_least_18", {"vi": "Đã đủ 18 tuổi"}, (DAY + timedelta(days=3)).isoformat(), reached=True)


def signed(facts, *, key="seal", at=AT, **more):
    given = {
        "code": "c0de", "issuer": "H99.12", "type_code": "KQ.G15.000031", "title": {"vi": "Giấy khai sinh"},
        "status": "https://motcua.example.vn/s/c0de/", "valid_until": None, "day": DAY,
    } | more  # fmt: skip
    return statements.sign(facts, key=keys.key(key), at=at, **given)


@pytest.fixture
def roots(signing_keys):
    return (signing_keys / "roots.pem").read_bytes()


def prove(presentation, roots, at=AT):
    return proving.prove(presentation, roots=roots, at=at)


def refused(presentation, roots, at=AT):
    with pytest.raises(Unproven) as error:
        prove(presentation, roots, at)
    return error.value.reason


def everything_in(presentation):
    """All text that a receiver can read, each encoded part opened."""
    token, *disclosures, _end = presentation["sd_jwt"].split("~")
    parts = [*token.split(".")[:2], *disclosures]
    return json.dumps(presentation) + "".join(statements.decode(part).decode() for part in parts)


# ── Showing ───────────────────────────────────────────────────────────────────────────────────────
@given(facts=FACTS, data=st.data())
@settings(max_examples=40, deadline=None)
def test_what_is_shown_is_proved_and_nothing_else_is_told(authority_folder, facts, data):
    chosen = data.draw(st.sampled_from(sorted(facts)))
    with using(authority_folder):
        made = signed([Fact(name, LABEL, value) for name, value in facts.items()])
    presentation = statements.present(made, [chosen], day=DAY)

    proof = prove(presentation, (authority_folder / "roots.pem").read_bytes())

    assert [(one.name, one.value) for one in proof.facts] == [(chosen, canonical._normal(facts[chosen]))]
    told = everything_in(presentation)
    for name, value in facts.items():
        if name != chosen and str(value) not in str(facts[chosen]):
            assert str(value) not in told
            assert made.disclosures[name] not in told


@pytest.mark.parametrize("number", [1, 40, 64])
def test_the_number_of_digests_does_not_tell_the_number_of_facts(signing_keys, number):
    made = signed([Fact(f"f{n}", LABEL, n) for n in range(number)])
    payload = json.loads(statements.decode(made.token.split(".")[1]))

    assert len(payload["_sd"]) == 64
    assert payload["_sd"] == sorted(payload["_sd"])
    assert {len(one) for one in payload["_sd"]} == {43}


def test_the_same_facts_of_two_papers_share_no_digest(signing_keys):
    one, other = (json.loads(statements.decode(signed([SECRET]).token.split(".")[1])) for _i in range(2))

    assert not set(one["_sd"]) & set(other["_sd"])


def test_a_guess_of_a_hidden_value_cannot_be_tried(signing_keys):
    """Without its 128-bit salt a value has no digest: equal values have different salts."""
    made = signed([SECRET, replace(SECRET, name="other")])
    salts = [json.loads(statements.decode(one))[0] for one in made.disclosures.values()]

    assert {len(statements.decode(salt)) for salt in salts} == {16}
    assert len(set(salts)) == 2


def test_no_root_stands_in_the_file(signing_keys):
    header = json.loads(statements.decode(signed([SECRET]).token.split(".")[0]))

    assert len(header["x5c"]) == 1


# ── A day that stays hidden ───────────────────────────────────────────────────────────────────────
def test_a_hidden_day_is_proved_from_it_on_and_never_before(roots):
    made = signed([AGE])

    for days in (3, 4, 400, statements.CHAIN_DAYS + 900):
        day = DAY + timedelta(days=days)
        proof = prove(statements.present(made, ["at_least_18"], day=day), roots, AT + timedelta(days=days))
        assert proof.facts[0].on == min(day, DAY + timedelta(days=statements.CHAIN_DAYS))
    early = statements.present(made, ["at_least_18"], day=DAY + timedelta(days=2))
    assert early["reached"] == {}
    assert refused(early, roots) == "day_not_proved"


def test_the_proof_of_a_day_gives_none_of_a_day_before(roots):
    made = signed([AGE])
    shown = statements.present(made, ["at_least_18"], day=DAY + timedelta(days=9))
    shown["reached"]["at_least_18"]["on"] = (DAY + timedelta(days=8)).isoformat()

    assert refused(shown, roots, AT + timedelta(days=9)) == "day_not_proved"


def test_what_is_signed_of_a_hidden_day_is_alike_for_old_and_young(signing_keys):
    """Same last day, same length, random end: nothing to tell who came of age long ago from who did yesterday."""
    young, old = (
        statements.value_of(signed([replace(AGE, value=day)]).disclosures["at_least_18"])["reached"]
        for day in (DAY.isoformat(), "1950-01-01")
    )

    assert young["last"] == old["last"]
    assert len(young["end"]) == len(old["end"]) == 43
    assert AGE.value not in json.dumps([young, old])


def test_a_day_in_the_future_proves_nothing_today(roots):
    shown = statements.present(signed([AGE]), ["at_least_18"], day=DAY + timedelta(days=9))

    assert refused(shown, roots, AT) == "day_not_proved"


def test_a_day_beyond_the_chain_is_not_offered(signing_keys):
    assert signed([replace(AGE, value="2099-01-01"), SECRET]).disclosures.keys() == {"birthday"}


# ── Tampering ─────────────────────────────────────────────────────────────────────────────────────
@pytest.fixture
def shown(signing_keys):
    return statements.present(signed([AGE, SECRET]), ["birthday", "at_least_18"], day=DAY + timedelta(days=9))


LATER = AT + timedelta(days=9)


def test_the_whole_is_sound_before_it_is_tampered_with(shown, roots):
    assert [one.name for one in prove(shown, roots, LATER).facts] == ["birthday", "at_least_18"]


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_no_letter_can_be_changed(authority_folder, data):
    with using(authority_folder):
        made = signed([AGE, SECRET])
    presentation = statements.present(made, ["birthday", "at_least_18"], day=DAY + timedelta(days=9))
    text = presentation["sd_jwt"]
    at = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.sampled_from("AbZ09-_~.").filter(lambda letter: letter != text[at]))
    presentation["sd_jwt"] = text[:at] + other + text[at + 1 :]

    with pytest.raises(Unproven):
        prove(presentation, (authority_folder / "roots.pem").read_bytes(), LATER)


def _recoded(part, change):
    value = json.loads(statements.decode(part))
    change(value)
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def _token(shown, index, change):
    token, *rest = shown["sd_jwt"].split("~")
    parts = token.split(".")
    parts[index] = _recoded(parts[index], change)
    shown["sd_jwt"] = "~".join([".".join(parts), *rest])


def _disclosure(shown, change):
    token, first, *rest = shown["sd_jwt"].split("~")
    shown["sd_jwt"] = "~".join([token, _recoded(first, change), *rest])


ATTACKS = {
    "no_algorithm": (lambda s: _token(s, 0, lambda h: h.update(alg="none")), "malformed"),
    "public_key_as_secret": (lambda s: _token(s, 0, lambda h: h.update(alg="HS256")), "malformed"),
    "critical_extension": (lambda s: _token(s, 0, lambda h: h.update(crit=["x"])), "malformed"),
    "other_issuer": (
        lambda s: _token(s, 1, lambda p: p.update(iss="urn:motcua:agency:X")),
        "signature_broken",
    ),
    "later_end": (lambda s: _token(s, 1, lambda p: p.update(exp=9_999_999_999)), "signature_broken"),
    "own_digest": (lambda s: _token(s, 1, lambda p: p["_sd"].append("x" * 43)), "signature_broken"),
    "other_value": (
        lambda s: _disclosure(s, lambda d: d[2].update(value="2010-01-01")),
        "disclosure_not_signed",
    ),
    "other_words": (
        lambda s: _disclosure(s, lambda d: d[2].update(label={"vi": "X"})),
        "disclosure_not_signed",
    ),
    "shown_twice": (
        lambda s: s.update(sd_jwt=s["sd_jwt"] + s["sd_jwt"].split("~")[1] + "~"),
        "disclosure_twice",
    ),
    "no_day": (lambda s: s.update(reached={}), "day_not_proved"),
    "other_link": (lambda s: s["reached"]["at_least_18"].update(link="A" * 43), "day_not_proved"),
    "day_after_the_last": (lambda s: s["reached"]["at_least_18"].update(on="2099-01-01"), "day_not_proved"),
    "no_end": (lambda s: s.update(sd_jwt=s["sd_jwt"][:-1]), "malformed"),
    "too_long": (lambda s: s.update(sd_jwt="x" * 200_000), "malformed"),
    "nothing": (lambda s: s.clear(), "malformed"),
    "links_no_mapping": (lambda s: s.update(reached=[1]), "malformed"),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_tampering_with_each_part_is_refused(shown, roots, attack):
    tamper, reason = ATTACKS[attack]
    changed = copy.deepcopy(shown)
    tamper(changed)

    assert refused(changed, roots, LATER) == reason


@pytest.mark.parametrize("junk", [None, 7, [], "", "~", "a.b.c~", {"sd_jwt": None}, {"sd_jwt": "é~"}])
def test_junk_is_malformed(roots, junk):
    assert refused(junk, roots) == "malformed"


# ── Signers ───────────────────────────────────────────────────────────────────────────────────────
def test_a_root_that_is_not_ours_is_refused(shown, stranger_folder):
    assert refused(shown, (stranger_folder / "roots.pem").read_bytes(), LATER) == "signer_not_trusted"


def test_a_key_of_a_foreign_authority_is_refused(stranger_folder, authority_folder):
    with using(stranger_folder):
        made = signed([SECRET])

    shown = statements.present(made, ["birthday"], day=DAY)
    assert refused(shown, (authority_folder / "roots.pem").read_bytes()) == "signer_not_trusted"


def test_a_certificate_that_had_ended_is_refused(roots):
    late = AT + timedelta(days=365 * 6)
    shown = statements.present(signed([SECRET], at=late), ["birthday"], day=DAY)

    assert refused(shown, roots, late) == "signer_not_trusted"


def test_a_list_from_the_future_is_refused(roots):
    shown = statements.present(signed([SECRET], at=AT + timedelta(days=1)), ["birthday"], day=DAY)

    assert refused(shown, roots) == "signed_in_future"


def test_a_list_stays_true_when_the_certificate_has_ended_since(roots):
    shown = statements.present(signed([SECRET]), ["birthday"], day=DAY)

    assert prove(shown, roots, AT + timedelta(days=365 * 9)).facts[0].value == "1996-03-14"


def test_the_name_is_the_certificates(shown, roots):
    proof = prove(shown, roots, LATER)

    assert (proof.signer, proof.issuer, proof.expires) == ("UBND phường Cửa Đông", "H99.12", None)
    assert date.fromisoformat(proof.facts[0].value) == date(1996, 3, 14)
