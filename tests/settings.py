"""The site as the tests run it: production's settings with the tests' own peers (see `peers.py`)."""

import os

from tests import peers

HOME = peers.home()
for name, value in {
    "SECRET_KEY": "tests-only-" + "x" * 50,
    "PUBLIC_URL": "http://testserver",
    "ALLOWED_HOSTS": "testserver,127.0.0.1,localhost",
    "BROKER_URL": "memory://",
    "STATIC_BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage",
    "STRIPE_API_KEY": "sk_test_tests",
    "STRIPE_API_BASE": "http://127.0.0.1:1",
    "STRIPE_WEBHOOK_SECRETS": "whsec_tests",
    "SIGNING_KEYS_PASSPHRASE": "tests",
    "SIGNING_LEVEL": "B-B",  # tests of time stamps ask for `peers.trust`'s authority themselves
}.items():
    os.environ.setdefault(name, value)
# Folders are the worker's own, whatever the environment says: tests of two workers must not meet in them.
os.environ |= {
    "DATABASE_URL": peers.database_url(),
    "FILES_URL": f"file://{HOME}/files",
    "EMAIL_URL": f"file://{HOME}/mail",
    "SIGNING_KEYS_DIR": f"{HOME}/keys",
}

from portal.settings import *  # noqa: E402, F403
from portal.settings import DATABASES  # noqa: E402

if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # A file, not memory: connections of several threads must lock each other out as they do in earnest.
    DATABASES["default"]["TEST"] = {"NAME": f"{HOME}/test.sqlite3"}

# Argon2 is slow by design; tests sign in often.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
# Tasks run where they are called, on commit, and a failure is the test's failure.
CELERY_TASK_ALWAYS_EAGER = True
CELERY_TASK_EAGER_PROPAGATES = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = False
