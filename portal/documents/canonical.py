"""One way to write the data inside a paper, so that equal data has equal bytes and one SHA-256.

UTF-8, NFC, keys sorted, no spaces, no floats (money is integer đồng; a float would print differently
elsewhere). `payload` is the file that travels inside a signed result.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Mapping
from datetime import date
from typing import Any

PAYLOAD_NAME = "du-lieu.json"
PAYLOAD_MIME = "application/json"
# What every data file of ours is known by, whichever site issued it and wherever its schema is published.
PAYLOAD_FORMAT = "urn:motcua:paper:1"


def _normal(value: Any) -> Any:
    match value:
        case str():
            return unicodedata.normalize("NFC", value)
        case None | bool() | int():
            return value
        case Mapping():
            return {unicodedata.normalize("NFC", str(key)): _normal(item) for key, item in value.items()}
        case list() | tuple():
            return [_normal(item) for item in value]
    raise TypeError(f"{type(value).__name__} has no canonical form.")


def dumps(obj: Any) -> bytes:
    """The canonical bytes of JSON-able data. Raises TypeError for floats, dates and the like."""
    text = json.dumps(
        _normal(obj), ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    )
    return text.encode()


def sha256(obj: Any) -> str:
    """SHA-256 of the canonical bytes, 64 hex digits."""
    return hashlib.sha256(dumps(obj)).hexdigest()


def payload(
    *,
    schema: str = PAYLOAD_FORMAT,
    type_code: str,
    number: str,
    check_code: str,
    issuer: str,
    issued_on: date,
    valid_until: date | None,
    claims: Mapping[str, Any],
) -> bytes:
    """The data file of a result: what a machine reads instead of the page.

    `schema` is the address of the published JSON Schema that it keeps to, `issuer` the agency's unit code;
    dates are Vietnam's, ISO 8601.
    """
    return dumps(
        {
            "format": PAYLOAD_FORMAT,
            "schema": schema,
            "type": type_code,
            "number": number,
            "check_code": check_code,
            "issuer": issuer,
            "issued_on": issued_on.isoformat(),
            "valid_until": valid_until.isoformat() if valid_until else None,
            "claims": claims,
        }
    )
