"""A family of child processes that live and die together.

Each child leads a process group of its own, so that Ctrl-C in the terminal reaches the parent alone and the
parent can end whatever a child started. Nothing is restarted: a child that dies ends the family, and its log's
last lines say why.
"""

import ctypes
import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
PR_SET_PDEATHSIG = 1
# Celery finishes the task in hand, gunicorn the requests; what is not done by then comes again from its row.
GRACE = 8.0  # seconds
POLL = 0.1


class Died(Exception):
    """A child ended by itself or never answered; the text names it and ends with its log's tail."""


class Stopped(Exception):
    """Somebody asked the family to end."""


@dataclass(frozen=True, slots=True)
class Program:
    """What to run, where its words go, and how to see that it is there."""

    name: str
    command: list[str]
    log: Path
    is_ready: Callable[[], bool]
    env: Mapping[str, str] = field(default_factory=dict)  # beside the family's


@dataclass(slots=True)
class Family:
    """The children of this process. `with Family() as family:` ends all of them on the way out."""

    cwd: Path
    env: Mapping[str, str]
    stopping: bool = False
    _children: list[tuple[Program, subprocess.Popen[bytes]]] = field(default_factory=list)

    def __enter__(self) -> "Family":
        for number in STOPS:
            signal.signal(number, self._stop)
        return self

    def __exit__(self, *_exc: object) -> None:
        self.end()

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        # A flag, not an exception: raised between fork and bookkeeping it would lose a child.
        self.stopping = True

    def run(self, program: Program) -> None:
        """Run one program to its end. Raises `Died` when it fails, `Stopped` when asked to end meanwhile."""
        child = self._spawn(program)
        while child.poll() is None:
            self._pause(ending=child)
        self._children.remove((program, child))
        if child.returncode:
            raise Died(_obituary(program, child.returncode))

    def start(self, programs: Iterable[Program], *, within: float) -> None:
        """Start them all, return when all are ready. Raises `Died`, also after `within` seconds, or `Stopped`."""
        waiting = list(programs)
        for program in waiting:
            self._spawn(program)
        deadline = time.monotonic() + within
        while waiting := [program for program in waiting if not program.is_ready()]:
            if time.monotonic() > deadline:
                raise Died(_obituary(waiting[0], None))
            self._pause()

    def watch(self) -> None:
        """Stay until somebody asks for the end (`Stopped`) or a child dies (`Died`)."""
        while True:
            self._pause()

    def end(self) -> None:
        """TERM to every group, KILL after `GRACE` seconds; no process of any group is left."""
        for _program, child in self._children:
            _signal(child, signal.SIGTERM)
        deadline = time.monotonic() + GRACE
        while time.monotonic() < deadline and any(child.poll() is None for _program, child in self._children):
            time.sleep(POLL)
        for _program, child in self._children:
            _signal(child, signal.SIGKILL)
            child.wait()
        self._children.clear()

    def _pause(self, *, ending: subprocess.Popen[bytes] | None = None) -> None:
        """Let a moment pass. Raises `Stopped`, or `Died` for any child but the one that is meant to end."""
        time.sleep(POLL)
        if self.stopping:
            raise Stopped
        for program, child in self._children:
            if child is not ending and child.poll() is not None:
                raise Died(_obituary(program, child.returncode))

    def _spawn(self, program: Program) -> subprocess.Popen[bytes]:
        program.log.parent.mkdir(parents=True, exist_ok=True)
        with program.log.open("wb") as log:
            child = subprocess.Popen(  # noqa: S603 - the callers' own fixed commands
                program.command,
                cwd=self.cwd,
                env={**self.env, **program.env},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_die_with_parent,  # noqa: PLW1509 - this process has no threads
            )
        self._children.append((program, child))
        return child


def answers(url: str) -> bool:
    """Does a web server answer there, without an error of its own?"""
    try:
        with urllib.request.urlopen(url, timeout=2) as response:  # noqa: S310 - http, on loopback
            return int(response.status) < 500
    except urllib.error.HTTPError as error:
        return error.code < 500
    except OSError:
        return False


def says(log: Path, words: str) -> bool:
    """Has the program written `words` to its log yet?"""
    return words in log.read_text(errors="replace")


def _die_with_parent() -> None:
    # Where the parent is killed outright nobody is left to end the children, so the kernel does (Linux).
    try:
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    except (OSError, AttributeError):
        return


def _signal(child: subprocess.Popen[bytes], number: signal.Signals) -> None:
    try:
        os.killpg(child.pid, number)
    except ProcessLookupError:
        return


def _obituary(program: Program, code: int | None) -> str:
    tail = "\n".join(program.log.read_text(errors="replace").splitlines()[-25:])
    end = "did not answer in time" if code is None else f"ended with code {code}"
    return f"{program.name} {end}. The last lines of {program.log}:\n\n{tail}"
