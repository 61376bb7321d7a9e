"""Where on a paper the signature and the seal go: the agreement between the templates and the signer.

A template marks the place with an element whose id is `sign-here`. WeasyPrint writes every id into the
PDF as a named destination (the top left corner of the element's box), and the signer reads it from there, so
that a body of any length carries its signature block along. Nothing is printed by the mark itself.

What a template of a signed paper does: below the signer's position and above the signer's name it leaves

    <div id="sign-here" class="sign-here"></div>
    .sign-here { width: 62mm; height: 37mm; margin: 0 auto; break-inside: avoid; }

centred in the right half of the page, kept on one page with position and name (`break-inside: avoid`
around the three). Inside this block, from its top left corner:

    ┌──────────────┬───────────────┐
    │ seal 37 × 37 │               │    the seal: the left 37 mm, red, round
    │        ┌─────┼────────────┐  │    the signature: from 20 to 60 mm, 6 mm from the top, 25 high, blue;
    │        │ signature 40×25  │  │    the seal covers its left third or so (NĐ 30/2020, phụ lục I)
    │        └─────┼────────────┘  │
    └──────────────┴───────────────┘  62 × 37 mm

A form that only the agency seals (giấy tiếp nhận và hẹn trả) marks `id="seal-here"` on a box of 37 × 37 mm
instead (`SEAL_SIDE`). Each id stands once in a paper.
Boxes are PDF points from the bottom left of the page.
"""

from __future__ import annotations

from dataclasses import dataclass

MM = 72 / 25.4

SIGN_ANCHOR = "sign-here"
SEAL_ANCHOR = "seal-here"

# The block of SIGN_ANCHOR and what lies inside, in millimetres from its top left corner.
BLOCK_WIDTH, BLOCK_HEIGHT = 62, 37
SEAL_SIDE = 37
LEADER_LEFT, LEADER_TOP, LEADER_WIDTH, LEADER_HEIGHT = 20, 6, 40, 25

# Where a paper without a mark is signed: the last page, right half, above a footer of 45 mm.
FALLBACK_LEFT, FALLBACK_BOTTOM = 120, 45

LEADER = "leader"
SEAL = "seal"
ROLES = (LEADER, SEAL)  # in the order of signing: the clerk seals only what a competent person signed


@dataclass(frozen=True, slots=True)
class Place:
    """A rectangle on a page: `page` counts from 0, `box` is (left, bottom, right, top) in points."""

    page: int
    box: tuple[float, float, float, float]


def _box(left: float, top: float, width: float, height: float) -> tuple[float, float, float, float]:
    """The rectangle of `width` × `height` mm whose top left corner is at (`left`, `top`) points."""
    return (left, top - height * MM, left + width * MM, top)


def seal_at(page: int, left: float, top: float) -> Place:
    """The seal in a block whose top left corner is at (`left`, `top`) points."""
    return Place(page, _box(left, top, SEAL_SIDE, SEAL_SIDE))


def leader_at(page: int, left: float, top: float) -> Place:
    """The leader's signature in a block whose top left corner is at (`left`, `top`) points."""
    return Place(page, _box(left + LEADER_LEFT * MM, top - LEADER_TOP * MM, LEADER_WIDTH, LEADER_HEIGHT))
