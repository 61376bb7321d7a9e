"""A provider of remote signatures for the tests: a real HTTP server on loopback that keeps keys and asks telephones.

It speaks what `portal.documents.keys.provider` describes. The test is the owner's thumb (`confirm`, `refuse`) and
the trouble on the way (`fault`).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
import json
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.serialization import Encoding, pkcs12
from django.conf import settings

from portal.documents import authority
from portal.documents.keys import provider

CLIENT, CALL_SECRET, NAME = "motcua:very-secret", "call-secret", "Ký số Thử"


@dataclass
class Question:
    """One question to one owner, and how often its data has signed."""

    handle: str
    credential: str
    description: str
    reference: str
    left: int
    state: str = "pending"
    token: str = ""
    until: float = 0.0
    signed: dict[str, str] = field(default_factory=dict)


class Signer:
    """The server, its keys, its questions, and everything that it was asked (path, body)."""

    def __init__(self, folder) -> None:
        self.folder, self.questions, self.asked = folder, {}, []
        self.faults: dict[str, list] = {}
        self.keys, self.serial, self.tokens = {}, itertools.count(1), set()
        self.lifetime, self.good_for = 300, 600  # seconds: to answer, and of the activation data
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self.server.server_port}/csc/v2"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    # ── What the test does ──
    def enrol(self, credential: str, name: str) -> str:
        """A key for somebody, certified by the authority of the site's own keys; its key id."""
        at = datetime.now(UTC) - timedelta(days=400)
        authority.ensure(
            {credential: name}, folder=self.folder, passphrase=settings.SIGNING_KEYS_PASSPHRASE, at=at
        )
        held = pkcs12.load_pkcs12(
            (self.folder / f"{credential}.p12").read_bytes(), settings.SIGNING_KEYS_PASSPHRASE.encode()
        )
        above = [each.certificate for each in held.additional_certs]
        self.keys[credential] = (held.key, [held.cert.certificate, *above])
        return f"remote:{credential}"

    @property
    def last(self) -> Question:
        return list(self.questions.values())[-1]

    def confirm(self, question: Question | None = None) -> Question:
        question = question or self.last
        question.state, question.token = "confirmed", f"SAD-{next(self.serial)}-secret"
        question.until = time.time() + self.good_for
        return question

    def refuse(self) -> None:
        self.last.state = "refused"

    def expire(self) -> None:
        self.last.state = "expired"

    def fault(self, path: str, kind: str, times: int = 1) -> None:
        """`down` (503), `lost` (done, but the answer is lost), `rubbish`, `wrong` (a signature of another key)."""
        self.faults[path] = [kind] * times

    def times(self, path: str) -> int:
        return sum(asked == path for asked, _body in self.asked)

    def call(self, handle: str, *, at: float | None = None, secret: str = CALL_SECRET) -> dict:
        """The provider's call, ready for Django's client: body and headers."""
        body, moment = json.dumps({"handle": handle}), str(int(at or time.time()))
        mac = hmac.new(secret.encode(), f"{moment}.{body}".encode(), hashlib.sha256).hexdigest()
        return {
            "data": body,
            "content_type": "application/json",
            "headers": {"X-Signature": f"t={moment},v1={mac}"},
        }

    # ── What the site asks ──
    def answer(self, path: str, headers, body: bytes) -> tuple[int, dict]:
        if path == "oauth2/token":
            wanted = "Basic " + base64.b64encode(CLIENT.encode()).decode()
            if headers["Authorization"] != wanted:
                return 401, {"error": "invalid_client"}
            self.tokens.add(token := f"access-{next(self.serial)}")
            return 200, {"access_token": token, "expires_in": 3600}
        if headers["Authorization"].removeprefix("Bearer ") not in self.tokens:
            return 401, {"error": "invalid_token"}
        return getattr(self, "_" + path.replace("/", "_"))(json.loads(body))

    def _credentials_info(self, told):
        if told["credentialID"] not in self.keys:
            return 400, {"error": "invalid_request"}
        ders = [one.public_bytes(Encoding.DER) for one in self.keys[told["credentialID"]][1]]
        chain = [base64.b64encode(der).decode() for der in ders]
        return 200, {"key": {"status": "enabled"}, "cert": {"certificates": chain}}

    def _credentials_authorize(self, told):
        known = [q for q in self.questions.values() if q.reference == told["clientData"]]
        if not known:
            handle = f"handle-{next(self.serial)}"
            known = [
                Question(
                    handle,
                    told["credentialID"],
                    told["description"],
                    told["clientData"],
                    told["numSignatures"],
                )
            ]
            self.questions[handle] = known[0]
        return 200, {"handle": known[0].handle, "expiresIn": self.lifetime}

    def _credentials_authorizeCheck(self, told):
        question = self.questions[told["handle"]]
        if question.state == "confirmed" and time.time() >= question.until:
            question.state = "expired"
        if question.state == "confirmed" and not question.left:
            question.state = "spent"
        confirmed = {"SAD": question.token, "expiresIn": int(question.until - time.time())}
        return 200, {"state": question.state} | (confirmed if question.state == "confirmed" else {})

    def _credentials_cancel(self, told):
        self.questions[told["handle"]].state = "cancelled"
        return 200, {}

    def _signatures_signHash(self, told):
        question = next((q for q in self.questions.values() if q.token and q.token == told["SAD"]), None)
        if question is None or question.state != "confirmed" or question.credential != told["credentialID"]:
            return 400, {"error": "invalid_sad"}
        if told["clientData"] not in question.signed:
            if not question.left:
                return 400, {"error": "sad_used_up"}
            question.left -= 1
            digest = base64.b64decode(told["hashes"][0])
            key = self.keys[question.credential][0]
            if self._take("signatures/signHash:wrong"):
                key = ec.generate_private_key(ec.SECP256R1())
            signature = key.sign(digest, ec.ECDSA(utils.Prehashed(hashes.SHA256())))
            question.signed[told["clientData"]] = base64.b64encode(signature).decode()
        return 200, {"signatures": [question.signed[told["clientData"]]]}

    def _take(self, path: str) -> str:
        waiting = self.faults.get(path)
        return waiting.pop() if waiting else ""


def _handler(signer: Signer):
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            path = urlsplit(self.path).path.removeprefix("/csc/v2/")
            body = self.rfile.read(int(self.headers["Content-Length"]))
            signer.asked.append((path, body.decode()))
            kind = signer._take(path)
            status, told = (503, {}) if kind == "down" else signer.answer(path, self.headers, body)
            if kind == "lost":
                return  # the connection closes without a word
            content = b"<html>" if kind == "rubbish" else json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_args):
            pass

    return Handler


@pytest.fixture
def signer(settings):
    """The site knows this provider."""
    made = Signer(settings.SIGNING_KEYS_DIR)
    provider._access.clear()
    settings.REMOTE_SIGNING_URL = made.url
    settings.REMOTE_SIGNING_NAME = NAME
    settings.REMOTE_SIGNING_KEY = CLIENT
    settings.REMOTE_SIGNING_CALLBACK_SECRET = CALL_SECRET
    yield made
    made.close()
