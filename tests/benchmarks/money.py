"""The processes that move money, on a database and a broker of their own, to be measured and to be killed.

gunicorn, a prefork worker, beat, the payment server and Redis, all on loopback and all ended with this process;
the dossiers are copies of one that was really filed, each with its own charge.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.parse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psutil
import requests

from portal import demo as demonstration
from portal.processes import answers, says
from tests import peers

ROOT = Path(__file__).resolve().parents[2]
RESIDENCE = "1.004222"
START = 120.0  # seconds that one process may take to be there, on a busy machine
QUEUE = "celery"  # the list in Redis that the messages wait in


def until(done: Callable[[], object], *, seconds: float, what: str) -> float:
    """Wait; the seconds that it took. Raises RuntimeError naming `what` when it does not happen."""
    begun = time.monotonic()
    while not done():
        if time.monotonic() - begun > seconds:
            raise RuntimeError(f"not within {seconds:.0f} s: {what}")
        time.sleep(0.1)
    return time.monotonic() - begun


class Site:
    """The processes by name. `kill` is SIGKILL to a whole process group; `start` brings it back."""

    def __init__(self, home: Path, database: str, *, transfer_delay: float = 2.0) -> None:
        self.demo = demonstration.Demo(home, peers.free_ports())
        self.database, self.home = database, home
        self.broker_port = self.demo.port + 2  # the registers are not needed here
        self.env = demonstration.environment(self.demo) | {
            "DATABASE_URL": database,
            "BROKER_URL": f"redis://127.0.0.1:{self.broker_port}/0",
            "STATIC_BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage",
            "SIGNING_LEVEL": "B-B",
            "LOG_LEVEL": "INFO",
        }
        self.key = Path(self.env["STRIPE_API_KEY_FILE"]).read_text()
        self.secret = Path(self.env["STRIPE_WEBHOOK_SECRETS_FILE"]).read_text()
        self.commands = self._commands(transfer_delay)
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    def _commands(self, transfer_delay: float) -> dict[str, list[str]]:
        celery = [sys.executable, "-m", "celery", "-A", "portal"]
        hook = f"{self.demo.site}/thanh-toan/stripe/webhook/"
        state = ["--state", f"{self.home}/sandbox.sqlite3", "--transfer-delay", str(transfer_delay)]
        return {
            "broker": [
                *("redis-server", "--port", str(self.broker_port), "--bind", "127.0.0.1"),
                *("--save", "", "--appendonly", "no", "--dir", str(self.home)),
            ],
            "sandbox": [
                *(sys.executable, "-m", "payments.sandbox", "--port", str(self.demo.port + 1)),
                *("--webhook-url", hook, *state),
            ],
            "web": demonstration.web(self.demo),
            "worker": [*celery, "worker", "--pool", "prefork", "--concurrency", "2", "--loglevel", "INFO"],
            "beat": [
                *celery,
                "beat",
                "--schedule",
                f"{self.home}/beat",
                "--pidfile",
                "",
                "--loglevel",
                "INFO",
            ],
        }

    def log(self, name: str) -> Path:
        return self.home / "log" / f"{name}.log"

    def start(self, name: str) -> None:
        """Bring a process up, and wait until it is there."""
        known = self.log(name).stat().st_size if self.log(name).exists() else 0
        with self.log(name).open("ab") as log:
            self.running[name] = subprocess.Popen(
                self.commands[name], cwd=ROOT, env=self._env(name), stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, start_new_session=True, preexec_fn=peers._end_with_us,
            )  # fmt: skip
        until(lambda: self._is_there(name, known), seconds=START, what=f"{name} is there")

    def _env(self, name: str) -> dict[str, str]:
        # The sandbox knows nothing of Django, so nothing of secrets in files.
        told = {"STRIPE_API_KEY": self.key, "STRIPE_WEBHOOK_SECRETS": self.secret}
        return self.env | told if name == "sandbox" else self.env

    def _is_there(self, name: str, known: int) -> bool:
        match name:
            case "broker":
                with socket.socket() as probe:
                    return probe.connect_ex(("127.0.0.1", self.broker_port)) == 0
            case "web":
                return answers(f"{self.demo.site}/song/")
            case "sandbox":
                return answers(f"{self.demo.sandbox}/")
            case "worker":
                return b" ready." in self.log(name).read_bytes()[known:]
        return says(self.log(name), "Starting")

    def kill(self, name: str) -> None:
        """SIGKILL to the process and whatever it started."""
        process = self.running.pop(name)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def kill_child(self) -> None:
        """SIGKILL to one of the worker's children, a busy one if there is."""
        children = psutil.Process(self.running["worker"].pid).children()
        if children:
            max(children, key=lambda child: sum(child.cpu_times()[:2])).kill()

    def cpu(self, name: str) -> float:
        """CPU seconds of a process with its children, ended ones included."""
        from tests.benchmarks.filing import cpu  # noqa: PLC0415

        return cpu(psutil.Process(self.running[name].pid))

    def end(self) -> None:
        for name in [*self.running][::-1]:
            self.running[name].terminate()
        for process in self.running.values():
            try:
                process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        self.running.clear()

    def waiting(self) -> int:
        """Messages in the broker's queue."""
        import redis  # noqa: PLC0415

        with redis.Redis(port=self.broker_port) as broker:
            return int(broker.llen(QUEUE))

    def control(self, name: str, **body: object) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.key}"}
        answer = requests.post(f"{self.demo.sandbox}/_control/{name}", json=body, headers=headers, timeout=30)
        answer.raise_for_status()
        return dict(answer.json())

    def at_the_bank(self, kind: str) -> list[dict[str, Any]]:
        """Every object of a list of the payment server (`checkout/sessions`, `refunds`), page by page."""
        rows: list[dict[str, Any]] = []
        more = True
        while more:
            after = f"&starting_after={rows[-1]['id']}" if rows else ""
            page = requests.get(
                f"{self.demo.sandbox}/v1/{kind}?limit=100{after}",
                headers={"Authorization": f"Bearer {self.key}"}, timeout=30,
            ).json()  # fmt: skip
            rows += page["data"]
            more = page["has_more"]
        return rows


