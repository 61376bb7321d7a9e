"""The register server itself: its page, its switch, who may order trouble, how it begins."""

import os
import subprocess
import sys

import pytest
import requests

from portal.accounts import demo
from portal.registries.sandbox import people
from tests import peers
from tests.portal.registries.server import KEY


@pytest.mark.parametrize("citizen", demo.CITIZENS, ids=lambda citizen: citizen.full_name)
def test_registers_know_the_people_of_the_demonstration(citizen):
    records = people.on_record()
    population, civil = records["population"], records["civil_status"]

    known = population[citizen.personal_id]
    assert known["full_name"] == civil[citizen.personal_id]["full_name"] == citizen.full_name
    assert known["date_of_birth"] == citizen.date_of_birth.isoformat()
    assert (known["sex"], known["address"]) == (citizen.sex, citizen.address)
    assert (known["commune"], known["ethnicity"]) == (demo.COMMUNE, "Kinh")
    assert civil[citizen.personal_id]["marital_status"]


def test_spouses_are_each_others():
    civil = people.on_record()["civil_status"]
    married = [record for record in civil.values() if record["marital_status"] == "married"]

    assert len(married) == 2
    for record in married:
        assert civil[record["spouse"]["personal_id"]]["spouse"]["personal_id"] == record["personal_id"]


def test_page_says_who_is_on_record_and_has_its_style(registers):
    page = requests.get(f"{registers.base}/", timeout=5)

    assert "Nguyễn Thị Mẫu" in page.text
    assert "style-src 'self'" in page.headers["Content-Security-Policy"]
    assert (
        requests.get(f"{registers.base}/style.css", timeout=5).headers["Content-Type"].startswith("text/css")
    )


def test_switch_makes_a_register_silent_and_well_again(registers):
    def turn(kind):
        form = {"registry": "civil_status", "kind": kind}
        return requests.post(f"{registers.base}/switch", data=form, timeout=5)

    def is_on(kind):
        return (
            f'value="{kind}" id="civil_status-{kind}" checked' in requests.get(registers.base, timeout=5).text
        )

    assert is_on("well")
    assert turn("error").status_code == 200  # followed back to the page
    assert is_on("error")
    turn("well")
    assert is_on("well")
    assert turn("on fire").status_code == 400


def test_other_pages_cannot_turn_the_switch(registers):
    form = {"registry": "population", "kind": "error"}
    answer = requests.post(
        f"{registers.base}/switch", data=form, headers={"Origin": "http://elsewhere.example"}, timeout=5
    )

    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/_control/calm", {}, 401),
        ("/_control/calm", {"Authorization": "Bearer motcua:x"}, 401),
        ("/_control/nothing", {"Authorization": f"Bearer {KEY}"}, 404),
        ("/_control/calm", {"Authorization": f"Bearer {KEY}", "Host": "elsewhere.example"}, 403),
        ("/nothing", {}, 404),
    ],
)
def test_trouble_is_ordered_by_the_holder_of_the_key_alone(registers, path, headers, status):
    assert requests.post(registers.base + path, headers=headers, timeout=5).status_code == status


def test_it_does_not_begin_without_a_key():
    done = subprocess.run(
        [sys.executable, "-m", "portal.registries.sandbox"],
        cwd=peers.ROOT,
        env=os.environ | {"REGISTRIES_KEY": "motcua:"},
        capture_output=True,
        text=True,
    )

    assert done.returncode == 1
    assert "client:secret" in done.stderr


def test_it_says_when_its_port_is_taken(registers):
    done = subprocess.run(
        [sys.executable, "-m", "portal.registries.sandbox", "--port", str(registers.port)],
        cwd=peers.ROOT,
        env=os.environ | {"REGISTRIES_KEY": KEY},
        capture_output=True,
        text=True,
    )

    assert "Cannot listen" in done.stderr


def test_it_ends_when_asked_and_comes_back_as_at_the_start(registers_process):
    registers_process.put("population", "001192000001", None)
    registers_process.stop()
    assert registers_process.process.returncode == 0

    registers_process.start()

    assert "001192000001" in requests.get(registers_process.base, timeout=5).text
