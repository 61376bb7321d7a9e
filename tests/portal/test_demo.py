import socket
import stat
from pathlib import Path

import pytest

from portal import demo


@pytest.fixture
def here(tmp_path):
    return demo.Demo(tmp_path / "demo", 8123)


def test_secrets_are_made_once_and_for_our_eyes_only(here):
    first = demo.environment(here)
    second = demo.environment(here)

    path = Path(first["SECRET_KEY_FILE"])
    assert first == second
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(path.read_text()) >= 50
    assert stat.S_IMODE(here.home.stat().st_mode) == 0o700


def test_two_demonstrations_share_no_secret(here, tmp_path):
    other = demo.Demo(tmp_path / "other", 8123)

    ours, theirs = (Path(demo.environment(it)["SIGNING_KEYS_PASSPHRASE_FILE"]) for it in (here, other))

    assert ours.read_text() != theirs.read_text()


def test_port_moves_everything_that_answers(here):
    environment = demo.environment(here)

    assert environment["PUBLIC_URL"] == "http://127.0.0.1:8123"
    assert environment["STRIPE_API_BASE"] == "http://127.0.0.1:8124"
    assert environment["REGISTRIES_URL"] == "http://127.0.0.1:8125"
    assert environment["TSA_URL"] == "http://127.0.0.1:8126/tsa"
    assert environment["REVOCATION_ADDRESSES"] == "http://127.0.0.1:8126/"
    assert environment["SIGNING_LEVEL"] == "B-LTA"


def test_port_and_home_come_from_the_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("PORT", "9000")
    monkeypatch.setenv("DEMO_HOME", str(tmp_path))

    assert demo.here() == demo.Demo(tmp_path, 9000)


def test_busy_port_is_told_with_another_to_take():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        with pytest.raises(demo.Busy, match=f"make demo PORT={port + 10}"):
            demo.require_free(port)


def test_one_demonstration_per_folder(here):
    with demo.lock(here), pytest.raises(demo.Busy, match=r"DEMO_HOME=\.demo-2"):
        demo.lock(here)


def test_reset_deletes_everything(here, capsys):
    demo.environment(here)

    demo.reset(here)
    demo.reset(here)

    assert not here.home.exists()


def test_reset_refuses_while_it_runs(here):
    with demo.lock(here), pytest.raises(demo.Busy):
        demo.reset(here)


def test_screen_names_the_people_and_fits(here):
    here.home.mkdir()
    (here.home / "people.txt").write_text("\n".join(demo.people()))

    screen = demo.screen(here)

    assert "http://127.0.0.1:8123/" in screen
    assert "001192000001" in screen
    assert "lanhdao.ubnd" in screen
    assert screen.count("\n") <= 38


def test_unknown_word_prints_the_usage(capsys):
    assert demo.main(["what"]) == 2
    assert "python -m portal.demo reset" in capsys.readouterr().err
