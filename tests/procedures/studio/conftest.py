"""A procedure administrator, a colleague of the same branch, and a draft of the birth registration."""

import pytest

from procedures.definitions import versions
from procedures.definitions.models import ProcedureVersion
from tests import factories
from tests.procedures import world

CODE = "1.001193"


@pytest.fixture
def city(db):
    return factories.AgencyFactory(kind="city", name="UBND thành phố Mẫu")


@pytest.fixture
def admin(city):
    return factories.staff("procedure_admin", city, full_name="Đặng Thị Mục")


@pytest.fixture
def colleague(city):
    return factories.staff("procedure_admin", city, full_name="Hồ Văn Khóa")


@pytest.fixture
def draft(admin, in_force):
    return versions.draft_of(in_force[CODE].procedure, by=admin, at=world.MONDAY)


@pytest.fixture
def page(client, admin, draft):
    """The browser of the administrator."""
    client.force_login(admin)
    return client


@pytest.fixture
def fresh(draft):
    """The draft's definition as it is now."""
    return lambda: ProcedureVersion.objects.get(pk=draft.pk).definition
