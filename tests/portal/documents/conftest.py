"""A certificate authority for the run, and one birth certificate drawn, signed and registered with it."""

import io
import shutil
from datetime import UTC, datetime, timedelta

import pikepdf
import pytest
from django.test import override_settings

from portal.documents import authority, canonical, keys, papers, render, signing, store, verification
from portal.documents.models import DocumentKind
from tests import factories
from tests.portal.documents import papers as drafts

AT = datetime(2026, 11, 12, 8, 42, 10, tzinfo=UTC)
NOW = AT + timedelta(days=6)
CODE = "7K4M2X8CQZ3P"
NUMBER = "218/2026/GKS"
# "other" is a signer of the same authority who has nothing to do with the paper.
KEYS = {"leader": "Hoàng Minh Ví Dụ", "seal": "UBND phường Cửa Đông", "other": "Lê Thị Người Khác"}


@pytest.fixture(scope="session")
def authority_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("keys")
    authority.ensure(KEYS, folder=folder, passphrase="tests", at=AT)
    return folder


@pytest.fixture(scope="session")
def stranger_folder(tmp_path_factory):
    """Keys of the same names, from an authority that nobody here trusts."""
    folder = tmp_path_factory.mktemp("stranger")
    authority.ensure(KEYS, folder=folder, passphrase="tests", at=AT)
    return folder


def using(folder):
    return override_settings(**_keys(folder))


def _keys(folder):
    return {
        "SIGNING_KEYS_DIR": folder,
        "SIGNING_KEYS_PASSPHRASE": "tests",
        "SIGNING_TRUST_ROOTS": folder / "roots.pem",
    }


@pytest.fixture
def signing_keys(authority_folder, settings):
    """Through `settings`, as tests change others: two ways of restoring would undo each other."""
    for name, value in _keys(authority_folder).items():
        setattr(settings, name, value)
    return authority_folder


@pytest.fixture(scope="session")
def claims():
    return drafts.birth()["claims"]


@pytest.fixture(scope="session")
def drawn(claims):
    """The paper as the renderer gives it, with its data inside, before any signature."""
    inside = canonical.payload(
        type_code="KQ.G15.000031",
        number=NUMBER,
        check_code=CODE,
        issuer="H99.12",
        issued_on=AT.date(),
        valid_until=None,
        claims=claims,
    )
    attachment = render.Attachment(canonical.PAYLOAD_NAME, inside, canonical.PAYLOAD_MIME, "Dữ liệu")
    return render.pdf(
        "pdf/results/birth_certificate.html",
        drafts.birth(),
        language="vi",
        title="Giấy khai sinh",
        attachments=[attachment],
    )


def sign_both(pdf, *, leader="leader", seal="seal", at=AT):
    pdf = signing.prepare(pdf)
    pdf = signing.sign(
        pdf, key_id=leader, field="leader", name=KEYS["leader"], reason="Phê duyệt", at=at, certify=True
    )
    return signing.sign(pdf, key_id=seal, field="seal", name=KEYS["seal"], reason="Phát hành", at=at)


@pytest.fixture(scope="session")
def signed(drawn, authority_folder):
    with using(authority_folder):
        return sign_both(drawn)


@pytest.fixture(scope="session")
def bench(signed, drawn, claims, authority_folder, stranger_folder, tmp_path_factory):
    """What the corpus of attacks is made with; the keys beside the true ones lie in a folder of their own."""
    from tests.portal.documents import attacks  # noqa: PLC0415 - it needs this file's names

    folder = tmp_path_factory.mktemp("attackers")
    shutil.copytree(authority_folder, folder, dirs_exist_ok=True)
    return attacks.build(signed, drawn, claims, folder, stranger_folder)


@pytest.fixture(scope="session")
def certificates(authority_folder):
    with using(authority_folder):
        return {role: keys.fingerprint(role) for role in ("leader", "seal")}


@pytest.fixture
def mai(db):
    """The citizen whose papers these are."""
    return factories.UserFactory(full_name="Nguyễn Thị Mẫu")


@pytest.fixture
def stranger(db):
    return factories.UserFactory(full_name="Trần Văn Người Lạ")


@pytest.fixture
def issue(signing_keys, signed, claims, mai):
    """Register a paper; by default the signed birth certificate, for `mai`."""

    def registered(content=signed, **fields):
        document = store.put(
            content,
            name="Giấy khai sinh 218.pdf",
            content_type="application/pdf",
            kind=DocumentKind.RESULT,
            owner=mai.person,
            by=None,
            at=AT,
        )
        given = {
            "check_code": CODE,
            "type_code": "KQ.G15.000031",
            "title": {"vi": "Giấy khai sinh", "en": "Birth certificate"},
            "number": NUMBER,
            "issuer": None,
            "signer_name": KEYS["leader"],
            "signer_position": "Phó Chủ tịch",
            "signer_keys": {"leader": "leader", "seal": "seal"},
            "holder": mai.person,
            "subject_name": "Trần Nguyễn Mẫu Anh",
            "claims": claims,
            "issued_at": AT,
        } | fields
        given["issuer"] = given["issuer"] or factories.AgencyFactory(name="UBND phường Cửa Đông")
        return papers.register(document, **given)

    return registered


@pytest.fixture
def paper(issue):
    return issue()


def blank(payload):
    """A page with `payload` attached."""
    document = pikepdf.new()
    document.add_blank_page(page_size=(595, 842))
    if payload:
        document.attachments[canonical.PAYLOAD_NAME] = pikepdf.AttachedFileSpec(
            document, payload, filename=canonical.PAYLOAD_NAME
        )
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def check(pdf):
    return verification.check_bytes(pdf, at=NOW)


def judged(verdict):
    return verdict.integrity, verdict.issuer, verdict.status
