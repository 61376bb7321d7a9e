"""The guards of the cash desk, each broken on purpose: tests that do not notice are no tests.

One mutant: the file (under payments/), the exact text, what stands there instead, what it would do to somebody's
money, the tests that have to fail, and, for one that no test can notice, the reason why nobody has to.
`python -m tests.benchmarks.mutants` runs them all.
"""

# ruff: noqa: E501 - the texts are the source's, to the letter
from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

ROOM = Path(__file__).resolve().parents[2] / "payments"


@dataclass(frozen=True, slots=True)
class Mutant:
    file: str
    text: str
    to: str
    breaks: str
    tests: str  # names of modules in tests/payments, apart by blanks; test_guards runs after them
    reason: str = ""  # why it may survive: what it changes cannot be seen

    def where(self) -> str:
        """The source as it is."""
        return (ROOM / self.file).read_text()

    def applied(self) -> str:
        """The source with the mutant. Raises ValueError when its text is not there exactly once."""
        found = self.where()
        if found.count(self.text) != 1:
            raise ValueError(f"{self.file}: {found.count(self.text)} times: {self.text!r}")
        return found.replace(self.text, self.to)


LOCKED = 'charge = Charge.objects.select_for_update(of=("self",)).get(pk=charge.pk)\n'
UNLOCKED = "charge = Charge.objects.get(pk=charge.pk)\n"

