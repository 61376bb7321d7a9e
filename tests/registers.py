"""A register server beside the portal, for every test that asks for one."""

import pytest

from tests import peers
from tests.portal.registries.server import KEY, Registers


@pytest.fixture(scope="session")
def registers_process():
    running = Registers()
    peers.took_part("register server (own process)")
    yield running
    running.stop()


@pytest.fixture
def registers(registers_process, settings):
    """The register server, with nothing wrong and everybody as at the start."""
    settings.REGISTRIES_URL = registers_process.base
    settings.REGISTRIES_KEY = KEY
    registers_process.control("calm")
    return registers_process
