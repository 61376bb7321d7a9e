"""manage.py verify_pdf: the public page's answer, for scripts and for whoever sits at the server."""

import io
import json

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command

from portal.documents import checking, inspection, papers
from portal.documents.management.commands import verify_pdf
from tests.portal.documents import attacks
from tests.portal.documents.conftest import AT, NOW, sign_both


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def run(tmp_path):
    """Give it a file: exit status and what it printed."""

    def ran(content, *options, name="giấy của tôi (1).pdf"):
        path = tmp_path / name
        path.write_bytes(content)
        out = io.StringIO()
        try:
            call_command("verify_pdf", str(path), *options, stdout=out)
        except SystemExit as left:
            return left.code, out.getvalue()
        return 0, out.getvalue()

    return ran


def test_an_issued_file_holds_under_any_name(paper, signed, run):
    for name in ("a.pdf", "Giấy khai sinh.PDF", "tải về (3)"):
        status, said = run(signed, name=name)

        assert status == 0
        assert "this paper may be relied on" in said
        assert "Hoàng Minh Ví Dụ; UBND phường Cửa Đông" in said
        assert "218/2026/GKS" in said


def test_a_second_signing_holds_by_the_full_policy(paper, drawn, run):
    assert run(sign_both(drawn))[0] == 0


@pytest.mark.parametrize("status", ["suspended", "revoked"])
def test_a_paper_that_was_ended_fails(status, paper, signed, run):
    papers.set_status(paper, status, reason="Cấp sai", at=AT)

    code, said = run(signed)

    assert code == 1
    assert "unchanged: the file is as it was signed" in said
    assert f"the register says: {status}" in said
    assert "do not rely on this file" in said


def test_what_was_changed_after_signing_is_named(paper, signed, run):
    code, said = run(attacks.revised(signed, attacks.updates.note_on_the_page))

    assert code == 1
    assert "changed: the file is not as it was signed" in said
    assert "notes on a page" in said
    assert "something was added after the last signature" in said


@pytest.mark.parametrize(
    ("change", "kinds"),
    [
        (attacks.updates.note_on_the_page, {"annotation", "page"}),
        (attacks.updates.script_at_opening, {"catalogue"}),
        (attacks.updates.script_by_name, {"script"}),
        (attacks.updates.optional_content, {"catalogue", "layer"}),
        (attacks.updates.attachment_added, {"attachment"}),
        (attacks.updates.attachment_replaced, {"attachment"}),
        (attacks.updates.other_font, {"font"}),
        (attacks.updates.rewritten_content_stream, {"content"}),
        (attacks.updates.added_page, {"page", "pages"}),
        (attacks.updates.seal_moved, {"field"}),
    ],
)
def test_programs_get_the_kinds_of_what_changed(change, kinds, paper, signed, run):
    code, said = run(attacks.revised(signed, change), "--json")

    answer = json.loads(said)
    assert (code, answer["holds"], answer["integrity"]) == (1, False, "altered")
    assert kinds <= set(answer["changes"])


def test_programs_get_the_pages_answer_and_more(client, paper, signed, run):
    code, said = run(signed, "--json")

    page = client.post("/giay-to/kiem-tra/?format=json", {"tep": SimpleUploadedFile("a.pdf", signed)}).json()
    answer = json.loads(said)
    assert (code, answer["holds"], answer["changes"]) == (0, True, [])
    assert answer["signers"] == ["Hoàng Minh Ví Dụ", "UBND phường Cửa Đông"]
    assert page.items() <= answer.items()


def test_a_file_of_nobody_fails(db, drawn, signing_keys, run):
    code, said = run(drawn)

    assert code == 1
    assert "the file carries no digital signature" in said


def test_a_signers_name_cannot_command_the_terminal(db, drawn, signing_keys):
    assert verify_pdf._plain("Ví Dụ\x1b[2J\x07\n") == "Ví Dụ[2J"


# ── Cannot be read ────────────────────────────────────────────────────────────────────────────────
def test_a_broken_pdf_is_status_2(db, signing_keys, run):
    code, said = run(b"%PDF-1.7\nrubbish")

    assert code == 2
    assert "the file cannot be read" in said


@pytest.mark.parametrize(("content", "said"), [(b"", "not a PDF"), (b"hello", "not a PDF")])
def test_no_pdf_is_status_2(content, said, db, signing_keys, run):
    with pytest.raises(CommandError, match=said) as raised:
        run(content)

    assert raised.value.returncode == 2


def test_a_missing_file_is_status_2(db, signing_keys, tmp_path):
    with pytest.raises(CommandError, match="cannot read") as raised:
        call_command("verify_pdf", str(tmp_path / "nothing.pdf"))

    assert raised.value.returncode == 2


def test_a_file_too_large_for_the_page_is_too_large_here(paper, signed, run, settings):
    settings.UPLOAD_MAX_FILE = len(signed) - 1

    with pytest.raises(CommandError, match="larger than") as raised:
        run(signed)

    assert raised.value.returncode == 2


def test_without_trust_roots_nothing_is_judged(db, drawn, signing_keys, run, tmp_path, settings):
    settings.SIGNING_TRUST_ROOTS = tmp_path / "nothing.pem"

    with pytest.raises(CommandError, match="no trust roots") as raised:
        run(drawn)

    assert raised.value.returncode == 2


# ── Words ─────────────────────────────────────────────────────────────────────────────────────────
def test_every_kind_of_change_has_words():
    assert set(checking.CHANGES) >= {*inspection.KINDS.values(), "content", "field", "other"}


@pytest.mark.parametrize("name", ["signed_under_a_root_nobody_trusts", "byte_of_the_page"])
def test_every_reason_is_said_in_words(name, bench, paper, run):
    code, said = run(attacks.ATTACKS[name].make(bench))

    assert code == 1
    for reason in attacks.ATTACKS[name].reasons:
        assert verify_pdf.REASONS[reason] in said


def test_every_reason_of_the_corpus_has_words():
    used = {reason for each in attacks.ATTACKS.values() for reason in each.reasons}
    used |= {reason for _make, reasons in attacks.proof.ATTACKS.values() for reason in reasons}

    assert used <= set(verify_pdf.REASONS)
