"""What the tests read in the style sheets and the templates."""

import re
from pathlib import Path

from django.conf import settings

STATIC = settings.BASE_DIR / "portal" / "static" / "mc"
TEMPLATES = settings.BASE_DIR / "templates"
_TOKEN = re.compile(r"--([\w-]+):\s*(#[0-9a-f]{3,6})\b")


def tokens() -> dict[str, dict[str, str]]:
    """Colours by name, `{"light": …, "dark": …}`; what the dark theme does not say stays as it is."""
    css = (STATIC / "mc.css").read_text()
    light, dark = css.split("@media screen and (prefers-color-scheme: dark)", 1)
    light_tokens = dict(_TOKEN.findall(light))
    return {"light": light_tokens, "dark": light_tokens | dict(_TOKEN.findall(dark.split("/* base */")[0]))}


def contrast(one: str, other: str) -> float:
    """The WCAG ratio of two colours, 1 to 21."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(digit * 2 for digit in colour[1:])
    red, green, blue = (_linear(int(digits[at : at + 2], 16) / 255) for at in (0, 2, 4))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4


def pages() -> list[Path]:
    """Every template that a browser shows: not the papers (rendered to PDF), not the mails."""
    return [path for path in sorted(TEMPLATES.rglob("*.html")) if not {"pdf", "mail"} & set(path.parts)]
