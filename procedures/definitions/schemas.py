"""The published JSON Schemas of results: numbered by result type, kept for ever, new only when the data changes.

What a paper of ten years ago says of its own data must still be found, whatever became of the procedure and of the
program that derives schemas: so each is a row, written once, and its address stands inside every paper.
"""

from __future__ import annotations

import functools
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.urls import reverse

from portal.documents import canonical
from procedures.definitions import parts, runtime, shapes
from procedures.definitions.models import ResultSchema


def freeze(content: parts.Content) -> ResultSchema:
    """The schema of the results that `content` issues: the one there is, or the type's next.

    One query, or a few the first time. Two who are first at once get the same row.
    """
    body = shapes.payload(content)
    digest = canonical.sha256(body)
    rows = ResultSchema.objects.filter(type_code=content.result.type)
    while (found := rows.filter(sha256=digest).first()) is None:
        number = (rows.aggregate(last=Max("number"))["last"] or 0) + 1
        try:
            with transaction.atomic():
                return rows.create(type_code=content.result.type, number=number, sha256=digest, body=body)
        except IntegrityError:
            continue  # somebody took the number; perhaps for this very schema
    return found


def uri(version_id: int) -> str:
    """Where the schema of the results of this published version stands. One query."""
    content = runtime.definition(version_id)
    row = ResultSchema.objects.filter(type_code=content.result.type, sha256=digest(version_id)).first()
    return address(row or freeze(content))


@functools.lru_cache(maxsize=512)
def digest(version_id: int) -> str:
    """A published version never changes, and neither does what is derived from it."""
    return canonical.sha256(shapes.payload(runtime.definition(version_id)))


def address(row: ResultSchema) -> str:
    return settings.PUBLIC_URL + reverse("results:schema", args=[row.type_code, row.number])


def document(row: ResultSchema) -> dict[str, Any]:
    """The schema as programs get it, with its own address."""
    return {"$id": address(row), **row.body}


def index() -> dict[str, Any]:
    """All of them for programs, the newest of a type last. One query."""
    rows = ResultSchema.objects.order_by("type_code", "number")
    return {
        "schemas": [
            {
                "type": row.type_code,
                "version": row.number,
                "title": row.body["x-title"],
                "schema": address(row),
                "sha256": row.sha256,
            }
            for row in rows
        ]
    }
