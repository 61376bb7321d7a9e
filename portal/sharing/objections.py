"""A citizen asks about a look at their data; who leads the agency that looked, or an administrator of the system,
answers; all are told.
"""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from portal.accounts.models import Duty, Person, Role, User
from portal.documents.models import AccessLog
from portal.messages import outbox
from portal.registries.models import LookUp
from portal.sharing.models import Objection


class Already(Exception):
    """This look was asked about, or this question answered, before."""


def raise_about(
    person: Person,
    *,
    access: AccessLog | None = None,
    look_up: LookUp | None = None,
    text: str,
    at: datetime,
) -> Objection:
    """Ask about one look; whoever may answer finds it in the inbox. Raises Already."""
    try:
        with transaction.atomic():
            row = Objection.objects.create(person=person, access=access, look_up=look_up, text=text, at=at)
            for officer in answerers(row, at=at):
                _tell_officer(officer, row, at=at)
    except IntegrityError as error:
        raise Already from error
    return row


def answerers(objection: Objection, *, at: datetime) -> list[User]:
    """The system's administrators on duty, and who leads the agency that looked, unless the look was their own."""
    may = Q(role=Role.SYSTEM_ADMIN)
    if look := objection.access:
        may |= Q(role=Role.LEADER, agency=look.agency_id) & ~Q(user=look.by_id)
    on_duty = Duty.objects.at(at).filter(may).values("user")
    return list(User.objects.filter(is_active=True, pk__in=on_duty))


@transaction.atomic
def answer(objection: Objection, *, text: str, by: User, at: datetime) -> Objection:
    """Answer it, once; the citizen is told. Raises Already."""
    row = Objection.objects.select_for_update(of=("self",)).get(pk=objection.pk)
    if row.answered_at:
        raise Already
    row.answer, row.answered_at, row.answered_by = text, at, by
    row.save(update_fields=["answer", "answered_at", "answered_by"])
    user = User.objects.filter(person=row.person_id).first()
    if user:
        with translation.override(user.language or "vi"):
            outbox.send(
                user,
                key=f"objection:{row.pk}:answer",
                subject=_("Your question about a look at your data has been answered"),
                body=text,
                link=reverse("sharing:objections"),
                at=at,
            )
    return row


def _tell_officer(officer: User, row: Objection, *, at: datetime) -> None:
    with translation.override(officer.language or "vi"):
        outbox.send(
            officer,
            key=f"objection:{row.pk}",
            subject=_("A citizen asks about a look at their data"),
            body=_("Read which look it was, find out why it happened, and answer in plain words."),
            link=reverse("clients:objection", args=[row.pk]),
            at=at,
        )
