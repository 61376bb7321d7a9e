"""The API described in OpenAPI 3.1; the tests hold every real answer against these shapes."""

from __future__ import annotations

from typing import Any

from portal.sharing import wire

_TEXT = {"type": "string"}
_TIME = {"type": "string", "format": "date-time"}
_TEXTS = {"type": "array", "items": _TEXT, "uniqueItems": True}
_PERSON = {"type": "string", "pattern": "^[0-9]{12}$", "description": "personal ID number (số định danh)"}


def _object(**members: Any) -> dict[str, Any]:
    """An object that has all of these members and no other: answers are of one shape whatever they say."""
    return {
        "type": "object",
        "properties": members,
        "required": list(members),
        "additionalProperties": False,
    }


def _or_nothing(shape: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [shape, {"type": "null"}]}


SCHEMAS: dict[str, Any] = {
    "Token": _object(access_token=_TEXT, token_type={"const": "Bearer"}, expires_in={"type": "integer"}),
    "NewRequest": {
        "type": "object",
        "properties": {
            "person": _PERSON,
            "scope": _TEXT,
            "claims": _TEXTS,
            "questions": _TEXTS,
            "days": {"type": "integer", "minimum": 0, "description": "0: to ask once"},
            "reference": {
                "type": "string",
                "maxLength": 60,
                "description": "your own file; the person reads it",
            },
        },
        "required": ["person", "scope"],
        "additionalProperties": False,
    },
    "Request": _object(
        id={"type": "string", "format": "uuid"},
        scope=_TEXT,
        state={"enum": ["waiting", "granted", "closed"]},
        claims=_TEXTS,
        questions=_TEXTS,
        days={"type": "integer"},
        created_at=_TIME,
        expires_at=_TIME,
        receipt=_or_nothing(_TEXT),
    ),
    "Question": {
        "type": "object",
        "properties": {
            "person": _PERSON,
            "scope": _TEXT,
            "claims": _TEXTS,
            "questions": _TEXTS,
            "reference": {"type": "string", "maxLength": 60},
        },
        "required": ["person", "scope"],
        "additionalProperties": False,
    },
    "Answer": _object(
        id={"type": "string", "format": "uuid"},
        scope=_TEXT,
        answered_at=_TIME,
        answers={"type": "object", "additionalProperties": {"enum": ["yes", "no", "unknown"]}},
        claims={"type": "object", "description": "null: cannot be said"},
        paper=_object(
            type=_TEXT,
            issued_at=_or_nothing(_TIME),
            status=_or_nothing({"enum": ["valid", "suspended", "revoked", "replaced", "expired"]}),
            status_at=_or_nothing(_TIME),
            valid_until=_or_nothing({"type": "string", "format": "date"}),
        ),
        receipt=_or_nothing(_TEXT),
    ),
    "Problem": _object(type=_TEXT, title=_TEXT, status={"type": "integer"}, detail=_TEXT),
}

_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "schema": {"type": "string", "pattern": f"^{wire.KEY.pattern}$"},
}


def _says(name: str, what: str, media: str = "application/json") -> dict[str, Any]:
    return {"description": what, "content": {media: {"schema": {"$ref": f"#/components/schemas/{name}"}}}}


def _refusals(*statuses: int) -> dict[str, Any]:
    return {
        str(status): _says("Problem", "refused", "application/problem+json")
        for status in (401, 405, 429, *statuses)
    }


def _post(summary: str, takes: str, answers: dict[str, Any], *refused: int) -> dict[str, Any]:
    return {
        "post": {
            "summary": summary,
            "parameters": [_KEY],
            "requestBody": {"required": True, **_says(takes, "what is asked")},
            "responses": answers | _refusals(*refused),
        }
    }


def document(base: str) -> dict[str, Any]:
    """The whole description; `base` is the address of the API's home page."""
    asked = {"201": _says("Request", "asked"), "200": _says("Request", "asked before")}
    one = {"name": "id", "in": "path", "required": True, "schema": {"type": "string", "format": "uuid"}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Một Cửa: papers with consent", "version": "1"},
        "servers": [{"url": f"{base}v1"}],
        "security": [{"token": []}],
        "paths": {
            "/token/": _token(base),
            "/requests/": _post("Ask a person to agree", "NewRequest", asked, 409, 422),
            "/requests/{id}/": {
                "get": {
                    "summary": "What became of a request",
                    "parameters": [one],
                    "responses": {"200": _says("Request", "its state")} | _refusals(404),
                }
            },
            "/answers/": _post("Ask", "Question", {"200": _says("Answer", "three values")}, 409, 422),
        },
        "components": {"schemas": SCHEMAS, "securitySchemes": {"token": _oauth(base)}},
    }


def _token(base: str) -> dict[str, Any]:
    form = {
        "type": "object",
        "properties": {
            "grant_type": {"const": "client_credentials"},
            "client_id": _TEXT,
            "client_secret": _TEXT,
        },
        "required": ["grant_type"],
    }
    refused = {"description": 'RFC 6749, 5.2: {"error": …}'}
    return {
        "post": {
            "summary": "A bearer token for client id and secret (RFC 6749, 4.4)",
            "security": [],
            "requestBody": {
                "required": True,
                "content": {"application/x-www-form-urlencoded": {"schema": form}},
            },
            "responses": {"200": _says("Token", "a token"), "400": refused, "401": refused, "429": refused},
        }
    }


def _oauth(base: str) -> dict[str, Any]:
    flow = {"clientCredentials": {"tokenUrl": f"{base}v1/token/", "scopes": {}}}
    return {"type": "oauth2", "flows": flow}
