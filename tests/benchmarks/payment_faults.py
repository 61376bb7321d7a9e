"""Does money survive? Payments and refunds while the processes under them are killed, and what the books say then.

    python -m tests.benchmarks.payment_faults [PAYMENTS]

Citizens pay through the real pages at the real processes (200 payments unless told otherwise): some come back to
the portal, some never do, some by bank transfer, some withdraw their dossier while they pay; officers pay back.
Meanwhile a worker's child, the whole worker, the web process and the broker are killed in turn, and the payment
server loses answers. Then everything must be settled within a minute, and agree: bank, ledger, books, dossiers.
"""

from __future__ import annotations

import re
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import requests

from tests.benchmarks import money
from tests.benchmarks.money import Site, until

PAYERS = 4  # citizens who pay at the same time
SETTLED_WITHIN = 60.0  # seconds after the last fault
DOWN = 1.5  # seconds until a killed process is started again
PATIENCE = 90.0  # seconds that a citizen goes on reloading a page
KINDS = ("card", "comes back", "transfer", "withdraws", "paid back")
FAULTS = ("worker child", "whole worker", "web process", "broker")


class Citizen:
    """A browser without script whose person reloads the page when the portal does not answer."""

    def __init__(self, site: Site) -> None:
        self.site, self.http = site, requests.Session()
        self._ask("GET", f"{site.demo.site}/tai-khoan/dang-nhap/")
        name, password = who()
        answer = self._post(f"{site.demo.site}/tai-khoan/dang-nhap/", {"name": name, "password": password})
        if "sessionid" not in self.http.cookies or answer.status_code >= 400:
            raise RuntimeError(f"nobody signed in: {answer.status_code}")

    def _ask(self, method: str, url: str, **more: Any) -> requests.Response:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            with suppress(requests.RequestException):
                answer = self.http.request(method, url, timeout=20, **more)
                if answer.status_code < 500:
                    return answer
            time.sleep(0.3)
        raise RuntimeError(f"the portal never answered: {method}")

    def _post(self, url: str, data: dict[str, str], **more: Any) -> requests.Response:
        page = self._ask("GET", url).text
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        sent = data | {"csrfmiddlewaretoken": token[1] if token else ""}
        return self._ask("POST", url, data=sent, headers={"Referer": url}, **more)

    def pay(self, charge: Any, dossier: Any, kind: str) -> None:
        """From the portal's page to the payment server's, choose there; come back or not, as the kind says."""
        url = f"{self.site.demo.site}/thanh-toan/{charge.uuid}/"
        until(lambda: self._went(url), seconds=PATIENCE, what="the payment's page")
        if kind == "withdraws":
            withdraw(dossier)
        outcome = {"transfer": "arrives"}.get(kind, "card")
        done = self.http.post(self.page, data={"outcome": outcome}, timeout=20, allow_redirects=False)
        if kind == "comes back" and done.status_code == 303:
            self._ask("GET", done.headers["Location"])

    def _went(self, url: str) -> bool:
        answer = self._post(url, {}, allow_redirects=False)
        self.page = answer.headers.get("Location", "")
        return self.page.startswith(self.site.demo.sandbox)


def who() -> tuple[str, str]:
    from tests.factories import PASSWORD  # noqa: PLC0415
    from tests.procedures import golden  # noqa: PLC0415

    return golden.APPLICANT["personal_id"], PASSWORD


def withdraw(dossier: Any) -> None:
    from django.utils import timezone  # noqa: PLC0415

    from procedures.dossiers import dossiers  # noqa: PLC0415
    from procedures.dossiers.workflow import NotAllowed  # noqa: PLC0415

    with suppress(NotAllowed):
        dossiers.withdraw(dossier, by=dossier.applicant, note="", at=timezone.now())


def pay_back(reference: str) -> bool:
    """An officer pays a paid charge back; False when it is not paid (yet)."""
    from django.utils import timezone  # noqa: PLC0415

    from payments import ledger  # noqa: PLC0415

    try:
        ledger.refund(ledger.charges(reference).get(), by=None, at=timezone.now())
    except ledger.NotPaid:
        return False
    return True


def in_hand() -> bool:
    """Has a worker claimed something that is not done yet?"""
    from payments.models import ProviderEvent, Refund  # noqa: PLC0415

    events = ProviderEvent.objects.filter(status="new", attempts__gt=0)
    return events.exists() or Refund.objects.filter(status="requested", attempts__gt=0).exists()


