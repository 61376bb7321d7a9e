"""One settings file, read from the environment, that fails loudly.

Every part that production replaces is one variable (see the README's table). Nothing here has an
insecure default: what a deployment must decide has no default at all. `make demo` writes its own
values (`portal/demo.py`), the tests theirs (`tests/settings.py`).
"""

import os
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

BASE_DIR = Path(__file__).resolve().parent.parent


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


# ── The site ──────────────────────────────────────────────────────────────────────────────────────
SECRET_KEY = env("SECRET_KEY")
SECRET_KEY_FALLBACKS = env_list("SECRET_KEY_FALLBACKS")
DEBUG = False
PUBLIC_URL = env("PUBLIC_URL").rstrip("/")
ALLOWED_HOSTS = env_list("ALLOWED_HOSTS") or [urlsplit(PUBLIC_URL).hostname or ""]
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
SECURE = PUBLIC_URL.startswith("https://")
CITY_NAME = env("CITY_NAME", "Thành phố Hà Nội")
IS_DEMO = env_bool("DEMO")

ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
APPEND_SLASH = True

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "formtools",
    "csp",
    "django_htmx",
    "portal",
    "portal.accounts",
    "portal.documents",
    "portal.messages",
    "portal.registries",
    "payments",
    "procedures.definitions",
    "procedures.dossiers",
    "procedures.filing",
    "procedures.results",
    "procedures.counter",
    "procedures.studio",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "portal.middleware.request_id",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "portal.middleware.language",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "portal.middleware.whole_text",
    "procedures.definitions.middleware.Budget",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "django.template.loaders.filesystem.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "portal.context.site",
                "procedures.filing.home.nav",
            ],
            "builtins": ["portal.templatetags.mc", "django.templatetags.i18n", "django.templatetags.static"],
        },
    }
]

# ── People ────────────────────────────────────────────────────────────────────────────────────────
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["portal.accounts.backends.LocalAccounts"]  # reads user and person at once
LOGIN_URL = "accounts:sign_in"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "home"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
# Kept in the database, read from the cache: every request begins with it.
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
SESSION_COOKIE_AGE = 8 * 3600
SIGN_INS_PER_ADDRESS = int(env("SIGN_INS_PER_ADDRESS", "50"))
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = SECURE
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"

# ── Language and time ─────────────────────────────────────────────────────────────────────────────
LANGUAGE_CODE = "vi"
LANGUAGES = [("vi", "Tiếng Việt"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "portal" / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Ho_Chi_Minh"
USE_THOUSAND_SEPARATOR = True

# ── Stores ────────────────────────────────────────────────────────────────────────────────────────
DATABASES = {"default": database(env("DATABASE_URL"))}
STORAGES = {
    "default": storage(env("FILES_URL")),
    "staticfiles": {
        "BACKEND": env("STATIC_BACKEND", "whitenoise.storage.CompressedManifestStaticFilesStorage")
    },
}
STATIC_URL = "/static/"
STATIC_ROOT = Path(env("STATIC_ROOT", str(BASE_DIR / ".static")))
# What `manage.py build` makes (the web fonts); without it the pages fall back to Arial's metrics.
STATICFILES_DIRS = [BASE_DIR / ".static-build"]
CACHES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "django_redis.cache.RedisCache", "LOCATION": env("CACHE_URL")}
    if env("CACHE_URL", "").startswith("redis")
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
}
globals().update(email(env("EMAIL_URL")))
DEFAULT_FROM_EMAIL = env("EMAIL_FROM", "Một Cửa <khong-tra-loi@localhost>")

# Limits of what one person may send, in bytes. Nginx or the like in front should allow a little more.
UPLOAD_MAX_FILE = int(env("UPLOAD_MAX_FILE", str(10 * 10**6)))
UPLOAD_MAX_DOSSIER = int(env("UPLOAD_MAX_DOSSIER", str(50 * 10**6)))
UPLOAD_MAX_PERSON = int(env("UPLOAD_MAX_PERSON", str(500 * 10**6)))
DATA_UPLOAD_MAX_NUMBER_FIELDS = 4000
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.TemporaryFileUploadHandler"]

