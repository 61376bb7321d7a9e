"""What one filed dossier costs: CPU seconds of web, worker and database for a form of four steps with its receipt.

    python -m tests.benchmarks.filing

Starts the real processes on a database of their own, files dossiers through HTTP as a browser without script
would, waits for their PDFs, and reads the processes' own CPU clocks. In the same run it measures a bare
WeasyPrint render of the same receipt, so that the figures can be compared on any machine, however noisy.
"""

from __future__ import annotations

import http.cookiejar
import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import psycopg

from portal import demo as demonstration
from portal.processes import Program
from tests import peers

ROOT = Path(__file__).resolve().parents[2]
BUNDLE = Path(__file__).parent / "four_steps.yaml"
CODE = "9.000004"
WARM, COUNTED = 5, 40
SERVER = os.environ.get("BENCH_SERVER", "postgresql:///postgres?host=/var/run/postgresql")
PARTS = 4
MOTHER, PASSWORD = "001192000001", "motcua-demo-1"  # of `manage.py demo_people`


class Browser:
    """A browser without script: cookies, forms, redirects."""

    def __init__(self, site: str) -> None:
        self.site = site
        jar = http.cookiejar.CookieJar()
        self._open = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar)).open
        self.url = self.page = ""

    def get(self, path: str) -> str:
        return self._read(urllib.request.Request(urllib.parse.urljoin(self.site, path)))

    def post(self, path: str, **data: str) -> str:
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.page)
        body = urllib.parse.urlencode(data | {"csrfmiddlewaretoken": token[1] if token else ""}).encode()
        return self._read(urllib.request.Request(urllib.parse.urljoin(self.site, path), body))

    def _read(self, request: urllib.request.Request) -> str:
        with self._open(request) as answer:
            self.url, self.page = urllib.parse.urlsplit(answer.url).path, answer.read().decode()
        return self.url


def file_one(browser: Browser) -> None:
    """Begin, four steps, review, submit, look at the dossier: what a citizen does, page by page."""
    browser.get(f"/thu-tuc/{CODE}/")
    agency = re.search(r'<option value="(\d+)" selected', browser.page)
    browser.post("/nhap/", procedure=CODE, agency=agency[1] if agency else "")
    for part in range(1, PARTS + 1):
        prefix = re.search(r'name="(draft-[^"]+-current_step)"', browser.page)
        browser.post(browser.url, **_answers(part), **{prefix[1] if prefix else "": f"part_{part}"})
    if "/xem-lai/" not in browser.url:
        raise RuntimeError(f"stopped at {browser.url}")
    browser.post(browser.url.replace("xem-lai", "nop"), declare="yes")
    if "/ho-so/" not in browser.url:
        raise RuntimeError(f"not filed: {browser.url}")


def _answers(part: int) -> dict[str, str]:
    names = ("name", "born", "kind", "phone", "place", "count")
    return {
        "_shown": " ".join(f"{name}_{part}" for name in names),
        f"name_{part}": "Nguyễn Thị Mẫu",
        f"born_{part}__d": "1",
        f"born_{part}__m": "2",
        f"born_{part}__y": "1990",
        f"kind_{part}": "two",
        f"phone_{part}": "0912000417",
        f"place_{part}__province": "01",
        f"place_{part}": "00070",
        f"place_{part}__listed": "01",
        f"count_{part}": "7",
    }


@contextmanager
def database() -> Iterator[str]:
    """A database of our own on the server that answers; dropped in the end."""
    name = f"motcua_bench_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(SERVER, autocommit=True) as server:
        server.execute(f'CREATE DATABASE "{name}"')
        try:
            yield SERVER.replace("/postgres?", f"/{name}?")
        finally:
            server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@contextmanager
def running(programs: list[Program], env: dict[str, str]) -> Iterator[dict[str, psutil.Process]]:
    children: dict[str, psutil.Process] = {}
    try:
        for program in programs:
            with program.log.open("ab") as log:
                child = subprocess.Popen(program.command, cwd=ROOT, env=env, stdout=log, stderr=log)
            children[program.name] = psutil.Process(child.pid)
        deadline = time.monotonic() + 90
        while not all(program.is_ready() for program in programs):
            if time.monotonic() > deadline:
                raise RuntimeError("the processes did not start")
            time.sleep(0.2)
        yield children
    finally:
        for child in children.values():
            child.terminate()
        psutil.wait_procs(children.values(), timeout=20)


