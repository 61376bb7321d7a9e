"""The wizard over a draft: the one door to formtools.

formtools walks the steps; the draft keeps the answers. What the defaults would do and this does not:
share one slot between two drafts (the prefix is the draft), keep the raw POST (validated values go to
the draft), validate every earlier step again on each request (quadratic), wipe data and delete files
when done (`reset` does nothing), and submit on a GET (the last step leads to the review page).
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from formtools.wizard.storage.base import BaseStorage
from formtools.wizard.views import NamedUrlWizardView

from procedures.definitions import runtime
from procedures.eforms import forms as eforms
from procedures.eforms.journey import Journey
from procedures.filing import drafts, filling, pages
from procedures.filing.files import Files
from procedures.filing.models import Draft


class DraftStorage(BaseStorage):
    """Steps live in the draft's row: any device, any web process, any time."""

    def __init__(self, prefix: str, request: HttpRequest, file_storage: Any = None) -> None:
        super().__init__(prefix, request, file_storage)
        self.init_data()

    @property
    def current_step(self) -> str | None:
        """The step in the address. formtools would fall back to the first, and believe the form's hidden field."""
        match = self.request.resolver_match
        return match.kwargs["step"] if match else None

    @current_step.setter
    def current_step(self, step: str) -> None:
        """A form cannot say that it is another step's."""

    def reset(self) -> None:
        """Nothing to wipe: a draft ends by being submitted or thrown away, never by the wizard."""

    def set_step_data(self, step: str, cleaned_data: dict[str, Any]) -> None:
        draft: Draft = self.request.draft
        self.request.draft = filling.save_step(draft, step, cleaned_data, at=timezone.now())

    def set_step_files(self, step: str, files: Any) -> None:
        """Files went into the document store when the form was validated."""


class FilingWizard(NamedUrlWizardView):
    """GET shows one step, POST validates and keeps that step alone. `request.draft` is set by the view."""

    storage_name = "procedures.filing.wizard.DraftStorage"
    template_name = "filing/step.html"

    def get_prefix(self, request: HttpRequest, *args: Any, **kwargs: Any) -> str:
        return f"draft-{kwargs['draft_id']}"

    def get_form_list(self) -> OrderedDict[str, type[forms.Form]]:
        self._resolved_form_list = OrderedDict((key, forms.Form) for key in self.walked.keys)
        self._cache_signature = None
        return self._resolved_form_list

    @property
    def draft(self) -> Draft:
        draft: Draft = self.request.draft  # type: ignore[attr-defined]  # set by the view
        return draft

    @property
    def walked(self) -> Journey:
        """The journey over the draft's answers; walked again only when a step was saved."""
        if getattr(self, "_walked_at", None) != self.draft.updated_at:
            self._walked, self._walked_at = drafts.walk(self.draft, now=timezone.now()), self.draft.updated_at
        return self._walked

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.request, self.kwargs = request, kwargs
        step = kwargs["step"]
        if step not in {s.key for s in runtime.definition(self.draft.version_id).form.steps}:
            raise Http404
        if away := self._misplaced(step):
            if request.method == "POST" and step in self.walked.keys:
                keep_typed(request, step, data=request.POST, files=request.FILES)
            return redirect(away)
        self.get_form_list()  # formtools deletes what it caches there without looking whether it did
        return super().dispatch(request, *args, **kwargs)

    def _misplaced(self, step: str) -> str:
        """Where to send someone who opens a step that does not apply, or skips an unfinished one."""
        keys = list(self.walked.keys)
        if step not in keys:
            return self.draft.get_absolute_url()
        first = drafts.first_incomplete(self.draft, self.walked)
        return self.get_step_url(first) if first and keys.index(step) > keys.index(first) else ""

    def get_step_url(self, step: str) -> str:
        return reverse("filing:step", args=[self.draft.pk, step])

    def get_form(self, step: str | None = None, data: Any = None, files: Any = None) -> eforms.StepForm:
        key = step or self.steps.current
        return step_form(self.request, key, data=data, files=files, walked=self.walked)

    def process_step(self, form: eforms.StepForm) -> dict[str, Any]:
        return form.values()

    def render(self, form: eforms.StepForm | None = None, **kwargs: Any) -> HttpResponse:
        form = form or self.get_form()
        response = super().render(form, **kwargs)
        if form.is_bound:
            drafts.keep_refused(self.draft, self.steps.current, form.typed(), at=timezone.now())
            response.status_code = 200 if form.newly_asked or form.row_action else 422
        return response

    def get_context_data(self, form: eforms.StepForm, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(form=form, **kwargs)
        return context | pages.step(self.draft, self.walked, self.steps.current, form)

    def render_next_step(self, form: eforms.StepForm, **kwargs: Any) -> HttpResponse:
        """Onward; a change made from the review page leads back there unless it opened a question."""
        if "ve" in self.request.GET:
            return redirect(self._after_change())
        return redirect(self.get_step_url(self.get_next_step()))

    def _after_change(self) -> str:
        step = drafts.first_incomplete(self.draft, self.walked)
        return f"{self.get_step_url(step)}?ve=1" if step else reverse("filing:review", args=[self.draft.pk])

    def render_done(self, form: eforms.StepForm, **kwargs: Any) -> HttpResponse:
        """The last step is kept; nothing is submitted here. The review page's POST does that."""
        return redirect(self._after_change())


def step_form(
    request: HttpRequest, key: str, *, data: Any = None, files: Any = None, walked: Journey | None = None
) -> eforms.StepForm:
    """The form of one step of `request.draft`; unbound, it shows what was typed last, accepted or not."""
    draft: Draft = request.draft  # type: ignore[attr-defined]
    now = timezone.now()
    return eforms.step_form(
        runtime.definition(draft.version_id).form,
        key,
        answers=draft.answers,
        context=drafts.context(draft, today=timezone.localtime(now).date()),
        data=data,
        files=files,
        typed=draft.refused.get(key),
        locked=drafts.locked(draft),
        sources=pages.sources(draft),
        supplied=drafts.supplied(draft),
        walked=walked,
        uploads=Files(draft.answers, by=draft.user, at=now),
        refresh_url=reverse("filing:fields", args=[draft.pk, key]),
    )


def keep_typed(request: HttpRequest, step: str, *, data: Any, files: Any) -> None:
    """Keep a POST that cannot be judged now as typed, not as answered: the step shows it when it is next opened."""
    draft: Draft = request.draft  # type: ignore[attr-defined]
    form = step_form(request, step, data=data, files=files)
    form.look_only()
    typed = form.typed()
    drafts.keep_refused(draft, step, typed, at=timezone.now())
    draft.refused[step] = typed


step = FilingWizard.as_view(
    form_list=[("step", forms.Form)], url_name="filing:step", done_step_name="xong-het"
)
