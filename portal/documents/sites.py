"""Other sites whose papers count here: an explicit list of who they are, their roots, and where papers are checked.

`TRUSTED_SITES` names a JSON file: [{"key": "haiphong", "name": "Cổng dịch vụ công Hải Phòng", "roots": "haiphong.pem",
"check": "https://dichvucong.haiphong.gov.vn/giay-to/kiem-tra/"}, …]. `roots` is a PEM file beside it. Without
`check` nobody is asked whether a paper still holds, and the officer is told so.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import urllib3
from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, register

log = logging.getLogger(__name__)

CONNECT, READ = 1.0, 2.0  # seconds
LARGEST = 64 * 1024  # bytes of an answer
CODE = re.compile(r"[2-9A-HJKMNP-Z]{12}\Z")


class Misconfigured(Exception):
    """The file of trusted sites cannot be read; the text says why."""


@dataclass(frozen=True, slots=True)
class Site:
    key: str
    name: str
    roots: Path
    check: str  # address of its public check page, ending in "/"; "": cannot be asked


@dataclass(frozen=True, slots=True)
class Standing:
    """What a site says of a paper of its own. `outcome`: valid, or what became of it; "" when it did not say."""

    outcome: str
    title: dict[str, str]

    @property
    def was_told(self) -> bool:
        return bool(self.outcome)


UNTOLD = Standing("", {})


def trusted() -> list[Site]:
    """Raises Misconfigured."""
    if not settings.TRUSTED_SITES:
        return []
    path = Path(settings.TRUSTED_SITES)
    try:
        return [_site(item, path.parent) for item in json.loads(path.read_text())]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Misconfigured(f"{path}: {type(error).__name__} {error}") from error


def _site(item: Any, folder: Path) -> Site:
    site = Site(str(item["key"]), str(item["name"]), folder / item["roots"], str(item.get("check", "")))
    if b"BEGIN CERTIFICATE" not in site.roots.read_bytes():
        raise ValueError(f"{site.roots} holds no certificate")
    if site.check and not (site.check.startswith(("https://", "http://")) and site.check.endswith("/")):
        raise ValueError(f"{site.check} is not the address of a check page")
    return site


@register()
def readable(app_configs: Sequence[AppConfig] | None, **_options: Any) -> list[CheckMessage]:
    """A file of trusted sites that cannot be read would be found out by the first citizen who sends a paper."""
    try:
        trusted()
    except Misconfigured as error:
        hint = "TRUSTED_SITES names a JSON file; portal/documents/sites.py says what stands in it."
        return [Error(f"The trusted sites cannot be read: {error}.", hint=hint, id="documents.E001")]
    return []


def named(key: str) -> Site | None:
    return next((site for site in trusted() if site.key == key), None)


def ask(site: Site, *, check_code: str, sha256: str) -> Standing:
    """What the site says now of its paper and these very bytes. Waits 3 seconds at most; never raises.

    The address is the configured one and nothing from the paper but its code, which can only be a code; redirections
    are not followed. Not for use inside a transaction.
    """
    if not site.check or not CODE.match(check_code):
        return UNTOLD
    try:
        response = urllib3.request(
            "GET",
            f"{site.check}{check_code}/",
            fields={"format": "json"},
            timeout=urllib3.Timeout(connect=CONNECT, read=READ),
            retries=False,
            redirect=False,
            preload_content=False,
        )
        content = response.read(LARGEST)
        response.close()
        return _standing(response.status, json.loads(content), sha256)
    except (urllib3.exceptions.HTTPError, OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        log.warning("the site %s could not be asked: %s", site.key, type(error).__name__)
        return UNTOLD


def _standing(status: int, answer: Any, sha256: str) -> Standing:
    if status == 404 and answer["outcome"] == "unknown":
        return Standing("unknown", {})
    if status != 200:
        return UNTOLD
    paper = answer["paper"]
    title = {name: str(text) for name, text in paper["title"].items() if name in ("vi", "en")}
    # The code may be that of a true paper, the bytes of another one.
    return Standing(str(answer["outcome"]) if paper["sha256"] == sha256 else "unknown", title)
