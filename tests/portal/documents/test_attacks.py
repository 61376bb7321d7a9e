"""The corpus of attacks: each file is rejected whole, and for the right reason."""

import pytest

from portal.documents import papers
from tests.portal.documents import attacks
from tests.portal.documents.conftest import AT, check, judged


def test_the_corpus_is_large_and_no_two_files_are_the_same(bench):
    made = {name: each.make(bench) for name, each in attacks.ATTACKS.items()}

    assert len(made) >= 40
    assert len({bench.signed, bench.other, *made.values()}) == len(made) + 2


@pytest.mark.parametrize("name", attacks.ATTACKS)
def test_an_attack_is_rejected_for_the_right_reason(name, bench, paper):
    each = attacks.ATTACKS[name]

    verdict = check(each.make(bench))

    assert not verdict.holds
    assert (verdict.integrity, verdict.issuer) == (each.integrity, each.issuer), verdict.reasons
    assert each.reasons <= set(verdict.reasons)
    assert verdict.outcome in ("altered", "unknown")


def test_what_the_shadows_are_made_from_is_good(bench, paper):
    assert judged(check(attacks.updates.shadowed(bench))) == ("ok", "known", "valid")


@pytest.mark.parametrize("status", ["suspended", "revoked"])
def test_a_true_file_of_a_paper_that_was_ended(status, bench, paper):
    papers.set_status(paper, status, reason="Cấp sai", at=AT)

    for pdf in (bench.signed, bench.sign(bench.drawn)):
        verdict = check(pdf)
        assert (judged(verdict), verdict.holds) == (("ok", "known", status), False)


def test_a_true_file_of_a_paper_that_was_replaced(bench, paper, issue):
    successor = issue(bench.other, check_code="AAAABBBBCCCC", number="1/2026/GKS")
    papers.set_status(paper, "replaced", reason="Cải chính", at=AT, replaced_by=successor)

    for pdf in (bench.signed, bench.sign(bench.drawn)):
        assert judged(check(pdf)) == ("ok", "known", "replaced")


def test_a_true_file_of_a_paper_whose_time_is_over(bench, issue):
    issue(valid_until=AT.date())

    for pdf in (bench.signed, bench.sign(bench.drawn)):
        assert judged(check(pdf)) == ("ok", "known", "expired")
