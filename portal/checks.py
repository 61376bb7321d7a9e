"""Settings that cannot be right, told before they do harm: `manage.py check`, `check --deploy` before going live.

Errors that make no sense anywhere are always looked for; what only a public site must have, on `--deploy`.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register

LEVELS = ("B-B", "B-LTA")  # as portal.documents.signing has them
SQLITE = "django.db.backends.sqlite3"


@register()
def sane(app_configs: Sequence[AppConfig] | None, **_options: Any) -> list[CheckMessage]:
    """What contradicts itself wherever the site runs."""
    return [*_money(), *_limits(), *_codes(), *_stores(), *_registers(), *_remote(), *_level()]


@register(deploy=True)
def fit_for_the_public(app_configs: Sequence[AppConfig] | None, **_options: Any) -> list[CheckMessage]:
    """What a site that citizens rely on must have."""
    return [*_keys(), *_switches(), *_processes(), *_wires(), *_proof()]


def _money() -> Iterator[CheckMessage]:
    live = settings.STRIPE_API_KEY.startswith("sk_live_")
    if settings.STRIPE_API_BASE and live:
        yield Error(
            "A live Stripe key is set together with a sandbox's address.",
            hint="Unset STRIPE_API_BASE to take real money, or use a test key with the sandbox.",
            id="portal.E001",
        )


def _limits() -> Iterator[CheckMessage]:
    if not settings.UPLOAD_MAX_FILE <= settings.UPLOAD_MAX_DOSSIER <= settings.UPLOAD_MAX_PERSON:
        yield Error(
            "The upload limits contradict each other.",
            hint="UPLOAD_MAX_FILE <= UPLOAD_MAX_DOSSIER <= UPLOAD_MAX_PERSON, in bytes.",
            id="portal.E002",
        )


def _codes() -> Iterator[CheckMessage]:
    pattern, day = settings.DOSSIER_CODE_PATTERN, date(2026, 11, 21)
    try:
        codes = {pattern.format(unit="U", day=day, sequence=number) for number in (1, 2)}
    except (KeyError, IndexError, ValueError):
        codes = set()
    if len(codes) < 2:
        yield Error(
            f"DOSSIER_CODE_PATTERN is {pattern!r}: it must make a code of its own for every dossier.",
            hint="It may use {unit}, {day:%y%m%d} and {sequence:04d}; the sequence makes codes unique.",
            id="portal.E003",
        )


def _stores() -> Iterator[CheckMessage]:
    if settings.SECURE and settings.DATABASES["default"]["ENGINE"] == SQLITE:
        yield Error(
            "A public site (PUBLIC_URL is https) runs on SQLite.",
            hint="Set DATABASE_URL=postgresql://…; SQLite lets one process write at a time and has no row locks.",
            id="portal.E004",
        )
    files = settings.STORAGES["default"].get("OPTIONS", {}).get("location")
    if files and Path(settings.STATIC_ROOT).resolve() in [
        Path(files).resolve(),
        *Path(files).resolve().parents,
    ]:
        yield Error(
            "The private papers (FILES_URL) lie inside the public static files (STATIC_ROOT).",
            hint="Move one of them.",
            id="portal.E005",
        )


def _registers() -> Iterator[CheckMessage]:
    url = settings.REGISTRIES_URL
    if url and not (url.startswith(("http://", "https://")) and all(settings.REGISTRIES_KEY.partition(":"))):
        yield Error(
            "The registers cannot be asked: REGISTRIES_URL or REGISTRIES_KEY is not what it should be.",
            hint="REGISTRIES_URL=https://…, REGISTRIES_KEY=client:secret; leave both empty to do without.",
            id="portal.E012",
        )


def _remote() -> Iterator[CheckMessage]:
    is_whole = all(settings.REMOTE_SIGNING_KEY.partition(":")) and settings.REMOTE_SIGNING_NAME
    if settings.REMOTE_SIGNING_URL and not is_whole:
        yield Error(
            "The provider of remote signatures cannot be asked.",
            hint="REMOTE_SIGNING_KEY=client:secret and REMOTE_SIGNING_NAME, as officers know the provider.",
            id="portal.E021",
        )


def _level() -> Iterator[CheckMessage]:
    if settings.SIGNING_LEVEL not in LEVELS:
        yield Error(
            f"SIGNING_LEVEL is {settings.SIGNING_LEVEL!r}: papers can be signed at B-LTA or at B-B.",
            hint="B-LTA needs TSA_URL and REVOCATION_ADDRESSES; B-B is for a machine without such authorities.",
            id="portal.E014",
        )
    elif settings.SIGNING_LEVEL != "B-B" and not (settings.TSA_URL and settings.REVOCATION_ADDRESSES):
        yield Error(
            "Nothing can be signed: time stamps and revocation data are wanted, and there is nobody to ask.",
            hint="Set TSA_URL and REVOCATION_ADDRESSES, or SIGNING_LEVEL=B-B to sign without them.",
            id="portal.E015",
        )


def _proof() -> Iterator[CheckMessage]:
    if settings.SIGNING_LEVEL == "B-B":
        yield Warning(
            "Papers are signed without time stamps: their signatures end with the signers' certificates.",
            hint="Set SIGNING_LEVEL=B-LTA, TSA_URL and REVOCATION_ADDRESSES.",
            id="portal.W003",
        )


def _keys() -> Iterator[CheckMessage]:
    yield from _token() if settings.SIGNING_TOKEN else _folder()
    roots = Path(settings.SIGNING_TRUST_ROOTS)
    if not roots.is_file():
        yield Error(
            f"There is no file {roots} with the certificates that signatures must lead to.",
            hint="Set SIGNING_TRUST_ROOTS to a PEM file; without it every paper counts as unsigned.",
            id="portal.E008",
        )


def _token() -> Iterator[CheckMessage]:
    module = Path(settings.SIGNING_TOKEN["module"])
    if not module.is_file():
        yield Error(
            f"There is no PKCS#11 module {module}.",
            hint="Install what the HSM's maker delivers, or mend module-path in SIGNING_KEYS_URL.",
            id="portal.E020",
        )


def _folder() -> Iterator[CheckMessage]:
    folder = Path(settings.SIGNING_KEYS_DIR)
    if not folder.is_dir():
        yield Error(
            f"There is no folder {folder} with signing keys.",
            hint="Set SIGNING_KEYS_DIR to the folder with one PKCS#12 file per key.",
            id="portal.E006",
        )
    elif folder.stat().st_mode & 0o077:
        yield Error(
            f"Others may look into {folder}, where the signing keys are.",
            hint=f"chmod 700 {folder}",
            id="portal.E007",
        )


def _switches() -> Iterator[CheckMessage]:
    if settings.IS_DEMO:
        yield Error("The site says that it is a demonstration.", hint="Unset DEMO.", id="portal.E009")
    if not settings.SECURE:
        yield Error(
            "PUBLIC_URL is not https: cookies and papers travel in the clear.",
            hint="Set PUBLIC_URL=https://… and BEHIND_PROXY=1 when a proxy ends TLS.",
            id="portal.E010",
        )
    if not settings.STRIPE_WEBHOOK_SECRETS:
        yield Warning(
            "No webhook secret: payments settle only when somebody asks Stripe.",
            hint="Set STRIPE_WEBHOOK_SECRETS to the endpoint's signing secret.",
            id="portal.W001",
        )


def _processes() -> Iterator[CheckMessage]:
    if settings.CELERY_BROKER_URL.startswith(("filesystem://", "memory://")):
        yield Error(
            "The queue is one that only a single machine's demonstration can use.",
            hint="Set BROKER_URL=redis://… or amqp://…",
            id="portal.E011",
        )
    if "locmem" in settings.CACHES["default"]["BACKEND"]:
        yield Warning(
            "Every process has a cache of its own, so failed sign-ins are counted per process.",
            hint="Set CACHE_URL=redis://…",
            id="portal.W002",
        )


def _wires() -> Iterator[CheckMessage]:
    if settings.REGISTRIES_URL.startswith("http://"):
        yield Error(
            "REGISTRIES_URL is not https: what the registers know of people travels in the clear.",
            hint="Set REGISTRIES_URL=https://…",
            id="portal.E013",
        )
    if settings.REMOTE_SIGNING_URL.startswith("http://"):
        yield Error(
            "REMOTE_SIGNING_URL is not https: whoever listens can sign with a leader's key.",
            hint="Set REMOTE_SIGNING_URL=https://…",
            id="portal.E022",
        )
