"""What programs read about results: the schemas of the data inside them. Open to everybody, kept for ever."""

from __future__ import annotations

from django.http import HttpRequest, JsonResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from procedures.definitions import schemas
from procedures.definitions.models import ResultSchema

SCHEMA_JSON = "application/schema+json"
SHOWN = {"ensure_ascii": False, "indent": 2}


@require_safe
@cache_control(public=True, max_age=3600)
def index(request: HttpRequest) -> JsonResponse:
    """Every schema that was ever published, by type of result."""
    return _open(JsonResponse(schemas.index(), json_dumps_params=SHOWN))


@require_safe
@cache_control(public=True, max_age=31_536_000, immutable=True)
def schema(request: HttpRequest, type_code: str, number: int) -> JsonResponse:
    row = get_object_or_404(ResultSchema, type_code=type_code, number=number)
    body = schemas.document(row)
    return _open(JsonResponse(body, json_dumps_params=SHOWN, content_type=SCHEMA_JSON))


def _open(response: JsonResponse) -> JsonResponse:
    """Validators in a browser may read it from any site: nothing here is about anybody."""
    response["Access-Control-Allow-Origin"] = "*"
    return response
