"""The authority of signatures beside the portal: time stamps, OCSP and a CRL over real HTTP, from certomancer."""

import threading
from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.utils import timezone

from portal.documents import authority, evidence
from portal.documents.sandbox.server import Config, Server
from tests import peers

PASSPHRASE = "tests"


@dataclass
class Authorities:
    """One certificate authority with its services. It runs in this process, so `time_machine` moves its clock too."""

    folder: object
    server: Server

    @property
    def base(self):
        return self.server.url

    def set_clock(self, at):
        """From now on it is `at` for the authority, whatever the time is; None: the time that it is."""
        self.server.authority.clock = at
        evidence.forget()

    def ensure(self, keys, *, at=None):
        """Keys (id → name) whose certificates say where to ask about them; a month old, for tests in the past."""
        at = at or timezone.now() - timedelta(days=30)
        return authority.ensure(
            keys, folder=self.folder, passphrase=PASSPHRASE, at=at, services=self.server.url
        )

    def revoke(self, key_id, *, at=None):
        authority.revoke(key_id, folder=self.folder, passphrase=PASSPHRASE, at=at or timezone.now())
        evidence.forget()

    def settings(self, **others):
        """The settings of a site that signs at production's level with this authority."""
        return {
            "SIGNING_KEYS_DIR": self.folder,
            "SIGNING_KEYS_PASSPHRASE": PASSPHRASE,
            "SIGNING_TRUST_ROOTS": self.folder / "roots.pem",
            "SIGNING_LEVEL": "B-LTA",
            "TSA_URL": f"{self.base}/tsa",
            "REVOCATION_ADDRESSES": [f"{self.base}/"],
        } | others


def started(folder):
    """An authority of its own in `folder`, answering. `server.shutdown()` ends it."""
    server = Server(Config(folder, PASSPHRASE))
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    running = Authorities(folder, server)
    running.ensure({})
    peers.took_part("certomancer (TSA, OCSP and CRL over HTTP)")
    return running


@pytest.fixture(scope="session")
def authorities_process(tmp_path_factory):
    running = started(tmp_path_factory.mktemp("authorities"))
    yield running
    running.server.shutdown()
    running.server.server_close()


@pytest.fixture
def authorities(authorities_process, settings):
    """Sign at production's level: `authorities.ensure({key id: name})` makes the keys that a test needs."""
    authorities_process.set_clock(None)
    for name, value in authorities_process.settings().items():
        setattr(settings, name, value)
    yield authorities_process
    authorities_process.set_clock(None)
