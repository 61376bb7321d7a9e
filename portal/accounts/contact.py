"""Phone numbers as Vietnam writes them."""

from __future__ import annotations

import re

from django.utils.translation import gettext as _

MOBILE = re.compile(r"0[35789]\d{8}")
LANDLINE = re.compile(r"02\d{9}")


def normalise(value: str) -> str:
    """The number without spaces, dots and hyphens, and with 0 for +84."""
    bare = value.translate({ord(mark): None for mark in " .-()\u00a0\t"})
    return f"0{bare[3:]}" if bare.startswith("+84") else bare


def problems(value: str) -> str | None:
    """Why `value` (normalised) cannot be a phone number, as one sentence; None when it can."""
    if MOBILE.fullmatch(value) or LANDLINE.fullmatch(value):
        return None
    return _("Enter a phone number of 10 digits (mobile, beginning 03, 05, 07, 08 or 09) or 11 digits (02…).")
