"""Money in every state, put straight into a running demonstration by the product's own verbs.

`python -m tests.journeys.money NUMBER`, in the demonstration's environment, prints where it all lies, as JSON.
Thirty rows of each kind, long names and long texts: what the accountant's and the window's pages must carry.
"""

import json
import sys
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any

import django

django.setup()

from django.utils import timezone  # noqa: E402 - after the set-up

from payments import desk, ledger, statements, transfers  # noqa: E402
from payments.lines import Line  # noqa: E402
from payments.models import (  # noqa: E402
    BankAccount,
    BankTransfer,
    Charge,
    Dispute,
    Payment,
    PaymentStatus,
    Payout,
    Refund,
    RefundStatus,
    Statement,
    Stray,
    Till,
)
from portal.accounts import people  # noqa: E402
from portal.accounts.models import Agency, User  # noqa: E402
from procedures.definitions.models import ProcedureVersion  # noqa: E402
from procedures.dossiers import dossiers  # noqa: E402
from tests.journeys.conftest import PASSWORD  # noqa: E402
from tests.procedures import golden, world  # noqa: E402

EXTRACT = "2.000635"
MANY = 31  # one page and a row
PERMIT = {
    "vi": "Cấp giấy phép xây dựng mới đối với nhà ở riêng lẻ của hộ gia đình, cá nhân tại đô thị",
    "en": "Building permit for a new single house of a household or a person in a town",
}
SMALL, LARGE = 10_000, 5_000_000  # đồng; the second is above what one person may pay back alone


def main(number: str) -> None:
    now = timezone.now()
    payer = people.register(
        personal_id=number,
        full_name="Nguyễn Thị Mẫu, Phạm Văn Mẫu và Lê Thị Thử",
        date_of_birth=date(1990, 5, 20),
        sex="female",
        password=PASSWORD,
        at=now,
        details={
            name: golden.APPLICANT[name] for name in ("ethnicity", "commune", "address", "phone", "email")
        },
    )
    print(json.dumps(Desk(payer, now).all()))


