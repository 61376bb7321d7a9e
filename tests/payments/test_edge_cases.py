"""What may go wrong with money, row by row, and the tests that hold each; that the list is whole and true."""

import inspect
from importlib import import_module
from pathlib import Path

import pytest

# The table of the design, word for word: what may happen, and what must come of it.
TABLE = """
same event ×8 in parallel; 8 ids for one session | one transition, one receipt
two tabs ×8 | one session
amount, currency or reference differs | REVIEW, dossier untouched
signed "paid" while the provider says open | no change
bad, old or missing signature; `[]`; bad UTF-8 | 400, no row
wrong livemode | ignored, counted
asynchronous pending / succeeded / failed | PENDING / PAID / DUE, next attempt
async_succeeded before completed | PAID once
declined card | session stays open
late event after a refund | stays REFUNDED
expired here, paid there | PAID
fee changed while open | old one expired, new attempt
paid after withdrawal or refusal, and the race | one automatic refund
two sessions paid | the second refunded
partial / excess refund | kept PAID / refused
refund's answer lost | one refund
refund in the provider's dashboard | recorded as external
dispute | DISPUTED, dossier unchanged
cash with a session open / just paid | session expired / cash refused
webhook lost | reconciled
answer to "create" lost | same session
webhook before the session id is stored | matched by reference
10 receipts in parallel | numbers without gap
redirect forged or unpaid | never PAID
two officers refund at once | one refund
worker child killed; whole worker killed; broker down | settled by redelivery; by the sweep; on return
"""

CASES = {
    "same event ×8 in parallel; 8 ids for one session": [
        "test_together.test_one_event_eight_times",
        "test_together.test_eight_events_of_one_session",
    ],
    "two tabs ×8": ["test_together.test_two_tabs_eight_clicks_one_session"],
    "amount, currency or reference differs": ["test_settlement.test_another_fact_is_for_a_person_to_look_at"],
    'signed "paid" while the provider says open': [
        "test_webhook.test_signed_paid_is_not_believed_while_the_provider_says_open"
    ],
    "bad, old or missing signature; `[]`; bad UTF-8": [
        "test_webhook.test_what_proves_nothing_is_refused_without_a_row",
        "test_webhook.test_a_changed_body_is_refused",
    ],
    "wrong livemode": ["test_webhook.test_the_wrong_mode_is_kept_and_ignored"],
    "asynchronous pending / succeeded / failed": [
        "test_settlement.test_bank_transfer_waits_then_arrives",
        "test_settlement.test_bank_transfer_comes_back",
    ],
    "async_succeeded before completed": ["test_webhook.test_async_succeeded_before_completed_settles_once"],
    "declined card": ["test_settlement.test_declined_card_leaves_the_session_open"],
    "late event after a refund": ["test_webhook.test_a_late_event_leaves_a_refunded_charge_alone"],
    "expired here, paid there": ["test_settlement.test_expired_here_paid_there_is_paid"],
    "fee changed while open": [
        "test_journal.test_a_new_fee_replaces_the_old_one_before_it_is_paid",
        "test_journal.test_the_old_sum_paid_in_spite_of_a_new_fee_goes_back",
    ],
    "paid after withdrawal or refusal, and the race": [
        "test_settlement.test_money_after_cancellation_goes_back_once",
        "test_together.test_withdrawal_and_payment_at_once_end_in_one_refund",
    ],
    "two sessions paid": ["test_settlement.test_of_two_paid_sessions_the_second_goes_back"],
    "partial / excess refund": [
        "test_refunds.test_a_part_leaves_the_charge_paid",
        "test_refunds.test_more_than_came_in_is_refused",
    ],
    "refund's answer lost": [
        "test_refunds.test_an_answer_lost_on_the_way_is_one_refund",
        "test_refunds.test_an_answer_lost_longer_ago_than_keys_are_kept_is_one_refund",
    ],
    "refund in the provider's dashboard": [
        "test_refunds.test_a_refund_in_the_providers_dashboard_is_recorded"
    ],
    "dispute": ["test_disputes.test_the_charge_is_disputed_and_the_dossier_unchanged"],
    "cash with a session open / just paid": [
        "test_take.test_cash_with_a_session_open_closes_the_session",
        "test_take.test_cash_is_refused_when_it_was_just_paid",
    ],
    "webhook lost": ["test_webhook.test_a_lost_webhook_is_made_up_for"],
    'answer to "create" lost': ["test_start.test_an_answer_lost_on_the_way_gives_the_same_session"],
    "webhook before the session id is stored": [
        "test_webhook.test_it_may_come_before_the_session_id_is_stored"
    ],
    "10 receipts in parallel": ["test_together.test_ten_receipts_leave_no_gap"],
    "redirect forged or unpaid": [
        "test_pages.test_a_forged_return_proves_nothing",
        "test_pages.test_coming_back_before_starting_offers_to_pay",
    ],
    "two officers refund at once": ["test_together.test_two_officers_refund_at_once"],
    # What the messages lose; and (`make bench`) the same with processes that are really killed.
    "worker child killed; whole worker killed; broker down": [
        "test_refunds.test_surplus_goes_back_even_if_its_worker_died",
        "test_webhook.test_with_the_broker_down_the_row_waits_and_the_sweep_settles",
        "test_pages.test_coming_back_paid_settles_without_a_webhook",
        "tests.benchmarks.test_money.test_no_fault_loses_or_doubles_money",
    ],
}


def rows() -> list[list[str]]:
    return [line.split(" | ") for line in TABLE.strip().splitlines()]


def test_every_row_of_the_table_has_its_tests():
    assert [case for case, _expected in rows()] == list(CASES)
    assert all(CASES.values())
    assert all(expected for _case, expected in rows())


@pytest.mark.parametrize("case", CASES)
def test_every_case_is_held(case, request):
    """Each name is a test that pytest collects: written there, named by its rules, not skipped."""
    files, functions = (request.config.getini(f"python_{what}") for what in ("files", "functions"))
    for name in CASES[case]:
        module, _dot, test = name.rpartition(".")
        room = module if module.startswith("tests.") else f"tests.payments.{module}"
        found = getattr(import_module(room), test)
        assert inspect.isfunction(found)
        assert (found.__module__, found.__name__) == (room, test)
        assert any(Path(inspect.getfile(found)).match(pattern) for pattern in files)
        assert any(test.startswith(prefix) for prefix in functions)
        assert not {mark.name for mark in getattr(found, "pytestmark", [])} & {"skip", "skipif", "xfail"}
