"""The forms of publishing and retiring: now or when, and until when what was begun can be finished."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal import words
from procedures.definitions import publishing

NOW, LATER = "now", "later"
OPENING = time(0, 0)


class Publication(forms.Form):
    when = forms.ChoiceField(
        label=gettext_lazy("When"),
        choices=[(NOW, gettext_lazy("Now")), (LATER, gettext_lazy("At a day and hour"))],
        initial=NOW,
    )
    day = forms.DateField(label=gettext_lazy("Day"), required=False)
    hour = forms.TimeField(label=gettext_lazy("Hour"), required=False)
    finish = forms.DateField(
        label=gettext_lazy("Drafts begun on the old version can be finished until"), required=False
    )

    @staticmethod
    def usual(today: date) -> dict[str, Any]:
        """What the form offers before anybody has chosen."""
        return {
            "when": NOW,
            "day": today + timedelta(days=1),
            "hour": OPENING,
            "finish": today + publishing.FINISH_WITHIN,
        }

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        if given.get("when") == LATER and not given.get("day") and "day" not in self.errors:
            self.add_error("day", _("Choose the day from which it is in force."))
        finish, first = given.get("finish"), self._first_day(given)
        if first and finish == timezone.localdate() + publishing.FINISH_WITHIN:
            given["finish"] = finish = (
                first + publishing.FINISH_WITHIN
            )  # as offered: the usual time from then on
        if finish and first and finish < first:
            self.add_error("finish", _("This day lies before the new version is in force."))
        return given

    def _first_day(self, given: dict[str, Any]) -> date | None:
        return given.get("day") if given.get("when") == LATER else timezone.localdate()

    def publish_at(self) -> datetime | None:
        """The hour to publish at; None is now."""
        if self.cleaned_data["when"] == NOW:
            return None
        moment = datetime.combine(self.cleaned_data["day"], self.cleaned_data["hour"] or OPENING)
        return timezone.make_aware(moment)

    def finish_until(self) -> date | None:
        """The last day for drafts begun on the old version; None: they are carried over at once."""
        found: date | None = self.cleaned_data["finish"]
        return found


class Retirement(forms.Form):
    last_filing_on = forms.DateField(label=gettext_lazy("Last day for filing"))

    def clean_last_filing_on(self) -> date:
        day: date = self.cleaned_data["last_filing_on"]
        if day < timezone.localdate():
            raise forms.ValidationError(_("This day has passed. Choose today or a later one."))
        return day

    def said(self) -> str:
        day = words.dmy(self.cleaned_data["last_filing_on"])
        return _("Citizens can file through %(day)s.") % {"day": day}
