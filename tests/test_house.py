"""The house tests itself: its walls, its sizes, its map, its promises. `make check` holds the imports."""

import ast
import re
import sys
import tomllib

from celery import current_app
from django.apps import apps
from django.conf import settings
from django.core.management import call_command, get_commands

from tests import peers

ROOT = peers.ROOT
ROOMS = ("portal", "payments", "procedures", "tests")
README = (ROOT / "README.md").read_text()
MAKEFILE = (ROOT / "Makefile").read_text()

# From low to high: a foreign key points to its own floor or to one below.
FLOORS = (
    {"contenttypes", "auth", "sessions", "portal"},
    {"accounts"},
    {"documents", "outbox", "registries"},
    {"sharing"},
    {"payments"},
    {"definitions"},
    {"dossiers"},
    {"filing", "results"},
    {"counter", "studio"},
)


def _python(*, migrations=False):
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            if migrations or "migrations" not in path.parts:
                yield path


def _floor(model):
    return next(number for number, floor in enumerate(FLOORS) if model._meta.app_label in floor)


def test_foreign_keys_point_down():
    upward = [
        f"{model._meta.label}.{field.name} → {field.related_model._meta.label}"
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if field.is_relation and field.concrete and field.related_model
        if _floor(field.related_model) > _floor(model)
        # Submitting is one link, written by the draft's own room.
        if (model._meta.label, field.name) != ("filing.Draft", "dossier")
    ]

    assert upward == []


def test_form_engine_knows_no_database():
    importers = [
        str(path.relative_to(ROOT))
        for path in sorted((ROOT / "procedures" / "eforms").rglob("*.py"))
        if re.search(r"^\s*(from|import) django\.(db|contrib\.auth)", path.read_text(), re.MULTILINE)
    ]

    assert importers == []


def test_migrations_are_complete(db):
    call_command("makemigrations", check_changes=True, dry_run=True, verbosity=0)


def test_beat_asks_for_tasks_that_exist():
    current_app.loader.import_default_modules()
    asked = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}

    assert asked - set(current_app.tasks) == set()


# ── Sizes ─────────────────────────────────────────────────────────────────────────────────────────
def test_files_stay_readable():
    long = {str(path.relative_to(ROOT)): n for path in _python() if (n := path.read_text().count("\n")) > 400}

    assert long == {}


def test_functions_stay_readable():
    long = {
        f"{path.relative_to(ROOT)}:{node.name}": lines
        for path in _python()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        if (lines := node.end_lineno - node.lineno + 1) > 50
    }

    assert long == {}


def test_every_migration_is_named_for_what_it_does():
    unnamed = [str(path) for path in _python(migrations=True) if re.search(r"_auto_\d{8}", path.name)]

    assert unnamed == []


# ── Templates ─────────────────────────────────────────────────────────────────────────────────────
ERROR_PAGES = {f"{status}.html" for status in (400, 403, 404, 413, 429, 500)}
_LITERAL = re.compile(r"""["']([\w/.-]+\.(?:html|txt|css))["']""")


def _asked_for():
    """Names of templates in code and templates, as patterns: what an f-string fills in may be anything."""
    for path in (ROOT / "templates").rglob("*.*"):
        yield from map(re.escape, _LITERAL.findall(path.read_text()))
    for path in _python():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield re.escape(node.value)
            elif isinstance(node, ast.JoinedStr):
                yield "".join(
                    re.escape(p.value) if isinstance(p, ast.Constant) else r"[\w/-]+" for p in node.values
                )


def test_every_template_is_used():
    asked = {pattern for pattern in _asked_for() if pattern.endswith((r"\.html", r"\.txt", r"\.css"))}
    asked -= {r"[\w/-]+\.html"}  # the error pages' f"{status}.html" would excuse every template
    patterns = re.compile("|".join(f"(?:{pattern})" for pattern in asked | set(map(re.escape, ERROR_PAGES))))
    folder = ROOT / "templates"
    names = [str(path.relative_to(folder)) for path in sorted(folder.rglob("*.*"))]

    assert [name for name in names if not patterns.fullmatch(name)] == []


