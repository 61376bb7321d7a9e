"""What issuing a result costs, and what is left when its workers are killed.

    python -m tests.benchmarks.issuing           CPU and results a second, beside a bare render and bare signatures
    python -m tests.benchmarks.issuing 10000     so many results by two workers that are killed at random; then
                                                 every number, file and hash is counted

On a PostgreSQL database of its own. A worker is a fork of this process, which has loaded the libraries and holds no
connection; it is killed with SIGKILL, wherever it is. SIGINT ends the great run early; what was issued is counted.
"""

from __future__ import annotations

import ctypes
import json
import os
import random
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import psutil

from tests.benchmarks.filing import database

BIRTH = "1.001193"
LIFE = (0.5, 12.0)  # CPU seconds that a worker may live until it is killed: a busy machine changes nothing
TELL = 60.0  # seconds between two words of how far it is
LEASE = timedelta(seconds=6)  # shorter than is wise, so that two workers now and then meet at one result


# ── Processes ─────────────────────────────────────────────────────────────────────────────────────
def fork(do: Callable[[], Any]) -> int:
    """Run `do` in a child; its id."""
    pid = os.fork()
    if pid == 0:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # its parent decides
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG: no worker outlives an interrupted run
        try:
            do()
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    return pid


def in_child(do: Callable[..., Any], *arguments: Any) -> Any:
    """What `do` returns, by way of JSON, from a child: this process never opens a connection."""
    ours, theirs = os.pipe()

    def tell() -> None:
        with os.fdopen(theirs, "w") as out:
            json.dump(do(*arguments), out)

    pid = fork(tell)
    os.close(theirs)
    with os.fdopen(ours) as read:
        said = read.read()
    if os.waitpid(pid, 0)[1]:
        raise RuntimeError(f"{do.__name__} failed")
    return json.loads(said)


@contextmanager
def prepared(results: int) -> Iterator[None]:
    """A database with so many results that a clerk has asked for, and the libraries loaded."""
    with tempfile.TemporaryDirectory() as home, database() as url:
        os.environ |= {
            "PYTEST_VERSION": "bench",  # folders of our own, see peers.home
            "TEST_HOME": home,
            "DATABASE_URL": url,
            "DJANGO_SETTINGS_MODULE": "tests.settings",
        }
        os.environ.pop("PYTEST_XDIST_WORKER", None)
        import django  # noqa: PLC0415 - only now the environment is told

        django.setup()
        _queue_without_workers()
        in_child(seed, results)
        warm_up()
        yield


def _queue_without_workers() -> None:
    """Messages are put into a queue in memory, as into a real one; nobody delivers them here."""
    from celery import current_app  # noqa: PLC0415

    current_app.conf.task_always_eager = False


def warm_up() -> None:
    import pyhanko.sign.signers.pdf_signer  # noqa: F401, PLC0415

    from portal.documents import render  # noqa: PLC0415

    render.warm_up()


def seed(number: int) -> None:
    """One birth goes its way up to the clerk; the others are copies of its rows, each with another child's name."""
    from django.core.management import call_command  # noqa: PLC0415
    from django.utils import timezone  # noqa: PLC0415

    from portal.documents import canonical  # noqa: PLC0415
    from procedures.dossiers.models import Dossier  # noqa: PLC0415
    from procedures.results.models import Result, ResultState  # noqa: PLC0415
    from tests.procedures import world  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    office = world.office()
    world.keys(office)
    first = world.approve(world.file(world.mother(), world.publish(BIRTH)[BIRTH], office.agency), office)
    told, now = Result.objects.get(), timezone.now()
    copies = [_copy(first, code=f"{first.code}-{n}") for n in range(number)]
    Dossier.objects.bulk_create(copies, batch_size=500)
    asked = {
        "state": ResultState.ASKED,
        "issued_by": office.staff["clerk"],
        "asked_at": now,
        "next_attempt_at": now,
    }
    results = []
    for n, dossier in enumerate(copies):
        claims = told.claims | {"child": told.claims["child"] | {"full_name": f"Trần Thị Mẫu {n}"}}
        kept = asked | {"claims": claims, "claims_sha256": canonical.sha256(claims), "dossier": dossier}
        results.append(_copy(told, **kept))
    Result.objects.bulk_create(results, batch_size=500)


def _copy(row: Any, **changes: Any) -> Any:
    own = {f.attname: getattr(row, f.attname) for f in row._meta.concrete_fields if not f.primary_key}
    for name in changes:
        own.pop(f"{name}_id", None)
    return type(row)(**own | changes)


# ── Killed at random ──────────────────────────────────────────────────────────────────────────────
def work(most: int = sys.maxsize, *, begun: bool = False) -> None:
    """One worker: what the sweep does, until nothing is under way any more, or `most` are issued.

    `begun`: only what has its number already.
    """
    from django.utils import timezone  # noqa: PLC0415

    from procedures.results import issuing  # noqa: PLC0415
    from procedures.results.models import UNDER_WAY, Result, ResultState  # noqa: PLC0415

    rows = Result.objects.filter(state__in=[ResultState.NUMBERED] if begun else UNDER_WAY)
    while most > 0 and rows.exists():
        found = list(rows.due(timezone.now()).order_by("next_attempt_at").values_list("pk", flat=True)[:50])
        random.shuffle(found)
        for result_id in found[:most]:
            most -= bool(issuing.work(result_id, at=timezone.now()))
        if not found:
            time.sleep(0.2)


