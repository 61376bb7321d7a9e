"""One settings file, read from the environment, that fails loudly.

Every part that production replaces is one variable (see the README's table). Nothing here has an
insecure default: what a deployment must decide has no default at all. `make demo` writes its own
values (`portal/demo.py`), the tests theirs (`tests/settings.py`).
"""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from portal.environ import database, email, env, env_bool, env_list, origin, storage, token

BASE_DIR = Path(__file__).resolve().parent.parent


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
    "portal.sharing",
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
    "payment-transfers": {"task": "payments.tasks.sweep_transfers", "schedule": 30.0},
    "payment-refunds": {"task": "payments.tasks.sweep_refunds", "schedule": 15.0},
    "payment-missed": {"task": "payments.tasks.sweep_missed", "schedule": 300.0},
    "payment-strays": {"task": "payments.tasks.sweep_strays", "schedule": 3600.0},
    "payment-receipts": {"task": "payments.tasks.sweep_receipts", "schedule": 30.0},
    "payment-receipt-gaps": {"task": "payments.tasks.check_receipts", "schedule": crontab(hour=2, minute=10)},
    "results": {"task": "procedures.results.tasks.sweep_issuing", "schedule": 15.0},
    "payment-days": {"task": "payments.tasks.close_days", "schedule": crontab(hour=2, minute=20)},
    "batches": {"task": "procedures.results.tasks.sweep_batches", "schedule": 15.0},
    "versions": {"task": "procedures.definitions.tasks.sweep_versions", "schedule": 30.0},
    "authorisations": {"task": "portal.documents.tasks.sweep_authorisations", "schedule": 15.0},
    "uploads": {"task": "portal.documents.tasks.purge_orphans", "schedule": crontab(hour=3, minute=10)},
    "archive-stamps": {
        "task": "portal.documents.tasks.renew_archive_stamps",
        "schedule": crontab(hour=2, minute=40),
    },
    "signing-keys": {
        "task": "portal.documents.tasks.warn_of_ending_keys",
        "schedule": crontab(hour=7, minute=0),
    },
}

# ── Money ─────────────────────────────────────────────────────────────────────────────────────────
STRIPE_API_KEY = env("STRIPE_API_KEY")
STRIPE_API_BASE = env("STRIPE_API_BASE", "")  # empty: Stripe itself
STRIPE_WEBHOOK_SECRETS = env_list("STRIPE_WEBHOOK_SECRETS")
# The ways to pay online, in the order in which they are offered; each only where it is set up.
PAYMENT_PROVIDERS = env_list("PAYMENT_PROVIDERS", "stripe,vietqr,vnpay")
VNPAY_TMN_CODE = env("VNPAY_TMN_CODE", "")  # our code there; empty: the gateway is not offered
VNPAY_SECRETS = env_list("VNPAY_SECRETS")  # the first signs, any of them verifies: so they can be changed
VNPAY_PAY_URL = env("VNPAY_PAY_URL", "https://pay.vnpay.vn/vpcpay.html")
VNPAY_API_URL = env("VNPAY_API_URL", "https://merchant.vnpay.vn/merchant_webapi/api/transaction")
VIETQR_PREFIX = env("VIETQR_PREFIX", "MC")  # begins every transfer's reference
BANK_SECRETS = env_list("BANK_SECRETS")  # of those who tell us of transfers; any of them verifies
# Đồng that one officer may give back alone; above it another decides.
REFUND_ALONE_LIMIT = int(env("REFUND_ALONE_LIMIT", "200000"))
RECEIPT_SERIES = env("RECEIPT_SERIES", "BL{day:%y}.{agency}")  # gap-free biên lai, by agency and year

# ── The state's registers ─────────────────────────────────────────────────────────────────────────
REGISTRIES_URL = env("REGISTRIES_URL", "").rstrip("/")  # empty: none; everything is asked of the person
REGISTRIES_KEY = env("REGISTRIES_KEY", "")  # client:secret
# How long an answer may be relied on before the register has to be asked again; 0: not at all.
REGISTRY_MINUTES = {
    "population": int(env("REGISTRY_POPULATION_MINUTES", "15")),
    "civil_status": int(env("REGISTRY_CIVIL_STATUS_MINUTES", "15")),
}

# ── Signed papers ─────────────────────────────────────────────────────────────────────────────────
SIGNING_TOKEN = token(env("SIGNING_KEYS_URL", ""))  # empty: the keys are files
SIGNING_KEYS_PIN = env("SIGNING_KEYS_PIN") if SIGNING_TOKEN else ""
SIGNING_KEYS_DIR = Path(
    env("SIGNING_KEYS_DIR", "/etc/motcua/keys" if SIGNING_TOKEN else None)
)  # <key id>.p12
SIGNING_KEYS_PASSPHRASE = env("SIGNING_KEYS_PASSPHRASE", "" if SIGNING_TOKEN else None)
SIGNING_TRUST_ROOTS = Path(env("SIGNING_TRUST_ROOTS", str(SIGNING_KEYS_DIR / "roots.pem")))
# A provider of remote signatures, where a leader's key is used with the leader's consent on the telephone.
# A JSON file of other sites whose papers count here (portal.documents.sites); empty: none.
TRUSTED_SITES = env("TRUSTED_SITES", "")
REMOTE_SIGNING_URL = env("REMOTE_SIGNING_URL", "").rstrip("/")  # empty: none
REMOTE_SIGNING_NAME = env("REMOTE_SIGNING_NAME", "")  # as officers know it
REMOTE_SIGNING_KEY = env("REMOTE_SIGNING_KEY", "")  # client:secret
# Papers in one question: as many as the provider takes, and as the 500 characters of the question can name.
REMOTE_SIGNING_MOST = int(env("REMOTE_SIGNING_MOST", "10"))
REMOTE_SIGNING_CALLBACK_SECRET = env("REMOTE_SIGNING_CALLBACK_SECRET", "")  # empty: only asked, never told
# B-LTA: time stamps and revocation data in every signature, an archive time stamp over the whole. B-B: without,
# for a machine that no time-stamping authority serves; never chosen in silence.
SIGNING_LEVEL = env("SIGNING_LEVEL", "B-LTA")
TSA_URL = env("TSA_URL", "")  # RFC 3161; user:password@ where it asks for an account
TSA_TRUST_ROOTS = Path(env("TSA_TRUST_ROOTS", "")) if env("TSA_TRUST_ROOTS", "") else None  # None: the same
# Beginnings of the OCSP and CRL addresses that may be called. Nothing else in a certificate is.
REVOCATION_ADDRESSES = env_list("REVOCATION_ADDRESSES")

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
        # A browser checks where a form's answer leads, too.
        "form-action": [
            SELF,
            STRIPE_API_BASE or "https://checkout.stripe.com",
            *([origin(VNPAY_PAY_URL)] if VNPAY_TMN_CODE else []),
        ],
        "frame-ancestors": [SELF],
    }
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"request_id": {"()": "portal.middleware.RequestIdFilter"}},
    "formatters": {
        "line": {
            "()": "portal.middleware.DiscreetFormatter",
            "format": "%(asctime)s %(levelname)s %(name)s [%(request_id)s] %(message)s",
        }
    },
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
