"""The real authority of time stamps falls silent while results are issued, and answers again."""

import contextlib
import socket
import threading
from datetime import timedelta

import pytest
from django.core.cache import cache

from portal.documents import evidence, store, verification
from portal.documents.models import IssuedPaper
from portal.documents.sandbox.server import Config, Server
from procedures.results import issuing
from procedures.results.models import NumberSeries, Result, Trouble
from tests import authorities
from tests.procedures import world

pytestmark = pytest.mark.django_db

BIRTH = "1.001193"


@pytest.fixture
def authority(tmp_path, settings, monkeypatch):
    """One of our own, that can be silenced; whoever asks it waits half a second, not five."""
    running = authorities.started(tmp_path / "authority")
    for name, value in running.settings().items():
        setattr(settings, name, value)
    monkeypatch.setattr(evidence, "SECONDS", 0.5)
    running.set_clock(world.MONDAY)
    evidence._pool.cache_clear()
    yield running
    _close(running)
    evidence.forget()


def _close(running):
    running.server.shutdown()
    running.server.server_close()
    evidence._pool.cache_clear()  # a connection that is open would still be answered


@contextlib.contextmanager
def silent(running, *, hanging):
    """Nothing listens at its address, or something that takes the question and says nothing."""
    port = running.server.server_port
    _close(running)
    with socket.socket() as mute:
        if hanging:
            mute.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            mute.bind(("127.0.0.1", port))
            mute.listen()
        yield
    running.server = Server(Config(running.folder, authorities.PASSPHRASE, port=port))
    threading.Thread(target=running.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()


@pytest.fixture
def asked(authority):
    """Three results that the clerk wants issued."""
    office = world.office()
    leader = office.staff["leader"]
    authority.ensure({office.agency.seal_key: office.agency.name, leader.signing_key: leader.full_name})
    mother, version = world.mother(), world.publish(BIRTH)[BIRTH]
    made = [world.approve(world.file(mother, version, office.agency), office) for _n in range(3)]
    return [issuing.ask(dossier, **office.act("clerk")) for dossier in made]


def _now(result):
    return Result.objects.get(pk=result.pk)


@pytest.mark.parametrize("hanging", [False, True], ids=["down", "hanging"])
def test_results_wait_for_a_silent_authority_and_are_issued_at_the_full_level(authority, asked, hanging):
    first, second, third = asked
    assert issuing.work(first.pk, at=world.MONDAY)

    with silent(authority, hanging=hanging):
        for result in (second, third):
            assert issuing.work(result.pk, at=world.MONDAY) is None
    held = _now(second)

    assert (held.state, held.trouble, held.sequence) == ("numbered", Trouble.AUTHORITY, 2)
    assert (_now(third).trouble, _now(third).sequence) == (Trouble.AUTHORITY, None)
    assert IssuedPaper.objects.count() == 1

    later = world.MONDAY + timedelta(minutes=1)
    authority.set_clock(later)
    cache.delete(issuing.SILENT)
    # The one that was not begun comes first: it does not take the number of the one that waits.
    for result in (third, second):
        assert issuing.work(result.pk, at=later)
    _each_whole(held)


def _each_whole(held):
    papers = list(IssuedPaper.objects.select_related("document").order_by("pk"))
    assert [paper.number.split("/")[0] for paper in papers] == ["1", "3", "2"]
    assert (papers[2].number, papers[2].check_code) == (held.number, held.check_code)
    assert (NumberSeries.objects.get().last, NumberSeries.objects.get().spare) == (3, [])
    assert {paper.signature_level for paper in papers} == {"B-LTA"}
    assert all(verification.check_bytes(store.read(paper.document)).holds for paper in papers)
