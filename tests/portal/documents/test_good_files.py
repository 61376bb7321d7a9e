"""Good files pass: every result we can print, in every form in which its bytes may come back to us.

What verification accepts: the issued bytes under any name, a second signing of the same data by the same keys at
the same time, and a file in which only what no signature covers was written differently (the letters of the
hexadecimal digits of a signature). What may come after the last signature, `test_attacks_on_proof` has.
"""

import io

import pikepdf
import pytest
from django.urls import reverse

from portal.documents import canonical, render, store, verification
from tests.portal.documents import attacks
from tests.portal.documents import papers as drafts
from tests.portal.documents.conftest import AT, NOW, check, judged, sign_both

GOOD = ("ok", "known", "valid")
EXTREMES = {"usual": dict, "longest": drafts.with_longest}
RESULTS = [name for name in drafts.CASES if "/results/" in name]


def made(template, extreme, language):
    """The unsigned paper, its number and claims."""
    context = EXTREMES[extreme](drafts.CASES[template]())
    number = context["result"]["number"]
    inside = canonical.payload(
        type_code="KQ.G15.000031",
        number=number,
        check_code="GGGGHHHHJJJJ",
        issuer="H99.12",
        issued_on=AT.date(),
        valid_until=None,
        claims=context["claims"],
    )
    data = render.Attachment(canonical.PAYLOAD_NAME, inside, canonical.PAYLOAD_MIME, "Dữ liệu")
    pdf = render.pdf(
        template, context, language=language, title=context["result"]["name"], attachments=[data]
    )
    return pdf, {"number": number, "claims": context["claims"], "check_code": "GGGGHHHHJJJJ"}


@pytest.mark.parametrize("extreme", EXTREMES)
@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("template", RESULTS)
def test_every_result_passes(template, language, extreme, issue):
    """44 files: known by their bytes, and good by the full policy."""
    drawn, fields = made(template, extreme, language)
    pdf = sign_both(drawn)
    paper = issue(pdf, **fields)

    assert judged(check(pdf)) == GOOD
    assert judged(verification.check_paper(paper, at=NOW)) == GOOD


@pytest.mark.parametrize("template", RESULTS)
def test_a_second_signing_of_every_result_passes_by_the_full_policy(template, issue):
    """11 files whose bytes the register does not know, revisions compared."""
    drawn, fields = made(template, "usual", "vi")
    issue(sign_both(drawn), **fields)

    verdict = check(sign_both(drawn))

    assert (judged(verdict), verdict.reasons, verdict.changes) == (GOOD, (), ())


# ── The same file again ───────────────────────────────────────────────────────────────────────────
def test_a_file_downloaded_again(client, paper, mai):
    client.force_login(mai)
    response = client.get(reverse("documents:download", args=[paper.document_id]))

    assert judged(check(b"".join(response))) == GOOD


def test_a_file_stored_again_under_another_name(paper, signed, mai):
    again = store.put(
        signed,
        name="scan (2).PDF",
        content_type="application/pdf",
        kind="upload",
        owner=mai.person,
        by=mai,
        at=NOW,
    )

    assert judged(check(store.read(again))) == GOOD


def test_a_file_that_was_an_attachment_of_another(paper, signed):
    document = pikepdf.new()
    document.attachments["giấy.pdf"] = pikepdf.AttachedFileSpec(document, signed)
    carrier = pikepdf.open(io.BytesIO(attacks.saved(document)))

    assert judged(check(carrier.attachments["giấy.pdf"].get_file().read_bytes())) == GOOD


# ── Written differently where nothing is signed ───────────────────────────────────────────────────
@pytest.mark.parametrize("which", [0, 1])
@pytest.mark.parametrize("letters", [bytes.upper, bytes.lower])
def test_the_digits_of_a_signature_in_other_letters(letters, which, paper, signed, drawn):
    """The last signature's digits are outside of every signed range; the first one's are under the second."""
    start, end = attacks.gaps(signed)[which]
    digits = signed[start:end]
    again = attacks.with_gap(signed, which, letters(digits))

    verdict = check(again)

    expected = GOOD if again == signed or which == 1 else ("altered", "known", "valid")
    assert judged(verdict) == expected


# ── And what is not accepted, though a reader would call it harmless ──────────────────────────────
@pytest.mark.parametrize(
    "change", [attacks.updates.security_store_added, attacks.updates.language_overridden]
)
def test_an_update_after_the_last_signature_is_never_accepted(change, paper, signed):
    verdict = check(attacks.revised(signed, change))

    assert verdict.integrity == "altered"
    assert "bytes_after_last_signature" in verdict.reasons
