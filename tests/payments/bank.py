"""A provider played in the test's own process."""

from datetime import timedelta

from payments.providers import Opened, Plan, ProviderDown, RefundSeen, RefundState, Seen, State


class Bank:
    """A provider that keeps what really happened, and loses an answer when it is told to."""

    live = False
    shuts = True

    def __init__(self):
        self.sessions, self.sent, self.lose = {}, {}, 0

    def plan(self, payment, *, back_url, language, at):
        return Plan({"amount": payment.amount}, at + timedelta(hours=1))

    def _answer(self, value):
        if self.lose:
            self.lose -= 1
            raise ProviderDown("lost")
        return value

    def start(self, payment):
        id_ = f"cs_{payment.idempotency_key}"
        self.sessions.setdefault(id_, [State.OPEN, payment.amount, payment.reference])
        return self._answer(Opened(id_, "http://bank.test"))

    def fetch_status(self, payment):
        state, amount, reference = self.sessions[payment.provider_id]
        return self._answer(
            Seen(payment.provider_id, state, amount, "vnd", reference, False, f"pi_{payment.provider_id}")
        )

    def cancel(self, payment):
        session = self.sessions[payment.provider_id]
        if session[0] is State.OPEN:
            session[0] = State.EXPIRED
        return self.fetch_status(payment)

    def refund(self, refund):
        key = f"re_{refund.uuid}"
        self.sent.setdefault(
            key,
            RefundSeen(
                key,
                RefundState.SUCCEEDED,
                refund.amount,
                refund.payment.transaction_id,
                reference=str(refund.uuid),
            ),
        )
        return self._answer(self.sent[key])

    def fetch_refund(self, provider_id):
        return self._answer(self.sent[provider_id])

    def about(self, kind):
        return kind

    def held(self):
        """Đồng of ours that it really has."""
        came = sum(amount for state, amount, _reference in self.sessions.values() if state is State.PAID)
        return came - sum(seen.amount for seen in self.sent.values())
