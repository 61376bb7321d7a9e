"""A worker that is killed at any point leaves nothing behind that the next one does not set right."""

import os
import re
import signal
import subprocess
import sys
from urllib.parse import urlsplit

import pytest
from django.core.files.storage import default_storage
from django.db import connection
from django.utils import timezone

from portal.documents import store, verification
from portal.documents.models import Document, IssuedPaper
from portal.messages.models import Message
from procedures.dossiers.models import Dossier, Status
from procedures.results import issuing
from procedures.results.models import UNDER_WAY, NumberSeries, Result, ResultState
from tests import peers
from tests.procedures import world
from tests.procedures.results.dying import POINTS

BIRTH = "1.001193"
KEPT = ("sequence", "number", "check_code", "issued_at")


@pytest.fixture
def asked(transactional_db, monkeypatch):
    """One result for each point, asked for; no worker is told of them."""
    monkeypatch.setattr(issuing, "_ask_worker", lambda _id: None)
    office = world.office()
    world.keys(office)
    mother, version = world.mother(), world.publish(BIRTH)[BIRTH]
    made = [world.approve(world.file(mother, version, office.agency), office) for _point in POINTS]
    return {
        point: issuing.ask(dossier, **office.act("clerk", at=timezone.now()))
        for point, dossier in zip(POINTS, made, strict=True)
    }


def killed(point, result):
    """A worker of its own, with this test's database and folders; how it ended."""
    env = os.environ | {"DATABASE_URL": _database(), "DJANGO_SETTINGS_MODULE": "tests.settings"}
    command = [sys.executable, "-m", "tests.procedures.results.dying", point, str(result.pk)]
    return subprocess.run(command, cwd=peers.ROOT, env=env, capture_output=True, text=True, timeout=120)


def _database():
    name, url = str(connection.settings_dict["NAME"]), os.environ["DATABASE_URL"]
    return (
        f"sqlite:///{name}"
        if connection.vendor == "sqlite"
        else url.replace(urlsplit(url).path, f"/{name}", 1)
    )


def test_a_worker_killed_at_each_point_is_made_good(asked):
    begun = {}
    for point, result in asked.items():
        ended = killed(point, result)
        assert ended.returncode == -signal.SIGKILL, (point, ended.stderr[-2000:])
        begun[point] = Result.objects.values(*KEPT, "state").get(pk=result.pk)
    _only_what_was_committed(begun)

    later = timezone.now() + issuing.LEASE
    for result_id in issuing.waiting(at=later):
        issuing.work(result_id, at=later)

    numbers = list(Result.objects.filter(state=ResultState.ISSUED).values_list("sequence", flat=True))
    assert sorted(numbers) == list(range(1, len(POINTS) + 1))
    assert (NumberSeries.objects.get().last, NumberSeries.objects.get().spare) == (len(POINTS), [])
    for point, result in asked.items():
        before, after = begun[point], Result.objects.values(*KEPT).get(pk=result.pk)
        assert before["number"] == "" or {key: before[key] for key in KEPT} == after, point
    _each_issued_once()


def _only_what_was_committed(begun):
    """What a crash leaves: no number before its commit, the number after it, the paper after the last commit."""
    unnumbered = {"claimed", "number allotted, not committed"}
    assert {point for point, row in begun.items() if row["state"] == "asked"} == unnumbered
    assert {point for point, row in begun.items() if row["state"] == "issued"} == {"committed"}
    assert IssuedPaper.objects.count() == Document.objects.filter(kind="result").count() == 1


def _each_issued_once():
    assert not Result.objects.filter(state__in=UNDER_WAY).exists()
    assert Dossier.objects.filter(status=Status.RETURNED).count() == len(POINTS)
    assert Message.objects.filter(key__contains=":issue:").count() == len(POINTS)
    assert all(verification.check_bytes(store.read(p.document)).holds for p in IssuedPaper.objects.all())
    # Stored, registered, moved, all but committed: four files whose transaction never was.
    assert store.purge_strays(timezone.now().date()) == 4
    known = set(Document.objects.values_list("storage_key", flat=True))
    folder = f"{timezone.now():%Y/%m/%d}"
    assert {f"{folder}/{name}" for name in default_storage.listdir(folder)[1]} <= known


def test_results_issued_by_two_workers_that_are_killed_at_random(db):
    """150 of the ten thousand that `python -m tests.benchmarks.issuing 10000` issues."""
    if connection.vendor != "postgresql":
        pytest.skip("no PostgreSQL on this machine")
    server = re.sub(r"^(\w+://[^/]*)/[^?]*", r"\1/postgres", os.environ["DATABASE_URL"])
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.issuing", "150"],
        cwd=peers.ROOT,
        env=os.environ | {"BENCH_SERVER": server},
        capture_output=True,
        text=True,
    )

    assert done.returncode == 0, done.stdout + done.stderr[-3000:]
    killed_times = re.search(r"(\d+) times one was killed", done.stdout)
    assert int(killed_times[1]) > 1
