"""Saving and sending, in step with what is known of the person: the verbs that people's own pages call.

Answers open questions that a register can answer (`save_step`); what a register said too long ago is asked for
again before the draft is filed (`send`). Both talk to the registers outside any transaction: nobody waits for
a lock while a register takes its time.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from django.utils.translation import gettext as _

from portal.accounts.models import Person, User
from procedures.definitions import runtime
from procedures.dossiers.models import Dossier
from procedures.eforms.journey import Journey
from procedures.filing import drafts, prefill, reuse
from procedures.filing.models import Draft


def save_step(draft: Draft, step: str, given: dict[str, Any], *, at: datetime) -> Draft:
    """`drafts.save_step`, then fill in what the answers now call for and take out what they no longer do."""
    draft = drafts.save_step(draft, step, given, at=at)
    if not prefill.has_conditions(runtime.definition(draft.version_id).form):
        return draft
    walked = drafts.walk(draft, now=at)
    filled = prefill.more(_asker(draft, walked, at=at), draft.answers, draft.provenance)
    if not (filled.provenance or filled.dropped):
        return draft

    def keep(row: Draft) -> None:
        for key in filled.dropped & row.provenance.keys():
            del row.provenance[key]
            row.answers.pop(key, None)
        free = filled.provenance.keys() - {k for k, v in row.answers.items() if v is not None}
        row.answers |= {key: value for key, value in filled.answers.items() if key in free}
        row.provenance |= {key: origin for key, origin in filled.provenance.items() if key in free}

    return drafts.change(draft, keep, at=at)


def send(draft: Draft, *, by: User, at: datetime) -> Dossier:
    """`drafts.submit`, with the registers' data as they are now. Raises what it raises.

    A value that a register no longer gives is a question again, one that changed is put right; either way
    the person looks at that part once more (UnableToSubmit) and sends then.
    """
    if not draft.dossier:
        _ask_again(draft, at=at)
        reuse.ask_foreign(draft.reuse, at=at)
    return drafts.submit(draft, by=by, at=at)


def _ask_again(draft: Draft, *, at: datetime) -> None:
    walked = drafts.walk(draft, now=at)
    again = prefill.again(_asker(draft, walked, at=at), walked.answers, draft.provenance)
    if not again.provenance:
        return
    steps = [step.key for step in walked.steps if {field.key for field in step.fields} & again.reopened]

    def keep(row: Draft) -> None:
        row.answers = {k: v for k, v in row.answers.items() if k not in again.fallen} | again.changed
        row.provenance |= again.provenance
        row.done = [key for key in row.done if key not in steps]

    drafts.change(draft, keep, at=at)
    if steps:
        message = _("What the State’s databases hold about you has changed. Look at this part once more.")
        raise drafts.UnableToSubmit(message, step=steps[0])


def _asker(draft: Draft, walked: Journey, *, at: datetime) -> prefill.Asker:
    person = cast(Person, draft.user.person)  # nobody without a person begins a draft
    definition = runtime.definition(draft.version_id)
    return prefill.Asker(definition, person, draft.pk, draft.user, at, walked.scope)
