"""The real programs that the tests run against: found, started where they are not, named at the end.

Chosen once, before Django reads its settings, by the process that starts the run; its xdist workers inherit the
choice through the environment. `DATABASE_URL` names a database of your own; `TEST_DATABASE=sqlite` asks for
SQLite; otherwise PostgreSQL that answers on this machine, else a throwaway server from its binaries, else SQLite.
"""

import atexit
import contextlib
import ctypes
import hashlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg

from portal import machine

ROOT = Path(__file__).resolve().parent.parent
# Two checkouts tested at the same time must not share a database.
NAME = "motcua_" + hashlib.sha256(str(ROOT).encode()).hexdigest()[:8]
MAY_CREATE = "SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user"
HERE = ("host=/var/run/postgresql", "host=/tmp", "host=127.0.0.1", "host=127.0.0.1 user=postgres")


def home() -> Path:
    """This process's folder for everything the tests write; gone when the run ends."""
    if "PYTEST_VERSION" not in os.environ:
        # mypy reads the settings too, and ends without a farewell: what nobody would remove is not made anew.
        shared = Path(tempfile.gettempdir()) / f"motcua-{os.getuid()}"
        shared.mkdir(mode=0o700, exist_ok=True)
        return shared
    if "TEST_HOME" not in os.environ:
        os.environ["TEST_HOME"] = tempfile.mkdtemp(prefix="motcua-tests-")
        atexit.register(shutil.rmtree, os.environ["TEST_HOME"], ignore_errors=True)
    own = Path(os.environ["TEST_HOME"]) / os.environ.get("PYTEST_XDIST_WORKER", "main")
    own.mkdir(exist_ok=True)
    return own


def database_url() -> str:
    """Where the tests' database lives. Starts a server only for pytest: mypy reads the settings too."""
    if url := os.environ.get("DATABASE_URL"):
        return url
    if os.environ.get("TEST_DATABASE") == "sqlite" or "PYTEST_VERSION" not in os.environ:
        return f"sqlite:///{home()}/db.sqlite3"
    return _answering() or _throwaway() or f"sqlite:///{home()}/db.sqlite3"


# ── PostgreSQL ────────────────────────────────────────────────────────────────────────────────────
def _answering() -> str | None:
    """The URL of a server on this machine on which we may create databases."""
    for where in HERE:
        try:
            with psycopg.connect(f"{where} dbname=postgres connect_timeout=2") as connection:
                row = connection.execute(
                    "SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user"
                ).fetchone()
        except psycopg.Error:
            continue
        if row and row[0]:
            options = dict(part.split("=") for part in where.split())
            return _url(options["host"], user=options.get("user", ""))
    return None


def _url(host: str, *, user: str = "") -> str:
    query = "&".join(f"{key}={value}" for key, value in (("host", host), ("user", user)) if value)
    return f"postgresql:///{NAME}?{query}"


def _throwaway() -> str | None:
    """Start a server of our own that nobody else can reach and that ends with this process."""
    binaries = machine.postgresql_binaries()
    user = _unprivileged()
    if binaries is None or user is None:
        return None
    folder = Path(tempfile.mkdtemp(prefix="motcua-pg-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.chown(folder, user.pw_uid, user.pw_gid)
    as_user = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if os.geteuid() == 0 else {}
    data = folder / "data"
    subprocess.run(
        [binaries / "initdb", "--username=tests", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "-D", data],
        check=True, cwd=folder, capture_output=True, **as_user,
    )  # fmt: skip
    # Nothing here outlives the run, so nothing need be safe from a power cut.
    unsafe = [
        part for name in ("fsync", "synchronous_commit", "full_page_writes") for part in ("-c", f"{name}=off")
    ]
    server = subprocess.Popen(
        [binaries / "postgres", "-D", data, "-k", folder, "-c", "listen_addresses=", *unsafe],
        cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        preexec_fn=_end_with_us, **as_user,
    )  # fmt: skip
    atexit.register(_end, server)
    return _url(str(folder), user="tests") if _comes_up(folder) else None


def _unprivileged() -> pwd.struct_passwd | None:
    """Who may run the server: ourselves, or in root's place (PostgreSQL refuses root) a user without rights."""
    if os.geteuid() != 0:
        return pwd.getpwuid(os.geteuid())
    users = {user.pw_name: user for user in pwd.getpwall()}
    return users.get("postgres") or users.get("nobody")


def _comes_up(folder: Path) -> bool:
    for _attempt in range(100):
        try:
            psycopg.connect(f"host={folder} user=tests dbname=postgres").close()
        except psycopg.OperationalError:
            time.sleep(0.1)
        else:
            return True
    return False


def _end_with_us() -> None:
    ctypes.CDLL(None).prctl(1, signal.SIGINT)  # PR_SET_PDEATHSIG: a fast shutdown, even if we are killed


def _end(server: subprocess.Popen[bytes]) -> None:
    server.send_signal(signal.SIGINT)
    server.wait(timeout=20)


# ── Who took part ─────────────────────────────────────────────────────────────────────────────────
def took_part(peer: str) -> None:
    """Note a real peer for the run's last lines. Workers write into one folder; the same name counts once."""
    folder = home().parent / "peers"
    folder.mkdir(exist_ok=True)
    (folder / hashlib.sha256(peer.encode()).hexdigest()).write_text(peer)


def roll() -> list[str]:
    """Every real peer that took part in this run."""
    return sorted(note.read_text() for note in (home().parent / "peers").glob("*"))


def version(command: str, *arguments: str) -> str:
    """The first line that a program says about itself; "" when it is not there."""
    try:
        done = subprocess.run([command, *arguments], capture_output=True, text=True, check=False, timeout=20)
    except OSError:
        return ""
    return next(iter((done.stdout or done.stderr).strip().splitlines()), "")


def free_ports() -> int:
    """A port of loopback that is free, and the next three too."""
    while True:
        with contextlib.ExitStack() as stack:
            one, *more = (stack.enter_context(socket.socket()) for _each in range(4))
            one.bind(("127.0.0.1", 0))
            port = one.getsockname()[1]
            try:
                for ahead, each in enumerate(more, 1):
                    each.bind(("127.0.0.1", port + ahead))
            except (OSError, OverflowError):
                continue
            return port
