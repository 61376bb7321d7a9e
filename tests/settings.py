"""The site as the tests run it: production's settings with the tests' own peers."""

import os
import tempfile
from pathlib import Path

HOME = Path(tempfile.gettempdir()) / f"motcua-tests-{os.getuid()}"
HOME.mkdir(exist_ok=True)
for name, value in {
    "SECRET_KEY": "tests-only-" + "x" * 50,
    "PUBLIC_URL": "http://testserver",
    "ALLOWED_HOSTS": "testserver,127.0.0.1,localhost",
    "DATABASE_URL": "postgresql:///motcua?host=/var/run/postgresql",
    "FILES_URL": f"file://{HOME}/files",
    "EMAIL_URL": f"file://{HOME}/mail",
    "BROKER_URL": "memory://",
    "STATIC_BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage",
    "STRIPE_API_KEY": "sk_test_tests",
    "STRIPE_API_BASE": "http://127.0.0.1:1",
    "STRIPE_WEBHOOK_SECRETS": "whsec_tests",
    "SIGNING_KEYS_DIR": f"{HOME}/keys",
    "SIGNING_KEYS_PASSPHRASE": "tests",
}.items():
    os.environ.setdefault(name, value)

from portal.settings import *  # noqa: E402, F403

# Argon2 is slow by design; tests sign in often.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
# Tasks run where they are called, on commit, and a failure is the test's failure.
CELERY_TASK_ALWAYS_EAGER = True
CELERY_TASK_EAGER_PROPAGATES = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = False
