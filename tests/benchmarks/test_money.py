"""`make bench`: money under faults, and webhooks in a burst. Prints figures; judges only whether the money is right."""

import os
import re
import shutil
import subprocess
import sys

import pytest

from tests import peers


def run(module: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    server = peers.database_url()
    if not server.startswith("postgresql"):
        pytest.skip("no PostgreSQL on this machine")
    if not shutil.which("redis-server"):
        pytest.skip("no redis-server on this machine")
    env = os.environ | {"BENCH_SERVER": re.sub(r"^(\w+://[^/]*)/[^?]*", r"\1/postgres", server)}
    command = [sys.executable, "-m", f"tests.benchmarks.{module}", *arguments]
    done = subprocess.run(command, env=env, text=True, capture_output=True)
    print(done.stdout)
    return done


# Not in the everyday run: starting the real processes alone takes most of a minute on two busy cores.
@pytest.mark.bench
def test_no_fault_loses_or_doubles_money():
    done = run("payment_faults", "200")

    assert done.returncode == 0, done.stderr
    assert "none lost, none doubled" in done.stdout


@pytest.mark.bench
def test_a_thousand_webhooks_at_once():
    done = run("webhooks", "1000")

    assert done.returncode == 0, done.stderr
    assert "unpaid 0, unprocessed 0" in done.stdout