@contextmanager
def site(**options: Any) -> Iterator[Site]:
    """A site with its data's place, nothing running yet; ends whatever was started. Django is set up for it."""
    from tests.benchmarks import filing  # noqa: PLC0415

    filing.SERVER = server()
    with TemporaryDirectory(prefix="motcua-money-") as home, filing.database() as database:
        made = Site(Path(home), database, **options)
        os.environ.update(made.env)
        import django  # noqa: PLC0415 - only now does the environment name the database

        django.setup()
        from django.core.management import call_command  # noqa: PLC0415
        from django.db import connection  # noqa: PLC0415

        # What this process logs lies beside what the others log.
        logging.root.handlers = [logging.FileHandler(made.log("self"))]
        call_command("migrate", verbosity=0)
        try:
            yield made
        finally:
            made.end()
            connection.close()
            if pool := getattr(connection, "pool", None):
                pool.close()


def server() -> str:
    """A PostgreSQL server: the one that BENCH_SERVER names, one that answers here, or a throwaway one."""
    found = os.environ.get("BENCH_SERVER") or peers._answering() or peers._throwaway()
    if not found:
        raise SystemExit("no PostgreSQL on this machine")
    parts = urllib.parse.urlsplit(found)
    return f"postgresql://{parts.netloc}/postgres?{parts.query}"


def file_dossiers(number: int) -> list[Any]:
    """Dossiers whose fee is due, with their charges: one that is filed, and copies of it."""
    from django.utils import timezone  # noqa: PLC0415

    from payments import ledger  # noqa: PLC0415
    from payments.lines import Line  # noqa: PLC0415
    from procedures.dossiers import dossiers  # noqa: PLC0415
    from procedures.dossiers.models import Dossier, Form  # noqa: PLC0415
    from tests.procedures import world  # noqa: PLC0415

    now = timezone.now()
    office = world.office("commune_police")
    type(office.agency).objects.filter(pk=office.agency.pk).update(
        seal_key=""
    )  # receipts' PDFs are another bench
    office.agency.seal_key = ""
    first = world.file(world.mother(), world.publish(RESIDENCE)[RESIDENCE], office.agency, at=now)
    Form.objects.all().delete()  # and so are the dossiers' own
    asked = ledger.charges(dossiers.reference(first)).get()
    lines = [
        Line(
            key=line.key, kind=line.kind, label=line.label, unit_amount=line.amount, amount=line.amount,
            basis=line.basis,
        )
        for line in asked.lines.all()
    ]  # fmt: skip
    made = [first]
    for copy in range(1, number):
        dossier = Dossier.objects.get(pk=first.pk)
        dossier.pk, dossier.code = None, f"{first.code}.{copy}"
        dossier._state.adding = True
        dossier.save(force_insert=True)
        ledger.open_charge(
            reference=dossiers.reference(dossier), purpose=asked.purpose, description=asked.description,
            lines=lines, payer=asked.payer, agency=asked.agency, return_path=dossier.get_absolute_url(), at=now,
        )  # fmt: skip
        made.append(dossier)
    return made
