"""The four bundles, read once for the session; in force where a test asks for `in_force`."""

from datetime import UTC, datetime

import pytest

from procedures.definitions import bundles, runtime

PUBLISHED_AT = datetime(2026, 11, 1, 2, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def forget_definitions():
    """Rolled-back ids come again on SQLite; what a process may remember for ever, the next test may not."""
    yield
    runtime.definition.cache_clear()


@pytest.fixture(scope="session")
def bundled():
    """Code → definition as read from its file."""
    return {(found := bundles.read(file))["code"]: found for file in sorted(bundles.FOLDER.glob("*.yaml"))}


@pytest.fixture
def in_force(db, bundled):
    """Code → published version, for all four procedures."""
    return {
        code: bundles.import_bundle(definition, by=None, at=PUBLISHED_AT, publish=True)
        for code, definition in bundled.items()
    }
