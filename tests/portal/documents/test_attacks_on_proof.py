"""The corpus of attacks on time stamps and revocation data, and files to which only evidence was added."""

import subprocess

import pytest

from tests.authorities import started
from tests.portal.documents.attacks import proof
from tests.portal.documents.conftest import check, judged


@pytest.fixture(scope="module")
def proofs(drawn, authorities_process, tmp_path_factory):
    theirs = started(tmp_path_factory.mktemp("theirs"))
    yield proof.build(drawn, authorities_process, theirs)
    authorities_process.set_clock(None)
    theirs.server.shutdown()
    theirs.server.server_close()


@pytest.fixture
def registered(issue, proofs, authorities):
    return issue(proofs.signed)


@pytest.mark.parametrize("name", proof.ATTACKS)
def test_an_attack_is_rejected_for_the_right_reason(name, proofs, registered):
    make, reasons = proof.ATTACKS[name]

    verdict = check(make(proofs))

    assert not verdict.holds
    assert reasons <= set(verdict.reasons), verdict.reasons
    assert verdict.paper == registered


def test_files_with_more_evidence_are_good(proofs, registered):
    for name, pdf in proof.good(proofs).items():
        verdict = check(pdf)
        assert (judged(verdict), verdict.reasons, verdict.changes) == (("ok", "known", "valid"), (), ()), name


def test_poppler_calls_both_signatures_valid_in_every_good_file(proofs, pdfsig, tmp_path):
    for name, pdf in {"signed": proofs.signed, **proof.good(proofs)}.items():
        path = tmp_path / "paper.pdf"
        path.write_bytes(pdf)
        said = subprocess.run([pdfsig, "-nocert", path], capture_output=True, text=True, check=False).stdout
        assert said.count("Signature Validation: Signature is Valid.") == 2, name
