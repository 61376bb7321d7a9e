"""The home page: search, what the citizen left unfinished, the events of a life.

`nav` feeds the header of every page; both look downwards only (drafts, dossiers, definitions).
"""

from datetime import timedelta
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from portal import calendars, words
from portal.accounts.models import User
from procedures.definitions import catalogue
from procedures.definitions.models import ProcedureVersion
from procedures.dossiers import models as dossiers
from procedures.filing.models import Draft

NOTICE = 10  # days ahead that a closing of the offices is announced
EXAMPLES = 3  # procedures named under the search box
SHOWN = 5  # of each kind of unfinished work; the rest is one link away


def home(request: HttpRequest) -> HttpResponse:
    """Three queries for a citizen (drafts, dossiers, procedures), one for anybody else."""
    procedures = _procedures()
    context = {
        "is_home": True,
        "events": _events(procedures),
        "examples": procedures[:EXAMPLES],
        "total": len(procedures),
        "holiday": _holiday(),
    }
    return render(request, "home.html", context | _unfinished(request.user))


def _procedures() -> list[dict[str, str]]:
    """Code, life event and name of every procedure that can be filed, without opening a snapshot."""
    rows = ProcedureVersion.objects.current().order_by("procedure__code")
    columns = rows.values_list("procedure__code", "life_event", "name_vi", "name_en")
    return [
        {"code": code, "event": event, "name": words.text({"vi": vi, "en": en})}
        for code, event, vi, en in columns
    ]


def _events(procedures: list[dict[str, str]]) -> list[dict[str, Any]]:
    """The events for which something can be done here, each with the names of its first procedures."""
    names: dict[str, list[str]] = {}
    for procedure in procedures:
        names.setdefault(procedure["event"], []).append(procedure["name"])
    return [
        {"key": event.key, "icon": event.icon, "name": event.name, "procedures": names[event.key][:3]}
        for event in catalogue.EVENTS
        if event.key in names
    ]


def _unfinished(user: Any) -> dict[str, Any]:
    if not (user.is_authenticated and user.person_id):
        return {"drafts": [], "waiting": []}
    drafts = [{"draft": draft, "name": _name(draft.version)} for draft in _drafts(user)]
    return {"drafts": drafts, "waiting": list(_waiting(user))}


def _name(version: ProcedureVersion) -> str:
    return words.text({"vi": version.name_vi, "en": version.name_en})


def _drafts(user: User) -> QuerySet[Draft]:
    return (
        Draft.objects.visible_to(user)
        .unfinished()
        .select_related("version")
        .only("done", "updated_at", "version__name_vi", "version__name_en")
        .order_by("-updated_at")[:SHOWN]
    )


def _waiting(user: User) -> QuerySet[dossiers.Dossier]:
    """Dossiers whose next move is the citizen's."""
    return (
        dossiers.Dossier.objects.of_citizen(user)
        .filter(status__in=dossiers.PAUSED)
        .only("code", "title", "subject_name", "status", "fee_total", "paused_at")
        .order_by("-paused_at")[:SHOWN]
    )


def _holiday() -> dict[str, Any] | None:
    """The next public holiday on which offices that would be open stay closed, within the fortnight."""
    calendar, today = calendars.current(), timezone.localdate()
    for offset in range(NOTICE):
        closed = today + timedelta(days=offset)
        if closed.weekday() in calendar.weekdays and not calendar.is_working(closed):
            return {"first": closed, "name": calendar.reason(closed), "resumes": calendar.working_day(closed)}
    return None


def nav(request: HttpRequest) -> dict[str, Any]:
    """`nav.turn`, `nav.unread`, `nav.is_staff` for the header: one query, and only when it is shown."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"nav": {}}
    return {"nav": SimpleLazyObject(lambda: _counts(user))}


# Written by hand: every page of a signed-in person asks this, and putting it together with the ORM costs ten
# times what the database does.
COUNTS = """
    SELECT (SELECT count(*) FROM outbox_message WHERE recipient_id = %(user)s AND read_at IS NULL),
           (SELECT count(*) FROM dossiers_dossier WHERE applicant_id = %(user)s AND status IN (5, 6)),
           EXISTS (SELECT 1 FROM accounts_duty
                   WHERE user_id = %(user)s AND since <= %(now)s AND (until IS NULL OR until > %(now)s))
"""


def _counts(user: User) -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute(COUNTS, {"user": user.pk, "now": timezone.now()})
        unread, turn, is_staff = cursor.fetchone()
    return {"unread": unread, "turn": turn, "is_staff": bool(is_staff)}


urlpatterns = [path("", home, name="home")]
