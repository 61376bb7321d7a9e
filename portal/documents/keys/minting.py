"""Keys in the token, from the pair made inside to the certificate that the authority returns for it.

The order of a new or renewed key: `generate` makes the pair and the certificate request (PKCS#10) that goes to the
authority; `install` puts the certificate beside the key that it was issued for. Until then an older key of the same
id goes on signing. `bring` moves a key that exists as a PKCS#12 file.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from asn1crypto import csr  # type: ignore[import-untyped]
from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_public_key,
    pkcs12,
)

from portal.documents.keys import token
from portal.documents.keys.files import KEY_ID

ALGORITHMS = ("p256", "rsa3072")


class Misfit(Exception):
    """What was given does not fit the token's keys; the message says why, for the operator."""


@dataclass(frozen=True, slots=True)
class Stored:
    """One private key of the token; without a certificate it waits for the authority."""

    key_id: str
    identifier: bytes
    algorithm: str
    certificate: x509.Certificate | None


def generate(key_id: str, *, algorithm: str, subject: Mapping[str, str]) -> bytes:
    """Make a key pair inside the token and the request (PEM) for its certificate. `subject`: asn1crypto's names.

    The private key is sensitive and cannot be extracted. Raises KeyUnavailable, Misfit.
    """
    if not KEY_ID.fullmatch(key_id):
        raise Misfit("A key id has letters, digits, dots, dashes and underscores, 60 at most.")
    identifier = secrets.token_bytes(16)
    token.use(key_id, lambda session: _make_pair(session, key_id, identifier, algorithm), writes=True)
    return token.use(key_id, lambda session: _request(session, key_id, identifier, subject))


def install(key_id: str, pem: bytes) -> Stored:
    """Put the first certificate of `pem` beside its private key, the others (authorities) into the token as well.

    Raises Misfit when no key of this id belongs to it, KeyUnavailable.
    """
    try:
        own, *above = x509.load_pem_x509_certificates(pem)
    except ValueError as error:
        raise Misfit("The file holds no certificate in PEM.") from error
    identifier = token.use(key_id, lambda session: _identifier(session, key_id, own))
    if identifier is None:
        raise Misfit(f"No key {key_id!r} of the token belongs to this certificate.")
    token.use(key_id, lambda session: _store(session, key_id, identifier, own, above), writes=True)
    token.forget()
    return Stored(key_id, identifier, _algorithm(own.public_key()), own)


