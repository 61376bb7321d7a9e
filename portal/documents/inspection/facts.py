"""What an inspection finds: plain values, which travel between processes as JSON."""

from __future__ import annotations

from dataclasses import dataclass


class Unreadable(Exception):
    """The bytes are no PDF that can be inspected: broken, encrypted, or too much for the limits."""


@dataclass(frozen=True, slots=True)
class Signature:
    """One filled signature field. `intact`: bytes and certificate agree, nothing is hidden beside. `trusted`: a
    root of ours stands above the certificate, which was valid, and not revoked as far as the file can tell, at the
    time stamped, or without a stamp at the time that the signature claims. `permitted`: what came later was
    allowed by the certifying signature. `last`: it covers the file to its last byte.

    `stamp`: "" without a time stamp, "trusted", or "bad". `revocation`: "good", "revoked" before the signature, or
    "unknown": the file does not hold what would tell.
    """

    field: str
    certificate: str  # SHA-256, hex
    signer: str  # common name
    intact: bool
    trusted: bool
    permitted: bool
    last: bool
    certifies: bool
    signed_at: str  # ISO 8601, as the signer claims; "" when not said
    expires: str  # end of the certificate, ISO 8601
    stamp: str = ""
    stamped_at: str = ""  # ISO 8601, as the time-stamping authority says; "" unless the stamp is trusted
    revocation: str = "unknown"


@dataclass(frozen=True, slots=True)
class Stamp:
    """One archive time stamp: over the whole file as it was at `at`. `trusted` as a signature's, of its authority."""

    field: str
    authority: str  # common name
    at: str  # ISO 8601
    expires: str  # end of the authority's certificate, ISO 8601
    intact: bool
    trusted: bool
    last: bool


@dataclass(frozen=True, slots=True)
class Facts:
    """All signature fields by name, empty ones included; signatures and archive time stamps, each in order; the
    data inside.

    `payload` is the text of our JSON attachment as the first signature covers it, "" without one, and
    `payload_stays` whether it is the same in every later revision. `closed`: behind the last signature comes
    nothing, or nothing but what proves it: revocation data and archive time stamps. `changes`: what kinds of
    things were added or written anew otherwise, after the last signature that holds, sorted; see updates.KINDS.
    """

    fields: tuple[str, ...]
    signatures: tuple[Signature, ...]
    payload: str
    payload_stays: bool
    changes: tuple[str, ...] = ()
    stamps: tuple[Stamp, ...] = ()
    closed: bool = True
