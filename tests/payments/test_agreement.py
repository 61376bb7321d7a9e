"""Sums of a period, and whether provider, books and dossiers tell the same."""

import csv
import io
from datetime import timedelta

import openpyxl
from django.urls import reverse
from django.utils import timezone

from payments import agreement, desk, ledger, things
from payments.models import Charge, JournalEntry, Payment
from tests.factories import UserFactory
from tests.payments.conftest import open_charge, sign_in


# ── Sums and agreement ────────────────────────────────────────────────────────────────────────────
def test_sums_come_from_the_books(client, keeper, taking, agency, now):
    refund = ledger.refund(taking.payment.charge, by=None, amount=4_000, at=now)
    desk.pay_out(refund, till=taking.till, agency=agency, by=taking.till.cashier, at=now)

    page = sign_in(client, keeper).get(reverse("finance:report")).context

    assert (page["received"], page["returned"], page["kept"]) == (10_000, 4_000, 6_000)
    tables = dict(page["tables"])
    assert tables["channel"] == [("cash", 10_000, 4_000, 6_000)]
    assert tables["agency"] == [(agency.name, 10_000, 4_000, 6_000)]
    assert page["differences"] == []


def test_the_table_for_the_accounting_system(client, keeper, taking):
    sign_in(client, keeper)
    as_csv = client.get(reverse("finance:export") + "?dang=csv").content.decode("utf-8-sig")
    book = openpyxl.load_workbook(io.BytesIO(client.get(reverse("finance:export")).content))

    rows = list(csv.reader(io.StringIO(as_csv)))
    assert len(rows) == 2
    assert {"Nguyễn Thị Mẫu", "cash", "10000"} <= set(rows[1])
    sheet = [list(row) for row in book.worksheets[0].values]
    assert sheet[1][10] == 10_000
    assert len(book.worksheets) == 2


def test_what_looks_like_a_formula_stays_text(client, keeper, agency, till, now):
    charge = open_charge(UserFactory(full_name="=1+1"), agency=agency, at=now)
    desk.take(charge, given=10_000, till=till, by=till.cashier, at=now)

    text = sign_in(client, keeper).get(reverse("finance:export") + "?dang=csv").text

    assert ",'=1+1," in text


class Waits:
    """A thing that has not heard that its fee was paid, until it is told again."""

    waits = True

    def told(self, keys):
        return {key: things.Thing("H26.1", waits=self.waits) for key in keys}

    def find(self, code):
        return None

    def retell(self, key, *, at):
        self.waits = False


def test_a_dossier_that_still_waits_is_told_again(client, keeper, taking, monkeypatch):
    monkeypatch.setitem(things._keepers, "dossier", Waits())
    sign_in(client, keeper)
    found = client.get(reverse("finance:report")).context["differences"]
    assert [row.cause for row in found] == [agreement.Cause.UNTOLD]

    client.post(reverse("finance:retell", args=[found[0].charge.uuid]), {"cause": "untold"})

    assert client.get(reverse("finance:report")).context["differences"] == []


def test_paid_at_the_provider_and_not_here(client, keeper, at_sandbox, sandbox):
    sandbox.act(at_sandbox.provider_id, "pay")  # and its message is lost
    sign_in(client, keeper)
    url = reverse("finance:report") + "?hoi=1"
    found = client.get(url).context["differences"]
    assert [(row.cause, row.ours, row.theirs) for row in found] == [(agreement.Cause.UNHEARD, 0, 10_000)]

    client.post(reverse("finance:retell", args=[at_sandbox.charge.uuid]), {"cause": "unheard"})

    assert client.get(url).context["differences"] == []
    assert Charge.objects.get().status == "paid"


def test_paid_here_and_not_at_the_provider(client, keeper, at_sandbox):
    Payment.objects.update(status="succeeded", settled_at=timezone.now())
    Charge.objects.update(status="paid", settled_at=timezone.now())

    found = sign_in(client, keeper).get(reverse("finance:report") + "?hoi=1").context["differences"]
    assert {row.cause for row in found} == {agreement.Cause.ABSENT, agreement.Cause.UNBOOKED}

    client.post(reverse("finance:retell", args=[at_sandbox.charge.uuid]), {"cause": "unbooked"})
    found = client.get(reverse("finance:report")).context["differences"]
    assert found == []
    assert JournalEntry.objects.filter(cause="received").count() == 1


def test_a_silent_provider_is_said(client, keeper, at_sandbox, settings):
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"

    page = sign_in(client, keeper).get(reverse("finance:report") + "?hoi=1")

    assert (page.status_code, page.context["down"]) == (200, True)


def test_what_lies_before_the_period_is_left_out(client, keeper, taking):
    yesterday = timezone.localdate() - timedelta(days=1)

    page = sign_in(client, keeper).get(reverse("finance:report") + f"?tu={yesterday}&den={yesterday}")

    assert page.context["received"] == 0
