"""The draft's form as a citizen would meet it: rendered by the form engine itself, to be tried out.

What is typed lives in the session of who tries it, under the draft, and is no dossier; files leave
nothing but their names. The page stands in a frame beside the editor.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from procedures.definitions import runtime
from procedures.definitions.models import ProcedureVersion
from procedures.eforms import forms as eforms
from procedures.eforms import journey, questions, summary
from procedures.studio import addresses, trial
from procedures.studio.access import EditorRequest, draft_or_404, editor

KEY = "studio_preview"
LAST = "het"  # in the address: the page after the last step
LIMIT = 200_000  # characters of one step; a session is no place for more


@require_http_methods(["GET", "HEAD", "POST"])
@editor
def preview(request: EditorRequest, code: str) -> HttpResponse:
    """One step, or what follows the last. `?phan=` the step's key, `?tieng=` vi or en."""
    draft = draft_or_404(request, code)
    kept = _Kept(request, draft)
    if request.GET.get("tieng") in ("vi", "en"):
        kept.write(language=request.GET["tieng"])
    with translation.override(kept.language):
        tried = trial.of(draft.definition)
        if tried.definition is None:
            return _broken(request, draft, tried)
        return _Trying(request, draft, kept, tried, tried.definition).answer()


def _broken(request: EditorRequest, draft: ProcedureVersion, tried: trial.Trial) -> HttpResponse:
    url = addresses.of_place(draft.procedure.code, tried.place)
    return render(
        request, "studio/preview_broken.html", {"problem": tried.problem, "url": url, "draft": draft}
    )


class _Kept:
    """What was typed into one draft's preview: {"answers", "typed", "language"} in the session."""

    def __init__(self, request: EditorRequest, draft: ProcedureVersion) -> None:
        self._session, self._key = request.session, f"{KEY}:{draft.pk}"
        found = self._session.get(self._key)
        self._kept: dict[str, Any] = found if isinstance(found, dict) else {}

    @property
    def answers(self) -> dict[str, Any]:
        return dict(self._kept.get("answers", {}))

    @property
    def typed(self) -> dict[str, Any]:
        return dict(self._kept.get("typed", {}))

    @property
    def language(self) -> str:
        return str(self._kept.get("language", translation.get_language() or "vi"))

    def write(self, **changed: Any) -> None:
        self._kept = self._kept | changed
        self._session[self._key] = self._kept