# ── The README ────────────────────────────────────────────────────────────────────────────────────
def test_readme_maps_every_room():
    rooms = ["payments", "templates", "tests"]
    rooms += [
        f"{top}/{path.parent.name}"
        for top in ("portal", "procedures")
        for path in (ROOT / top).glob("*/apps.py")
    ]
    rooms += ["procedures/eforms", "payments/providers", "payments/sandbox"]

    assert [room for room in rooms if f"`{room}`" not in README] == []


def test_readme_names_only_what_exists():
    paths = re.findall(r"`((?:portal|payments|procedures|templates|tests)[\w/.]*)`", README)

    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_readme_commands_exist():
    targets = set(re.findall(r"make ([a-z-]+)", README)) - set(
        re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE)
    )
    commands = set(re.findall(r"manage(?:\.py)? ([a-z_]+)", README)) - set(get_commands())

    # "make its …" is English, not a target; nothing of the kind may hide a missing one.
    assert (targets, commands) == (set(), set())


def test_readme_diagram_is_the_workflow_table():
    call_command("workflow", check=ROOT / "README.md")


def test_readme_explains_every_variable():
    asked = set(
        re.findall(r'env(?:_bool|_list)?\(\s*"([A-Z_]+)"', (ROOT / "portal" / "settings.py").read_text())
    )

    assert sorted(name for name in asked if f"`{name}`" not in README) == []


# ── The lock ──────────────────────────────────────────────────────────────────────────────────────
def test_lock_names_no_registry():
    assert re.findall(r"https?://\S+|file:\S+", (ROOT / "requirements.lock").read_text()) == []


def test_lock_holds_every_declared_package():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    declared = [*project["dependencies"], *project["optional-dependencies"]["test"]]
    names = {re.match(r"[\w-]+", line)[0].lower() for line in declared}
    locked = set(re.findall(r"^([a-z0-9.-]+)==", (ROOT / "requirements.lock").read_text(), re.MULTILINE))

    assert names - locked == set()


# What is asked for by name instead of by import.
PLUGINS = {
    "django_htmx", "whitenoise", "gunicorn", "redis", "django_redis", "storages", "argon2",
    "pytest_django", "xdist", "pytest_playwright", "ruff", "mypy", "mypy_django_plugin", "importlinter", "uv",
}  # fmt: skip
# Packages whose module has another name, and those that come with another on purpose (kombu is Celery's).
MODULES = {
    "django-formtools": "formtools", "django-csp": "csp", "django-storages": "storages", "argon2-cffi": "argon2",
    "pyyaml": "yaml", "common-expression-language": "cel", "python-stdnum": "stdnum", "pillow": "PIL",
    "fonttools": "fontTools", "pytest-xdist": "xdist", "factory-boy": "factory", "import-linter": "importlinter",
    "django-stubs": "mypy_django_plugin",
}  # fmt: skip
COME_ALONG = {
    "kombu", "playwright", "pytest", "cryptography", "asn1crypto", "pyhanko_certvalidator", "asgiref",
    "pkcs11", "pydyf", "tinycss2", "_pytest",
}  # fmt: skip


def _declared():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lines = [*project["dependencies"], *project["optional-dependencies"]["test"]]
    names = [re.match(r"[\w-]+", line)[0].lower() for line in lines]
    return {MODULES.get(name, name.replace("-", "_")) for name in names if not name.startswith("types-")}


def _imported():
    for path in _python():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                yield from (alias.name.partition(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                yield node.module.partition(".")[0]


def test_every_declared_package_is_used():
    assert _declared() - set(_imported()) - PLUGINS == set()


def test_every_imported_package_is_declared():
    known = sys.stdlib_module_names | set(ROOMS) | COME_ALONG

    assert set(_imported()) - _declared() - known == set()