# ── The run ───────────────────────────────────────────────────────────────────────────────────────
class Run:
    """All the payments, and the faults meanwhile."""

    def __init__(self, site: Site, dossiers: list[Any]) -> None:
        from procedures.dossiers import dossiers as verbs  # noqa: PLC0415

        self.site, self.dossiers = site, dossiers
        self.references = [verbs.reference(each) for each in dossiers]
        self.kinds = [KINDS[n % len(KINDS)] for n in range(len(dossiers))]
        self.sent, self.hit, self.last = 0, 0, 0.0
        self.faults, self.local = Counter[str](), threading.local()

    def go(self) -> None:
        from django.db import connection  # noqa: PLC0415

        def one(number: int) -> None:
            try:
                self._one(number)
            finally:
                connection.close()

        with ThreadPoolExecutor(PAYERS) as payers:
            jobs = [payers.submit(one, number) for number in range(len(self.dossiers))]
            self._break_things(jobs)
            for job in jobs:
                job.result()

    def _one(self, number: int) -> None:
        from payments import ledger  # noqa: PLC0415

        if not hasattr(self.local, "citizen"):
            self.local.citizen = Citizen(self.site)
        charge = ledger.charges(self.references[number]).get()
        self.local.citizen.pay(charge, self.dossiers[number], self.kinds[number])
        self.sent += 1
        if self.kinds[number] == "paid back":
            until(lambda: pay_back(self.references[number]), seconds=PATIENCE, what="a payment to pay back")

    def _break_things(self, jobs: list[Any]) -> None:
        """One fault after the other, evenly over the payments, until nobody pays any more; each kind at least once."""
        every = max(1, len(jobs) // (4 * len(FAULTS)) or 1)
        mark = every
        while sum(self.faults.values()) < len(FAULTS) or not all(job.done() for job in jobs):
            if self.sent >= mark or all(job.done() for job in jobs):
                self._break(FAULTS[sum(self.faults.values()) % len(FAULTS)])
                mark = self.sent + every
            time.sleep(0.05)

    def _break(self, what: str) -> None:
        lost = ("/v1/checkout/sessions", "/v1/refunds")[sum(self.faults.values()) % 2]
        self.site.control("faults", path=lost, kind="lost", times=1)
        with suppress(RuntimeError):  # in the middle of it, if there is a middle
            until(in_hand, seconds=2.0, what="something is in hand")
        self.hit += in_hand()
        if what == "worker child":
            self.site.kill_child()
        else:
            name = {"whole worker": "worker", "web process": "web", "broker": "broker"}[what]
            self.site.kill(name)
            time.sleep(DOWN)
            self.site.start(name)
        self.faults[what] += 1
        self.last = time.monotonic()

    def settled(self) -> bool:
        """Is nothing on its way any more, of what the bank knows to be paid?"""
        from payments.models import Charge, Payment, ProviderEvent, Refund  # noqa: PLC0415

        waiting = Refund.objects.filter(status__in=("requested", "pending")).exists()
        waiting = waiting or ProviderEvent.objects.filter(status="new").exists()
        waiting = waiting or Payment.objects.filter(status__in=("created", "open", "processing")).exists()
        return not waiting and not Charge.objects.filter(status__in=("due", "pending", "refunding")).exists()


# ── What must be true in the end ──────────────────────────────────────────────────────────────────
def differences(run: Run) -> list[str]:
    """Every way in which bank, ledger, books and dossiers do not agree; empty when money has survived."""
    return [*_at_the_bank(run.site), *_in_the_books(run.site), *_charge_by_charge(run), *_receipts()]


def _at_the_bank(site: Site) -> list[str]:
    """Session by session and refund by refund: none lost, none doubled, nothing invented."""
    from payments.models import Payment, Refund  # noqa: PLC0415

    paid = {row["id"]: row["amount_total"] for row in site.at_the_bank("checkout/sessions")
            if row["payment_status"] == "paid"}  # fmt: skip
    ours = dict(Payment.objects.filter(status="succeeded").values_list("provider_id", "amount"))
    back = {row["id"]: row["amount"] for row in site.at_the_bank("refunds")}
    sent = dict(Refund.objects.filter(status="succeeded").values_list("provider_id", "amount"))
    found = []
    for what, theirs, known in (("payment", paid, ours), ("refund", back, sent)):
        found += [f"{what} lost: {id_}" for id_ in theirs.keys() - known.keys()]
        found += [f"{what} invented: {id_}" for id_ in known.keys() - theirs.keys()]
        found += [f"{what} of another sum: {id_}" for id_ in theirs.keys() & known.keys()
                  if theirs[id_] != known[id_]]  # fmt: skip
    return found


def _in_the_books(site: Site) -> list[str]:
    """What the provider holds by our books is what it holds; all accounts together are nought."""
    from payments import journal  # noqa: PLC0415
    from payments.models import Account  # noqa: PLC0415

    paid = [row for row in site.at_the_bank("checkout/sessions") if row["payment_status"] == "paid"]
    held = sum(row["amount_total"] for row in paid) - sum(r["amount"] for r in site.at_the_bank("refunds"))
    balances = {str(account): journal.balance(account) for account in Account.objects.all()}
    found = [] if sum(balances.values()) == 0 else [f"the books do not sum up to nought: {balances}"]
    if balances.get("clearing:stripe", 0) != held:
        found.append(f"the provider holds {held} đồng, by the books {balances.get('clearing:stripe')}")
    for kind in ("refunds:", "surplus:"):
        found += [f"{name} is left with {sum_}" for name, sum_ in balances.items()
                  if name.startswith(kind) and sum_]  # fmt: skip
    return found


def _charge_by_charge(run: Run) -> list[str]:
    from payments.models import SETTLED, Charge  # noqa: PLC0415
    from procedures.dossiers.models import Dossier  # noqa: PLC0415

    found = []
    for number, reference in enumerate(run.references):
        charge = Charge.objects.get(reference=reference)
        dossier = Dossier.objects.get(pk=run.dossiers[number].pk)
        successes = charge.payments.filter(status="succeeded", surplus=False).count()
        settled = charge.status in SETTLED
        if successes != int(settled):
            found.append(f"{reference}: {successes} successes, {charge.status}")
        if settled != (dossier.fee_settled_at is not None) or (settled and dossier.status == "fee_due"):
            found.append(f"{reference}: the dossier is {dossier.status}, the charge {charge.status}")
        if wrong := _not_as_meant(run.kinds[number], charge):
            found.append(f"{reference}: {run.kinds[number]}, but {wrong}")
    return found


def _not_as_meant(kind: str, charge: Any) -> str:
    """The end that this kind of payment has to come to."""
    meant = {"withdraws": ("cancelled", "refunded", "paid"), "paid back": ("refunded",)}.get(kind, ("paid",))
    if charge.status not in meant:
        return f"{charge.status}"
    surplus = charge.payments.filter(status="succeeded", surplus=True)
    unreturned = [each.pk for each in surplus if not each.refunds.filter(status="succeeded").exists()]
    return f"surplus kept: {unreturned}" if unreturned else ""


def _receipts() -> list[str]:
    from payments import receipts  # noqa: PLC0415
    from payments.models import SETTLED, Charge, Receipt  # noqa: PLC0415

    found = [f"receipts: gaps {gaps}" for gaps in [receipts.gaps()] if gaps]
    settled = Charge.objects.filter(status__in=SETTLED).count()
    given = Receipt.objects.filter(kind="receipt").count()
    return found + ([] if settled == given else [f"{settled} charges settled, {given} receipts"])


def main(argv: list[str]) -> int:
    number = int(argv[0]) if argv else 200
    with money.site() as site:
        for name in ("broker", "sandbox", "web"):
            site.start(name)
        run = Run(site, money.file_dossiers(number))
        for name in ("worker", "beat"):
            site.start(name)
        begun = time.monotonic()
        run.go()
        try:
            after = until(run.settled, seconds=SETTLED_WITHIN + 120, what="everything is settled")
        except RuntimeError:
            after = None
        late = time.monotonic() - run.last
        wrong = differences(run)
        if after is None or late > SETTLED_WITHIN:
            wrong.append(
                f"not settled within {SETTLED_WITHIN:.0f} s of the last fault but after {late:.0f} s"
            )
        report(run, late, time.monotonic() - begun, wrong)
    return 1 if wrong else 0


def report(run: Run, late: float, took: float, wrong: list[str]) -> None:
    from payments.models import Charge, JournalEntry, Payment, ProviderEvent, Refund  # noqa: PLC0415

    counted = {"payments": Counter(run.kinds), "killed": run.faults}
    counted["charges"] = Counter(Charge.objects.values_list("status", flat=True))
    counted["attempts"] = Counter(Payment.objects.values_list("status", flat=True))
    counted["refunds"] = Counter(Refund.objects.values_list("status", flat=True))
    print(f"{len(run.dossiers)} payments under faults, {took:.0f} s:")
    for name, counts in counted.items():
        print(f"  {name:<9} " + ", ".join(f"{what} {count}" for what, count in sorted(counts.items())))
    again = (
        ProviderEvent.objects.filter(attempts__gt=1).count() + Refund.objects.filter(attempts__gt=1).count()
    )
    print(f"  work      {run.hit} faults in the middle of it, {again} rows taken up again")
    print(f"  books     {JournalEntry.objects.count()} entries")
    print(f"  all settled {max(late, 0):.1f} s after the last fault")
    print("\n".join(f"  WRONG: {each}" for each in wrong) or "  none lost, none doubled, no difference")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
