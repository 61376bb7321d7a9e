"""The verbs of a draft: begin, save a step, keep what was refused, submit once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Any, cast
from uuid import UUID, uuid4

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.accounts import people
from portal.accounts.models import Agency, Person, User
from portal.documents import store
from portal.documents.models import Document, ForeignPaper, IssuedPaper
from portal.registries import lookups
from portal.registries.provenance import is_withheld
from procedures.definitions import runtime
from procedures.definitions.models import HEAVY, ProcedureVersion
from procedures.dossiers import contents, dossiers
from procedures.dossiers.models import Dossier
from procedures.eforms import journey
from procedures.filing import files, handed, prefill, reuse
from procedures.filing.models import Draft


class UnableToSubmit(Exception):
    """The draft cannot be submitted now; the message says what to do, `step` where."""

    def __init__(self, message: str, *, step: str = "") -> None:
        super().__init__(message)
        self.step = step


class VersionRetired(Exception):
    """Nothing can be begun, or filed any more, on the version."""


def begin(
    user: User, person: Person, version: ProcedureVersion, *, agency: Agency, language: str, at: datetime
) -> Draft:
    """Open a draft with everything that is already known about the person filled in.

    What is known is looked up first, outside the transaction, for at most three seconds (see `prefill`).
    Asking twice (a double click, Back) gives the same draft as long as nothing was answered in it. Raises
    VersionRetired when the version's last day is over.
    """
    if not version.takes_new(timezone.localtime(at).date()):
        raise VersionRetired
    if draft := _untouched(user, version, agency):
        return draft
    asker = _asker(runtime.definition(version.pk), person, uuid4(), by=user, at=at)
    known = prefill.fill(asker)
    return _opened(asker, known, version, agency=agency, language=language)


def _asker(
    definition: runtime.Definition, person: Person, pk: UUID, *, by: User, at: datetime
) -> prefill.Asker:
    """For a draft without answers: conditions see what is known of the applicant, and nothing else."""
    seen = {"today": timezone.localtime(at).date().isoformat(), "channel": "online"}
    scope = journey.walk(
        definition.form, {}, context=seen | {"applicant": {**people.applicant(person)}}
    ).scope
    return prefill.Asker(definition, person, pk, by, at, scope)


@transaction.atomic
def _opened(
    asker: prefill.Asker, known: prefill.Filled, version: ProcedureVersion, *, agency: Agency, language: str
) -> Draft:
    user = asker.by
    User.objects.select_for_update(of=("self",)).only("pk").get(pk=user.pk)  # two clicks wait for each other
    return _untouched(user, version, agency) or Draft.objects.create(
        id=asker.draft,
        user=user,
        version=version,
        agency=agency,
        language=language,
        applicant={**people.applicant(asker.person)},
        answers=known.answers,
        provenance=known.provenance,
        created_at=asker.at,
        updated_at=asker.at,
    )


def _untouched(user: User, version: ProcedureVersion, agency: Agency) -> Draft | None:
    return Draft.objects.visible_to(user).unfinished().filter(version=version, agency=agency, done=[]).first()


def unfinished_address(user: User, code: str) -> str | None:
    """Where the person left off with this procedure; None when nothing is begun."""
    begun = Draft.objects.visible_to(user).unfinished().filter(version__procedure__code=code)
    draft = begun.only("pk").order_by("-updated_at").first()
    return draft.get_absolute_url() if draft else None


def context(draft: Draft, *, today: date, channel: str = "online") -> dict[str, Any]:
    """What expressions see besides the answers."""
    return {"today": today.isoformat(), "channel": channel, "applicant": draft.applicant}


def walk(draft: Draft, *, now: datetime) -> journey.Journey:
    """The steps and fields that apply to the answers so far. No query when the definition is known."""
    today = timezone.localtime(now).date()
    form = runtime.definition(draft.version_id).form
    return journey.walk(form, draft.answers, context=context(draft, today=today))


def locked(draft: Draft) -> frozenset[str]:
    """Keys of the fields whose value the citizen cannot change here."""
    return frozenset(key for key, origin in draft.provenance.items() if origin.get("lock"))


def first_incomplete(draft: Draft, walked: journey.Journey) -> str | None:
    """Key of the first step still to be done: never saved, or opened again by an answer elsewhere.

    A paper for which an issued one stands in counts as supplied.
    """
    stand_in = supplied(draft)
    for step in walked.steps:
        unsaved = step.key in draft.refused  # changed, but not accepted yet
        if unsaved or step.key not in draft.done or step.failed or set(step.missing) - stand_in:
            return step.key
    return None


def supplied(draft: Draft) -> frozenset[str]:
    """Keys of the papers for which an issued one stands in."""
    return frozenset(item["paper_key"] for item in draft.reuse.values())


def change(draft: Draft, how: Callable[[Draft], None], *, at: datetime) -> Draft:
    """Apply `how` to the draft as it is now, in one statement; the draft as changed.

    The row that the request has read is written if nobody else has written since; otherwise (another
    tab) it is read again under a lock. A draft that was submitted meanwhile stays as it was; one that
    was thrown away raises Draft.DoesNotExist, for `gone.while_there` to explain.
    """
    seen = draft.updated_at
    if _written(draft, how, at=at, where={"updated_at": seen}):
        return draft
    with transaction.atomic():
        row = Draft.objects.select_for_update(of=("self",)).get(pk=draft.pk)
        _written(row, how, at=at, where={})
    return row


def _written(draft: Draft, how: Callable[[Draft], None], *, at: datetime, where: dict[str, Any]) -> bool:
    how(draft)
    draft.updated_at = at
    written = {name: getattr(draft, name) for name in _CHANGING}
    return bool(Draft.objects.unfinished().filter(pk=draft.pk, **where).update(**written))


_CHANGING = ("answers", "done", "refused", "provenance", "reuse", "updated_at")


def save_step(draft: Draft, step: str, given: dict[str, Any], *, at: datetime) -> Draft:
    """Keep the validated values of one step. Two tabs: each step's last save stands, none is lost."""

    typed: dict[str, Any] = {}

    def keep(row: Draft) -> None:
        nonlocal typed
        changed = {k: v for k, v in given.items() if k not in locked(row) and row.answers.get(k) != v}
        row.answers |= changed
        # A value that the citizen changed is the citizen's own from now on.
        row.provenance = {key: origin for key, origin in row.provenance.items() if key not in changed}
        row.done = [*(key for key in row.done if key != step), step]
        typed = row.refused.pop(step, {})

    draft = change(draft, keep, at=at)
    if found := _files(draft, given):
        store.attach(found, at=at)  # a draft may rest for longer than an upload that nothing relies on
    _let_go(draft, typed)
    return draft


