"""A certified electronic copy: scanned by the officer, kept as pictures, printed before the words that certify it."""

import io
import json

import pikepdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import translation

from portal.documents import canonical, copying, store, verification
from portal.documents.models import Document
from procedures.dossiers import corrections, dossiers, workflow
from procedures.dossiers.models import Dossier
from procedures.results import issuing, results, scans
from procedures.results.models import Result, Trouble
from tests.portal.documents import conformance
from tests.portal.documents.test_copying import MARK, armed, pdf
from tests.portal.documents.test_uploads import huge_png
from tests.procedures import golden, world

pytestmark = pytest.mark.django_db

COPY = "2.000815"
GOLDEN = golden.aged(COPY, world.MONDAY.date()).outcome
A4 = (595, 842)


@pytest.fixture
def office():
    made = world.office()
    world.keys(made)
    return made


@pytest.fixture
def dossier(office):
    """At the handler's desk; nothing is scanned yet."""
    version = world.publish(COPY)[COPY]
    filed = world.file(world.mother(), version, office.agency)
    dossiers.fee_settled(filed, at=world.MONDAY)
    dossiers.receive(filed, **office.act("receiver"))
    return dossiers.start(filed, **office.act("handler"))


@pytest.fixture
def send(client, office, dossier):
    """The officer's form with `content` as the scan, or with what is kept already."""
    client.force_login(office.staff["handler"])
    day = GOLDEN["compared_on"].split("-")

    def sent(content=None, *, name="quet.pdf", **more):
        data = {"register_book": GOLDEN["register_book"]}
        data |= dict(zip(("compared_on__y", "compared_on__m", "compared_on__d"), day, strict=True)) | more
        if content is not None:
            data["original_scan"] = SimpleUploadedFile(name, content)
        return client.post(reverse("counter:outcome", args=[dossier.code]), data)

    return sent


def scanned(dossier):
    return Dossier.objects.get(pk=dossier.pk).outcome.get("original_scan")


def approve(dossier, office):
    dossiers.forward(dossier, **office.act("handler"))
    return results.approve(dossier, **office.act("leader"))


def test_from_the_scan_to_one_signed_file(dossier, office, send):
    scan = pdf(A4, (842, 595), A4, change=armed)
    assert send(scan).status_code == 302
    approve(dossier, office)

    paper = world.issue(dossier, **office.act("clerk"))

    content = store.read(paper.document)
    kept = Document.objects.get(pk=scanned(dossier)[0])
    told = paper.claims["document"]
    assert (told["pages"], told["scan_sha256"]) == (3, kept.sha256)
    assert verification.check_bytes(content).holds
    title = f"{paper.title['vi']} {paper.number}"
    drawn = issuing._draw(Result.objects.get())
    assert conformance.faults(drawn, title=title) == []
    with pikepdf.open(io.BytesIO(drawn)) as file:
        sizes = [[round(float(side)) for side in page.mediabox[2:]] for page in file.pages]
        pictures = [str(e.Alt) for e in conformance.elements(file) if e.get("/S") == "/Figure"]
        inside = json.loads(file.attachments[canonical.PAYLOAD_NAME].get_file().read_bytes())
    assert sizes == [[595, 842], [842, 595], [595, 842], [595, 842]]
    assert [each for each in pictures if each.startswith("Trang")] == [
        f"Trang {number} của bản chính" for number in (1, 2, 3)
    ]
    assert inside["claims"] == paper.claims


def test_what_is_printed_is_what_was_kept_and_nothing_else_of_the_file(dossier, office, send):
    send(pdf(A4, change=armed))
    approve(dossier, office)
    paper = world.issue(dossier, **office.act("clerk"))

    (page,) = copying.pages(store.read(Document.objects.get(pk=scanned(dossier)[0])))
    with pikepdf.open(io.BytesIO(store.read(paper.document))) as file:
        streams = [item for item in file.objects if isinstance(item, pikepdf.Stream)]
        pictures = [item.read_raw_bytes() for item in streams if item.get("/Filter") == "/DCTDecode"]
        plain = b"".join(item.read_bytes() for item in streams if item.get("/Filter") != "/DCTDecode")
        assert list(file.attachments) == [canonical.PAYLOAD_NAME]
    assert pictures == [page.jpeg]
    assert MARK not in plain
    assert b"gotcha" not in plain


def test_every_attempt_draws_the_same_file(dossier, office, send):
    send(pdf(A4, A4))
    approve(dossier, office)
    world.issue(dossier, **office.act("clerk"))
    result = Result.objects.get()

    assert issuing._draw(result) == issuing._draw(result)


def test_without_the_scan_it_does_not_leave_the_handlers_desk(dossier, office, send):
    assert send().status_code == 422

    with translation.override("en"), pytest.raises(workflow.NotAllowed, match="First fill in"):
        dossiers.forward(dossier, **office.act("handler"))


