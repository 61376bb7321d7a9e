"""What a reader sees of a signature: a blue hand and a red round seal, drawn here as vector outlines.

The lettering on the seal is drawn as outlines too, so that a stamp needs no font inside the PDF (PDF/A asks
for every font), no image and no transparency, and stays sharp at any size. A drawing is PDF operators in a
square or box of its own units, from the bottom left. NĐ 30/2020, phụ lục I: the hand is blue, the seal red.
"""

from __future__ import annotations

import hashlib
import io
import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from portal.documents import fonts

BLUE = "0.122 0.247 0.659"
RED = "0.784 0.125 0.102"

# A hand of five strokes in 160 × 100 units: points of cubic curves, the first is where the pen goes down.
HAND: tuple[tuple[tuple[float, float], ...], ...] = (
    ((12, 44), (26, 84), (46, 102), (52, 90), (58, 74), (24, 28), (16, 26), (8, 26), (36, 66), (54, 62)),
    ((54, 62), (62, 58), (44, 34), (50, 30), (58, 28), (66, 56), (76, 54), (84, 52), (68, 32), (76, 28)),
    (
        (76, 28),
        (86, 26),
        (94, 58),
        (104, 54),
        (112, 50),
        (94, 30),
        (104, 28),
        (116, 28),
        (130, 46),
        (150, 56),
    ),
    ((6, 22), (56, 32), (112, 36), (152, 32)),
)


@dataclass(frozen=True, slots=True)
class Drawing:
    """PDF operators within `width` × `height` units."""

    width: float
    height: float
    content: bytes


@lru_cache(maxsize=256)
def hand(name: str) -> Drawing:
    """A signature for `name`: one hand, bent a little differently for every name, always the same for one."""
    bends = iter(hashlib.sha256(name.encode()).digest() * 4)
    lines = ["q", f"{BLUE} RG 2.4 w 1 J 1 j"]
    for stroke in HAND:
        lines.append(_curves([_bend(point, next(bends), next(bends)) for point in stroke]))
    return Drawing(160, 100, "\n".join([*lines, "Q"]).encode())


def _bend(point: tuple[float, float], x: int, y: int) -> tuple[float, float]:
    """The point moved by at most 5 units each way."""
    return point[0] + (x - 128) / 26, point[1] + (y - 128) / 26


def _curves(points: list[tuple[float, float]]) -> str:
    start, *rest = points
    parts = [f"{start[0]:.1f} {start[1]:.1f} m"]
    for i in range(0, len(rest), 3):
        parts.append(" ".join(f"{x:.1f} {y:.1f}" for x, y in rest[i : i + 3]) + " c")
    return " ".join(parts) + " S"


@lru_cache(maxsize=256)
def seal(agency: str, place: str) -> Drawing:
    """A round seal of 200 units: `agency` along the top of the ring, `place` along its bottom, a star within.

    Raises fonts.FontMissing.
    """
    parts = ["q", f"{RED} RG {RED} rg"]
    parts += [_ring(94, 4.2), _ring(87, 1.4), _ring(56, 2), _star(36)]
    parts += _arc(agency.upper(), radius=65, middle=90, spread=260, clockwise=True)
    parts += _arc(place.upper(), radius=76, middle=270, spread=80, clockwise=False)
    return Drawing(200, 200, "\n".join([*parts, "Q"]).encode())


def _ring(radius: float, width: float) -> str:
    """A circle around the centre, as four curves."""
    k = radius * 0.5523
    quarter = [(0, 1, -1, 0), (-1, 0, 0, -1), (0, -1, 1, 0), (1, 0, 0, 1)]
    path = [f"{100 + radius:.1f} 100 m"]
    for a, b, c, d in [(1, 0, 0, 1), *quarter[:3]]:
        x1, y1, x2, y2 = 100 + a * radius, 100 + b * radius, 100 + c * radius, 100 + d * radius
        path.append(
            f"{x1 + c * k:.1f} {y1 + d * k:.1f} {x2 + a * k:.1f} {y2 + b * k:.1f} {x2:.1f} {y2:.1f} c"
        )
    return f"{width} w " + " ".join(path) + " s"


