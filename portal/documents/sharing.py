"""The holder's pages: what of a paper to show, to whom, for how long; the link with its QR; closing it again."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.shortcuts import render as page
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from portal import words
from portal.accounts import access
from portal.accounts.forms import PlainForm
from portal.documents import keys, render, shares
from portal.documents.models import IssuedPaper, Share, Statement
from portal.documents.shares import Offer

LASTS = {
    "1h": (gettext_lazy("1 hour"), timedelta(hours=1)),
    "1d": (gettext_lazy("1 day"), timedelta(days=1)),
    "7d": (gettext_lazy("1 week"), timedelta(days=7)),
}
LOOKS = {
    "1": gettext_lazy("Once"),
    "5": gettext_lazy("Five times"),
    "": gettext_lazy("As often as needed"),
}
_DAY = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])\Z")
REFUSALS = {
    "not_valid": gettext_lazy("This paper no longer holds, so nothing of it can be shown."),
    "nothing_chosen": gettext_lazy("Choose at least one thing to show."),
    "not_reached": gettext_lazy("One of these days has not come yet. Take it away and try again."),
    "too_many": gettext_lazy("30 links of this paper are open. Close one of them first."),
}


def _line(label: Any, missing: Any, hint: Any, limit: int) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=hint,
        max_length=limit,
        error_messages={
            "required": missing,
            "max_length": gettext_lazy("This text is too long: %(limit_value)d characters are the most."),
        },
    )


class ShareForm(PlainForm):
    facts = forms.MultipleChoiceField(
        label=gettext_lazy("What you show"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": REFUSALS["nothing_chosen"], "invalid_choice": REFUSALS["nothing_chosen"]},
    )
    receiver = _line(
        gettext_lazy("Whom you show it to"),
        gettext_lazy("Enter whom you show it to, for example: Cửa hàng Mẫu."),
        gettext_lazy("They see this name, so that they know it is for them."),
        120,
    )
    purpose = _line(
        gettext_lazy("What for"),
        gettext_lazy("Enter what it is for, for example: renting a room."),
        gettext_lazy("They see this too."),
        200,
    )
    lasts = forms.ChoiceField(
        label=gettext_lazy("How long the link works"),
        widget=forms.RadioSelect,
        initial="1h",
        choices=[(key, label) for key, (label, _length) in LASTS.items()],
    )
    most = forms.ChoiceField(
        label=gettext_lazy("How often they may look"),
        widget=forms.RadioSelect,
        required=False,
        initial="1",
        choices=list(LOOKS.items()),
    )

    def __init__(self, offered: list[Offer], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offered = offered
        choices: Any = self.fields["facts"]
        choices.choices = [(offer.name, offer.label["vi"]) for offer in offered if not offer.since]

    def rows(self) -> list[dict[str, Any]]:
        """What can be chosen, as the page lists it."""
        chosen = self["facts"].value() or []
        return [
            {
                "offer": offer,
                "value": said(offer.value),
                "since": said(offer.since),
                "checked": offer.name in chosen,
            }
            for offer in self.offered
        ]

    def most_looks(self) -> int | None:
        return int(self.cleaned_data["most"] or 0) or None

    def consent(self) -> str:
        """What the holder agrees to by pressing the button, in the language in use."""
        language = get_language() or "vi"
        labels = {offer.name: offer.label.get(language) or offer.label["vi"] for offer in self.offered}
        return _("I show %(receiver)s this and nothing else: %(facts)s. Purpose: %(purpose)s.") % {
            "receiver": self.cleaned_data["receiver"],
            "facts": "; ".join(labels[name] for name in self.cleaned_data["facts"]),
            "purpose": self.cleaned_data["purpose"],
        }


def said(value: Any) -> Any:
    """A value as a person reads it."""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, str) and _DAY.match(value):
        return words.dmy(date.fromisoformat(value))
    return value


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@access.citizen
def share(request: access.CitizenRequest, document_id: UUID) -> HttpResponse:
    """What of the paper can be shown, and what is shown already; a POST opens a link and goes to it."""
    mine = IssuedPaper.objects.visible_to(request.user).select_related("issuer")
    paper = get_object_or_404(mine, document_id=document_id)
    now = timezone.now()
    holds = paper.state(timezone.localdate(now)) == "valid"
    statement, trouble = _statement(paper) if holds else (None, "")
    offered = shares.offers(statement, at=now) if statement else []
    form = ShareForm(offered, request.POST if request.method == "POST" and statement else None)
    if request.method == "POST" and statement and form.is_valid():
        try:
            return redirect(_opened(statement, form))
        except shares.Refused as refused:
            form.add_error(
                "facts" if refused.reason == "not_reached" else None, str(REFUSALS[refused.reason])
            )
    rows = [(each, each.state(now)) for each in shares.opened_by(request.user, paper)]
    context = {
        "paper": paper,
        "form": form,
        "holds": holds,
        "trouble": trouble,
        "shares": rows,
        "statement": statement,
    }
    return page(request, "documents/share.html", context, status=422 if form.errors else 200)


def _statement(paper: IssuedPaper) -> tuple[Statement | None, str]:
    """The paper's signed list, or why there is none."""
    try:
        return shares.state(paper, at=timezone.now()), ""
    except shares.NothingToShow:
        return None, _("Of this paper nothing can be shown by itself. Show the whole paper.")
    except keys.KeyUnavailable:
        return None, _("The office’s seal cannot be used now, so nothing can be signed. Try again later.")


def _opened(statement: Statement, form: ShareForm) -> Share:
    data = form.cleaned_data
    return shares.open_link(
        statement,
        data["facts"],
        receiver=data["receiver"],
        purpose=data["purpose"],
        lasts=LASTS[data["lasts"]][1],
        most_looks=form.most_looks(),
        consent_text=form.consent(),
        at=timezone.now(),
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@access.citizen
def shared(request: access.CitizenRequest, share_id: UUID) -> HttpResponse:
    """One link: its QR, what it shows, when somebody looked. A POST closes it."""
    mine = Share.objects.visible_to(request.user).select_related("statement__paper")
    found = get_object_or_404(mine, pk=share_id)
    if request.method == "POST":
        shares.revoke(found, at=timezone.now())
        return redirect(found)
    state = found.state(timezone.now())
    link = shares.address(found) if state == "open" else ""
    offered = {offer.name: offer for offer in shares.offers(found.statement, at=timezone.now())}
    context = {
        "share": found,
        "paper": found.statement.paper,
        "state": state,
        "link": link,
        "qr": render.qr(link) if link else "",
        "facts": [(offered[name].label, said(offered[name].value)) for name in found.names],
        "looks": list(found.accesses.order_by("-pk")[:50]),
    }
    return page(request, "documents/shared.html", context)