def _let_go(draft: Draft, typed: dict[str, Any]) -> None:
    """Forget the files that only `typed` listed, which the draft no longer holds."""
    if found := files.named(typed, by=draft.user_id):
        held = {d.pk for d in (*_files(draft, draft.answers), *_typed_files(draft))}
        files.let_go([document for document in found if document.pk not in held])


def _typed_files(draft: Draft) -> list[Document]:
    return files.named(*draft.refused.values(), by=draft.user_id)


def _files(draft: Draft, answers: dict[str, Any]) -> list[Document]:
    """The files behind answers, each only if this very person uploaded it."""
    form = runtime.definition(draft.version_id).form
    ids = [UUID(pk) for f in form.fields() if f.type == "file" for pk in answers.get(f.key) or []]
    return list(Document.objects.filter(pk__in=ids, created_by=draft.user_id)) if ids else []


def discard(draft: Draft) -> None:
    """Throw an unfinished draft away, with the files that no dossier has."""
    answered = files.listed(draft.answers, by=draft.user_id)
    found = {d.pk: d for d in (*answered, *_typed_files(draft))}
    with transaction.atomic():
        if Draft.objects.unfinished().filter(pk=draft.pk).delete()[0]:
            files.let_go(list(found.values()))


def keep_refused(draft: Draft, step: str, typed: dict[str, Any], *, at: datetime) -> None:
    """Keep what was typed but cannot be accepted yet, and its files, so that it is there on return."""
    before: dict[str, Any] = {}

    def keep(row: Draft) -> None:
        nonlocal before
        before, row.refused[step] = row.refused.get(step, {}), typed

    row = change(draft, keep, at=at)
    if found := files.named(typed, by=row.user_id):
        store.attach(found, at=at)
    _let_go(row, before)


def use_paper(draft: Draft, offer: reuse.Offer, *, at: datetime) -> Draft:
    """Take over an issued paper: fill and lock its fields, let it stand in for the paper asked for."""
    rule, paper = offer.rule, offer.paper

    def take(row: Draft) -> None:
        _forget(row, rule.key)
        before = reuse.replaced(row, offer)
        row.answers |= offer.fills
        origin = {"source": "paper", **offer.source, "reuse": rule.key, "at": at.isoformat(), "lock": True}
        row.provenance |= dict.fromkeys(offer.fills, origin)
        row.reuse[rule.key] = {
            **offer.source,
            "paper_key": rule.paper,
            "title": paper.title,
            "number": paper.number,
            "issuer": paper.issuer_name,
            "sha256": paper.document.sha256,
            "consent": reuse.consent_text(rule, paper, language=row.language),
            "consent_at": at.isoformat(),
            "before": before,
        }

    return change(draft, take, at=at)


def drop_paper(draft: Draft, rule_key: str, *, at: datetime) -> Draft:
    """Take the agreement back: the fields that the paper filled are questions again, answered as before."""
    return change(draft, lambda row: _forget(row, rule_key), at=at)


def _forget(draft: Draft, rule_key: str) -> None:
    reuse.give_back(draft, rule_key)