LEDGER = [
    ("        raise NothingToPay(reference)\n    with", "        pass\n    with", "a charge of nought", "test_start"),
    ("elif (charge.amount, charge.payer_id) != (amount, payer.pk):", "elif charge.payer_id != payer.pk:",
     "another sum is taken for the one that was asked for", "test_start"),
    ("elif (charge.amount, charge.payer_id) != (amount, payer.pk):", "elif charge.amount != amount:",
     "somebody else's charge is taken for one's own", "test_start"),
    ("reconciliation.check if payment.provider_id else _open", "_open",
     "an attempt that was paid in another tab is offered again", "test_start"),
    ("if payment.status == PaymentStatus.OPEN and payment.is_wanted:", "if payment.status == PaymentStatus.OPEN:",
     "the payer is sent to pay an old sum", "test_start test_journal"),
    (LOCKED + "    _refuse_unpayable(charge)\n    payment = ", UNLOCKED + "    _refuse_unpayable(charge)\n    payment = ",
     "two tabs begin two attempts", "test_together"),
    ("    _refuse_unpayable(charge)\n    payment = charge", "    payment = charge",
     "what is paid can be paid again", "test_start"),
    ("        raise AlreadyPaid\n    if charge.status in (", "        pass\n    if charge.status in (",
     "what is paid can be paid again", "test_start test_take"),
    ("    if charge.status in (ChargeStatus.CANCELLED, ChargeStatus.WAIVED):", "    if False:",
     "money is taken that nobody owes", "test_start test_journal"),
    ("(ChargeStatus.CANCELLED, ChargeStatus.WAIVED)", "(ChargeStatus.CANCELLED,)",
     "a waived fee can be paid", "test_journal test_start"),
    ("    if charge.status == ChargeStatus.PENDING:", "    if False:",
     "a second payment while the first is on its way", "test_settlement"),
    ("    if charge.payments.filter(status=PaymentStatus.REVIEW).exists():", "    if False:",
     "a second payment while the first is looked into", "test_settlement"),
    ("        reconciliation.close(attempt, at=at)\n    with", "        pass\n    with",
     "cash is taken while the card page is open", "test_take"),
    ("        _refuse_unpayable(charge)\n        if charge.payments", "        if charge.payments",
     "cash is taken for what was just paid", "test_take"),
    ("        if charge.payments.filter(status__in=ACTIVE).exists():", "        if False:",
     "cash is taken while money is on its way", "test_take"),
    ("    if charge.status == ChargeStatus.PAID:\n        _refund_rest", "    if False:\n        _refund_rest",
     "what was paid for a withdrawn thing is kept", "test_settlement test_refunds"),
    ("    elif charge.is_payable:\n        charge.status = ChargeStatus.CANCELLED",
     "    else:\n        charge.status = ChargeStatus.CANCELLED", "a refunded charge becomes a cancelled one",
     "test_settlement test_refunds"),
    ("    settlement.close_others(charge, at=at)\n\n\n@transaction.atomic\ndef waive", "\n\n@transaction.atomic\ndef waive",
     "the card page of a cancelled charge stays open", "test_settlement"),
    ("    journal.owed(charge, at=at)\n    settlement", "    settlement",
     "the books go on owing what is cancelled", "test_journal"),
    ("        raise AlreadyPaid\n    if not charge.is_payable:", "        pass\n    if not charge.is_payable:",
     "the officer is not told that the waived fee is paid", "test_journal"),
    ("    if not charge.is_payable:\n        raise Cancelled", "    if False:\n        raise Cancelled",
     "a cancelled charge is waived, and the thing goes on", "test_journal"),
    ("    _refuse_unpayable(charge)\n    amount = sum", "    amount = sum", "a paid charge changes its sum", "test_journal"),
    ("        raise NothingToPay(charge.reference)", "        pass", "a charge of nought", "test_journal"),
    ("        settlement.close_others(charge, at=at)\n    journal.owed", "    journal.owed",
     "the old sum's card page stays open", "test_journal"),
    ("if rest := refunds.left(payment):", "if rest := payment.amount:", "what went back goes back again", "test_refunds"),
    ("    if charge.status != ChargeStatus.PAID:\n        return 0", "    if False:\n        return 0",
     "an unpaid charge is paid back", "test_journal"),
    ("if part := min(amount, refunds.left(payment)):", "if part := amount:", "more goes back than there is", "test_journal"),
    (".filter(status=PaymentStatus.SUCCEEDED, surplus=False).first()", ".filter(status=PaymentStatus.SUCCEEDED).first()",
     "a surplus that went back is paid back again", "test_settlement"),
    ("        if fresh.status == PaymentStatus.OPEN:\n", "        if False:\n",
     "of two tabs one shows an error though the other is open", "test_start"),
    ("        if payment.created_at < at:", "        if False:", "an attempt whose time is over stops all others",
     "test_start"),
]  # fmt: skip
SETTLEMENT = [
    ("if payment.status not in (PaymentStatus.SUCCEEDED, PaymentStatus.REVIEW):\n            judge(charge",
     "if payment.status != PaymentStatus.REVIEW:\n            judge(charge", "a doubled event settles twice",
     "test_settlement test_together"),
    ("if payment.status not in (PaymentStatus.SUCCEEDED, PaymentStatus.REVIEW):\n            judge(charge",
     "if payment.status != PaymentStatus.SUCCEEDED:\n            judge(charge",
     "what a person looks into settles by itself", "test_settlement"),
    ('charge = Charge.objects.select_for_update(of=("self",)).get(pk=payment.charge_id)\n'
     "        payment = Payment.objects.get(pk=payment.pk)\n        payment.charge = charge\n        if payment.status not in",
     "charge = Charge.objects.get(pk=payment.charge_id)\n"
     "        payment = Payment.objects.get(pk=payment.pk)\n        payment.charge = charge\n        if payment.status not in",
     "two workers settle at once", "test_together"),
    ("at + WAIT_OPEN if payment.is_wanted else at", "at + WAIT_OPEN",
     "a page opened on a cancelled charge stays open", "test_start"),
    ("        if payment.status == PaymentStatus.CREATED:\n            payment.status = PaymentStatus.OPEN",
     "        if True:\n            payment.status = PaymentStatus.OPEN", "a paid attempt becomes an open one", "test_start"),
    ("        if payment.status == PaymentStatus.CREATED:\n            _end(PaymentStatus.EXPIRED)",
     "        if True:\n            _end(PaymentStatus.EXPIRED)", "an attempt that lives is given up", "test_start"),
    ("        if payment.status == PaymentStatus.CREATED:\n            payment.note",
     "        if True:\n            payment.note", "a paid attempt becomes a failed one", "test_start"),
    ('        "amount": (seen.amount, payment.amount),\n', "", "another sum settles", "test_settlement"),
    ('        "currency": (seen.currency, CURRENCY),\n', "", "another currency settles", "test_settlement"),
    ('        "reference": (seen.reference, payment.reference),\n', "", "somebody else's money settles", "test_settlement"),
    ('        "mode": (seen.live, providers.get(payment.provider).live),\n', "", "play money settles", "test_settlement"),
    ("payment.surplus = not charge.is_payable or payment.amount != charge.amount",
     "payment.surplus = not charge.is_payable", "the old sum settles the new fee", "test_journal"),
    ("payment.surplus = not charge.is_payable or payment.amount != charge.amount",
     "payment.surplus = payment.amount != charge.amount", "a cancelled charge is paid", "test_settlement"),
    ("        refunds.ask(charge, payment, amount=payment.amount, reason=RefundReason.SURPLUS, by=None, at=at)", "        pass",
     "money that is not owed is kept", "test_settlement"),
    ("    journal.received(payment, charge, at=at)\n", "", "money that is not in the books", "test_journal"),
    ("    receipt = receipts.issue(charge, payment, at=at)\n    close_others(charge, at=at)",
     "    receipt = receipts.issue(charge, payment, at=at)", "a second card page can be paid", "test_settlement"),
    ("    if payment.is_active or not charge.payments.filter(status__in=ACTIVE).exists():", "    if True:",
     "a late transfer pushes the open attempt out", "test_settlement"),
    ("    if charge.status == ChargeStatus.DUE:\n", "    if True:\n", "a cancelled charge waits for money", "test_guards"),
    (" and not on_its_way:", ":", "the payer is asked again while money is on its way", "test_guards"),
    ("        if charge.status == ChargeStatus.PENDING and", "        if", "a paid charge is due again", "test_settlement"),
    ("    payment.status = PaymentStatus.REVIEW\n    _save(payment, next_check_at=None)",
     "    payment.status = PaymentStatus.REVIEW", "what a person must look into is shown to nobody", "test_settlement"),
]  # fmt: skip
REFUNDS = [
    ("    if not 0 < amount <= left(payment):", "    if False:", "more goes back than came in", "test_refunds"),
    ("    if not 0 < amount <= left(payment):", "    if not 0 < amount < left(payment):", "the whole sum cannot go back", "test_refunds"),
    ("(two_people or amount > settings", "(two_people or amount >= settings",
     "the limit itself needs a second person", "test_refunds"),
    ("second = by is not None and (two_people or amount > settings.REFUND_ALONE_LIMIT)", "second = False",
     "one person gives back any sum alone", "test_refunds"),
    ("second = by is not None and (two", "second = (two", "a surplus waits for people", "test_guards"),
    (" or refund.requested_by_id == by.pk:", ":", "one person is both", "test_refunds"),
    ("if refund.status != RefundStatus.PROPOSED or refund", "if refund", "a decision is taken twice", "test_refunds"),
    ("_sum(payment, RefundStatus.PROPOSED, *ON_ITS_WAY,", "_sum(payment, *ON_ITS_WAY,",
     "what is proposed is promised to another", "test_refunds"),
    ("*ON_ITS_WAY, RefundStatus.SUCCEEDED)\n    return max", "*ON_ITS_WAY)\n    return max",
     "what is back goes back again", "test_refunds"),
    ("payment.amount - gone - _contested(payment))", "payment.amount - gone)", "disputed money is paid back as well",
     "test_disputes"),
    (".filter(status__in=ON_ITS_WAY)\n        refund = due", "\n        refund = due", "a finished refund is sent again",
     "test_refunds"),
    ("        if not refund or (refund.attempts and refund.next_attempt_at and refund.next_attempt_at > at):",
     "        if not refund:", "two workers send one refund", "test_together test_refunds"),
    ("        if before == RefundStatus.SUCCEEDED and refund.status != RefundStatus.FAILED:", "        if False:",
     "a refund is told twice", "test_refunds"),
    ("    if payment.surplus:\n        return\n", "", "a surplus that goes back un-pays the charge", "test_settlement"),
    ("    if returned >= payment.amount:", "    if returned > payment.amount:", "a refunded charge never is", "test_refunds"),
    ("        whole = coming and returned + coming >= payment.amount", "        whole = coming",
     "a part on its way un-pays the charge", "test_guards"),
    ("if str(refund.uuid) == seen.reference", "if False", "our own refund is taken for another, and counted twice",
     "test_guards"),
    ("if str(refund.uuid) == seen.reference", "if True", "somebody else's refund is taken for ours", "test_guards"),
    ("if known := Refund.objects.filter(provider_id=seen.provider_id).first():\n        return known",
     "if known := None:\n        return known", "a known refund is recorded again", "test_refunds"),
    ("    if not payment:\n        return None\n    refund, _", "    refund, _", "a stranger's refund stops the inbox",
     "test_guards"),
    ("        journal.refunded(refund, charge, at=at)\n        write_charge(charge, refund.payment)\n        if",
     "        write_charge(charge, refund.payment)\n        if", "money that left is still in the books", "test_journal"),
    ("            receipts.adjust(charge, refund, at=at)\n", "            pass\n", "money back without a paper", "test_receipts"),
    ('        charge = Charge.objects.select_for_update(of=("self",)).get(payments=refund.payment_id)\n'
     '        refund = Refund.objects.select_related("payment").get(pk=refund.pk)\n        before',
     "        charge = Charge.objects.get(payments=refund.payment_id)\n"
     '        refund = Refund.objects.select_related("payment").get(pk=refund.pk)\n        before',
     "two workers write one refund twice", "test_guards"),
]  # fmt: skip
VIEWS = [
    ("        return _said(desk.reply(None, lambda: None))", "        return HttpResponse()", "a forger is told that it went well",
     "test_webhook"),
    ("    if request.method != desk.callback_method:", "    if False:", "the door bell answers to links", "test_webhook"),
    ("@csrf_exempt\n", "", "no provider can ring", "test_guards"),
    ("    except BadCallback as reason:", "    except KeyError as reason:", "a forger breaks the portal", "test_webhook"),
    ("Charge.objects.visible_to(request.user)", "Charge.objects.all()", "strangers see the charge", "test_pages"),
    ("    if not found.is_payable:\n", "    if False:\n", "a paid fee is offered again", "test_pages"),
]  # fmt: skip
STRIPE = [
    ("        _check_signature(body, header, at)\n", "", "anybody tells us that it is paid", "test_webhook"),
    ("        return _check_age(header, at)\n    raise BadCallback", "        return None\n    raise BadCallback",
     "a recorded message works for ever", "test_webhook"),
    ("    if abs(at.timestamp() - stamp) >", "    if at.timestamp() - stamp >", "a message from the future works for ever",
     "test_webhook"),
    ('    raise BadCallback("no secret fits the signature")', "    return None", "any signature is good", "test_webhook"),
    ("        except UnicodeDecodeError as e:", "        except KeyError as e:", "noise breaks the portal", "test_webhook"),
    ("        except (ValueError, KeyError, TypeError, AttributeError) as e:", "        except ValueError as e:",
     "a strange message breaks the portal", "test_webhook"),
    ("        with suppress(ProviderRefused):\n            _ask(", "        if True:\n            _ask(",
     "a paid session cannot be closed, so its money is not seen", "test_settlement"),
    ("        if refund.attempts and (sent := self._find_refund(", "        if False and (sent := self._find_refund(",
     "a refund whose answer was lost days ago is sent again", "test_refunds"),
    ("another tab\n        raise ProviderDown(type(e).__name__) from e",
     'another tab\n        raise ProviderRefused(type(e).__name__, "") from e',
     "of two tabs at once one is refused for good", "test_guards"),
    ('    if session["payment_status"] != "unpaid":', "    if True:", "a promised transfer counts as money", "test_settlement"),
    ('        amount=session["amount_total"] if received is None else received,', '        amount=session["amount_total"],',
     "what was asked for counts as what came", "test_settlement"),
    ('live=bool(event["livemode"]),', "live=False,", "play money rings the bell of the real one", "test_webhook"),
]  # fmt: skip
RECONCILIATION = [
    ("    if wrong_mode or not notice.about:", "    if not notice.about:", "play money is looked at", "test_webhook"),
    ("        early.provider_id = provider_id", "        pass", "a session that overtook our answer is not found",
     "test_webhook"),
    ("    if claimed.update(next_check_at=at + settlement.WAIT_OPEN):", "    if claimed:", "one silent row holds up the sweep",
     "test_guards"),
    ("    return provider.fetch_status(payment) if wanted else provider.cancel(payment)",
     "    return provider.fetch_status(payment)", "the page of a cancelled charge stays open", "test_settlement"),
    ("    return event if claimed else None", "    return event", "two workers handle one event", "test_guards"),
    ("        except Exception:\n", "        except KeyError:\n", "one bad row holds up all others", "test_webhook"),
]  # fmt: skip
FILES = {
    "ledger.py": LEDGER,
    "settlement.py": SETTLEMENT,
    "refunds.py": REFUNDS,
    "views.py": VIEWS,
    "providers/stripe.py": STRIPE,
    "reconciliation.py": RECONCILIATION,
}
MUTANTS = [Mutant(file, *row) for file, rows in FILES.items() for row in rows]