ENCRYPTED = {"encryption": pikepdf.Encryption(owner="x", user="y")}
REFUSED = {
    "too many pages": (pdf(*[(100, 100)] * (copying.MAX_PAGES + 1)), "may have 50 pages"),
    "locked": (pdf(A4, **ENCRYPTED), "locked with a password"),
    "cut short": (pdf(A4)[:200], "cannot be opened"),
    "a photo of too many pixels": (huge_png(), "at most 100 megapixels"),
    "no scan": (b"GIF89a", "is not a PDF"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_scan_that_cannot_be_taken_is_said_and_nothing_is_lost(client, settings, dossier, send, what):
    content, sentence = REFUSED[what]
    send(pdf(A4))
    kept = scanned(dossier)
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"

    answer = send(content, register_book="99/2026")

    assert answer.status_code == 422
    assert sentence in answer.context["outcome_form"]["original_scan"].error
    assert answer.context["outcome_form"]["register_book"].raw == "99/2026"
    assert scanned(dossier) == kept
    assert Document.objects.filter(pk=kept[0]).exists()


def test_another_scan_takes_the_place_of_the_first(dossier, office, send, django_capture_on_commit_callbacks):
    send(pdf(A4))
    (first,) = scanned(dossier)

    with django_capture_on_commit_callbacks(execute=True):
        send(pdf(A4, A4))

    (second,) = scanned(dossier)
    assert first != second
    assert Dossier.objects.get(pk=dossier.pk).outcome["copied_pages"] == 2
    assert [str(file.document_id) for file in dossier.files.filter(key="original_scan")] == [second]
    assert not Document.objects.filter(pk=first).exists()


def test_what_was_kept_is_kept_when_the_rest_is_changed(dossier, send):
    send(pdf(A4, A4))
    (first,) = scanned(dossier)

    send(register_book="02/2026", original_scan__kept=first)

    now = Dossier.objects.get(pk=dossier.pk)
    assert (now.outcome["original_scan"], now.outcome["copied_pages"]) == ([first], 2)
    assert now.outcome["register_book"] == "02/2026"


def test_only_an_own_scan_can_be_named(dossier, office, send):
    """Whatever id is posted: another paper of the store does not get into the copy."""
    citizens = world.upload(dossier.applicant)

    assert send(original_scan__kept=str(citizens.pk)).status_code == 422
    assert send(original_scan__kept="x").status_code == 422
    assert scanned(dossier) is None


def test_the_office_sees_the_pictures_and_how_many_pages_there_will_be(client, dossier, office, send):
    send(pdf(A4, A4, change=armed))

    shown = client.get(reverse("counter:dossier", args=[dossier.code]))
    file = dossier.files.get(key="original_scan")
    seen = client.get(reverse("counter:file", args=[dossier.code, file.pk]) + "?xem=1")
    draft = client.get(reverse("counter:preview", args=[dossier.code]))

    assert shown.context["copied_pages"] == 2
    assert len(copying.pages(seen.content)) == 2
    with pikepdf.open(io.BytesIO(draft.content)) as preview:
        assert len(preview.pages) == 3


def test_another_scan_than_the_approved_one_is_never_issued(dossier, office, send):
    send(pdf(A4))
    approve(dossier, office)
    other = scans.Scans(dossier, by=office.staff["handler"], at=world.MONDAY)
    field = next(f for f in results.runtime.definition(dossier.version_id).result.fields if f.type == "file")
    now = Dossier.objects.get(pk=dossier.pk)
    now.outcome["original_scan"] = [other.put(field, world.scan(3)).id]
    now.save(update_fields=["outcome"])

    with pytest.raises(issuing.Stopped) as stopped:
        world.issue(dossier, **office.act("clerk"))

    assert stopped.value.trouble == Trouble.CHANGED


def test_a_correction_carries_the_scan_on(dossier, office, send, django_capture_on_commit_callbacks):
    send(pdf(A4))
    (first,) = scanned(dossier)
    approve(dossier, office)
    paper = world.issue(dossier, **office.act("clerk"))
    opened = corrections.open_by_office(
        paper, reason="Thiếu trang", basis="Biên bản 1", **office.act("clerk")
    )
    dossiers.start(opened, **office.act("handler"))
    field = next(f for f in results.runtime.definition(opened.version_id).result.fields if f.type == "file")
    put = scans.Scans(opened, by=office.staff["handler"], at=world.MONDAY).put

    with django_capture_on_commit_callbacks(execute=True):
        scans.fill(
            opened,
            {"original_scan": [put(field, world.scan(2)).id]},
            by=office.staff["handler"],
            at=world.MONDAY,
        )

    assert Dossier.objects.get(pk=opened.pk).outcome["copied_pages"] == 2
    assert scanned(dossier) == [first]
    assert Document.objects.filter(pk=first).exists()
