"""What stood in the log as words before there were receipts is a receipt afterwards; nothing else changes."""

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

pytestmark = pytest.mark.django_db(transaction=True)

AT = datetime(2026, 11, 12, 2, 0, tzinfo=UTC)
BEFORE, AFTER = [("documents", "0001_initial")], [("documents", "0002_consents_and_log")]


@pytest.fixture
def migrate():
    def to(targets):
        executor = MigrationExecutor(connection)
        executor.migrate(targets)
        return MigrationExecutor(connection).loader.project_state(targets).apps

    yield to
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())


def logs(apps):
    """The holder's own look, an officer's look, a use in a dossier with the words agreed to."""
    person = apps.get_model("accounts", "Person").objects.create(personal_id="001190000001", full_name="Mẫu")
    users = apps.get_model("accounts", "User").objects
    own = users.create(username="001190000001", full_name="Mẫu", person=person)
    officer = users.create(username="canbo", full_name="Trần Văn Mẫu")
    issuer = apps.get_model("accounts", "Agency").objects.create(
        code="H1", name="UBND", kind="city", path="/1/"
    )
    document = apps.get_model("documents", "Document").objects.create(
        kind="result", name="a.pdf", content_type="application/pdf", size=1, sha256="0" * 64, storage_key="a"
    )
    paper = apps.get_model("documents", "IssuedPaper").objects.create(
        document=document, type_code="KQ.1", title={"vi": "Giấy"}, number="1", issuer=issuer, issuer_name="UBND",
        signer_name="A", signer_position="B", holder=person, subject_name="Mẫu", claims={}, issued_at=AT,
        check_code="ABCDEFGHJKMN",
    )  # fmt: skip
    rows = apps.get_model("documents", "AccessLog").objects
    common = {"paper": paper, "purpose": {"vi": "Xem"}, "at": AT}
    rows.create(by=own, by_name="Mẫu", **common)
    rows.create(by=officer, by_name="Trần Văn Mẫu", dossier_code="H1-1", **common)
    rows.create(
        by=None, by_name="Công an", dossier_code="H1-2", consent_text="Tôi đồng ý", consent_at=AT, **common
    )
    return person.pk


def test_words_in_the_log_become_receipts(migrate):
    person = logs(migrate(BEFORE))

    apps = migrate(AFTER)

    rows = list(apps.get_model("documents", "AccessLog").objects.order_by("pk"))
    assert [(row.kind, row.person_id, bool(row.consent_id)) for row in rows] == [
        ("own", person, False),
        ("officer", person, False),
        ("reuse", person, True),
    ]
    receipt = apps.get_model("documents", "Consent").objects.get()
    assert rows[2].consent_id == receipt.pk
    assert (receipt.text, receipt.given_at, receipt.dossier_code, receipt.recipient) == (
        "Tôi đồng ý", AT, "H1-2", "Công an",
    )  # fmt: skip
    assert (receipt.person_id, receipt.kind, receipt.withdrawn_at) == (person, "reuse", None)