def _star(radius: float) -> str:
    points = []
    for i in range(10):
        reach = radius if i % 2 == 0 else radius * 0.382
        angle = math.radians(90 + 36 * i)
        points.append(f"{100 + reach * math.cos(angle):.1f} {100 + reach * math.sin(angle):.1f}")
    return points[0] + " m " + " ".join(f"{point} l" for point in points[1:]) + " f"


def _arc(text: str, *, radius: float, middle: float, spread: float, clockwise: bool) -> Iterable[str]:
    """`text` set around the centre; the size gives way when it would fill more than `spread` degrees."""
    if not text:
        return []
    font = _font()
    widths = [font.advance(letter) + 0.09 for letter in text]
    size = min(17.0, math.radians(spread) * radius / sum(widths))
    turn = -1 if clockwise else 1
    angle = middle - turn * math.degrees(sum(widths) * size / radius) / 2
    placed = []
    for letter, width in zip(text, widths, strict=True):
        half = math.degrees(width * size / radius) / 2
        angle += turn * half
        placed.append(_set(font, letter, size, radius, angle, clockwise=clockwise))
        angle += turn * half
    return placed


def _set(font: Font, letter: str, size: float, radius: float, angle: float, *, clockwise: bool) -> str:
    """One letter, its baseline's middle at `angle` degrees on the circle, head outwards when clockwise."""
    tilt = math.radians(angle - 90 if clockwise else angle + 90)
    x = 100 + radius * math.cos(math.radians(angle))
    y = 100 + radius * math.sin(math.radians(angle))
    cos, sin, back = math.cos(tilt) * size, math.sin(tilt) * size, font.advance(letter) / 2
    matrix = f"{cos:.4f} {sin:.4f} {-sin:.4f} {cos:.4f} {x - back * cos:.2f} {y - back * sin:.2f} cm"
    return f"q {matrix} {font.outline(letter)} Q"


class Font:
    """The outlines of one font, as PDF paths in ems."""

    def __init__(self, content: bytes) -> None:
        from fontTools.ttLib import TTFont  # noqa: PLC0415 - heavy, only the signing worker draws

        font = TTFont(io.BytesIO(content), lazy=True)
        self._glyphs: Any = font.getGlyphSet()
        self._names: dict[int, str] = font.getBestCmap()
        self._em: int = font["head"].unitsPerEm

    def _glyph(self, letter: str) -> Any:
        return self._glyphs[self._names.get(ord(letter), ".notdef")]

    def advance(self, letter: str) -> float:
        return float(self._glyph(letter).width) / self._em

    def outline(self, letter: str) -> str:
        """The letter's contours, filled; TrueType's quadratic curves become the cubic ones that PDF knows."""
        pen = _pen(self._glyphs)
        self._glyph(letter).draw(pen)
        scaled = (" ".join(f"{n / self._em:.3f}" for n in numbers) + f" {do}" for numbers, do in pen.steps)
        return " ".join(scaled) + " f" if pen.steps else ""


def _pen(glyphs: Any) -> Any:
    from fontTools.pens.basePen import BasePen  # noqa: PLC0415 - heavy, only the signing worker draws

    class Pen(BasePen):  # type: ignore[misc]
        """Takes a glyph down as (numbers, operator), with curves made cubic by its base."""

        def __init__(self) -> None:
            super().__init__(glyphs)
            self.steps: list[tuple[list[float], str]] = []

        def _moveTo(self, point: tuple[float, float]) -> None:
            self.steps.append(([*point], "m"))

        def _lineTo(self, point: tuple[float, float]) -> None:
            self.steps.append(([*point], "l"))

        def _curveToOne(self, *points: tuple[float, float]) -> None:
            self.steps.append(([number for point in points for number in point], "c"))

    return Pen()


@lru_cache(maxsize=1)
def _font() -> Font:
    return Font(fonts.faces().files["bold"])
