"""What the authority answers, by certomancer: stamps, the status of certificates, the list of revoked ones."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from asn1crypto import algos, keys, ocsp, tsp, x509  # type: ignore[import-untyped]
from certomancer import services
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from portal.documents import authority

ECDSA = algos.SignedDigestAlgorithm({"algorithm": "sha256_ecdsa"})
# How long an answer may be used again, and a list.
ANSWER, LIST = timedelta(hours=1), timedelta(days=1)


class Authority(services.RevocationInfoInterface):
    """The root of `folder` and its two services, loaded when they are first asked. `clock` is None for the machine's
    own time; tests set it.
    """

    def __init__(self, folder: Path, passphrase: str) -> None:
        self.folder = folder
        self.passphrase = passphrase
        self.clock: datetime | None = None

    @cached_property
    def root(self) -> Any:
        return self._signer("ca.p12")[0]

    @cached_property
    def _root_key(self) -> Any:
        return self._signer("ca.p12")[1]

    @cached_property
    def _stamps(self) -> tuple[Any, Any]:
        return self._signer("services/tsa.p12")

    @cached_property
    def _answers(self) -> tuple[Any, Any]:
        return self._signer("services/ocsp.p12")

    def _signer(self, name: str) -> tuple[Any, Any]:
        """Certificate and key as certomancer has them."""
        certificate, key = authority.load(self.folder / name, self.passphrase)
        plain = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        return x509.Certificate.load(certificate.public_bytes(Encoding.DER)), keys.PrivateKeyInfo.load(plain)

    def stamp(self, question: bytes) -> bytes:
        certificate, key = self._stamps
        made = services.TimeStamper(certificate, key, ECDSA, fixed_dt=self._now())
        answer: bytes = made.request_tsa_response(tsp.TimeStampReq.load(question)).dump()
        return answer

    def status(self, question: bytes) -> bytes:
        certificate, key = self._answers
        made = services.SimpleOCSPResponder(certificate, key, ECDSA, self._now(), self, validity=ANSWER)
        answer: bytes = made.build_ocsp_response(ocsp.OCSPRequest.load(question)).dump()
        return answer

    def revoked(self) -> bytes:
        """The list, by the root itself."""
        now = self._now()
        made = services.CRLBuilder(self.root.subject, self._root_key, ECDSA, self.root.key_identifier_value)
        since = authority.revoked(self.folder)
        entries = [made.format_revoked_cert(serial, None, when) for serial, when in since.items()]
        built = made.build_crl(int(now.timestamp()), now, now + LIST, entries)
        listed: bytes = built.dump()
        return listed

    def _now(self) -> datetime:
        return (self.clock or datetime.now(UTC)).replace(microsecond=0)

    # What certomancer's responder asks.
    def get_issuer_cert(self) -> Any:
        return self.root

    def check_revocation_status(self, cid: Any, at_time: datetime) -> Any:
        since = authority.revoked(self.folder).get(cid["serial_number"].native)
        if since is None:
            return ocsp.CertStatus("good"), []
        return ocsp.CertStatus("revoked", ocsp.RevokedInfo({"revocation_time": since})), []