@dataclass
class _Trying:
    request: EditorRequest
    draft: ProcedureVersion
    kept: _Kept
    tried: trial.Trial
    definition: runtime.Definition

    def __post_init__(self) -> None:
        self.form = self.definition.form
        self.context = trial.context(timezone.localdate())
        self.prefilled, self.locked = trial.prefilled(self.definition)

    def answer(self) -> HttpResponse:
        if self.request.POST.get("_do") == "empty":
            self.kept.write(answers={}, typed={})
            return HttpResponseRedirect(self._url(self.form.steps[0].key))
        asked = self.request.GET.get("phan", "")
        walked = self._walk()
        if asked == LAST or not walked.steps:
            return self._end(walked)
        key = asked if self.form.has_step(asked) else walked.keys[0]
        if self.request.method == "POST":
            return self._posted(key)
        return self._show(key, self._step_form(key, walked), walked)

    def _walk(self) -> journey.Journey:
        return journey.walk(self.form, self._answers(), context=self.context)

    def _answers(self) -> dict[str, Any]:
        """What was typed; what is locked stays as the account has it."""
        typed = {key: value for key, value in self.kept.answers.items() if key not in self.locked}
        return self.prefilled | typed

    def _step_form(self, key: str, walked: journey.Journey, **sent: Any) -> eforms.StepForm:
        return eforms.step_form(
            self.form,
            key,
            answers=self._answers(),
            context=self.context,
            typed=None if sent else self.kept.typed.get(key),
            locked=self.locked,
            sources=dict.fromkeys(self.prefilled, _("From your account")),
            uploads=_Names(self.kept.answers),
            refresh_url=self._url(key) + "&hoi=1",
            walked=walked,
            **sent,
        )

    def _posted(self, key: str) -> HttpResponse:
        walked = self._walk()
        form = self._step_form(key, walked, data=self.request.POST, files=self.request.FILES)
        if "hoi" in self.request.GET:  # a change asks for the questions again
            form.look_only()
            self._keep_typed(key, form)
            return render(self.request, "filing/fields.html", {"form": form})
        if not form.is_valid():
            self._keep_typed(key, form)
            is_wrong = not (form.newly_asked or form.row_action)
            return self._show(key, form, walked, status=422 if is_wrong else 200)
        typed = {step: given for step, given in self.kept.typed.items() if step != key}
        self.kept.write(answers=self.kept.answers | form.values(), typed=typed)
        following = self._walk().after(key)
        return HttpResponseRedirect(self._url(following.key if following else LAST))

    def _keep_typed(self, key: str, form: eforms.StepForm) -> None:
        typed = form.typed()
        if sum(len(one) for given in typed.values() for one in given) <= LIMIT:
            self.kept.write(typed=self.kept.typed | {key: typed})

    def _show(
        self, key: str, form: eforms.StepForm, walked: journey.Journey, *, status: int = 200
    ) -> HttpResponse:
        keys = walked.keys
        step = self.form.step(key)
        before = walked.before(key)
        page = {
            "form": form,
            "step": step,
            "steps": _bars(walked, key),
            "number": keys.index(key) + 1 if key in keys else 0,
            "total": len(keys),
            "previous": self._url(before.key) if before else "",
            "is_skipped": key not in keys,
            **self._around(key, walked),
        }
        return render(self.request, "studio/preview.html", page, status=status)

    def _end(self, walked: journey.Journey) -> HttpResponse:
        """What the citizen would read before sending."""
        language = self.kept.language
        groups = [
            {
                "title": opened.step.title.get(language),
                "url": self._url(opened.key),
                "rows": summary.rows(opened, walked.answers, language=language),
                "missing": len(opened.missing),
            }
            for opened in walked.steps
        ]
        page = {"groups": groups, "lines": self._fees(walked), **self._around(LAST, walked)}
        return render(self.request, "studio/preview_end.html", page)

    def _around(self, key: str, walked: journey.Journey) -> dict[str, Any]:
        lines = self._fees(walked)
        other = "en" if self.kept.language == "vi" else "vi"
        return {
            "code": self.draft.procedure.code,
            "language": self.kept.language,
            "here": self._url(key),
            "other_url": f"{self._url(key)}&{urlencode({'tieng': other})}",
            "fees": lines,
            "fee_total": sum(line.amount for line in lines or ()),
            "problem": self.tried.problem,
            "problem_url": addresses.of_place(self.draft.procedure.code, self.tried.place),
        }

    def _fees(self, walked: journey.Journey) -> Any:
        """The fee lines; None while the draft's fees cannot be counted."""
        if self.tried.problem:
            return None
        try:
            return self.definition.quote(walked.answers, self.context)
        except runtime.FeeUnknown:
            return None

    def _url(self, step: str) -> str:
        url = reverse("studio:preview", args=[self.draft.procedure.code])
        return f"{url}?{urlencode({'phan': step})}"


def _bars(walked: journey.Journey, current: str) -> list[dict[str, Any]]:
    found, is_before = [], current in walked.keys
    for opened in walked.steps:
        is_before = is_before and opened.key != current
        state = "now" if opened.key == current else "done" if is_before else "todo"
        found.append({"title": opened.step.title, "state": state})
    return found


class _Names:
    """Uploads of a preview: a file is looked at by its ending and size, and only its name is kept."""

    def __init__(self, answers: Mapping[str, Any]) -> None:
        self._answers = answers

    def put(self, field: questions.Field, upload: UploadedFile[Any]) -> eforms.StoredFile:
        name = str(upload.name or "")[-80:].replace("/", " ")
        ending = name.rpartition(".")[2].lower().replace("jpeg", "jpg")
        if ending not in field.accept:
            allowed = ", ".join(field.accept).upper()
            raise ValidationError(
                _("“%(name)s” is not taken: %(allowed)s only.") % {"name": name, "allowed": allowed}
            )
        if (upload.size or 0) > field.max_mb * 1_000_000:
            raise ValidationError(
                _("“%(name)s” is larger than %(n)s MB.") % {"name": name, "n": field.max_mb}
            )
        return eforms.StoredFile(f"{uuid.uuid4().hex[:8]}/{upload.size or 0}/{name}", name, upload.size or 0)

    def get(self, ids: Sequence[str]) -> list[eforms.StoredFile]:
        found = []
        for id_ in ids:
            _random, _slash, rest = id_.partition("/")
            size, _slash, name = rest.partition("/")
            if name and size.isdecimal() and len(id_) < 200:
                found.append(eforms.StoredFile(id_, name, int(size)))
        return found
