"""The demonstration certificate authority: one root and one P-256 key per signer, made where none is.

It stands in for the State's own authority (Ban Cơ yếu Chính phủ) on a machine without one: the signatures are
real, the root is nobody's. Files in the keys' folder: `ca.p12` (the root and its key), `roots.pem` (what
verification trusts), `<key id>.p12`; in `services/` the keys that stamp times and answer for certificates (OCSP);
`revoked.json`. `portal.documents.sandbox` serves them. Only that, `manage.py demo_ca` and the tests come here.
"""

from __future__ import annotations

import fcntl
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, pkcs12
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

ROOT_NAME = "Một Cửa: chứng thư gốc chỉ để trình diễn"
ROOT_YEARS, LEAF_YEARS = 20, 5
Signer = tuple[x509.Certificate, ec.EllipticCurvePrivateKey]
# Clocks differ a little between machines; a signature made now must fall inside.
HEAD_START = timedelta(days=1)


# The keys of `services/`: what each may do, and its name.
SERVICES = {
    "tsa": (ExtendedKeyUsageOID.TIME_STAMPING, "Dấu thời gian chỉ để trình diễn"),
    "ocsp": (ExtendedKeyUsageOID.OCSP_SIGNING, "Trạng thái chứng thư chỉ để trình diễn"),
}


def ensure(
    keys: Mapping[str, str], *, folder: Path, passphrase: str, at: datetime, services: str = ""
) -> list[str]:
    """Make what is missing for `keys` (key id → name on the certificate); the ids that got a certificate, in order.

    The root first (once), then each key that has no file. `services` is where `portal.documents.sandbox` answers:
    it is written into the certificates, the keys of its own are made, and a key whose certificate names another
    address, or none, gets a new certificate. Else nothing that exists is touched.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _alone(folder):
        root = _root(folder, passphrase, at)
        if services:
            _ensure_services(folder / "services", root, passphrase, at, services)
        made = []
        for key_id in sorted(keys):
            path = folder / f"{key_id}.p12"
            secret = load(path, passphrase)[1] if path.exists() else None
            if secret is None or (services and not _names(load(path, passphrase)[0], services)):
                certificate, secret = _leaf(keys[key_id], *root, at, services=services, key=secret)
                _save(path, _bundle(key_id, certificate, secret, [root[0]], passphrase))
                made.append(key_id)
    return made


def revoke(key_id: str, *, folder: Path, passphrase: str, at: datetime) -> None:
    """From `at` on the certificate of the key is revoked. Raises FileNotFoundError for a key that there is not."""
    certificate, _key = load(folder / f"{key_id}.p12", passphrase)
    with _alone(folder):
        known = revoked(folder)
        known.setdefault(certificate.serial_number, at.replace(microsecond=0))
        said = {str(serial): since.isoformat() for serial, since in known.items()}
        _save(folder / "revoked.json", json.dumps(said).encode())


def revoked(folder: Path) -> dict[int, datetime]:
    """Serial number → since when."""
    try:
        said = json.loads((folder / "revoked.json").read_text())
    except FileNotFoundError:
        return {}
    return {int(serial): datetime.fromisoformat(since) for serial, since in said.items()}


def _ensure_services(folder: Path, root: Signer, passphrase: str, at: datetime, services: str) -> None:
    folder.mkdir(exist_ok=True, mode=0o700)
    for key_id, (usage, name) in SERVICES.items():
        path = folder / f"{key_id}.p12"
        if not path.exists() or not _names(load(path, passphrase)[0], services):
            certificate, key = _leaf(name, *root, at, services=services, usage=usage)
            _save(path, _bundle(key_id, certificate, key, [root[0]], passphrase))


def _names(certificate: x509.Certificate, services: str) -> bool:
    """Does the certificate say that it is to be asked about there?"""
    try:
        points = certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    except x509.ExtensionNotFound:
        return False
    return [name.value for point in points for name in point.full_name or ()] == [f"{services}/root.crl"]


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Two processes at first start must not make two roots."""
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _root(folder: Path, passphrase: str, at: datetime) -> Signer:
    path = folder / "ca.p12"
    if not path.exists():
        certificate, key = _self_signed(at)
        _save(path, _bundle("ca", certificate, key, [], passphrase))
    certificate, key = load(path, passphrase)
    if not (folder / "roots.pem").exists():
        _save(folder / "roots.pem", certificate.public_bytes(Encoding.PEM))
    return certificate, key


