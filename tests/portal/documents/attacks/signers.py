"""Signatures that are sound, by the wrong people, at the wrong time, or under the wrong paper."""

from __future__ import annotations

from datetime import timedelta

from tests.portal.documents.attacks.bench import Bench, attack

# ── Signers ───────────────────────────────────────────────────────────────────────────────────────
WRONG = {"integrity": "ok", "issuer": "unknown"}


@attack("signer_not_registered", **WRONG)
def signed_by_another_leader(bench: Bench) -> bytes:
    return bench.sign(bench.drawn, leader="other")


@attack("signer_not_registered", **WRONG)
def signed_with_the_seal_of_another_agency(bench: Bench) -> bytes:
    return bench.sign(bench.drawn, seal="other-seal")


@attack("signer_not_registered", **WRONG)
def signed_by_the_same_name_with_another_key(bench: Bench) -> bytes:
    return bench.sign(bench.drawn, leader="twin")


@attack("signer_not_registered", "signer_not_trusted", **WRONG)
def signed_under_a_root_nobody_trusts(bench: Bench) -> bytes:
    return bench.sign(bench.drawn, folder=bench.strangers)


@attack("signer_not_registered", **WRONG)
def signed_with_the_keys_exchanged(bench: Bench) -> bytes:
    return bench.sign(bench.drawn, leader="seal", seal="leader")


@attack("signature_fields_differ")
def signed_by_the_leader_without_a_seal(bench: Bench) -> bytes:
    return bench.sign(bench.drawn, order=("leader",))


@attack("signature_fields_differ")
def signed_with_the_seal_alone(bench: Bench) -> bytes:
    return bench.sign(bench.drawn, order=("seal",))


@attack("signature_fields_differ")
def signed_with_the_seal_first(bench: Bench) -> bytes:
    return bench.sign(bench.drawn, order=("seal", "leader"))


@attack("changed_after_signing")
def signed_without_certifying(bench: Bench) -> bytes:
    return bench.sign(bench.drawn, certify=False)


@attack("signed_at_another_time", **WRONG)
def signed_a_day_later(bench: Bench) -> bytes:
    return bench.sign(bench.drawn, at=bench.at + timedelta(days=1))


@attack("signer_not_registered", "signer_not_trusted", **WRONG)
def signed_with_an_expired_certificate(bench: Bench) -> bytes:
    return bench.sign(bench.drawn, leader="expired")


# ── True signatures, false papers ─────────────────────────────────────────────────────────────────
@attack("data_differs")
def signed_with_another_number(bench: Bench) -> bytes:
    return bench.sign(bench.telling(number="219/2026/GKS"))


@attack("data_differs")
def signed_with_other_claims(bench: Bench) -> bytes:
    return bench.sign(bench.telling(claims={"child": {"full_name": "Trần Văn Khác"}}))


@attack("data_differs", "signer_not_registered", issuer="unknown")
def signed_by_another_agency_with_its_own_number(bench: Bench) -> bytes:
    made = bench.telling(number="7/2026/GKS", issuer="H99.77")
    return bench.sign(made, leader="other", seal="other-seal")


@attack("not_in_register", integrity="ok")
def signed_and_never_registered(bench: Bench) -> bytes:
    return bench.sign(bench.telling(check_code="ZZZZZZZZZZZZ"))


@attack("not_in_register", integrity="ok")
def signed_without_our_data(bench: Bench) -> bytes:
    return bench.sign(bench.telling(format="urn:other"))