def bring(key_id: str, content: bytes, passphrase: str) -> Stored:
    """Move the key of a PKCS#12 file into the token, with its certificates. Raises Misfit, KeyUnavailable."""
    try:
        held = pkcs12.load_pkcs12(content, passphrase.encode())
    except ValueError as error:
        raise Misfit("The file cannot be opened with the passphrase given.") from error
    if held.cert is None or not isinstance(held.key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
        raise Misfit("The file holds no P-256 or RSA key with a certificate.")
    der = held.key.private_bytes(Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    public = held.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    identifier = secrets.token_bytes(16)
    kind = "ec" if isinstance(held.key, ec.EllipticCurvePrivateKey) else "rsa"
    token.use(key_id, lambda session: _put_pair(session, key_id, identifier, kind, der, public), writes=True)
    certificates = [held.cert.certificate, *(each.certificate for each in held.additional_certs)]
    return install(key_id, b"".join(one.public_bytes(Encoding.PEM) for one in certificates))


def listing() -> list[Stored]:
    """Every private key of the token, by key id, those without a certificate first. Raises KeyUnavailable."""
    found = token.use("*", _everything)
    return sorted(found, key=lambda one: (one.key_id, one.certificate is not None))


# ── Inside the token ──────────────────────────────────────────────────────────────────────────────
def _make_pair(session: Any, key_id: str, identifier: bytes, algorithm: str) -> None:
    from pkcs11 import Attribute, KeyType  # noqa: PLC0415 - only who signs loads it
    from pkcs11.util.ec import encode_named_curve_parameters  # noqa: PLC0415

    kept = {Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False}
    named = {"store": True, "label": key_id, "id": identifier, "private_template": kept}
    if algorithm == "rsa3072":
        session.generate_keypair(KeyType.RSA, 3072, **named)
    else:
        curve = {Attribute.EC_PARAMS: encode_named_curve_parameters("secp256r1")}
        session.create_domain_parameters(KeyType.EC, curve, local=True).generate_keypair(**named)


def _put_pair(session: Any, key_id: str, identifier: bytes, kind: str, der: bytes, public: bytes) -> None:
    from pkcs11 import Attribute  # noqa: PLC0415 - as above
    from pkcs11.util import ec as ec_objects  # noqa: PLC0415
    from pkcs11.util import rsa as rsa_objects  # noqa: PLC0415

    if kind == "ec":
        private = ec_objects.decode_ec_private_key(der)
        open_half = ec_objects.decode_ec_public_key(public)
    else:
        private = rsa_objects.decode_rsa_private_key(der)
        open_half = rsa_objects.decode_rsa_public_key(_pkcs1(public))
    named = {Attribute.LABEL: key_id, Attribute.ID: identifier, Attribute.TOKEN: True}
    session.create_object(open_half | named)
    kept = {Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False, Attribute.SIGN: True}
    session.create_object(private | named | kept)


def _pkcs1(public: bytes) -> bytes:
    key: Any = load_der_public_key(public)
    return bytes(key.public_bytes(Encoding.DER, PublicFormat.PKCS1))


def _request(session: Any, key_id: str, identifier: bytes, subject: Mapping[str, str]) -> bytes:
    """A certificate request signed by the key itself, in PEM (RFC 2986)."""
    public = asn1_keys.PublicKeyInfo.load(_public(session, identifier))
    info = csr.CertificationRequestInfo(
        {
            "version": "v1",
            "subject": asn1_x509.Name.build(dict(subject)),
            "subject_pk_info": public,
            "attributes": [],
        }
    )
    algorithm = "sha256_rsa" if public.algorithm == "rsa" else "sha256_ecdsa"
    signature = token.raw_signature(session, key_id, identifier, info.dump())
    made = csr.CertificationRequest(
        {
            "certification_request_info": info,
            "signature_algorithm": {"algorithm": algorithm},
            "signature": signature,
        }
    )
    return x509.load_der_x509_csr(made.dump()).public_bytes(Encoding.PEM)


def _identifier(session: Any, key_id: str, certificate: x509.Certificate) -> bytes | None:
    """The CKA_ID of the private key of this id whose public half the certificate names."""
    from pkcs11 import Attribute  # noqa: PLC0415 - as above

    wanted = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    identifiers = [bytes(one[Attribute.ID]) for one in token.private_keys(session, key_id)]
    return next((one for one in identifiers if _public(session, one) == wanted), None)


def _public(session: Any, identifier: bytes) -> bytes:
    """The public half with this CKA_ID, as SubjectPublicKeyInfo in DER; empty without one."""
    from pkcs11 import Attribute, KeyType, ObjectClass  # noqa: PLC0415 - as above
    from pkcs11.util.ec import encode_ec_public_key  # noqa: PLC0415
    from pkcs11.util.rsa import encode_rsa_public_key  # noqa: PLC0415

    query = {Attribute.CLASS: ObjectClass.PUBLIC_KEY, Attribute.ID: identifier}
    held = next(iter(list(session.get_objects(query))), None)
    if held is None:
        return b""
    if held.key_type == KeyType.RSA:
        plain = asn1_keys.RSAPublicKey.load(encode_rsa_public_key(held))
        return bytes(asn1_keys.PublicKeyInfo.wrap(plain, "rsa").dump())
    return bytes(encode_ec_public_key(held))


def _store(
    session: Any, key_id: str, identifier: bytes, own: x509.Certificate, above: Sequence[x509.Certificate]
) -> None:
    known = set(token.certificates(session))
    for certificate, label, number in [(own, key_id, identifier), *((one, "CA", b"") for one in above)]:
        if certificate not in known:
            _put_certificate(session, certificate, label, number)


def _put_certificate(session: Any, certificate: x509.Certificate, label: str, identifier: bytes) -> None:
    from pkcs11 import Attribute, CertificateType, ObjectClass  # noqa: PLC0415 - as above

    session.create_object(
        {
            Attribute.CLASS: ObjectClass.CERTIFICATE,
            Attribute.CERTIFICATE_TYPE: CertificateType.X_509,
            Attribute.TOKEN: True,
            Attribute.LABEL: label,
            Attribute.ID: identifier,
            Attribute.SUBJECT: certificate.subject.public_bytes(),
            Attribute.ISSUER: certificate.issuer.public_bytes(),
            Attribute.SERIAL_NUMBER: asn1_x509.Integer(certificate.serial_number).dump(),
            Attribute.VALUE: certificate.public_bytes(Encoding.DER),
        }
    )


def _everything(session: Any) -> list[Stored]:
    from pkcs11 import Attribute  # noqa: PLC0415 - as above

    found = []
    for held in list(token.private_keys(session)):
        identifier = bytes(held[Attribute.ID])
        certificate = max(token.certificates(session, id=identifier), key=token.rank, default=None)
        found.append(Stored(held[Attribute.LABEL], identifier, str(held.key_type.name), certificate))
    return found


def _algorithm(public: Any) -> str:
    return "RSA" if isinstance(public, rsa.RSAPublicKey) else "EC"
