"""The demonstration certificate authority: one root and one P-256 key per signer, made where none is.

It stands in for the State's own authority (Ban Cơ yếu Chính phủ) on a machine without one: the signatures are
real, the root is nobody's. Files in the keys' folder: `ca.p12` (the root and its key), `roots.pem` (what
verification trusts), `<key id>.p12`. Only `manage.py demo_ca` and the tests come here.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, pkcs12
from cryptography.x509.oid import NameOID

ROOT_NAME = "Một Cửa: chứng thư gốc chỉ để trình diễn"
ROOT_YEARS, LEAF_YEARS = 20, 5
# Clocks differ a little between machines; a signature made now must fall inside.
HEAD_START = timedelta(days=1)


def ensure(keys: Mapping[str, str], *, folder: Path, passphrase: str, at: datetime) -> list[str]:
    """Make what is missing for `keys` (key id → name on the certificate); the ids made, in order.

    The root first (once), then each key that has no file. Nothing that exists is touched.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _alone(folder):
        issuer, issuer_key = _root(folder, passphrase, at)
        missing = [key_id for key_id in sorted(keys) if not (folder / f"{key_id}.p12").exists()]
        for key_id in missing:
            certificate, key = _leaf(keys[key_id], issuer, issuer_key, at)
            _save(folder / f"{key_id}.p12", _bundle(key_id, certificate, key, [issuer], passphrase))
    return missing


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Two processes at first start must not make two roots."""
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _root(folder: Path, passphrase: str, at: datetime) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    path = folder / "ca.p12"
    if not path.exists():
        certificate, key = _self_signed(at)
        _save(path, _bundle("ca", certificate, key, [], passphrase))
    stored = pkcs12.load_pkcs12(path.read_bytes(), passphrase.encode())
    if stored.cert is None or not isinstance(stored.key, ec.EllipticCurvePrivateKey):
        raise ValueError(f"{path} holds no P-256 key with its certificate.")
    if not (folder / "roots.pem").exists():
        _save(folder / "roots.pem", stored.cert.certificate.public_bytes(Encoding.PEM))
    return stored.cert.certificate, stored.key


def _self_signed(at: datetime) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name(ROOT_NAME)
    builder = _builder(name, key.public_key(), at, ROOT_YEARS).issuer_name(name)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    builder = builder.add_extension(_usage(ca=True), critical=True)
    return builder.sign(key, hashes.SHA256()), key


def _leaf(
    name: str, issuer: x509.Certificate, issuer_key: ec.EllipticCurvePrivateKey, at: datetime
) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    key = ec.generate_private_key(ec.SECP256R1())
    builder = _builder(_name(name), key.public_key(), at, LEAF_YEARS).issuer_name(issuer.subject)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(_usage(ca=False), critical=True)
    issuer_id = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key())
    return builder.add_extension(issuer_id, critical=False).sign(issuer_key, hashes.SHA256()), key


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
    """A name of at most 64 characters, as X.520 allows."""
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "VN"),
            x509.NameAttribute(NameOID.COMMON_NAME, common[:64]),
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
