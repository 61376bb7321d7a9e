"""Breaks the cash desk's guards one at a time, and looks whether the tests notice.

    python -m tests.benchmarks.mutants [WORDS]     all of tests/payments/mutants.py, or those that contain WORDS

One session of pytest with one database: the tests run once as the source is, then for each mutant a child is forked
that exchanges the code of the changed functions and runs the mutant's tests, quickest first, until one fails.
Ends with 1 when a mutant survives that has no reason to, or when one that has a reason is killed.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator
from importlib import import_module, reload
from types import CodeType, FunctionType, ModuleType

import pytest
from _pytest.runner import runtestprotocol

from tests.payments.mutants import MUTANTS, Mutant

LONGEST = 300  # seconds of one mutant's tests; one that hangs is noticed
ALWAYS = "test_guards"


# ── Exchanging code ───────────────────────────────────────────────────────────────────────────────
def exchange(mutant: Mutant) -> None:
    """Give every living function of the mutant's file the mutant's code; for good, so only in a child."""
    module = import_module("payments." + mutant.file.removesuffix(".py").replace("/", "."))
    old, new = (
        compile(source, module.__file__, "exec", dont_inherit=True)
        for source in (mutant.where(), mutant.applied())
    )
    if own(old) != own(new):  # a decorator, a constant
        anew(module, new)
    others = dict(functions(new))
    swapped = {code: others[name] for name, code in functions(old) if others.get(name, code) != code}
    living = [each for each in gc.get_objects() if type(each) is FunctionType]
    for function in living:
        if function.__code__.co_filename == module.__file__ and function.__code__ in swapped:
            function.__code__ = swapped[function.__code__]


def own(code: CodeType) -> tuple[object, ...]:
    """What the code does by itself, apart from the functions in it."""
    return code.co_code, code.co_names, [each for each in code.co_consts if not isinstance(each, CodeType)]


def functions(code: CodeType) -> Iterator[tuple[tuple[str, int], CodeType]]:
    """The functions in it, at any depth, by name; several of one name (lambdas) are counted."""
    seen: Counter[str] = Counter()
    found = [code]
    while found:
        for each in found.pop().co_consts:
            if isinstance(each, CodeType):
                seen[each.co_qualname] += 1
                found.append(each)
                yield (each.co_qualname, seen[each.co_qualname]), each


def anew(module: ModuleType, code: CodeType) -> None:
    """Run the whole module again in its place, and let the addresses find its views."""
    from django.conf import settings  # noqa: PLC0415 - pytest sets Django up
    from django.urls import clear_url_caches  # noqa: PLC0415

    exec(code, vars(module))  # noqa: S102
    reload(import_module("payments.urls"))
    reload(import_module(settings.ROOT_URLCONF))
    clear_url_caches()


# ── Running tests ─────────────────────────────────────────────────────────────────────────────────
def fails(item: pytest.Item, after: pytest.Item) -> str:
    """What the test says when it fails. Fixtures of modules and of the session stay for the item `after`."""
    reports = runtestprotocol(item, log=False, nextitem=after)
    return next((f"{each.longrepr}" for each in reports if each.failed), "")


def first_failure(items: list[pytest.Item]) -> str:
    for item, after in zip(items, [*items[1:], items[0]], strict=True):
        if fails(item, after):
            return item.name
    return ""


def in_a_child(mutant: Mutant, items: list[pytest.Item]) -> str:
    """The name of the test that noticed the mutant, or nothing."""
    from django.db import connections  # noqa: PLC0415

    for connection in connections.all():
        connection.close()
        if hasattr(connection, "close_pool"):
            connection.close_pool()
    sys.stdout.flush()
    read, write = os.pipe()
    if child := os.fork():
        os.close(write)
        with os.fdopen(read) as said:
            name = said.read()
        _, status = os.waitpid(child, 0)
        return name if os.WIFEXITED(status) else f"(ended by signal {os.WTERMSIG(status)})"
    os.close(read)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(LONGEST)
    try:
        exchange(mutant)
        os.write(write, first_failure(items).encode())
    except BaseException as error:
        os.write(write, f"(broken: {error!r})".encode())
    finally:
        os._exit(0)


class Judge:
    """In the place of pytest's own loop: all tests once, then every mutant."""

    def __init__(self, chosen: list[Mutant]) -> None:
        self.chosen = chosen
        self.verdicts: Counter[str] = Counter()

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        if not (items := self._as_it_is(session)):
            return True
        for number, mutant in enumerate(self.chosen, 1):
            begun = time.monotonic()
            wanted = list(dict.fromkeys([*mutant.tests.split(), ALWAYS]))
            killer = in_a_child(mutant, [item for name in wanted for item in items if item.path.stem == name])
            verdict = "killed" if killer else "equivalent" if mutant.reason else "SURVIVED"
            if killer.startswith("(broken") or (killer and mutant.reason):
                verdict = "WRONG"
            self.verdicts[verdict] += 1
            took = f"{time.monotonic() - begun:4.0f} s"
            why = killer or mutant.reason
            print(
                f"{number:3}/{len(self.chosen)} {verdict:10} {took}  {mutant.file}: {mutant.breaks}  [{why}]",
                flush=True,
            )
        return True

    def _say(self, session: pytest.Session, text: str) -> None:
        """What the tests print is caught, and so would this be."""
        with session.config.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
            print(text, flush=True)

    def _as_it_is(self, session: pytest.Session) -> list[pytest.Item]:
        """The tests, the quickest first; none when one fails as the source is."""
        took, items = {}, session.items
        for item, after in zip(items, [*items[1:], items[0]], strict=True):
            begun = time.monotonic()
            if said := fails(item, after):
                self._say(session, f"{said}\n{item.name} does not pass as it is: nothing can be said.")
                self.verdicts["WRONG"] += 1
                return []
            took[item] = time.monotonic() - begun
        self._say(session, f"{len(took)} tests pass as it is, in {sum(took.values()):.0f} s.")
        return sorted(took, key=lambda item: took[item])


def main(argv: list[str]) -> int:
    words = " ".join(argv)
    chosen = [each for each in MUTANTS if words in f"{each.file} {each.breaks}"]
    names = sorted({ALWAYS, *(name for each in chosen for name in each.tests.split())})
    judge = Judge(chosen)
    options = ["-n0", "-q", "-p", "no:cacheprovider", "-k", "not mutant"]
    pytest.main([*options, *(f"tests/payments/{name}.py" for name in names)], plugins=[judge])
    told = ", ".join(f"{count} {verdict}" for verdict, count in sorted(judge.verdicts.items()))
    print(f"{len(chosen)} mutants: {told}.")
    good = judge.verdicts["killed"] + judge.verdicts["equivalent"]
    return 0 if good == len(chosen) else 1


if __name__ == "__main__":
    os.nice(5)
    sys.exit(main(sys.argv[1:]))
