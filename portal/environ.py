"""The environment's variables as what settings are made of. What has no default and is not set ends the program."""

import os
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured


def env(name: str, default: str | None = None) -> str:
    """`NAME` from the environment, or from the file that `NAME_FILE` points at (for secrets)."""
    if path := os.environ.get(f"{name}_FILE"):
        return Path(path).read_text().strip()
    value = os.environ.get(name, default)
    if value is None:
        raise ImproperlyConfigured(f"Set the environment variable {name}.")
    return value


def env_bool(name: str, default: str = "0") -> bool:
    return env(name, default).lower() in {"1", "true", "yes", "on"}


def env_list(name: str, default: str = "") -> list[str]:
    return [item.strip() for item in env(name, default).split(",") if item.strip()]


def origin(url: str) -> str:
    """Scheme, host and port of an address, as a browser's rules name it."""
    return "{0.scheme}://{0.netloc}".format(urlsplit(url))


def database(url: str) -> dict[str, Any]:
    """Django's settings for `sqlite:///path` or `postgresql://user:password@host:port/name?option=…`."""
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": unquote(parts.path[1:]),
            # Opening the file and setting its pragmas costs more than most queries; each thread keeps its own.
            "CONN_MAX_AGE": 600,
            # IMMEDIATE: a writer queues at BEGIN instead of failing when it first writes.
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
            },
        }
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ImproperlyConfigured(f"DATABASE_URL must be sqlite:/// or postgresql://, not {parts.scheme}://")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path[1:]),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "OPTIONS": {"pool": {"min_size": 1, "max_size": 8}} | dict(parse_qsl(parts.query)),
    }


def storage(url: str) -> dict[str, Any]:
    """The private store of papers: `file:///folder`, or `s3://bucket?endpoint_url=…` (keys from AWS_*)."""
    parts = urlsplit(url)
    if parts.scheme == "file":
        location = unquote(parts.path)
        return {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {
                "location": location,
                "file_permissions_mode": 0o600,
                "directory_permissions_mode": 0o700,
            },
        }
    if parts.scheme != "s3":
        raise ImproperlyConfigured(f"FILES_URL must be file:/// or s3://, not {parts.scheme}://")
    options: dict[str, Any] = {
        "bucket_name": parts.hostname,
        "default_acl": "private",
        "file_overwrite": False,
    }
    return {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options | dict(parse_qsl(parts.query))}


def email(url: str) -> dict[str, Any]:
    """EMAIL_* settings for `file:///folder`, `smtp://` or `smtps://user:password@host:port`."""
    parts = urlsplit(url)
    if parts.scheme == "file":
        return {
            "EMAIL_BACKEND": "django.core.mail.backends.filebased.EmailBackend",
            "EMAIL_FILE_PATH": unquote(parts.path),
        }
    if parts.scheme not in {"smtp", "smtps"}:
        raise ImproperlyConfigured(f"EMAIL_URL must be file:///, smtp:// or smtps://, not {parts.scheme}://")
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": parts.port or 587,
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_TLS": parts.scheme == "smtps",
        "EMAIL_TIMEOUT": 10,
    }


def token(url: str) -> dict[str, str]:
    """Module and token of `pkcs11:token=label?module-path=/usr/lib/….so` (RFC 7512); nothing for ""."""
    if not url:
        return {}
    scheme, _colon, rest = url.partition(":")
    path, _mark, query = rest.partition("?")
    told = dict(part.split("=", 1) for part in [*path.split(";"), *query.split("&")] if "=" in part)
    if scheme != "pkcs11" or told.keys() != {"token", "module-path"}:
        raise ImproperlyConfigured(
            "SIGNING_KEYS_URL must be pkcs11:token=LABEL?module-path=/path/to/module.so and nothing more; "
            "the PIN is SIGNING_KEYS_PIN."
        )
    return {"module": unquote(told["module-path"]), "token": unquote(told["token"])}
