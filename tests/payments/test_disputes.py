"""A payer's bank takes the money back, and somebody decides whose it is."""

import pytest

from payments import ledger, reconciliation, refunds
from payments.models import Charge, Dispute, ProviderEvent
from tests.payments.sandbox import ring
from tests.payments.test_journal import books


@pytest.fixture
def paid(started, sandbox, now):
    sandbox.act(started.provider_id, "pay")
    return reconciliation.check(started, at=now)


@pytest.fixture
def tell(client, sandbox, now):
    """The provider rings about a dispute."""

    def ringing(dispute):
        for event in sandbox.events(dispute["id"]):
            assert ring(client, event, at=now.timestamp()).status_code == 200

    return ringing


def test_the_charge_is_disputed_and_the_dossier_unchanged(paid, sandbox, tell):
    dispute = sandbox.act(paid.provider_id, "dispute")
    tell(dispute)
    tell(dispute)

    assert Charge.objects.get().status == "disputed"
    assert (Dispute.objects.get().status, Dispute.objects.get().amount) == ("open", 10_000)
    assert books() == {"disputed:stripe": 10_000, "le_phi:": -10_000}
    assert set(ProviderEvent.objects.values_list("status", flat=True)) == {"done"}


def test_disputed_money_is_not_given_back_as_well(paid, sandbox, tell, now):
    tell(sandbox.act(paid.provider_id, "dispute"))

    with pytest.raises(refunds.RefundExceeds):
        ledger.refund(paid.charge, by=None, at=now)


def test_won_the_money_is_ours_again(paid, sandbox, tell):
    dispute = sandbox.act(paid.provider_id, "dispute")
    tell(dispute)
    tell(sandbox.control("decide", dispute=dispute["id"], status="won"))

    assert (Charge.objects.get().status, Dispute.objects.get().status) == ("paid", "won")
    assert books() == {"clearing:stripe": 10_000, "le_phi:": -10_000}


def test_lost_the_revenue_bears_it(paid, sandbox, tell):
    dispute = sandbox.act(paid.provider_id, "dispute")
    tell(sandbox.control("decide", dispute=dispute["id"], status="lost"))

    assert (Charge.objects.get().status, Dispute.objects.get().status) == ("disputed", "lost")
    assert books() == {}
