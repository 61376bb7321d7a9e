"""What a payment provider must be able to do, and what it may say.

A provider reads our rows and never writes them. Nothing here is called inside a transaction: a provider
may take its time. What it says (`Seen`) is judged in `settlement`.
"""

from __future__ import annotations

import enum
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol, cast

from django.conf import settings

if TYPE_CHECKING:
    from payments.models import Charge, Payment, Refund

KEYS = frozenset(module.name for module in pkgutil.iter_modules(__path__))  # a file here is a provider


class UnknownProvider(LookupError):
    """There is no provider of this name."""


class ProviderDown(Exception):
    """No answer, or one that says nothing. What was asked may have happened or not: ask again the same way."""


class ProviderRefused(Exception):
    """A definite no: nothing happened. `code` is the provider's own word for the reason."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class BadCallback(Exception):
    """A callback that proves nothing: unsigned, old, or not a message at all. The log gets the reason."""


class State(enum.Enum):
    OPEN = "open"  # the payer may still pay
    PROCESSING = "processing"  # the payer has done their part, the bank has not
    PAID = "paid"
    FAILED = "failed"  # and cannot succeed any more
    EXPIRED = "expired"


class RefundState(enum.Enum):
    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Plan:
    """All that the first call will say. Stored before it is sent."""

    parameters: dict[str, Any]
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Opened:
    provider_id: str
    url: str


@dataclass(frozen=True, slots=True)
class Seen:
    """A payment as the provider has it now."""

    provider_id: str
    state: State
    amount: int  # đồng received when PAID, else đồng asked for
    currency: str
    reference: str  # "<charge uuid>:<attempt>", as the provider repeats it
    live: bool
    transaction_id: str = ""


@dataclass(frozen=True, slots=True)
class RefundSeen:
    """A refund as the provider has it now. `reference` is the uuid of our row, empty for a stranger's refund."""

    provider_id: str
    state: RefundState
    amount: int
    transaction_id: str
    reference: str = ""
    reason: str = ""


class DisputeState(enum.Enum):
    OPEN = "open"
    WON = "won"  # the money is ours again
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class DisputeSeen:
    """A dispute as the provider has it now."""

    provider_id: str
    state: DisputeState
    amount: int
    transaction_id: str
    reason: str = ""  # the provider's word
    answer_by: datetime | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """A callback with a good signature. It is a reason to ask, not a fact."""

    event_id: str
    kind: str
    about: str  # "payment", "refund", "dispute" or "" (nothing of interest)
    object_id: str
    reference: str  # "<charge uuid>:<attempt>" for a payment, the refund's uuid for a refund, or ""
    live: bool
    amount: int | None = None  # đồng, where the message tells


@dataclass(frozen=True, slots=True)
class Reply:
    """What the caller of a callback is answered."""

    status: int = 200
    body: str = ""
    content_type: str = "text/plain"


@dataclass(frozen=True, slots=True)
class Movement:
    """One payment that the provider says was paid."""

    provider_id: str
    amount: int  # đồng
    reference: str = ""  # our own id, as the provider repeats it


class Listing(Protocol):
    """A provider that can be asked for everything at once."""

    def list_movements(self, since: datetime, until: datetime) -> list[Movement]:
        """What was paid of all that was begun in the period. Raises ProviderDown."""


class Provider(Protocol):
    live: bool  # real money?
    # Whether an attempt that was cancelled can take no money any more; if not, it is watched to its end.
    shuts: bool
    callback_method: str  # "POST", or "GET" when the callback is the query string
    name: object  # lazy text, on the button
    hint: object  # lazy text: what happens next, one sentence

    def takes(self, charge: Charge) -> bool:
        """Whether this charge can be paid this way (configured, and the agency has what it needs)."""

    def plan(self, payment: Payment, *, back_url: str, language: str, at: datetime) -> Plan:
        """What `start` will send. Pure: no call goes out."""

    def start(self, payment: Payment) -> Opened:
        """Open the payment with its stored parameters; the same call gives the same answer."""

    def fetch_status(self, payment: Payment) -> Seen: ...

    def cancel(self, payment: Payment) -> Seen:
        """Make sure that it cannot be paid any more, and say how it stands after that."""

    def refund(self, refund: Refund) -> RefundSeen:
        """Send the money back once, however often this is called for one row."""

    def fetch_refund(self, provider_id: str) -> RefundSeen: ...

    def fetch_dispute(self, provider_id: str) -> DisputeSeen: ...

    def parse_callback(self, body: bytes, headers: Mapping[str, str], *, at: datetime) -> Notice:
        """Raise BadCallback unless the message is the provider's own, and fresh."""

    def about(self, kind: str) -> str:
        """What a notice of this kind is about: see `Notice.about`."""

    def reply(self, notice: Notice | None, find: Callable[[], Payment | None]) -> Reply:
        """The answer that the caller expects; no notice: it proved nothing. `find` looks for our payment."""


class Silent:
    """What those ways have in common for which no server speaks: nothing rings, and nothing is disputed there."""

    callback_method = "POST"

    def fetch_dispute(self, provider_id: str) -> DisputeSeen:
        raise ProviderRefused("no_disputes", "Nobody tells of disputes here.")

    def parse_callback(self, body: bytes, headers: Mapping[str, str], *, at: datetime) -> Notice:
        raise BadCallback("nobody rings for this way to pay")

    def about(self, kind: str) -> str:
        return ""


@cache
def get(key: str) -> Provider:
    """The provider of this name, known by its file. An SDK is imported at first use: a web process starts light.

    Raises UnknownProvider.
    """
    if key not in KEYS:
        raise UnknownProvider(key)
    return cast(Provider, import_module(f"{__name__}.{key}").provider())


def offered(charge: Charge) -> list[tuple[str, Provider]]:
    """The ways in which this charge can be paid online, in the order of PAYMENT_PROVIDERS."""
    ways = ((key, get(key)) for key in settings.PAYMENT_PROVIDERS)
    return [(key, way) for key, way in ways if way.takes(charge)]


def listing(key: str) -> Listing:
    """The same, for those that list."""
    return cast(Listing, get(key))
