import signal
import subprocess
import sys
import textwrap

import pytest

from portal.processes import Died, Family, Program, Stopped, says
from tests import peers

SLEEP = "import time; print('here', flush=True); time.sleep(60)"


def _program(tmp_path, name, code):
    log = tmp_path / f"{name}.log"
    return Program(name, [sys.executable, "-c", code], log, lambda: says(log, "here"))


@pytest.fixture
def family(tmp_path):
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    yield Family(tmp_path, {})
    for number, handler in before.items():
        signal.signal(number, handler)


def test_start_returns_when_all_are_ready(family, tmp_path):
    with family:
        family.start([_program(tmp_path, "one", SLEEP), _program(tmp_path, "two", SLEEP)], within=20)

        assert says(tmp_path / "one.log", "here")
        assert says(tmp_path / "two.log", "here")


def test_end_leaves_no_grandchild(family, tmp_path):
    nest = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {SLEEP!r}]); print('here', flush=True)"
    with family:
        program = _program(tmp_path, "one", nest + "; import time; time.sleep(60)")
        family.start([program], within=20)
        leader = family._children[0][1].pid

    rows = subprocess.run(["ps", "-eo", "pgid=,stat="], capture_output=True, text=True, check=True).stdout
    states = [row.split()[1] for row in rows.splitlines() if row.split()[0] == str(leader)]
    # A zombie has ended; in a container without an init nobody buries it.
    assert [state for state in states if not state.startswith("Z")] == []


def test_child_that_dies_ends_the_family_with_its_last_words(family, tmp_path):
    with family:
        family.start([_program(tmp_path, "one", SLEEP)], within=20)

        with pytest.raises(Died, match=r"(?s)two ended with code 3.*no bread"):
            family.start([_program(tmp_path, "two", "print('no bread'); raise SystemExit(3)")], within=20)


def test_child_that_leaves_in_peace_ends_the_family_too(family, tmp_path):
    with family:
        family.start([_program(tmp_path, "one", SLEEP.replace("60", "1"))], within=20)

        with pytest.raises(Died, match="one ended with code 0"):
            family.watch()


def test_child_that_never_answers(family, tmp_path):
    with family, pytest.raises(Died, match="one did not answer in time"):
        family.start([_program(tmp_path, "one", SLEEP.replace("here", "almost"))], within=0.5)


def test_run_waits_for_the_end(family, tmp_path):
    with family:
        family.run(_program(tmp_path, "one", "print('done')"))

    assert (tmp_path / "one.log").read_text() == "done\n"


def test_run_tells_of_failure(family, tmp_path):
    with family, pytest.raises(Died, match="one ended with code 1"):
        family.run(_program(tmp_path, "one", "raise SystemExit('no')"))


def test_signal_stops_the_watch(family):
    with family:
        signal.raise_signal(signal.SIGTERM)

        with pytest.raises(Stopped):
            family.watch()


def test_children_of_a_killed_parent_end(tmp_path):
    parent = textwrap.dedent(f"""
        import sys
        from pathlib import Path
        from portal.processes import Family, Program
        with Family(Path({str(tmp_path)!r}), {{}}) as family:
            log = Path({str(tmp_path)!r}) / "child.log"
            program = Program("child", [sys.executable, "-c", {SLEEP!r}], log, lambda: "here" in log.read_text())
            family.start([program], within=20)
            print(family._children[0][1].pid, flush=True)
            family.watch()
    """)
    process = subprocess.Popen(
        [sys.executable, "-c", parent], cwd=peers.ROOT, stdout=subprocess.PIPE, text=True
    )
    child = process.stdout.readline().strip()
    process.kill()
    process.communicate()

    gone = subprocess.run(["timeout", "10", "tail", "--pid", child, "-f", "/dev/null"], check=False)
    assert gone.returncode == 0
