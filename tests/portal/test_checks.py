import pytest

from portal import checks


def _ids(found):
    return [message.id for message in found]


def test_tests_run_on_sane_settings():
    assert checks.sane(None) == []


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("STRIPE_API_KEY", "sk_live_x", "portal.E001"),
        ("UPLOAD_MAX_FILE", 10**12, "portal.E002"),
        ("DOSSIER_CODE_PATTERN", "{unit}-{day:%y%m%d}", "portal.E003"),
        ("DOSSIER_CODE_PATTERN", "{unit}-{number}", "portal.E003"),
        ("STATIC_ROOT", "/", "portal.E005"),
        ("REGISTRIES_URL", "https://registers.example", "portal.E012"),
        ("REMOTE_SIGNING_URL", "https://sign.example", "portal.E021"),
        ("SIGNING_LEVEL", "B-T", "portal.E014"),
        ("SIGNING_LEVEL", "B-LTA", "portal.E015"),
    ],
)
def test_what_contradicts_itself(settings, name, value, problem):
    setattr(settings, name, value)

    assert _ids(checks.sane(None)) == [problem]


def test_public_site_on_sqlite(settings, monkeypatch):
    settings.SECURE = True
    monkeypatch.setitem(settings.DATABASES["default"], "ENGINE", checks.SQLITE)

    assert _ids(checks.sane(None)) == ["portal.E004"]


@pytest.fixture
def public(settings, tmp_path):
    """Settings of a site that may go live."""
    settings.SECURE, settings.IS_DEMO = True, False
    settings.SIGNING_KEYS_DIR = tmp_path / "keys"
    settings.SIGNING_TRUST_ROOTS = tmp_path / "roots.pem"
    settings.SIGNING_KEYS_DIR.mkdir(mode=0o700)
    settings.SIGNING_TRUST_ROOTS.touch()
    settings.SIGNING_LEVEL = "B-LTA"
    settings.TSA_URL = "http://tsa.example/"
    settings.REVOCATION_ADDRESSES = ["http://ocsp.example/"]
    settings.CELERY_BROKER_URL = "redis://127.0.0.1"
    settings.CACHES = {
        "default": {"BACKEND": "django_redis.cache.RedisCache", "LOCATION": "redis://127.0.0.1"}
    }
    return settings


def test_good_public_settings_pass(public):
    assert checks.fit_for_the_public(None) == []


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("IS_DEMO", True, "portal.E009"),
        ("SECURE", False, "portal.E010"),
        ("REGISTRIES_URL", "http://registers.example", "portal.E013"),
        ("STRIPE_WEBHOOK_SECRETS", [], "portal.W001"),
        ("CELERY_BROKER_URL", "filesystem://", "portal.E011"),
        ("SIGNING_LEVEL", "B-B", "portal.W003"),
    ],
)
def test_what_a_public_site_must_not_have(public, name, value, problem):
    setattr(public, name, value)

    assert _ids(checks.fit_for_the_public(None)) == [problem]


def test_cache_of_one_process(public):
    public.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

    assert _ids(checks.fit_for_the_public(None)) == ["portal.W002"]


def test_missing_keys_and_roots(public, tmp_path):
    public.SIGNING_KEYS_DIR = tmp_path / "nowhere"
    public.SIGNING_TRUST_ROOTS = tmp_path / "nowhere" / "roots.pem"

    assert _ids(checks.fit_for_the_public(None)) == ["portal.E006", "portal.E008"]


def test_keys_that_others_may_read(public):
    public.SIGNING_KEYS_DIR.chmod(0o755)

    assert _ids(checks.fit_for_the_public(None)) == ["portal.E007"]


def test_keys_in_a_token_need_no_folder(public, tmp_path):
    public.SIGNING_KEYS_DIR = tmp_path / "nowhere"
    public.SIGNING_TOKEN = {"module": str(tmp_path / "module.so"), "token": "motcua"}
    assert _ids(checks.fit_for_the_public(None)) == ["portal.E020"]

    (tmp_path / "module.so").touch()

    assert checks.fit_for_the_public(None) == []


def test_a_provider_of_signatures_in_the_clear(public):
    public.REMOTE_SIGNING_URL = "http://sign.example"

    assert "portal.E022" in _ids(checks.fit_for_the_public(None))
