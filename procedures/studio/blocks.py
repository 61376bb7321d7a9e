"""Ready-made parts of a paper as NĐ 30/2020 wants them, and the house's models as texts of one's own.

The words are those of the models under `templates/pdf/results`: a test prints both and compares.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.template.loader import get_template
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

FOLDER = Path(__file__).parents[2] / "templates"
# Part of a paper → the file that holds it, below templates/.
FILES = {
    "head": "pdf/parts/head.html",
    "title": "pdf/parts/title.html",
    "facts": "pdf/parts/facts.html",
    "table": "pdf/parts/table.html",
    "replaces": "pdf/parts/replaces.html",
    "receivers": "pdf/parts/receivers.html",
    "check": "pdf/parts/check.html",
    "sign": "pdf/parts/sign.html",
    "english": "pdf/parts/english.html",
}
REQUESTER = "claims.requester.full_name "


@dataclass(frozen=True, slots=True)
class Block:
    """A part to put into the text."""

    key: str
    name: _StrPromise
    text: str


def blocks(claims: Mapping[str, Any]) -> list[Block]:
    """The parts for a paper with these claims, in the order in which they stand on it."""
    return [
        Block("head", _("Head: country, agency, number, place and date"), part("head")),
        Block("title", _("Title"), part("title")),
        Block("facts", _("All data, one below the other"), part("facts")),
        Block("table", _("A table with a head"), part("table")),
        Block("replaces", _("Which paper it replaces, when it corrects one"), part("replaces")),
        Block("check", _("QR code and code to check the paper"), part("check")),
        Block("sign", _("Signer with authority, place of signature and seal"), part("sign")),
        Block("end", _("Foot: receivers, QR code, signer and seal"), end(claims)),
        Block("english", _("English rendition (for the field of its own)"), part("english")),
    ]


@functools.cache
def part(name: str) -> str:
    """The text of a part."""
    return (FOLDER / FILES[name]).read_text(encoding="utf-8")


def end(claims: Mapping[str, Any]) -> str:
    """The foot of a paper. Its receiver is who asked for it, where the data says who that is."""
    requester = claims.get("requester")
    is_known = isinstance(requester, Mapping) and "full_name" in requester
    receivers = part("receivers") if is_known else part("receivers").replace(REQUESTER, "")
    left = f'<div class="left">{receivers}{part("check").rstrip()}</div>'
    return f'<div class="end">\n{left}\n{part("sign")}</div>\n'


# ── Models ────────────────────────────────────────────────────────────────────────────────────────

_BLOCK = re.compile(r"\{% block (\w+) %\}(.*?)\{% endblock %\}", re.DOTALL)
_INCLUDE = re.compile(r'\{% include "(pdf/results/\w+\.html)" with (.*?) %\}')
_LOAD = re.compile(r"\{% load \w+ %\}\s*")


def begun(claims: Mapping[str, Any]) -> str:
    """What a text begins with: all the parts that the law wants, and the data."""
    return f'{part("head")}{part("title")}<div class="body">\n{part("facts")}{part("replaces")}</div>\n{end(claims)}'


def copied(model: str, claims: Mapping[str, Any]) -> str:
    """A model of the house as one text: without its base, and with what it includes. Raises TemplateDoesNotExist."""
    own = dict(_BLOCK.findall(_source(f"pdf/results/{model}.html")))
    body = _INCLUDE.sub(_included, own.get("body", "").strip())
    body = body.replace("firstof holder ", "firstof ").replace(
        "dossier.person.full_name", "dossier.applicant"
    )
    if "requester" not in claims:
        body = body.replace(REQUESTER, "")
    heading = own.get("heading", part("title").strip())
    return f'{part("head")}{heading}\n<div class="body">\n{body}\n{part("replaces")}</div>\n{end(claims)}'


def _included(found: re.Match[str]) -> str:
    inner = _LOAD.sub("", _source(found[1])).strip()
    return f"{{% with {found[2]} %}}{inner}{{% endwith %}}"


def _source(name: str) -> str:
    template: Any = get_template(name)
    return str(template.template.source)
