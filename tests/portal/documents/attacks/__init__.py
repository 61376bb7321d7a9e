"""Files made from a good result that must not pass, each with the verdict that it deserves (`bench.ATTACKS`)."""

from tests.portal.documents.attacks import proof, raw, signers, updates
from tests.portal.documents.attacks.bench import ATTACKS, Bench, build, gaps, revised, saved, with_gap

__all__ = [
    "ATTACKS",
    "Bench",
    "build",
    "gaps",
    "proof",
    "raw",
    "revised",
    "saved",
    "signers",
    "updates",
    "with_gap",
]
