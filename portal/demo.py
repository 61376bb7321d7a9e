"""What `make demo` starts: the whole site on one machine, with nothing to install beside it.

    python -m portal.demo              make or update the data, start every process, say where to look
    python -m portal.demo reset        throw the data away
    python -m portal.demo manage …     any manage.py command in the demo's environment

Everything it keeps lies in `.demo` (`DEMO_HOME` moves it): database, papers, mail, queue, keys, logs. `PORT`
(8000) is the site's port, the next four the payment sandbox's, the registers', the certificates' and the gateway's.
"""

import fcntl
import hashlib
import os
import secrets
import shutil
import socket
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from portal.processes import Died, Family, Program, Stopped, answers, says

ROOT = Path(__file__).resolve().parent.parent
SECRETS = {
    "SECRET_KEY": "",
    "SIGNING_KEYS_PASSPHRASE": "",
    "STRIPE_API_KEY": "sk_test_",
    "STRIPE_WEBHOOK_SECRETS": "whsec_",
    "VNPAY_SECRETS": "",
    "BANK_SECRETS": "",
    "REGISTRIES_KEY": "motcua:",
}
GATEWAY_CODE = "MOTCUA01"
INFO = ["--loglevel", "INFO"]
START = 60.0  # seconds that the processes may take to answer, on a slow machine

SCREEN = """
  ┌─ Một Cửa ──────────────────────────────────────────────────────────────────────
  │  Trang dịch vụ công · the site                {site}/
  │  Kiểm tra giấy tờ · check a paper             {site}/giay-to/kiem-tra/
  │  Cán bộ · staff                               {site}/can-bo/
  │  Thanh toán thử · payment sandbox             {sandbox}/
  │  Cơ sở dữ liệu thử · registers                {registers}/
  │  Chứng thư, dấu thời gian · certificates      {authority}/
  │  Thư đã gửi, nhật ký · mail sent, logs        {home}/mail  {home}/log
  ├─ Đăng nhập · who can sign in ──────────────────────────────────────────────────
{people}
  ├─ Thử · try ────────────────────────────────────────────────────────────────────
  │  1. Là công dân, đăng ký khai sinh.        As a citizen, register a birth.
  │  2. Là cán bộ, tiếp nhận, xử lý, ký,       As staff, receive, process, sign,
  │     đóng dấu.                              seal.
  │  3. Tải giấy khai sinh, quét mã QR.        Download the certificate, follow its QR.
  │  4. Đăng ký thường trú bằng giấy đó,       Register residence with it, pay the fee
  │     chọn “Trả bằng thẻ, thành công”.       by “Pay by card, it succeeds”.
  └─ Ctrl-C: dừng · stops everything; make demo-reset: làm lại · starts afresh ─────
"""


class Busy(Exception):
    """The port or the folder is in use by somebody else; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Demo:
    """One demonstration: where it keeps its things and where it answers."""

    home: Path
    port: int

    @property
    def site(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def sandbox(self) -> str:
        return f"http://127.0.0.1:{self.port + 1}"

    @property
    def registers(self) -> str:
        return f"http://127.0.0.1:{self.port + 2}"

    @property
    def authority(self) -> str:
        return f"http://127.0.0.1:{self.port + 3}"

    @property
    def gateway(self) -> str:
        return f"http://127.0.0.1:{self.port + 4}"


def here() -> Demo:
    """The demonstration that the environment asks for."""
    return Demo(
        Path(os.environ.get("DEMO_HOME") or ROOT / ".demo").resolve(), int(os.environ.get("PORT") or 8000)
    )


def main(argv: list[str]) -> int:
    demo = here()
    try:
        match argv:
            case []:
                start(demo)
            case ["reset"]:
                reset(demo)
            case ["prepare"]:
                prepare(demo)
            case ["manage", *rest]:
                manage(demo, rest)
            case _:
                print(__doc__, file=sys.stderr)
                return 2
    except (Busy, Died) as problem:
        print(f"\n{problem}", file=sys.stderr)
        return 1
    return 0


def start(demo: Demo) -> None:
    """Prepare, start, print the screen, stay until Ctrl-C. Raises `Busy` or `Died`."""
    with lock(demo), Family(ROOT, environment(demo)) as family:
        for port in range(demo.port, demo.port + 5):
            require_free(port)
        try:
            print("Một Cửa: đang khởi động · starting …", flush=True)
            if not is_prepared(demo):
                family.run(_preparation(demo))
            family.start(programs(demo), within=START)
            print(screen(demo), flush=True)
            family.watch()
        except Stopped:
            print("\nĐang dừng · stopping …", flush=True)
    print("Đã dừng · stopped.", flush=True)


def reset(demo: Demo) -> None:
    """Delete everything the demonstration keeps. Raises `Busy` while it runs."""
    if not demo.home.exists():
        return
    with lock(demo):
        shutil.rmtree(demo.home)
    print(f"{demo.home}: đã xoá · deleted")


def manage(demo: Demo, argv: list[str]) -> None:
    """Become `manage.py …` in the demo's environment."""
    os.execve(sys.executable, [sys.executable, str(ROOT / "manage.py"), *argv], environment(demo))  # noqa: S606