class Desk:
    """What was paid, tried and sent back at one ward's cash desk."""

    def __init__(self, payer: User, now: datetime) -> None:
        self.payer, self.now, self.number = payer, now, 0
        self.ward = Agency.objects.get(kind="commune", commune=golden.HOAN_KIEM)
        self.cashier = User.objects.get(username="tiepnhan.ubnd")
        self.keeper = User.objects.get(username="ketoan.ubnd")
        self.account = BankAccount.objects.get(agency=self.ward)

    def all(self) -> dict[str, Any]:
        closed = self.yesterday()
        till, taken = self.today()
        unpaid = self.dossier()
        self.strays()
        return {
            "number": self.payer.username,
            "till": till.pk,
            "taking": till.takings.latest("pk").pk,
            "closed": closed.pk,
            "paid": str(self.troubled(taken).uuid),
            "due": str(self.owed(SMALL).uuid),
            "unpaid": unpaid.code,
            "transfer": self.asked(unpaid),
            "case": self.unclear(),
            "held_case": self.part(),
            "proposed_case": self.proposed(),
            "account": self.account.pk,
            "statement": self.statement(),
        }

    def owed(self, amount: int, at: datetime | None = None) -> Charge:
        self.number += 1
        label = PERMIT if self.number % 2 else {"vi": "Bản sao trích lục", "en": "Extract"}
        line = Line(key="fee", kind="le_phi", label=label, unit_amount=amount, amount=amount, basis=label)
        return ledger.open_charge(
            reference=f"sample:{self.payer.username}.{self.number}",
            description=label,
            lines=[line],
            payer=self.payer,
            agency=self.ward,
            return_path="/",
            topic=EXTRACT,
            at=at or self.now,
        )

    # ── At the window ─────────────────────────────────────────────────────────────────────────────

    def yesterday(self) -> Till:
        """A till that was a note short."""
        at = self.now - timedelta(days=1)
        window = f"Cửa số 1, Bộ phận Một cửa, {self.number}"
        till = desk.open_till(self.ward, window=window, float_amount=200_000, by=self.cashier, at=at)
        desk.take(self.owed(20_000, at), given=50_000, till=till, by=self.cashier, at=at)
        why = "Thiếu một tờ mười nghìn khi trả lại tiền thừa"
        return desk.close(till, counted=210_000, handed_to=self.keeper, reason=why, at=at)

    def today(self) -> tuple[Till, list[Charge]]:
        till = desk.open_till(
            self.ward, window="Cửa số 2", float_amount=200_000, by=self.cashier, at=self.now
        )
        taken = [self.owed(SMALL) for _ in range(MANY)] + [self.owed(LARGE)]
        for charge in taken:
            desk.take(charge, given=charge.amount, till=till, by=self.cashier, at=self.now)
        return till, taken

    # ── What somebody has to look at ──────────────────────────────────────────────────────────────

    def troubled(self, taken: list[Charge]) -> Charge:
        """Refunds in every state, payments that differ, a dispute. Returns a charge with a long history."""
        for charge in taken:
            ledger.refund(charge, amount=charge.amount, by=self.cashier, note="Thu nhầm hồ sơ", at=self.now)
        done, failed = Refund.objects.filter(payment__charge__in=taken[:2]).order_by("pk")
        desk.pay_out(done, till=None, agency=self.ward, by=self.keeper, at=self.now)
        Refund.objects.filter(pk=failed.pk).update(
            status=RefundStatus.FAILED, note="expired_or_canceled_card"
        )
        for _ in range(3):
            attempt = ledger.start(self.owed(SMALL), provider="stripe", by=self.payer, at=self.now)
            Payment.objects.filter(pk=attempt.pk).update(
                status=PaymentStatus.REVIEW, note="amount, reference"
            )
        Dispute.objects.create(
            payment=taken[0].payments.get(),
            provider_id=f"dp_{taken[0].uuid.hex}",
            amount=SMALL,
            opened_at=self.now,
            answer_by=self.now + timedelta(days=7),
        )
        return taken[0]

    def strays(self) -> None:
        for reference in ("", f"{self.payer.pk:036d}:1"):
            Stray.objects.create(
                provider="stripe",
                provider_id=f"cs_test_{self.payer.username}_{reference}"[:120],
                reference=reference,
                amount=SMALL,
                found_at=self.now,
            )

    def dossier(self) -> Any:
        """A real one, whose fee is owed."""
        version = ProcedureVersion.objects.current().get(procedure__code=EXTRACT)
        return world.file(self.payer, version, self.ward, at=self.now)

    # ── By bank ───────────────────────────────────────────────────────────────────────────────────

    def asked(self, dossier: Any) -> str:
        """The payer has chosen to transfer."""
        charge = ledger.charges(dossiers.reference(dossier)).get()
        ledger.start(charge, provider="vietqr", by=self.payer, at=self.now)
        return str(charge.uuid)

    def came(self, memo: str, amount: int = 37_000) -> BankTransfer:
        self.number += 1
        row = transfers.Row(
            bank_id=f"FT2632{self.payer.username}{self.number}",
            amount=amount,
            memo=memo,
            booked_at=self.now,
            sender="NGUYEN THI MAU",
            sender_number="" if self.number % 2 else "0011002233445",
        )
        transfer, _new = transfers.record(self.account, row, source="statement", at=self.now)
        return transfers.match(transfer.pk, at=self.now)

    def unclear(self) -> int:
        """Many that nobody knows, some on their way back; the last waits."""
        for _ in range(2):
            transfers.order(Payout.objects.filter(account=self.account))
            for _ in range(2):
                came = self.came("Chuyen nham", 25_000)
                transfers.give_back(came, by=self.keeper, at=self.now, note="Chuyển nhầm")
        memo = "NGUYEN THI MAU nop le phi cap ban sao trich luc ho tich tai UBND phuong Hoan Kiem ngay 21 11 2026"
        return [self.came(memo) for _ in range(MANY)][-1].pk

    def part(self) -> int:
        charge = self.owed(50_000)
        attempt = ledger.start(charge, provider="vietqr", by=self.payer, at=self.now)
        transfer = self.came(attempt.provider_id, 20_000)
        return transfers.keep(transfer, charge, by=self.keeper, at=self.now).pk

    def proposed(self) -> int:
        transfer = self.came("Chuyen nham tai khoan", LARGE)
        return transfers.give_back(transfer, by=self.keeper, at=self.now, note="Người gửi xin lại").pk

    def statement(self) -> int:
        lines = [f"{self.now:%d/%m/%Y},GD{n},10000,Nop phi ho so so {n}" for n in range(MANY)]
        content = "\n".join(["Ngày,Mã giao dịch,Số tiền,Nội dung", *lines]).encode()
        rows = [
            asdict(row) | {"booked_at": row.booked_at.isoformat()} for row in statements.read(content).rows
        ]
        return Statement.objects.create(
            account=self.account, name="sao-ke.csv", rows=rows, uploaded_by=self.keeper, uploaded_at=self.now
        ).pk


if __name__ == "__main__":
    main(*sys.argv[1:])
