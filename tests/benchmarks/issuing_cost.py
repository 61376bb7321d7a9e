"""What one result costs, beside a bare render and bare signatures (`python -m tests.benchmarks.issuing`).

Two limits are printed, for B-B and for B-LTA, each in the same run, result by result:
- bare: `bare.py`, WeasyPrint and pyHanko as their manuals use them, with everything kept that can be kept. This is
  the limit of which 85 % are wanted. It can lie above 100 %: the portal computes once what pyHanko computes anew for
  each signature (the room it takes, its attributes, the certificates' paths).
- the portal's own functions that draw and sign: what remains is queries, template, fields, history, messages. This is
  the stricter one, and tells what the portal adds to its own best.

Counted is the CPU of this process: neither PostgreSQL's nor the authority's.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.benchmarks.issuing import fork, in_child, prepared, work

WARM, COUNTED = 5, 30
TITLES = {
    "issued": "issued: queries, number, drawing, signatures, store",
    "bare": "bare: WeasyPrint and pyHanko alone",
    "inner": "the portal's own drawing and signing alone",
}


@contextmanager
def level(name: str) -> Iterator[None]:
    """Sign at this level; at B-LTA with the authority in a process of its own, whose CPU is not counted."""
    from django.conf import settings  # noqa: PLC0415

    settings.SIGNING_LEVEL = name
    if name == "B-B":
        yield
        return
    command = [sys.executable, "-m", "portal.documents.sandbox", "--with-parent"]
    command += ["--keys", str(settings.SIGNING_KEYS_DIR)]
    env = os.environ | {"SIGNING_KEYS_PASSPHRASE": settings.SIGNING_KEYS_PASSPHRASE}
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True) as authority:
        assert authority.stdout
        url = authority.stdout.readline().split()[-1]
        settings.TSA_URL, settings.REVOCATION_ADDRESSES = f"{url}/tsa", [f"{url}/"]
        in_child(_certify, url)
        yield
        authority.terminate()


def _certify(url: str) -> None:
    """New certificates for the keys: they say where to ask about them."""
    from django.conf import settings  # noqa: PLC0415

    from portal.accounts.models import Agency, User  # noqa: PLC0415
    from portal.documents import authority  # noqa: PLC0415

    wanted = {one.seal_key: one.name for one in Agency.objects.exclude(seal_key="")}
    wanted |= {one.signing_key: one.full_name for one in User.objects.exclude(signing_key="")}
    folder, passphrase = settings.SIGNING_KEYS_DIR, settings.SIGNING_KEYS_PASSPHRASE
    since = datetime.now(UTC) - timedelta(days=30)
    authority.ensure(wanted, folder=folder, passphrase=passphrase, at=since, services=url)


def measure() -> dict[str, Any]:
    """CPU seconds of each of COUNTED results: issued, then at once the same document by the bare libraries, and by
    the portal's own functions that draw and sign.
    """
    from django.db import connection  # noqa: PLC0415
    from django.test.utils import CaptureQueriesContext  # noqa: PLC0415
    from django.utils import timezone  # noqa: PLC0415

    from procedures.results import issuing  # noqa: PLC0415

    spent: dict[str, Any] = {"issued": [], "bare": [], "inner": []}
    for n, result_id in enumerate(issuing.waiting(at=timezone.now(), limit=WARM + COUNTED)):
        paper, *told = _issued(result_id), *_again(issuing._read(result_id))
        for name, seconds in zip(spent, (paper, *told), strict=True):
            spent[name] += [seconds] if n >= WARM else []
    with CaptureQueriesContext(connection) as queries:
        _issued(issuing.waiting(at=timezone.now(), limit=1)[0])
    return spent | {"queries": len(queries)}


def _issued(result_id: int) -> float:
    from django.utils import timezone  # noqa: PLC0415

    from procedures.results import issuing  # noqa: PLC0415

    begun = time.process_time()
    paper = issuing.work(result_id, at=timezone.now())
    spent = time.process_time() - begun
    assert paper, "not issued"
    return spent


def _again(result: Any) -> tuple[float, float]:
    """CPU seconds of the bare libraries, and of what draws and signs inside the portal."""
    from django.utils import timezone  # noqa: PLC0415

    from portal.documents import render  # noqa: PLC0415
    from procedures.results import issuing  # noqa: PLC0415
    from tests.benchmarks import bare  # noqa: PLC0415

    text, attachments = bare.page(result)
    with render._drawing():  # neither pays for the garbage collector
        now, begun = timezone.now(), time.process_time()
        bare.sign(bare.draw(text, attachments), result, at=now)
        middle = time.process_time()
    with render._drawing():
        drawn = render._draw(text, "", *_single(attachments))
    # The stamps must tell the time of the signature, which of this second copy is now.
    result.issued_at = now
    issuing.sign(drawn, result, now=now)
    return middle - begun, time.process_time() - middle


def _single(attachments: list[Any]) -> tuple[list[Any], Any]:
    return [each for each, _dated in attachments], attachments[0][1]


def throughput(workers: int) -> dict[str, float]:
    """Wall and CPU seconds of COUNTED results, issued by so many workers at once."""
    begun, before = time.monotonic(), os.times()
    for pid in [fork(lambda: work(COUNTED // workers)) for _n in range(workers)]:
        os.waitpid(pid, 0)
    after = os.times()
    spent = after.children_user + after.children_system - before.children_user - before.children_system
    return {"seconds": time.monotonic() - begun, "cpu": spent}


def bench() -> None:
    """Print what one result costs at each level, and how much of that the bare work is."""
    with prepared(2 * (WARM + 3 * COUNTED + 1)):
        for name in ("B-B", "B-LTA"):
            with level(name):
                told = in_child(measure)
                runs = {workers: throughput(workers) for workers in (1, 2)}
            _print(name, told, runs)


def _print(name: str, told: dict[str, Any], runs: dict[int, dict[str, float]]) -> None:
    ratios = [bare / issued for bare, issued in zip(told["bare"], told["issued"], strict=True)]
    inner = [inner / issued for inner, issued in zip(told["inner"], told["issued"], strict=True)]
    print(f"One result issued at {name} (birth certificate, two signatures), CPU ms, median of {COUNTED}:")
    for what, title in TITLES.items():
        print(f"  {title:<52} {statistics.median(told[what]) * 1000:6.1f}")
    print(f"  {told['queries']} queries; {name}: {statistics.median(ratios):.0%} of the limit, wanted 85 %")
    print(f"  (of the portal's own drawing and signing: {statistics.median(inner):.0%})")
    for workers, run in runs.items():
        each = run["cpu"] / COUNTED * 1000
        print(
            f"  {workers} worker(s): {COUNTED / run['seconds']:.1f} results a second, {each:.0f} ms CPU each"
        )