def prepare(demo: Demo) -> None:
    """Bring database, procedures, people and keys up to date. Changes nothing that is there already."""
    import django  # noqa: PLC0415 - only this process needs Django; the one that waits stays small
    from django.core.management import call_command  # noqa: PLC0415

    django.setup()
    call_command("migrate", interactive=False)
    call_command("procedures", "import", "--publish")
    call_command("demo_people")
    call_command("demo_accounts")
    call_command("demo_ca", services=demo.authority)
    (demo.home / "people.txt").write_text("\n".join(people()))
    (demo.home / "prepared").write_text(_sources(demo))


def is_prepared(demo: Demo) -> bool:
    """Was the data prepared by the very sources that lie here now, for these ports? Then nothing is to prepare."""
    stamp = demo.home / "prepared"
    return stamp.exists() and (demo.home / "db.sqlite3").exists() and stamp.read_text() == _sources(demo)


def _sources(demo: Demo) -> str:
    digest = hashlib.sha256(demo.authority.encode())  # it stands in the certificates
    for room in ("portal", "payments", "procedures"):
        for path in sorted((ROOT / room).rglob("*")):
            if path.suffix in {".py", ".yaml", ".po"}:
                digest.update(path.read_bytes())
    return digest.hexdigest()


def people() -> Iterator[str]:
    """Who can sign in, role by role, in both languages; for the screen. Needs Django."""
    from django.utils.translation import override  # noqa: PLC0415 - as above

    from portal.accounts import demo as cast  # noqa: PLC0415
    from portal.accounts.models import Role  # noqa: PLC0415

    yield f"Mật khẩu chung · one password for all: {cast.PASSWORD}"
    for citizen in cast.CITIZENS:
        yield f"{'Công dân · citizen':<44} {citizen.personal_id}  {citizen.full_name}"
    for role in Role:
        with override("vi"):
            vietnamese = str(role.label)
        with override("en"):
            label = f"{vietnamese} · {role.label}"
        yield f"{label:<44} {'  '.join(officer.username for officer in cast.OFFICERS if officer.role == role)}"


# ── What it needs ─────────────────────────────────────────────────────────────────────────────────
def environment(demo: Demo) -> dict[str, str]:
    """The variables of `portal/settings.py`, for the site on this machine. Makes the secrets at first start."""
    home = demo.home
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    for folder in ("files", "mail", "log", "keys", "queue/queue", "queue/control"):
        (home / folder).mkdir(parents=True, exist_ok=True)
    return os.environ | {
        "DJANGO_SETTINGS_MODULE": "portal.settings",
        "PYTHONUNBUFFERED": "1",
        "DEMO": "1",
        "DEMO_HOME": str(home),
        "PORT": str(demo.port),
        "PUBLIC_URL": demo.site,
        "ALLOWED_HOSTS": "127.0.0.1,localhost",
        "DATABASE_URL": f"sqlite:///{home}/db.sqlite3",
        "FILES_URL": f"file://{home}/files",
        "EMAIL_URL": f"file://{home}/mail",
        "BROKER_URL": "filesystem://",
        "BROKER_FOLDER": f"{home}/queue",
        "CACHE_URL": "",
        "STATIC_BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage",
        "STRIPE_API_BASE": demo.sandbox,
        "VNPAY_TMN_CODE": GATEWAY_CODE,
        "VNPAY_PAY_URL": f"{demo.gateway}/pay",
        "VNPAY_API_URL": f"{demo.gateway}/api",
        "REGISTRIES_URL": demo.registers,
        "SIGNING_KEYS_DIR": f"{home}/keys",
        "SIGNING_TRUST_ROOTS": f"{home}/keys/roots.pem",
        "SIGNING_LEVEL": "B-LTA",
        "TSA_URL": f"{demo.authority}/tsa",
        "REVOCATION_ADDRESSES": f"{demo.authority}/",
        **{f"{name}_FILE": str(_secret(home, name)) for name in SECRETS},
    }


