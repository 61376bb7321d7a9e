"""The programs of `make demo`, each to be stopped and started by itself. In the demo one that dies ends all."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from portal import demo
from portal.processes import Program
from tests import peers
from tests.journeys.conftest import ROOT, Site, demo_environment


class Parts:
    """`site` is where the programs answer; they are known by their names in `demo.programs`."""

    def __init__(self, home: Path) -> None:
        port = peers.free_ports()
        self._env = demo_environment(home, port)
        self._programs = {one.name: one for one in demo.programs(demo.Demo(home, port))}
        self._running: dict[str, subprocess.Popen] = {}
        prepared = subprocess.run(
            [sys.executable, "-m", "portal.demo", "prepare"],
            cwd=ROOT,
            env=self._env,
            capture_output=True,
            text=True,
        )
        assert prepared.returncode == 0, prepared.stderr
        self.site = Site(home, port, self._spawn("web"))
        for name in self._programs.keys() - {"web"}:
            self._spawn(name)
        for program in self._programs.values():
            self._wait(program)

    def _spawn(self, name: str) -> subprocess.Popen:
        program = self._programs[name]
        with program.log.open("wb") as log:
            child = subprocess.Popen(
                program.command,
                cwd=ROOT,
                env=self._env | dict(program.env),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._running[name] = child
        return child

    def _wait(self, program: Program) -> None:
        deadline = time.monotonic() + 60
        while not program.is_ready():
            if self._running[program.name].poll() is not None or time.monotonic() > deadline:
                pytest.fail(program.log.read_text())
            time.sleep(0.1)

    def start(self, name: str) -> None:
        self._spawn(name)
        self._wait(self._programs[name])

    def kill(self, name: str) -> None:
        """At once, with all its children, as when the power fails."""
        self._end(name, signal.SIGKILL)

    def stop(self, name: str) -> None:
        self._end(name, signal.SIGTERM)

    def _end(self, name: str, number: signal.Signals) -> None:
        child = self._running.pop(name)
        os.killpg(child.pid, number)
        child.wait(timeout=30)

    def lose_the_queue(self) -> None:
        """What was asked of the worker so far is gone; the rows in the database remain."""
        for message in (self.site.home / "queue" / "queue").glob("*.msg"):
            message.unlink(missing_ok=True)

    def end(self) -> None:
        for name in list(self._running):
            self.stop(name)