@transaction.atomic
def submit(draft: Draft, *, by: User, at: datetime) -> Dossier:
    """File the draft, exactly once: whoever asks again gets the dossier that the first call made.

    In order: lock the draft, check that its version may still be filed on, that every step is complete and
    every check holds, check each reused paper again (bytes, signatures, register), file the dossier,
    log the uses. Raises VersionRetired, UnableToSubmit. People send through `filling.send`, which first
    asks the registers again.
    """
    row = (
        Draft.objects.select_for_update(of=("self",))
        .select_related("agency", "user__person", "dossier", "version")
        .defer(*(f"version__{name}" for name in HEAVY))
        .get(pk=draft.pk)
    )
    if row.dossier:
        return row.dossier
    if not row.version.takes_begun(timezone.localtime(at).date()):
        raise VersionRetired
    walked = walk(row, now=at)
    _require_complete(row, walked)
    issued = {key: _rechecked(row, key, at=at) for key in _relied_on(row, walked)}
    uploaded = list(_uploaded(row, runtime.definition(row.version_id), walked))
    sent = {paper.key: paper.issued for paper in uploaded if paper.issued}
    if why := handed.refusal(sent.values(), at=at):
        raise UnableToSubmit(why)
    dossier = dossiers.submit(_filing(row, walked, issued, uploaded, at=at), by=by, at=at)
    reuse.log_uses(row, issued, dossier, at=at)
    handed.log_uses(sent, dossier, at=at)
    if prefill.asks_registers(runtime.definition(row.version_id).form):
        lookups.name_dossier(row.pk, dossier.code)
    row.dossier = dossier
    row.save(update_fields=["dossier"])
    return dossier


def _require_complete(draft: Draft, walked: journey.Journey) -> None:
    if step := first_incomplete(draft, walked):
        raise UnableToSubmit(_("One part is not finished yet. Everything you typed is kept."), step=step)


def _relied_on(draft: Draft, walked: journey.Journey) -> list[str]:
    """Reuse rules whose paper the answers still call for: its data goes out, or it stands in for a paper asked
    for. Any other is neither shared nor logged.
    """
    filled = {origin.get("reuse") for key, origin in draft.provenance.items() if key in walked.answers}
    asked = _asked(walked)
    return [key for key, item in draft.reuse.items() if key in filled or item["paper_key"] in asked]


def _asked(walked: journey.Journey) -> frozenset[str]:
    return frozenset(field.key for step in walked.steps for field in step.fields)


def _rechecked(draft: Draft, key: str, *, at: datetime) -> IssuedPaper | ForeignPaper:
    rule = next(rule for rule in runtime.definition(draft.version_id).reuse if rule.key == key)
    person = cast(Person, draft.user.person)
    try:
        if "foreign" in (item := draft.reuse[key]):
            return reuse.recheck_foreign(item["foreign"], rule=rule, person=person, at=at)
        return reuse.recheck(item["paper"], rule=rule, person=person, at=at)
    except reuse.NoLongerTrue as error:
        raise UnableToSubmit(str(error)) from error


def _filing(
    draft: Draft,
    walked: journey.Journey,
    issued: reuse.Taken,
    uploaded: list[contents.Paper],
    *,
    at: datetime,
) -> contents.Filing:
    definition = runtime.definition(draft.version_id)
    person = cast(Person, draft.user.person)  # nobody without a person begins a draft
    provenance = {
        key: origin
        for key, origin in draft.provenance.items()
        if key in walked.answers and not is_withheld(origin)
    }
    return contents.Filing(
        version_id=draft.version_id,
        applicant=draft.user,
        person=person,
        agency=draft.agency,
        answers=walked.answers,
        context=context(draft, today=timezone.localtime(at).date()),
        provenance=provenance,
        reuse={key: reuse.sent(draft.reuse[key]) for key in issued}
        | handed.named({paper.key: paper.issued for paper in uploaded if paper.issued}),
        papers=_once([*uploaded, *_standing_in(draft, definition, walked, issued)]),
        language=draft.language,
    )


def _uploaded(
    draft: Draft, definition: runtime.Definition, walked: journey.Journey
) -> Iterable[contents.Paper]:
    fields = {
        pk: f for f in definition.form.fields() if f.type == "file" for pk in walked.answers.get(f.key) or []
    }
    documents = _files(draft, walked.answers)
    ours = handed.known(documents)
    for document in documents:
        field = fields[str(document.pk)]
        label = {"vi": field.label.vi, "en": field.label.en}
        yield contents.Paper(field.key, label, document, ours.get(document.sha256))


def _once(papers: list[contents.Paper]) -> list[contents.Paper]:
    """A paper of another site may both answer a question as a file and stand in for it."""
    return list({(paper.key, paper.document.pk): paper for paper in papers}.values())


def _standing_in(
    draft: Draft,
    definition: runtime.Definition,
    walked: journey.Journey,
    issued: reuse.Taken,
) -> Iterable[contents.Paper]:
    labels = {paper.key: paper.label for paper in definition.papers}
    asked = _asked(walked)
    for key, paper in issued.items():
        slot = draft.reuse[key]["paper_key"]
        if slot not in asked:
            continue
        label = labels[slot]
        own = paper if isinstance(paper, IssuedPaper) else None
        yield contents.Paper(slot, {"vi": label.vi, "en": label.en}, paper.document, own)
