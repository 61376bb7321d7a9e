"""What every test stands on: no network but loopback, folders of its own, and the roll of real peers."""

import shutil
import socket
from pathlib import Path

import pytest
from django.core.cache import cache
from django.db import connection
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from portal import calendars, machine
from tests import peers

pytest_plugins = [
    "tests.authorities",
    "tests.once",
    "tests.registers",
    "tests.remote_signer",
    "tests.softhsm",
]


# How long an example takes says how busy the machine is, never whether the code is right.
hypothesis_settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("house")


# Django makes their rows again after each flush, one by one; nothing else changes them.
MADE_WITH_THE_TABLES = {"django_content_type", "auth_permission"}


class NetworkUsed(Exception):
    """A test was about to leave the machine."""


@pytest.fixture(autouse=True, scope="session")
def only_loopback():
    """Refuse every connection that leaves the machine, whoever asks for it."""
    connect, connect_ex = socket.socket.connect, socket.socket.connect_ex

    def guarded(real):
        def connecting(self, address, *rest):
            if self.family in (socket.AF_INET, socket.AF_INET6) and not _is_loopback(address[0]):
                raise NetworkUsed(address)
            return real(self, address, *rest)

        return connecting

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded(connect))
        patch.setattr(socket.socket, "connect_ex", guarded(connect_ex))
        yield


def _is_loopback(host: str) -> bool:
    return host in {"localhost", "::1"} or host.startswith("127.")


@pytest.fixture(autouse=True)
def own_files(settings):
    """Papers and mail of one test are gone before the next; counters of attempts too."""
    cache.clear()
    calendars._drop()  # its public `forget` also waits for a commit, which needs a database
    yield
    for folder in ("files", "mail"):
        shutil.rmtree(Path(settings.HOME) / folder, ignore_errors=True)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """Django's own, then one look at which database it really is."""
    with django_db_blocker.unblock():
        peers.took_part(_database_version())
        empty_quickly()
        if connection.vendor == "sqlite":  # emptied between tests by deleting, which the books refuse
            with connection.cursor() as cursor:
                cursor.execute("DROP TRIGGER payments_journal_no_delete")


def empty_quickly():
    """After tests that commit, only the tables that have rows are emptied: to truncate them all took a second each."""
    if connection.vendor != "postgresql" or not _may_do_all():
        return

    def sql_flush(_style, tables, **_options):
        one = "SELECT '{0}' WHERE EXISTS (SELECT 1 FROM \"{0}\")"
        with connection.cursor() as cursor:
            cursor.execute(" UNION ALL ".join(map(one.format, tables)))
            filled = {name for (name,) in cursor.fetchall()} - MADE_WITH_THE_TABLES
        role = "SET session_replication_role = {}"  # the books refuse to be deleted, and rows refer to each other
        deleted = [f'DELETE FROM "{name}"' for name in sorted(filled)]  # noqa: S608 - names of tables
        return [role.format("replica"), *deleted, role.format("origin")]

    connection.ops.sql_flush = sql_flush


def _may_do_all() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SHOW is_superuser")
        return cursor.fetchone()[0] == "on"


def _database_version() -> str:
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT sqlite_version()")
            return f"SQLite {cursor.fetchone()[0]}"
        cursor.execute("SHOW server_version")
        return f"PostgreSQL {cursor.fetchone()[0]}"


@pytest.fixture(scope="session")
def chromium():
    """The path of a real Chromium; without one the test is skipped."""
    path = machine.chromium()
    if path is None:
        pytest.skip("no Chromium on this machine (apt-get install chromium)")
    peers.took_part(peers.version(path, "--version"))
    return path


@pytest.fixture(scope="session")
def pdfsig():
    """poppler's own judge of signatures, by path."""
    path = shutil.which("pdfsig")
    if path is None:
        pytest.skip("no pdfsig on this machine (apt-get install poppler-utils)")
    peers.took_part(peers.version(path, "-v"))
    return path


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args, chromium):
    """pytest-playwright on Debian's Chromium; its own browser is not downloaded."""
    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    return {**browser_type_launch_args, "executable_path": chromium, "args": flags}


def pytest_collection_modifyitems(config, items):
    """Measurements run when they are asked for, with `-m bench`; tests in a browser run after all others.

    Playwright keeps an event loop running in its worker from the first page to the end of the session, and
    pyHanko (asyncio.run) and Django's ORM refuse to work beside one.
    """
    if not config.getoption("-m"):
        measured = [item for item in items if item.get_closest_marker("bench")]
        config.hook.pytest_deselected(items=measured)
        items[:] = [item for item in items if item not in measured]
    items.sort(key=lambda item: "playwright" in item.fixturenames)


def pytest_terminal_summary(terminalreporter):
    if roll := peers.roll():
        terminalreporter.write_line(f"Real peers that took part: {', '.join(roll)}.")
