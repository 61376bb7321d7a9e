import threading

import pytest
from kombu import Connection

from portal import filequeue

FOLDERS = ("queue", "control")


@pytest.fixture
def connect(tmp_path):
    options = {
        "data_folder_in": str(tmp_path / "queue"),
        "data_folder_out": str(tmp_path / "queue"),
        "control_folder": str(tmp_path / "control"),
        "store_processed": False,
    }
    for folder in FOLDERS:
        (tmp_path / folder).mkdir()

    def open_one():
        return Connection("filesystem://localhost", transport_options=options)

    return open_one


def test_messages_come_in_order(connect):
    with connect() as connection, connection.SimpleQueue("ordered") as queue:
        for number in range(3):
            queue.put({"number": number})

        assert [_take(queue)["number"] for _turn in range(3)] == [0, 1, 2]


def test_reader_never_sees_half_a_message(connect, tmp_path):
    """A writer and a reader at full speed: kombu's own transport fails here within a second."""
    total, big = 300, "x" * 20_000
    received = []

    def read():
        with connect() as connection, connection.SimpleQueue("whole") as queue:
            while len(received) < total:
                received.append(_take(queue)["number"])

    reader = threading.Thread(target=read)
    reader.start()
    with connect() as connection, connection.SimpleQueue("whole") as queue:
        for number in range(total):
            queue.put({"number": number, "big": big})
    reader.join(timeout=30)

    assert received == list(range(total))
    assert list((tmp_path / "queue").iterdir()) == []


def test_nobody_believes_a_binding_whose_table_is_not_written_yet(connect, monkeypatch):
    """One thread binds, slowly; a second that sends meanwhile waits for it instead of sending into nothing."""
    begun, slow = threading.Event(), threading.Event()
    bind = filequeue.Channel._queue_bind

    def slowly(self, *args):
        begun.set()
        slow.wait(timeout=1)
        bind(self, *args)

    monkeypatch.setattr(filequeue.Channel, "_queue_bind", slowly)

    def first():
        with connect() as connection:
            connection.SimpleQueue("believed").close()

    binder = threading.Thread(target=first)
    binder.start()
    begun.wait(timeout=20)
    with connect() as connection, connection.SimpleQueue("believed") as queue:
        queue.put({"number": 1})
        slow.set()
        binder.join()

        assert _take(queue)["number"] == 1


def test_processes_that_start_together_share_one_table(connect, tmp_path):
    starters = [threading.Thread(target=_bind, args=(connect,)) for _turn in range(8)]
    for starter in starters:
        starter.start()
    for starter in starters:
        starter.join()

    assert [path.name for path in (tmp_path / "control").iterdir()] == ["work.exchange"]


def _bind(connect):
    # Through the public door kombu would bind once per process: it remembers (hence a name per test above, too).
    with connect() as connection:
        connection.channel()._queue_bind("work", "", "", "work")


def _take(queue):
    message = queue.get(timeout=20)
    message.ack()
    return message.payload
