"""The lines of a charge: what whoever asks for money must tell of each, and how it is frozen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from payments.models import Charge, FeeLine


class Bilingual(Protocol):
    @property
    def vi(self) -> str: ...
    @property
    def en(self) -> str: ...


Texts = Mapping[str, str] | Bilingual  # {"vi": …, "en": …}, or an object with these two


class FeeLineLike(Protocol):
    """What a charge's line must tell. Amounts in đồng; amount = quantity × unit_amount − reduction."""

    @property
    def key(self) -> str: ...
    @property
    def kind(self) -> str: ...  # FeeKind
    @property
    def label(self) -> Texts: ...
    @property
    def quantity(self) -> int: ...
    @property
    def unit_amount(self) -> int: ...
    @property
    def reduction(self) -> int: ...
    @property
    def reduction_basis(self) -> Texts | None: ...
    @property
    def amount(self) -> int: ...
    @property
    def basis(self) -> Texts | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A `FeeLineLike` for those who have none of their own."""

    key: str
    kind: str
    label: Texts
    quantity: int = 1
    unit_amount: int
    reduction: int = 0
    reduction_basis: Texts | None = None
    amount: int
    basis: Texts | None = None


def write(charge: Charge, lines: Iterable[FeeLineLike]) -> None:
    """Freeze the lines on the charge."""
    FeeLine.objects.bulk_create([_row(charge, line) for line in lines])


def _row(charge: Charge, line: FeeLineLike) -> FeeLine:
    return FeeLine(
        charge=charge,
        key=line.key,
        kind=line.kind,
        label=texts(line.label),
        quantity=line.quantity,
        unit_amount=line.unit_amount,
        reduction=line.reduction,
        reduction_basis=texts(line.reduction_basis),
        amount=line.amount,
        basis=texts(line.basis),
    )


def texts(words: Texts | None) -> dict[str, str]:
    if words is None:
        return {}
    return dict(words) if isinstance(words, Mapping) else {"vi": words.vi, "en": words.en}