def load(path: Path, passphrase: str) -> Signer:
    """The certificate and the key of one file. Raises FileNotFoundError, ValueError."""
    stored = pkcs12.load_pkcs12(path.read_bytes(), passphrase.encode())
    if stored.cert is None or not isinstance(stored.key, ec.EllipticCurvePrivateKey):
        raise ValueError(f"{path} holds no P-256 key with its certificate.")
    return stored.cert.certificate, stored.key


def _self_signed(at: datetime) -> Signer:
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name(ROOT_NAME)
    builder = _builder(name, key.public_key(), at, ROOT_YEARS).issuer_name(name)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    builder = builder.add_extension(_usage(ca=True), critical=True)
    return builder.sign(key, hashes.SHA256()), key


def _leaf(
    name: str,
    issuer: x509.Certificate,
    issuer_key: ec.EllipticCurvePrivateKey,
    at: datetime,
    *,
    services: str = "",
    usage: x509.ObjectIdentifier | None = None,
    key: ec.EllipticCurvePrivateKey | None = None,
) -> Signer:
    """A certificate for `key`, or for a new one; `usage` is for the keys of `services/` alone."""
    key = key or ec.generate_private_key(ec.SECP256R1())
    builder = _builder(_name(name), key.public_key(), at, LEAF_YEARS).issuer_name(issuer.subject)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(_usage(ca=False), critical=True)
    for extension, critical in (*_service(usage), *_addresses(services)):
        builder = builder.add_extension(extension, critical=critical)
    issuer_id = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key())
    return builder.add_extension(issuer_id, critical=False).sign(issuer_key, hashes.SHA256()), key


def _service(usage: x509.ObjectIdentifier | None) -> Iterator[tuple[x509.ExtensionType, bool]]:
    if usage:
        yield x509.ExtendedKeyUsage([usage]), True  # critical, as RFC 3161 wants it
    if usage == ExtendedKeyUsageOID.OCSP_SIGNING:
        yield x509.OCSPNoCheck(), False  # else whoever answers would have to be asked about, without end


def _addresses(services: str) -> Iterator[tuple[x509.ExtensionType, bool]]:
    """Where to ask whether the certificate was revoked: OCSP, or the list."""
    if not services:
        return
    asked, listed, root = (
        x509.UniformResourceIdentifier(f"{services}/{name}") for name in ("ocsp", "root.crl", "root.crt")
    )
    yield (
        x509.AuthorityInformationAccess(
            [
                x509.AccessDescription(AuthorityInformationAccessOID.OCSP, asked),
                x509.AccessDescription(AuthorityInformationAccessOID.CA_ISSUERS, root),
            ]
        ),
        False,
    )
    yield x509.CRLDistributionPoints([x509.DistributionPoint([listed], None, None, None)]), False


def _builder(
    name: x509.Name, key: ec.EllipticCurvePublicKey, at: datetime, years: int
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - HEAD_START)
        .not_valid_after(at + timedelta(days=365 * years))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _name(common: str) -> x509.Name:
    """A name of at most 64 characters, as X.520 allows; cryptography counts their bytes."""
    short = common.encode()[:64].decode(errors="ignore")
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "VN"),
            x509.NameAttribute(NameOID.COMMON_NAME, short),
        ]
    )


def _usage(*, ca: bool) -> x509.KeyUsage:
    """A root signs certificates; a signer signs papers and cannot deny it (contentCommitment)."""
    return x509.KeyUsage(
        digital_signature=not ca,
        content_commitment=not ca,
        key_cert_sign=ca,
        crl_sign=ca,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _bundle(
    name: str,
    certificate: x509.Certificate,
    key: ec.EllipticCurvePrivateKey,
    others: list[x509.Certificate],
    passphrase: str,
) -> bytes:
    return pkcs12.serialize_key_and_certificates(
        name.encode(), key, certificate, others or None, BestAvailableEncryption(passphrase.encode())
    )


def _save(path: Path, content: bytes) -> None:
    """Whole or not at all, for the owner's eyes only."""
    draft = path.with_suffix(".new")
    draft.touch(mode=0o600)
    draft.write_bytes(content)
    draft.replace(path)
