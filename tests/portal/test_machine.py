import subprocess
import sys

import pytest

from portal import machine
from tests import peers


@pytest.fixture
def ran(monkeypatch):
    """Commands that would have changed the machine, instead of running them."""
    commands = []

    def run(command, **_options):
        commands.append([str(part) for part in command])
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(machine.subprocess, "run", run)
    return commands


def test_libraries_there_means_nothing_to_do(monkeypatch, ran):
    monkeypatch.setattr(machine, "missing_packages", list)

    machine.libraries()

    assert ran == []


def test_root_installs_what_is_missing(monkeypatch, ran):
    answers = iter([["libpango-1.0-0"], []])
    monkeypatch.setattr(machine, "missing_packages", lambda: next(answers))
    monkeypatch.setattr(machine, "_privilege", list)
    monkeypatch.setattr(machine.shutil, "which", lambda name: f"/usr/bin/{name}")

    machine.libraries()

    assert ran == [["apt-get", "install", "--yes", "--no-install-recommends", "libpango-1.0-0"]]


def test_others_are_told_what_to_type(monkeypatch, ran):
    monkeypatch.setattr(machine, "missing_packages", lambda: ["libpango-1.0-0", "fonts-liberation2"])
    monkeypatch.setattr(machine, "_privilege", lambda: None)
    monkeypatch.setattr(machine.shutil, "which", lambda name: f"/usr/bin/{name}")

    with pytest.raises(
        machine.Missing, match=r"\n    sudo apt-get install .* libpango-1.0-0 fonts-liberation2\n"
    ):
        machine.libraries()

    assert ran == []


def test_machine_without_apt_is_told_the_names(monkeypatch, ran):
    monkeypatch.setattr(machine, "missing_packages", lambda: ["libpango-1.0-0"])
    monkeypatch.setattr(machine.shutil, "which", lambda _name: None)

    with pytest.raises(machine.Missing, match=r"what Debian calls libpango-1\.0-0"):
        machine.libraries()


def test_missing_peer_stops_nothing(monkeypatch, ran, capsys):
    monkeypatch.setattr(machine, "_privilege", lambda: None)
    monkeypatch.setattr(machine, "chromium", lambda: None)
    monkeypatch.setattr(
        machine.shutil, "which", lambda name: "/usr/bin/apt-get" if name == "apt-get" else None
    )
    monkeypatch.setattr(machine, "postgresql_binaries", lambda: None)
    monkeypatch.setattr(machine, "softhsm", lambda: None)

    machine.peers()

    said = capsys.readouterr().err
    for package in ("chromium", "softhsm2"):
        assert f"sudo apt-get install --yes --no-install-recommends {package}" in said


def test_library_that_is_not_there_is_named_by_its_package(monkeypatch):
    monkeypatch.setattr(
        machine, "LIBRARIES", {"libc.so.6": "libc6", "libno-such-thing.so.1": "no-such-thing"}
    )
    monkeypatch.setattr(machine, "has_font", lambda: True)
    monkeypatch.setattr(machine.shutil, "which", lambda name: f"/usr/bin/{name}")

    assert machine.missing_packages() == ["no-such-thing"]


def test_it_runs_before_there_are_packages():
    # -S: no site-packages, as on the machine that it prepares.
    code = "import runpy, sys; sys.argv = ['machine', 'libraries']; runpy.run_path('portal/machine.py')"
    done = subprocess.run(
        [sys.executable, "-S", "-c", code], cwd=peers.ROOT, capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stderr) == (0, "")
