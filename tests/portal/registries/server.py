"""The register server as the tests hold it: a real process, and the means to make trouble."""

from __future__ import annotations

import os
import subprocess
import sys

import requests

from tests import peers

KEY = "motcua:tests-only"


class Registers:
    """One running server. `stop` ends it, `start` brings it back on the same port."""

    def __init__(self) -> None:
        self.port = 0
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "portal.registries.sandbox", "--port", str(self.port), "--with-parent"],
            cwd=peers.ROOT,
            env=os.environ | {"REGISTRIES_KEY": KEY},
            stdout=subprocess.PIPE,
            text=True,
        )
        self.base = self.process.stdout.readline().removeprefix("listening on ").strip()
        self.port = int(self.base.rsplit(":", 1)[1])

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=10)
        self.process.stdout.close()

    def control(self, name: str, **body: object) -> dict:
        headers = {"Authorization": f"Bearer {KEY}"}
        answer = requests.post(f"{self.base}/_control/{name}", json=body, headers=headers, timeout=10)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def fault(self, kind: str, *, registry: str = "population", times: int = -1, seconds: float = 0.0):
        self.control("faults", registry=registry, kind=kind, times=times, seconds=seconds)

    def well(self) -> None:
        self.control("faults")

    def put(self, registry: str, personal_id: str, record: dict | None) -> None:
        self.control("people", registry=registry, personal_id=personal_id, record=record)

    def asked(self) -> list[dict]:
        """The questions that reached it since the last `calm`: path and body."""
        return self.control("asked")["asked"]
