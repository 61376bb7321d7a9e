"""The security store of a PDF (DSS): the certificates and revocation data that it holds, and whether that is all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .facts import Unreadable

# Far more than signers, authorities and renewals of a hundred years need.
MOST_OBJECTS = 500


@dataclass(frozen=True, slots=True)
class Evidence:
    """asn1crypto's objects, as they stand in the file: nothing is trusted for being here."""

    certificates: list[Any]
    ocsps: list[Any]
    crls: list[Any]

    def __bool__(self) -> bool:
        return bool(self.ocsps or self.crls)


def read(root: Any) -> Evidence:
    """The store of the revision whose catalogue is `root`; empty without one. Whatever is no evidence is left out."""
    found = Evidence([], [], [])
    for stream in streams(root):
        kind, value = _parsed(stream.data)
        if kind:
            getattr(found, kind).append(value)
    return found


def streams(root: Any) -> Iterator[Any]:
    """Every stream of the store, those that only a signature's own list (VRI) names included, each once."""
    if "/DSS" not in root:
        return
    seen: set[int] = set()
    store = root["/DSS"]
    for one in (store, *_entries(store)):
        for key in ("/Certs", "/Cert", "/OCSPs", "/OCSP", "/CRLs", "/CRL"):
            values = one[key] if key in one else []  # noqa: SIM401 - `get` does not resolve references
            for at in range(len(values)):
                stream = values[at]
                if id(stream) not in seen and hasattr(stream, "data"):
                    seen.add(id(stream))
                    if len(seen) > MOST_OBJECTS:
                        raise Unreadable("too much in the security store")
                    yield stream


def _entries(store: Any) -> list[Any]:
    entries = store["/VRI"] if "/VRI" in store else {}  # noqa: SIM401 - as above
    return [entries[key] for key in entries]


def genuine(root: Any, roots: list[Any]) -> bool:
    """Is everything in the store what it should be: certificates that lead to `roots`, answers and lists signed by
    one of those? What is signed by nobody whom we know could say anything.
    """
    known = [loaded(one.dump()) for one in roots]
    plain = list(streams(root))
    if any(set(one) - {"/Length", "/Filter", "/DecodeParms", "/Type"} for one in plain):
        return False
    waiting = [one.data for one in plain]
    if "/DSS" in root and any("/TS" in entry for entry in _entries(root["/DSS"])):
        return False
    while waiting:
        good = [content for content in waiting if _vouched(content, known)]
        if not good:
            return False
        known += [loaded(content) for content in good if _parsed(content)[0] == "certificates"]
        waiting = [content for content in waiting if content not in good]
    return True


def _vouched(content: bytes, known: list[Any]) -> bool:
    kind, _value = _parsed(content)
    match kind:
        case "certificates":
            return any(issued(loaded(content), one) for one in known)
        case "ocsps":
            return _answered(content, known)
        case "crls":
            return _listed(content, known)
    return False


def _parsed(content: bytes) -> tuple[str, Any]:
    """What the bytes are to the last one: (field of Evidence, value), or ("", None)."""
    from asn1crypto import crl, ocsp, x509  # type: ignore[import-untyped] # noqa: PLC0415 - heavy

    kinds = {"certificates": x509.Certificate, "ocsps": ocsp.OCSPResponse, "crls": crl.CertificateList}
    for kind, loader in kinds.items():
        try:
            value = loader.load(content, strict=True)
            _ = value.native
        except (ValueError, TypeError, KeyError):
            continue
        return kind, value
    return "", None


def loaded(content: bytes) -> Any:
    """A certificate as `issued` takes it, from DER."""
    from cryptography import x509  # noqa: PLC0415 - as above

    return x509.load_der_x509_certificate(content)


def issued(certificate: Any, issuer: Any) -> bool:
    """Whether the issuer's own key signed this certificate; not what it may be used for."""
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - as above

    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _answered(content: bytes, known: list[Any]) -> bool:
    """Signed by an issuer whom we know, or by whom that one delegated to answer."""
    from cryptography.x509 import ocsp  # noqa: PLC0415 - as above

    answer = ocsp.load_der_ocsp_response(content)
    if answer.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
        return False
    inside = [one for one in answer.certificates if any(issued(one, above) for above in known)]
    if len(inside) != len(answer.certificates):
        return False
    return any(_signed(answer, answer.tbs_response_bytes, one) for one in (*inside, *known))


def _listed(content: bytes, known: list[Any]) -> bool:
    from cryptography import x509  # noqa: PLC0415 - as above

    listed = x509.load_der_x509_crl(content)
    return any(_signed(listed, listed.tbs_certlist_bytes, one) for one in known)


def _signed(made: Any, content: bytes, certificate: Any) -> bool:
    """Does the key of the certificate stand behind the content?"""
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - as above
    from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa  # noqa: PLC0415

    key = certificate.public_key()
    try:
        if isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(made.signature, content, ec.ECDSA(made.signature_hash_algorithm))
        elif isinstance(key, rsa.RSAPublicKey):
            key.verify(made.signature, content, padding.PKCS1v15(), made.signature_hash_algorithm)
        else:
            return False
    except (InvalidSignature, ValueError, TypeError):
        return False
    return True
