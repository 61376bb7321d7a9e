"""The ten bundles, read once for the session; in force where a test asks for `in_force`."""

import json
from datetime import UTC, datetime

import pytest

from procedures.definitions import bundles, publishing, runtime, schemas

PUBLISHED_AT = datetime(2026, 11, 1, 2, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def forget_definitions():
    """Rolled-back ids come again on SQLite; what a process may remember for ever, the next test may not."""
    yield
    runtime.definition.cache_clear()
    schemas.digest.cache_clear()


@pytest.fixture(scope="session")
def bundled():
    """Code → definition as read from its file."""
    return {(found := bundles.read(file))["code"]: found for file in sorted(bundles.FOLDER.glob("*.yaml"))}


@pytest.fixture
def in_force(db, bundled):
    """Code → published version, for all procedures."""
    return {
        code: bundles.import_bundle(definition, by=None, at=PUBLISHED_AT, publish=True)
        for code, definition in bundled.items()
    }


@pytest.fixture(scope="session")
def definitions(bundled):
    """Code → Definition, by way of JSON as the database keeps it."""
    snapshots = {code: publishing.compile_snapshot(data) for code, data in bundled.items()}
    return {code: runtime.of_snapshot(json.loads(json.dumps(data))) for code, data in snapshots.items()}
