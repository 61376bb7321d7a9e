"""The real processes of `make demo`, started once for all journeys of a worker, with data and ports of their own."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from portal import demo
from tests import peers
from tests.procedures import world

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "motcua-demo-1"
MOTHER = "001192000001"


@dataclass
class Site:
    """A running demo: where it answers, where it keeps its things."""

    home: Path
    port: int
    process: subprocess.Popen

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/song/", timeout=2) as answer:
                return answer.status == 200
        except OSError:
            return False


def demo_environment(home: Path, port: int) -> dict[str, str]:
    """What `make demo` gives its processes. The tests' own settings do not leak into it."""
    clean = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    with mock.patch.dict(os.environ, clean, clear=True):
        return demo.environment(demo.Demo(home, port))


def seeded(site: Site, number: str, *only: str) -> dict[str, Any]:
    """Somebody with papers and unfinished work, see `seed.py`."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.journeys.seed", number, *only],
        cwd=ROOT,
        env=demo_environment(site.home, site.port),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def start(home: Path, **more: str) -> Site:
    port = peers.free_ports()
    # The demo has an environment of its own; the tests' settings must not leak into it.
    clean = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    log = (home / "demo.out").open("w")
    process = subprocess.Popen(
        [sys.executable, "-m", "portal.demo"],
        cwd=ROOT,
        env=clean
        | {"DEMO_HOME": str(home / "demo"), "PORT": str(port), "SIGN_INS_PER_ADDRESS": "1000"}
        | more,
        stdout=log,
        stderr=log,
        start_new_session=True,
    )
    log.close()
    site = Site(home / "demo", port, process)
    deadline = time.monotonic() + 120
    while not site.answers():
        if process.poll() is not None or time.monotonic() > deadline:
            pytest.fail((home / "demo.out").read_text())
        time.sleep(0.2)
    return site


def stop(site: Site) -> None:
    site.process.send_signal(signal.SIGINT)
    site.process.wait(timeout=30)


@pytest.fixture(scope="session")
def site(tmp_path_factory, django_db_blocker):
    running = start(tmp_path_factory.mktemp("site"))
    yield running
    stop(running)
    assert not running.answers()


@pytest.fixture
def picture(tmp_path):
    path = tmp_path / "giay-chung-sinh.jpg"
    path.write_bytes(world.picture().read())
    return path