def cpu(process: psutil.Process) -> float:
    """CPU seconds of a process with its children, ended ones included."""
    own = process.cpu_times()
    below = sum(cpu(child) for child in process.children())
    return own.user + own.system + own.children_user + own.children_system + below


def cpu_of_database(url: str) -> float:
    name = urllib.parse.urlsplit(url).path[1:]
    backends = (
        p for p in psutil.process_iter(["cmdline"]) if f" {name} " in " ".join(p.info["cmdline"] or ())
    )
    return sum(cpu(backend) for backend in backends)


def waiting(url: str) -> int:
    with psycopg.connect(url) as server:
        row = server.execute("SELECT count(*) FROM dossiers_form WHERE document_id IS NULL").fetchone()
    return int(row[0]) if row else 0


def file_many(browser: Browser, url: str, number: int) -> None:
    for _one in range(number):
        file_one(browser)
    deadline = time.monotonic() + 120
    while waiting(url):
        if time.monotonic() > deadline:
            raise RuntimeError("receipts are missing")
        time.sleep(0.2)


def bare_render(url: str, rounds: int = 20) -> float:
    """CPU seconds of WeasyPrint alone for the newest receipt's HTML: no data read, nothing stored."""
    import django  # noqa: PLC0415 - Django starts only here

    django.setup()
    from django.template.loader import render_to_string  # noqa: PLC0415
    from django.utils import translation  # noqa: PLC0415
    from weasyprint import HTML  # noqa: PLC0415

    from portal.documents import render  # noqa: PLC0415
    from procedures.dossiers import paperwork  # noqa: PLC0415
    from procedures.dossiers.models import Form  # noqa: PLC0415

    form = Form.objects.select_related("dossier__agency", "dossier__person", "dossier__applicant").latest(
        "pk"
    )
    with translation.override("vi"):
        markup = render_to_string(
            f"pdf/forms/{form.kind}.html", paperwork._context(form, at=form.requested_at)
        )
    render.warm_up()
    press = render._press()
    times = []
    for _round in range(rounds):
        begun = time.process_time()
        HTML(string=markup, url_fetcher=press.fetcher).write_pdf(
            stylesheets=[press.stylesheet], font_config=press.font_config
        )
        times.append(time.process_time() - begun)
    return sorted(times)[rounds // 2]


def main() -> int:
    with tempfile.TemporaryDirectory() as home, database() as url:
        demo = demonstration.Demo(Path(home), peers.free_ports())
        env = demonstration.environment(demo) | {"DATABASE_URL": url}
        for command in (
            ["migrate", "-v0"],
            ["procedures", "import", str(BUNDLE), "--publish"],
            ["demo_people"],
        ):
            subprocess.run(
                [sys.executable, "manage.py", *command],
                cwd=ROOT,
                env=env,
                check=True,
                stdout=subprocess.DEVNULL,
            )
        programs = [program for program in demonstration.programs(demo) if program.name in ("web", "worker")]
        with running(programs, env) as children:
            browser = Browser(demo.site)
            browser.get("/tai-khoan/dang-nhap/")
            browser.post("/tai-khoan/dang-nhap/", name=MOTHER, password=PASSWORD)
            file_many(browser, url, WARM)
            before = {name: cpu(child) for name, child in children.items()} | {
                "database": cpu_of_database(url)
            }
            file_many(browser, url, COUNTED)
            after = {name: cpu(child) for name, child in children.items()} | {
                "database": cpu_of_database(url)
            }
        os.environ.update(env)
        report({name: (after[name] - before[name]) / COUNTED for name in after}, bare_render(url))
    return 0


def report(spent: dict[str, float], bare: float) -> None:
    total = sum(spent.values())
    print(f"One filed dossier of four steps with its receipt PDF, CPU seconds ({COUNTED} counted):")
    for name, seconds in spent.items():
        print(f"  {name:<10} {seconds:.3f}")
    print(f"  {'together':<10} {total:.3f}")
    print(f"That is {total / bare:.2f} times a bare WeasyPrint render of the same receipt ({bare:.3f}).")


if __name__ == "__main__":
    sys.exit(main())
