"""A draft to edit and a second administrator, put into a running demonstration.

`python -m tests.journeys.edited CODE`, in the demonstration's environment.
"""

import sys

import django

django.setup()

from django.utils import timezone  # noqa: E402 - after the set-up

from portal.accounts.models import Duty, User  # noqa: E402
from procedures.definitions import versions  # noqa: E402
from procedures.definitions.models import Procedure  # noqa: E402
from tests.journeys.conftest import PASSWORD  # noqa: E402

FIRST, SECOND = "quantri.thutuc", "quantri.thutuc.2"


def main(code: str) -> None:
    now = timezone.now()
    first = User.objects.get(username=FIRST)
    if not User.objects.filter(username=SECOND).exists():
        second = User.objects.create_user(SECOND, PASSWORD, full_name="Hồ Văn Mẫu", created_at=now)
        duty = first.duties.select_related("agency").get()
        Duty.objects.create(user=second, agency=duty.agency, role=duty.role, since=now)
    versions.draft_of(Procedure.objects.get(code=code), by=first, at=now)


if __name__ == "__main__":
    main(sys.argv[1])
