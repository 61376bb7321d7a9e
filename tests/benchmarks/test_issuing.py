"""`make bench`: what issuing a result costs beside the bare work. Busy machines blur it: the bound is loose."""

import os
import re
import subprocess
import sys

import pytest

from tests import peers


@pytest.mark.bench
def test_issuing_costs_little_more_than_drawing_and_signing():
    server = peers.database_url()
    if not server.startswith("postgresql"):
        pytest.skip("no PostgreSQL on this machine")
    env = os.environ | {"BENCH_SERVER": re.sub(r"^(\w+://[^/]*)/[^?]*", r"\1/postgres", server)}
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.issuing"], env=env, text=True, capture_output=True
    )

    print(done.stdout)

    assert done.returncode == 0, done.stderr
    assert "B-LTA" in done.stdout
    assert all(int(ratio) >= 85 for ratio in re.findall(r"(\d+)% of the limit", done.stdout))
    # Measured 74 and 82 on a busy machine.
    assert all(int(ratio) >= 65 for ratio in re.findall(r"signing: (\d+)%", done.stdout))
