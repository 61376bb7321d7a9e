"""Sites that took money before there were books: what the migration books for them."""

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

BEFORE, BOOKS = [("payments", "0001_initial")], [("payments", "0002_books")]


@pytest.fixture
def old(transactional_db):
    """The models as they were; afterwards the newest again."""
    executor = MigrationExecutor(connection)
    # All of them: what stands upon these tables was taken back with them.
    newest = executor.loader.graph.leaf_nodes()
    executor.migrate(BEFORE)
    yield executor.loader.project_state(BEFORE).apps
    MigrationExecutor(connection).migrate(newest)


def test_what_was_there_is_booked(old):
    now = timezone.now()
    _rows(old)

    executor = MigrationExecutor(connection)
    executor.migrate(BOOKS)

    entries = executor.loader.project_state(BOOKS).apps.get_model("payments", "JournalEntry").objects.all()
    sums: dict[str, int] = {}
    for entry in entries.select_related("debit", "credit"):
        sums[entry.debit.kind] = sums.get(entry.debit.kind, 0) + entry.amount
        sums[entry.credit.kind] = sums.get(entry.credit.kind, 0) - entry.amount
    # Due 5.000; paid 5.000 and given back 2.000 of it; cancelled, and a payment for it on its way back.
    assert sums == {"receivable": 5_000, "phi": -8_000, "clearing": 8_000, "refunds": -5_000, "surplus": 0}
    assert {entry.day for entry in entries} == {timezone.localdate(now)}


def _rows(apps):
    now = timezone.now()
    get = lambda name: apps.get_model("payments", name).objects  # noqa: E731
    payer = apps.get_model("accounts", "User").objects.create(username="001192000001")
    charges, payments = [], []
    for number, status in enumerate(("due", "paid", "cancelled")):
        charge = get("Charge").create(
            reference=f"dossier:{number}",
            description={},
            payer=payer,
            amount=5_000,
            status=status,
            return_path="/",
            opened_at=now,
            settled_at=now if status == "paid" else None,
            cancelled_at=now if status == "cancelled" else None,
        )
        get("FeeLine").create(
            charge=charge, key="f", kind="phi", label={}, quantity=1, unit_amount=5_000, amount=5_000
        )
        charges.append(charge)
    for charge in charges[1:]:
        payment = get("Payment").create(
            charge=charge,
            provider="stripe",
            attempt=1,
            status="succeeded",
            surplus=charge.status == "cancelled",
            amount=5_000,
            parameters={},
            idempotency_key=str(charge.pk),
            started_by=payer,
            created_at=now,
            expires_at=now,
            settled_at=now,
        )
        payments.append(payment)
    common = {"requested_at": now}
    get("Refund").create(
        payment=payments[0], amount=2_000, reason="requested", status="succeeded", settled_at=now, **common
    )
    get("Refund").create(payment=payments[1], amount=5_000, reason="surplus", **common)
