"""What one webhook costs until its dossier is settled, and what a burst of them does to the queue.

    python -m tests.benchmarks.webhooks [EVENTS]

The real web process, a prefork worker, beat, Redis, PostgreSQL and the payment server. First single webhooks, each
from its first byte to the settled dossier; then all the others (1,000) at once by eight connections.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import requests

from payments.sandbox.post import signature
from tests.benchmarks import filing, money
from tests.benchmarks.money import Site

SINGLE = 20  # webhooks that come alone
CONNECTIONS = 8  # of the burst
LONGEST = 600.0  # seconds for the whole burst
PROCESSES = ("web", "worker")


def paid_sessions(site: Site, dossiers: list[Any]) -> dict[str, Any]:
    """A session for every dossier, paid at the bank, its webhook kept back; by session id."""
    from django.utils import timezone  # noqa: PLC0415

    from payments import ledger  # noqa: PLC0415
    from procedures.dossiers import dossiers as verbs  # noqa: PLC0415

    site.control("webhooks", url="", hold=True)
    sessions = {}
    for dossier in dossiers:
        charge = ledger.charges(verbs.reference(dossier)).get()
        payment = ledger.start(charge, provider="stripe", by=charge.payer, at=timezone.now())
        site.control("act", session=payment.provider_id, what="pay")
        sessions[payment.provider_id] = dossier
    return sessions


def completed(site: Site) -> list[dict[str, Any]]:
    """The events that the webhooks carry."""
    return [each for each in site.at_the_bank("events") if each["type"] == "checkout.session.completed"]


def bell(site: Site) -> Callable[[dict[str, Any]], int]:
    """Post an event as the provider does; the answer's status."""

    def ring(event: dict[str, Any]) -> int:
        body = json.dumps(event).encode()
        headers = {
            "Stripe-Signature": signature(body, site.secret, int(time.time())),
            "Content-Type": "application/json; charset=utf-8",
        }
        url = f"{site.demo.site}/thanh-toan/stripe/webhook/"
        return requests.post(url, body, headers=headers, timeout=60).status_code

    return ring


def settled() -> int:
    from procedures.dossiers.models import Dossier  # noqa: PLC0415

    return Dossier.objects.filter(fee_settled_at__isnull=False).count()


def alone(site: Site, events: list[dict[str, Any]]) -> list[float]:
    """Seconds from the first byte to the settled dossier, one after the other."""
    ring, times = bell(site), []
    for event in events:
        before, begun = settled(), time.monotonic()
        ring(event)
        while settled() == before:
            if time.monotonic() - begun > LONGEST:
                raise RuntimeError("a webhook alone did not settle")
            time.sleep(0.002)
        times.append(time.monotonic() - begun)
    return sorted(times)


def burst(site: Site, events: list[dict[str, Any]]) -> tuple[float, float, bool]:
    """All at once. Prints the queue every second; seconds until the last answer and until all are settled."""
    before, begun, told = settled(), time.monotonic(), 0.0
    with ThreadPoolExecutor(CONNECTIONS) as connections:
        answers = [connections.submit(bell(site), event) for event in events]
        taken = 0.0
        while (done := settled() - before) < len(events) and time.monotonic() - begun < LONGEST:
            if not taken and all(answer.done() for answer in answers):
                taken = time.monotonic() - begun
            if time.monotonic() - begun >= told:
                answered = sum(answer.done() for answer in answers)
                print(
                    f"  {told:4.0f} s  answered {answered:5}  queued {site.waiting():5}  settled {done:5}",
                    flush=True,
                )
                told += max(1.0, told // 10)
            time.sleep(0.1)
        good = all(answer.result() == 200 for answer in answers)
    return taken, time.monotonic() - begun, good


def spent(site: Site) -> dict[str, float]:
    return {name: site.cpu(name) for name in PROCESSES} | {"database": filing.cpu_of_database(site.database)}


def main(argv: list[str]) -> int:
    number = int(argv[0]) if argv else 1000
    with money.site() as site:
        for name in ("broker", "sandbox", "web", "worker"):
            site.start(name)
        paid_sessions(site, money.file_dossiers(SINGLE + number))
        site.start("beat")  # only now: its sweep of missed events would settle what is to come in the burst
        events = completed(site)
        single = alone(site, events[:SINGLE])
        print(f"Webhook to settled dossier, alone: {single[SINGLE // 2] * 1000:.0f} ms median, "
              f"{single[-1] * 1000:.0f} ms at most of {SINGLE}.")  # fmt: skip
        print(f"{number} webhooks in a burst by {CONNECTIONS} connections:")
        before = spent(site)
        taken, took, good = burst(site, events[SINGLE:])
        cost = {name: (value - before[name]) / number for name, value in spent(site).items()}
        return report(number, taken, took, cost, good=good)


def report(number: int, taken: float, took: float, cost: dict[str, float], *, good: bool) -> int:
    from payments import receipts  # noqa: PLC0415
    from payments.models import Charge, ProviderEvent, Receipt  # noqa: PLC0415

    print(f"  all answered after {taken:.1f} s, all settled after {took:.1f} s: {number / took:.0f} a second")
    print("CPU of one event, ms: " + ", ".join(f"{name} {value * 1000:.1f}" for name, value in cost.items()))
    left = Charge.objects.exclude(status="paid").count()
    waiting = ProviderEvent.objects.filter(status="new").count()
    numbered = Receipt.objects.count() == number + SINGLE and not receipts.gaps()
    print(f"  unpaid {left}, unprocessed {waiting}, receipts {'without gap' if numbered else 'WRONG'}")
    return 0 if good and not left and not waiting and numbered else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
