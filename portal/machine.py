"""What the machine must have before the site can run: an environment, libraries, a font, test peers.

Plain Python without packages, because it runs before there are any (`python3 -P portal/machine.py …`).
Looks first and installs only what is missing: as root, or through a sudo that asks nothing, it calls
apt-get; otherwise it says exactly what to type.

    environment   .venv from requirements.lock, every file checked against its hash
    libraries     what WeasyPrint loads, and a font with every Vietnamese letter; ends with 1 without them
    peers         what only tests use (browser, PDF tools, PostgreSQL, SoftHSM): never ends with 1
"""

import ctypes
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
LOCK = ROOT / "requirements.lock"
STAMP = VENV / "lock.sha256"

LIBRARIES = {
    "libgobject-2.0.so.0": "libglib2.0-0",
    "libpango-1.0.so.0": "libpango-1.0-0",
    "libpangoft2-1.0.so.0": "libpangoft2-1.0-0",
    "libharfbuzz.so.0": "libharfbuzz0b",
    "libharfbuzz-subset.so.0": "libharfbuzz-subset0",
    "libfontconfig.so.1": "libfontconfig1",
}
# Papers are set in the metric twin of Times New Roman, as NĐ 30/2020 has it.
FONT = "Liberation Serif"
CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


class Missing(Exception):
    """Something is not there and may not be installed from here; the text says what to type."""


def main(argv: list[str]) -> int:
    steps = {"environment": environment, "libraries": libraries, "peers": peers}
    try:
        for name in argv or list(steps):
            steps[name]()
    except Missing as missing:
        print(missing, file=sys.stderr)
        return 1
    return 0


# ── The environment ───────────────────────────────────────────────────────────────────────────────
def environment() -> None:
    """Make `.venv` and put the lock's packages into it. Does nothing when the lock is the same as last time."""
    digest = hashlib.sha256(LOCK.read_bytes() + sys.version.encode()).hexdigest()
    if STAMP.exists() and STAMP.read_text() == digest:
        return
    python = VENV / "bin" / "python"
    if not _answers([str(python), "-m", "pip", "--version"]):
        _make_venv()
    print("Installing the packages of requirements.lock into .venv (a minute or two, once) …", flush=True)
    # The lock names every package, so nothing is left to resolve; modules compile when first used.
    flags = ["--require-hashes", "--no-deps", "--no-compile", "--disable-pip-version-check", "-qq"]
    done = subprocess.run([python, "-m", "pip", "install", *flags, "-r", str(LOCK)], check=False)
    if done.returncode:
        raise Missing("The packages could not be installed; pip's message stands above. Then: make demo")
    STAMP.write_text(digest)


def _make_venv() -> None:
    # Debian splits ensurepip off; without it `venv` leaves half an environment behind.
    if not _answers([sys.executable, "-c", "import venv, ensurepip"]):
        version = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
        _install([version], why="Python's venv module")
    shutil.rmtree(VENV, ignore_errors=True)
    made = subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=False)
    if made.returncode:
        raise Missing(f"`{sys.executable} -m venv .venv` failed; its message stands above.")


# ── Libraries and a font ──────────────────────────────────────────────────────────────────────────
def libraries() -> None:
    """See to the libraries that WeasyPrint loads and to a font for papers."""
    if missing := missing_packages():
        _install(missing, why="making PDFs")
        if still := missing_packages():
            raise Missing(f"Still missing after installing: {' '.join(still)}")


def missing_packages() -> list[str]:
    """Debian packages that bring what this machine lacks."""
    missing = [package for library, package in LIBRARIES.items() if not _loads(library)]
    if not shutil.which("fc-list"):
        missing.append("fontconfig")
    if not has_font():
        missing.append(_font_package())
    return missing


def has_font() -> bool:
    """Is there a `FONT` with every letter of Vietnamese (fontconfig's own list of them)?"""
    return bool(shutil.which("fc-list")) and bool(_output(["fc-list", f"{FONT}:lang=vi", "file"]))


def _font_package() -> str:
    # fonts-liberation is version 1 on Debian 12 and Ubuntu 22.04: without Vietnamese. Version 2 stands beside it.
    return "fonts-liberation2" if _has_candidate("fonts-liberation2") else "fonts-liberation"


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


# ── Peers of the tests ────────────────────────────────────────────────────────────────────────────
def peers() -> None:
    """See to the browser, the PDF tools, PostgreSQL and an HSM. Tests skip what cannot be had, and say so."""
    there = {
        "chromium": chromium(),
        "libatomic1": _loads("libatomic.so.1"),  # Playwright's own driver needs it
        "poppler-utils": shutil.which("pdfsig"),
        "postgresql": postgresql_binaries(),
        "softhsm2": softhsm(),
    }
    wanted = [package for package, found in there.items() if not found]
    for package in wanted:
        try:
            _install([package], why="tests against the real thing")
        except Missing as missing:
            print(f"{missing}\nWithout it the tests that need it are skipped.", file=sys.stderr)


def chromium() -> str | None:
    """The browser's path, if there is one."""
    return next((path for name in CHROMIUM if (path := shutil.which(name))), None)


def postgresql_binaries() -> Path | None:
    """The folder with `initdb` and `postgres` of the newest PostgreSQL installed."""
    folders = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    newest = max(folders, key=lambda path: int(path.parts[-3]), default=None)
    return newest.parent if newest else None


def softhsm() -> Path | None:
    """The PKCS#11 module of SoftHSM 2."""
    places = ("/usr/lib/softhsm", "/usr/lib64/pkcs11", "/usr/lib64/softhsm")
    paths = (Path(place) / "libsofthsm2.so" for place in places)
    return next((path for path in paths if path.exists()), None)


# ── apt ───────────────────────────────────────────────────────────────────────────────────────────
def _install(packages: list[str], *, why: str) -> None:
    """Install Debian packages, or raise `Missing` with the command for somebody who may."""
    command = ["apt-get", "install", "--yes", "--no-install-recommends", *packages]
    if not shutil.which("apt-get"):
        raise Missing(
            f"Missing for {why}: what Debian calls {' '.join(packages)}. Install it, then run make again."
        )
    prefix = _privilege()
    if prefix is None:
        raise Missing(f"Missing for {why}. Type this, then run make again:\n\n    sudo {' '.join(command)}\n")
    print(f"Installing for {why}: {' '.join(packages)} …", flush=True)
    environ = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    # A fresh machine has no package lists yet; an old one may have stale ones.
    for attempt in (command, ["apt-get", "update"], command):
        done = subprocess.run([*prefix, *attempt], env=environ, capture_output=True, text=True, check=False)
        if done.returncode == 0 and attempt is command:
            return
    raise Missing(f"{done.stderr.strip()}\napt-get could not install {' '.join(packages)}.")


def _privilege() -> list[str] | None:
    if os.geteuid() == 0:
        return []
    return ["sudo", "-n"] if _answers(["sudo", "-n", "true"]) else None


def _has_candidate(package: str) -> bool:
    policy = _output(["apt-cache", "policy", package])
    if not policy and _privilege() == []:
        subprocess.run(["apt-get", "update"], capture_output=True, check=False)
        policy = _output(["apt-cache", "policy", package])
    return "Candidate:" in policy and "Candidate: (none)" not in policy


def _answers(command: list[str]) -> bool:
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def _output(command: list[str]) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout
    except OSError:
        return ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
