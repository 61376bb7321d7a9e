"""Money at the provider that is of no payment of ours: kept, shown, looked for again, cleared up by a person."""

from datetime import timedelta

import pytest
from django.db import IntegrityError
from django.urls import reverse

from payments import strays
from payments.models import Charge, Payment, Stray
from tests.payments.conftest import sign_in
from tests.payments.sandbox import create

LATER = timedelta(minutes=20)


@pytest.fixture
def stray(sandbox, transactional_db, now):
    """Paid at the provider, begun by nobody here."""
    session = create(sandbox).json()
    sandbox.act(session["id"], "pay")
    strays.sweep(at=now + LATER)
    return Stray.objects.get(provider_id=session["id"])


def test_it_is_kept_once(stray, now):
    assert strays.sweep(at=now + LATER) == 0
    assert stray.amount > 0


def test_our_own_payments_are_none(started, sandbox, now):
    sandbox.act(started.provider_id, "pay")
    strays.sweep(at=now + LATER)

    assert not Stray.objects.filter(provider_id=started.provider_id).exists()


def test_it_is_shown_with_its_buttons_until_somebody_clears_it_up(client, keeper, stray):
    sign_in(client, keeper)
    url, report = reverse("finance:stray", args=[stray.pk]), reverse("finance:report")
    assert url in client.get(report).text

    client.post(url, {"act": "clear", "note": ""})
    client.post(url, {"act": "again"})
    assert Stray.objects.waiting().filter(pk=stray.pk).exists()
    client.post(url, {"act": "clear", "note": "Trả lại ở đơn vị thanh toán"})

    stray.refresh_from_db()
    assert (stray.cleared_by, stray.note) == (keeper, "Trả lại ở đơn vị thanh toán")
    assert url not in client.get(report).text
    assert client.post(url, {"act": "again"}).status_code == 404


def test_what_turns_out_to_be_ours_is_settled_and_leaves_the_list(client, keeper, at_sandbox, sandbox, now):
    sandbox.act(at_sandbox.provider_id, "pay")
    ours = at_sandbox.provider_id
    Payment.objects.update(provider_id="")
    strays.sweep(at=now + LATER)
    found = Stray.objects.get(provider_id=ours)
    assert found.reference == at_sandbox.reference

    sign_in(client, keeper).post(reverse("finance:stray", args=[found.pk]), {"act": "again"})

    assert Charge.objects.get().status == "paid"
    assert not Stray.objects.waiting().filter(pk=found.pk).exists()


def test_two_do_not_clear_it_up(stray, keeper, now):
    strays.clear(stray, note="Một", by=keeper, at=now)

    with pytest.raises(strays.Cleared):
        strays.clear(stray, note="Hai", by=keeper, at=now)


def test_the_database_wants_a_note(stray, keeper, now):
    with pytest.raises(IntegrityError, match="stray_cleared_by_somebody"):
        Stray.objects.filter(pk=stray.pk).update(cleared_at=now, cleared_by=keeper)


def test_a_silent_provider_costs_nothing(sandbox, transactional_db, now):
    sandbox.fault("/v1/checkout/sessions", "error", method="GET", times=5)

    assert strays.sweep(at=now) == 0