def survive(number: int) -> bool:
    """Issue `number` results by two workers, one of which is killed again and again; then count everything.

    SIGINT ends it earlier: both are killed, what has its number is issued, and that much is counted.
    """
    asked: list[bool] = []
    signal.signal(signal.SIGINT, lambda *_: asked.append(True))
    with prepared(number):
        from procedures.results import issuing  # noqa: PLC0415

        issuing.LEASE, begun = LEASE, time.monotonic()
        killed = _killed_at_random(asked)
        if asked:
            os.waitpid(fork(lambda: work(begun=True)), 0)
        seconds, issued = time.monotonic() - begun, in_child(how_many) if asked else number
        print(f"{issued} results by two workers, {killed} times one was killed, {seconds:.0f} s:")
        return report(in_child(count, issued))


def _killed_at_random(asked: list[bool]) -> int:
    """Two workers until all is done, or somebody has `asked` to stop; how often one was killed."""
    killed, told = 0, time.monotonic()
    workers = {fork(work): random.uniform(*LIFE) for _n in range(2)}
    while workers:
        time.sleep(0.05)
        for pid, life in list(workers.items()):
            if os.waitpid(pid, os.WNOHANG)[0]:
                del workers[pid]
            elif asked or sum(psutil.Process(pid).cpu_times()[:2]) > life:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
                del workers[pid]
                killed += 1
                if not asked:
                    workers[fork(work)] = random.uniform(*LIFE)
        if time.monotonic() - told > TELL:
            told = time.monotonic()
            print(f"  {in_child(how_many)} issued, {killed} times one was killed", flush=True)
    return killed


def how_many() -> int:
    from procedures.results.models import Result, ResultState  # noqa: PLC0415

    return Result.objects.filter(state=ResultState.ISSUED).count()


def count(number: int) -> dict[str, Any]:
    """What there is: name → (found, wanted)."""
    from django.core.files.storage import default_storage  # noqa: PLC0415
    from django.utils import timezone  # noqa: PLC0415

    from portal.documents import store, verification  # noqa: PLC0415
    from portal.documents.models import Document, IssuedPaper  # noqa: PLC0415
    from portal.messages.models import Message  # noqa: PLC0415
    from procedures.dossiers.models import Event, Status  # noqa: PLC0415
    from procedures.results.models import NumberSeries, Result  # noqa: PLC0415

    series = NumberSeries.objects.get()
    issued = Result.objects.filter(state="issued").select_related("paper")
    documents = list(Document.objects.filter(kind="result"))
    whole = [document for document in documents if len(store.read(document)) == document.size]
    told = Counter(Event.objects.filter(action="issue").values_list("dossier_id", flat=True))
    strays = store.purge_strays(timezone.now().date())
    sample = random.sample(list(IssuedPaper.objects.select_related("document")), min(25, number))
    return {
        "issued": (issued.count(), number),
        "last number of the series": (series.last, number),
        "numbers left unused": (len(series.spare), 0),
        "different numbers from 1 on": (
            len({r.sequence for r in issued} & set(range(1, number + 1))),
            number,
        ),
        "papers of the register with the number of their result": (
            sum(r.paper.number == r.number and r.paper.check_code == r.check_code for r in issued),
            number,
        ),
        "documents, each whole by its SHA-256": (len(whole), number),
        "dossiers returned": (
            Status.RETURNED and issued.filter(dossier__status=Status.RETURNED).count(),
            number,
        ),
        "lines of history": (sum(told.values()), number),
        "messages to the applicant": (Message.objects.filter(key__contains=":issue:").count(), number),
        "of 25 papers verified by their signatures": (
            sum(verification.check_bytes(store.read(paper.document)).holds for paper in sample),
            len(sample),
        ),
        "files without a row, after the nightly sweep": (
            sum(not Document.objects.filter(storage_key=key).exists() for key in _files(default_storage)),
            0,
        ),
        "(files of killed workers that the sweep removed)": (strays, strays),
    }


def _files(storage: Any, folder: str = "") -> Iterator[str]:
    folders, names = storage.listdir(folder)
    yield from (f"{folder}/{name}".lstrip("/") for name in names)
    for below in folders:
        yield from _files(storage, f"{folder}/{below}".lstrip("/"))


def report(found: dict[str, Any]) -> bool:
    for name, (is_, wanted) in found.items():
        print(f"  {'  ' if is_ == wanted else '✗ '}{name}: {is_}{'' if is_ == wanted else f', not {wanted}'}")
    return all(is_ == wanted for is_, wanted in found.values())


if __name__ == "__main__":
    if len(sys.argv) > 1:
        sys.exit(0 if survive(int(sys.argv[1])) else 1)
    from tests.benchmarks import issuing_cost

    issuing_cost.bench()
