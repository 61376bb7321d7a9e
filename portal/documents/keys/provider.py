"""The wire to a provider of remote signatures: the words of the Cloud Signature Consortium's API v2, asked by POST.

    oauth2/token                grant_type=client_credentials, HTTP Basic → {"access_token", "expires_in"}
    credentials/info            {"credentialID", "certificates": "chain"}
        → {"key": {"status": "enabled"}, "cert": {"certificates": [base64 of DER, the key's own first]}}
    credentials/authorize       {"credentialID", "numSignatures", "description", "clientData"} → {"handle", "expiresIn"}
        The owner is asked on the telephone, shown `description`; expiresIn (seconds) is how long. The same
        clientData is the same question: it gets the same handle, and the owner is not asked twice.
    credentials/authorizeCheck  {"handle"} → {"state"}: "pending", "refused", "expired", "spent", or "confirmed"
        with {"SAD", "expiresIn"}: the signature activation data, good for numSignatures signatures
    credentials/cancel          {"handle"} → {}
    signatures/signHash         {"credentialID", "SAD", "hashes": [base64], "hashAlgorithmOID", "signAlgo",
        "clientData"}
        → {"signatures": [base64]}. The same clientData gets the same signature and counts once, so that a lost
        answer can be asked for again.

Anything but 200 carries {"error": code}. Once the owner has answered, the provider may POST to this site
(`documents:authorised`) {"handle"}, signed as `authorisations.heard` reads it: nothing in it is believed, it only
makes the site ask. What the consent is for is fixed by number and description, not by hashes: number and date are
given when the clerk issues, after the leader's approval.
"""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import urllib3
from django.conf import settings

CONNECT, READ = 3.0, 10.0  # seconds
LARGEST = 256 * 1024  # bytes of an answer
SHA256_OID = "2.16.840.1.101.3.4.2.1"
STATES = ("pending", "confirmed", "refused", "expired", "spent")


class ProviderDown(Exception):
    """No answer that can be used; asking again later may help. The text holds nothing secret."""


class ProviderRefused(Exception):
    """The provider answers, and says no: `code` is its own word for why."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(f"the provider refuses: {code}")


@dataclass(frozen=True, slots=True)
class Asked:
    """The provider's name for a question to the owner, and the seconds that the owner has."""

    handle: str
    seconds: int


@dataclass(frozen=True, slots=True)
class Answer:
    """One of STATES; with "confirmed" the activation data and the seconds that it is good for."""

    state: str
    token: str = ""
    seconds: int = 0


def certificates(credential: str) -> list[bytes]:
    """The credential's certificate and those above it, DER. Raises ProviderDown, ProviderRefused."""
    told = _ask("credentials/info", {"credentialID": credential, "certificates": "chain"})
    with _Reading():
        if told["key"]["status"] != "enabled":
            raise ProviderRefused("key_disabled")
        return [base64.b64decode(one, validate=True) for one in told["cert"]["certificates"]]


def authorize(credential: str, *, signatures: int, description: str, reference: str) -> Asked:
    """Have the owner asked. Raises ProviderDown, ProviderRefused."""
    question = {
        "credentialID": credential,
        "numSignatures": signatures,
        "description": description,
        "clientData": reference,
    }
    told = _ask("credentials/authorize", question)
    with _Reading():
        return Asked(_text(told["handle"]), int(told["expiresIn"]))


def check(handle: str) -> Answer:
    """What the owner has answered. Raises ProviderDown, ProviderRefused."""
    told = _ask("credentials/authorizeCheck", {"handle": handle})
    with _Reading():
        if told["state"] not in STATES:
            raise ValueError
        if told["state"] != "confirmed":
            return Answer(told["state"])
        return Answer("confirmed", _text(told["SAD"]), int(told["expiresIn"]))


def cancel(handle: str) -> None:
    """Take the question back. Raises ProviderDown, ProviderRefused."""
    _ask("credentials/cancel", {"handle": handle})


def sign(credential: str, *, token: str, digest: bytes, algorithm: str, reference: str) -> bytes:
    """The signature over a SHA-256 digest. Asked once more when the answer was lost.

    Raises ProviderDown, ProviderRefused.
    """
    question = {
        "credentialID": credential,
        "SAD": token,
        "hashes": [base64.b64encode(digest).decode()],
        "hashAlgorithmOID": SHA256_OID,
        "signAlgo": algorithm,
        "clientData": reference,
    }
    try:
        told = _ask("signatures/signHash", question)
    except ProviderDown:
        told = _ask("signatures/signHash", question)
    with _Reading():
        [signature] = told["signatures"]
        return base64.b64decode(signature, validate=True)


# ── The wire ──────────────────────────────────────────────────────────────────────────────────────
class _Reading:
    """An answer that is not as it should be is none."""

    def __enter__(self) -> None: ...

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        if isinstance(error, KeyError | TypeError | ValueError):
            raise ProviderDown("an answer that cannot be read") from None


def _text(value: Any) -> str:
    if not isinstance(value, str) or not 1 <= len(value) <= 4000:
        raise ValueError
    return value


_access: dict[str, tuple[float, str]] = {}  # of this process: address and client → until when, token
_access_lock = threading.Lock()


def _ask(path: str, question: Mapping[str, Any]) -> Any:
    """One question with our access token, with a new one should the provider have forgotten it."""
    for is_last in (False, True):
        headers = {
            "Authorization": f"Bearer {_access_token(anew=is_last)}",
            "Content-Type": "application/json",
        }
        status, told = _post(path, json.dumps(question).encode(), headers)
        if status != 401 or is_last:
            return _accepted(status, told)
    raise AssertionError  # the loop ends by itself


def _access_token(*, anew: bool) -> str:
    name = f"{settings.REMOTE_SIGNING_URL} {settings.REMOTE_SIGNING_KEY}"
    with _access_lock:
        until, known = _access.get(name, (0.0, ""))
        if anew or time.monotonic() > until:
            headers = urllib3.make_headers(basic_auth=settings.REMOTE_SIGNING_KEY)
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            told = _accepted(*_post("oauth2/token", b"grant_type=client_credentials", dict(headers)))
            with _Reading():
                known = _text(told["access_token"])
                _access[name] = (time.monotonic() + int(told["expires_in"]) - CONNECT - READ, known)
        return known


def _accepted(status: int, told: Any) -> Any:
    if status == 200 and isinstance(told, dict):
        return told
    if 400 <= status < 500 and status != 429:
        code = told.get("error") if isinstance(told, dict) else None
        raise ProviderRefused(str(code or status)[:60])
    raise ProviderDown(f"status {status}")


def _post(path: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, Any]:
    """Status and JSON (None when it is none). Follows nothing, tries nothing again. Raises ProviderDown."""
    if not settings.REMOTE_SIGNING_URL:
        raise ProviderDown("no provider is set")
    try:
        with urllib3.PoolManager() as pool:
            response = pool.request(
                "POST",
                f"{settings.REMOTE_SIGNING_URL}/{path}",
                body=body,
                headers=headers,
                timeout=urllib3.Timeout(connect=CONNECT, read=READ),
                retries=False,
                redirect=False,
                preload_content=False,
            )
            content = response.read(LARGEST)
            response.close()
    except (urllib3.exceptions.HTTPError, OSError) as error:
        raise ProviderDown(type(error).__name__) from None
    try:
        return response.status, json.loads(content)
    except ValueError:
        return response.status, None
