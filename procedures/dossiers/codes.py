"""Dossier codes (mã số hồ sơ): unit − YYMMDD − daily sequence (TT 01/2018/TT-VPCP Art. 19)."""

from datetime import datetime

from django.conf import settings
from django.utils import timezone

from portal.accounts.models import Agency
from procedures.dossiers.models import DaySequence


def allot(agency: Agency, *, at: datetime) -> str:
    """The next code of the unit on the Vietnamese day of `at`.

    Must run inside the transaction that writes the dossier: the sequence row stays locked until that
    commits, so a code is never given twice and a rolled-back dossier gives its number back.
    """
    day = timezone.localtime(at).date()
    rows = DaySequence.objects.select_for_update().filter(unit=agency.code, day=day)
    row = rows.first()
    if row is None:  # the unit's first of the day
        DaySequence.objects.get_or_create(unit=agency.code, day=day)
        row = rows.get()
    row.last += 1
    row.save(update_fields=["last"])
    return settings.DOSSIER_CODE_PATTERN.format(unit=agency.code, day=day, sequence=row.last)