# ── The queue ─────────────────────────────────────────────────────────────────────────────────────
CELERY_BROKER_URL = env("BROKER_URL")
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = {}
if CELERY_BROKER_URL.startswith("filesystem://"):
    _queue = Path(env("BROKER_FOLDER"))
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(_queue / "queue"),
        "data_folder_out": str(_queue / "queue"),
        "control_folder": str(_queue / "control"),
        "store_processed": False,
        "polling_interval": 0.2,
    }
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# A stopped broker must not hold up the request that asked: the row waits, the sweep finds it.
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BROKER_CONNECTION_TIMEOUT = 2
CELERY_TIMEZONE = TIME_ZONE
CELERY_BEAT_SCHEDULE = {
    "papers": {"task": "procedures.dossiers.tasks.sweep_papers", "schedule": 15.0},
    "messages": {"task": "portal.messages.tasks.sweep", "schedule": 15.0},
    "payment-events": {"task": "payments.tasks.sweep_events", "schedule": 15.0},
    "payment-stale": {"task": "payments.tasks.sweep_stale", "schedule": 60.0},
    "payment-refunds": {"task": "payments.tasks.sweep_refunds", "schedule": 30.0},
    "versions": {"task": "procedures.definitions.tasks.sweep_versions", "schedule": 30.0},
    "uploads": {"task": "portal.documents.tasks.purge_orphans", "schedule": crontab(hour=3, minute=10)},
    "signing-keys": {
        "task": "portal.documents.tasks.warn_of_ending_keys",
        "schedule": crontab(hour=7, minute=0),
    },
}

# ── Money ─────────────────────────────────────────────────────────────────────────────────────────
STRIPE_API_KEY = env("STRIPE_API_KEY")
STRIPE_API_BASE = env("STRIPE_API_BASE", "")  # empty: Stripe itself
STRIPE_WEBHOOK_SECRETS = env_list("STRIPE_WEBHOOK_SECRETS")
RECEIPT_SERIES = env("RECEIPT_SERIES", "BL{day:%y}")  # one gap-free series of biên lai a year

# ── The state's registers ─────────────────────────────────────────────────────────────────────────
REGISTRIES_URL = env("REGISTRIES_URL", "").rstrip("/")  # empty: none; everything is asked of the person
REGISTRIES_KEY = env("REGISTRIES_KEY", "")  # client:secret
# How long an answer may be relied on before the register has to be asked again; 0: not at all.
REGISTRY_MINUTES = {
    "population": int(env("REGISTRY_POPULATION_MINUTES", "15")),
    "civil_status": int(env("REGISTRY_CIVIL_STATUS_MINUTES", "15")),
}

# ── Signed papers ─────────────────────────────────────────────────────────────────────────────────
SIGNING_KEYS_DIR = Path(env("SIGNING_KEYS_DIR"))  # one PKCS#12 file per key id
SIGNING_KEYS_PASSPHRASE = env("SIGNING_KEYS_PASSPHRASE")
SIGNING_TRUST_ROOTS = Path(env("SIGNING_TRUST_ROOTS", str(SIGNING_KEYS_DIR / "roots.pem")))

# ── The law's switches ────────────────────────────────────────────────────────────────────────────
# A dossier received after 15:00 is forwarded at the start of the next working day; whether that also
# moves the start of the statutory time is for the city to decide.
CUTOFF_SHIFTS_START = env_bool("CUTOFF_SHIFTS_START")
DOSSIER_CODE_PATTERN = env("DOSSIER_CODE_PATTERN", "{unit}-{day:%y%m%d}-{sequence:04d}")

# ── Security ──────────────────────────────────────────────────────────────────────────────────────
SECURE_SSL_REDIRECT = SECURE
SECURE_REDIRECT_EXEMPT = [r"^song/$"]
SECURE_HSTS_SECONDS = 31_536_000 if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SECURE
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
if env_bool("BEHIND_PROXY"):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
X_FRAME_OPTIONS = "SAMEORIGIN"
CSRF_FAILURE_VIEW = "portal.views.csrf_failure"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "frame-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF, *([STRIPE_API_BASE] if STRIPE_API_BASE else ["https://checkout.stripe.com"])],
        "frame-ancestors": [SELF],
    }
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"request_id": {"()": "portal.middleware.RequestIdFilter"}},
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s [%(request_id)s] %(message)s"}},
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["request_id"]}
    },
    "root": {"handlers": ["stderr"], "level": env("LOG_LEVEL", "INFO")},
    "loggers": {
        "django.server": {"handlers": ["stderr"], "propagate": False},
        # Rendering talks at length about each document; WARNING keeps what matters.
        **{
            name: {"level": "WARNING"}
            for name in ("fontTools", "weasyprint", "pyhanko", "pyhanko_certvalidator", "pikepdf", "stripe")
        },
    },
}
SILENCED_SYSTEM_CHECKS = [
    "staticfiles.W004",  # .static-build is there once the fonts have been built
    "security.W019",  # pages of our own show papers in a frame
]
SITE_TITLE = _("Một Cửa")