def _secret(home: Path, name: str) -> Path:
    path = home / "secrets" / name.lower()
    if not path.exists():
        path.parent.mkdir(mode=0o700, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(SECRETS[name] + secrets.token_urlsafe(48))
    return path


def programs(demo: Demo) -> list[Program]:
    """Every process of the site, with its way of showing that it is there."""
    celery = [sys.executable, "-m", "celery", "-A", "portal"]
    worker = ["worker", "--pool", "solo", "--without-gossip", "--without-mingle", "--without-heartbeat"]
    beat = ["beat", "--schedule", f"{demo.home}/beat", "--pidfile", ""]
    log = {name: demo.home / "log" / f"{name}.log" for name in ("web", "worker", "beat")}
    return [
        Program("web", web(demo), log["web"], lambda: answers(f"{demo.site}/song/")),
        Program("worker", [*celery, *worker, *INFO], log["worker"], lambda: says(log["worker"], " ready.")),
        Program("beat", [*celery, *beat, *INFO], log["beat"], lambda: says(log["beat"], "Starting")),
        *others(demo),
    ]


def others(demo: Demo) -> list[Program]:
    """Who stands outside: banks, registers and the authority of certificates and time stamps."""
    ring, tell = (f"{demo.site}/thanh-toan/{provider}/webhook/" for provider in ("stripe", "vnpay"))
    pay = ["--webhook-url", ring, "--state", f"{demo.home}/sandbox.sqlite3"]
    # The two of the banks know nothing of Django, so nothing of secrets in files.
    names = ("STRIPE_API_KEY", "STRIPE_WEBHOOK_SECRETS", "VNPAY_SECRETS")
    told = {name: _secret(demo.home, name).read_text() for name in names} | {"VNPAY_TMN_CODE": GATEWAY_CODE}

    def other(name: str, module: str, url: str, *options: str, env: dict[str, str] | None = None) -> Program:
        command = [sys.executable, "-m", module, "--port", url.rpartition(":")[2], *options]
        return Program(
            name, command, demo.home / "log" / f"{name}.log", lambda: answers(f"{url}/"), env or {}
        )

    return [
        other("sandbox", "payments.sandbox", demo.sandbox, *pay, env=told),
        other("registers", "portal.registries.sandbox", demo.registers),
        other("authority", "portal.documents.sandbox", demo.authority, "--keys", f"{demo.home}/keys"),
        other("gateway", "payments.sandbox.gateway", demo.gateway, "--ipn-url", tell, env=told),
    ]


def web(demo: Demo) -> list[str]:
    # One process: its cache counts sign-in attempts, and two would each count on their own.
    return [
        *(sys.executable, "-m", "gunicorn", "portal.wsgi", "--bind", f"127.0.0.1:{demo.port}"),
        *("--worker-class", "gthread", "--workers", "1", "--threads", "8"),
        *("--graceful-timeout", "4", "--no-control-socket", "--log-level", "warning"),
    ]


def _preparation(demo: Demo) -> Program:
    command = [sys.executable, "-m", "portal.demo", "prepare"]
    return Program("prepare", command, demo.home / "log" / "prepare.log", lambda: True)


# ── What it says and refuses ──────────────────────────────────────────────────────────────────────
def screen(demo: Demo) -> str:
    people = (demo.home / "people.txt").read_text().rstrip().splitlines()
    lines = "\n".join(f"  │  {line}".rstrip() for line in people)
    return SCREEN.format(
        site=demo.site,
        sandbox=demo.sandbox,
        registers=demo.registers,
        authority=demo.authority,
        home=demo.home,
        people=lines,
    )


def require_free(port: int) -> None:
    """Raises `Busy` when something listens on `port`."""
    with socket.socket() as probe:
        # As servers do: a connection of the last run that is still being closed does not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise Busy(
                f"Cổng {port} đang bận, hãy chọn cổng khác · port {port} is in use, choose another:\n\n"
                f"    make demo PORT={port + 10}\n"
            ) from error


def lock(demo: Demo) -> TextIO:
    """Hold the folder while a demonstration runs in it. Raises `Busy` when another one does."""
    demo.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    held = (demo.home / "lock").open("w")
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        held.close()
        raise Busy(
            f"Đang có một bản chạy trong {demo.home} · one is running there already. Another beside it:\n\n"
            f"    make demo PORT={demo.port + 10} DEMO_HOME=.demo-2\n"
        ) from error
    return held


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
