"""The life of a procedure while dossiers and drafts are in flight: none of it changes any of them."""

from contextlib import suppress
from copy import deepcopy
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from procedures.definitions import bundles, editing, publishing, runtime, validation, versions
from procedures.definitions.models import ProcedureVersion, VersionState
from procedures.dossiers.models import Dossier
from procedures.filing import carrying, drafts
from procedures.filing.models import Draft
from tests.factories import UserFactory
from tests.procedures import world

CODE = "2.000635"  # 8,000 đồng a copy
PRICES = st.sampled_from([5000, 8000, 9000])
FINISH = st.sampled_from([..., None, timedelta(days=2), timedelta(days=9)])


def _priced(definition, price):
    changed = deepcopy(dict(definition))
    changed["fees"][0]["unit_amount"] = str(price)
    changed["fees"][0].pop("examples", None)
    changed.pop("cases", None)
    return changed


class Life(RuleBasedStateMachine):
    """The people come from the test; each run begins on a Monday with the bundle in force."""

    bundle = office = citizens = admin = None

    @initialize()
    def begin(self):
        self.undoing = transaction.atomic()
        self.undoing.__enter__()
        runtime.definition.cache_clear()
        self.now = world.MONDAY
        bundles.import_bundle(self.bundle, by=None, at=self.now, publish=True)
        self.filed, self.typed, self.frozen = {}, {}, {}
        self.until = {}  # what a version's last day is to be, as the people were told; absent: no end

    def teardown(self):
        if hasattr(self, "undoing"):
            transaction.set_rollback(True)
            self.undoing.__exit__(None, None, None)

    # ── What is there ─────────────────────────────────────────────────────────────────────────────
    @property
    def today(self):
        return timezone.localtime(self.now).date()

    def current(self):
        return ProcedureVersion.objects.current().first()

    def draft_version(self):
        return ProcedureVersion.objects.filter(state=VersionState.DRAFT).first()

    def takes_begun(self, version_id):
        """As the people were told: in force without an end, or through the last day that was said."""
        if version_id in self.until:
            last = self.until[version_id]
            return last is not None and self.today <= last
        return True

    def day(self, finish, at):
        if finish is ...:
            return timezone.localtime(at + publishing.FINISH_WITHIN).date()
        return None if finish is None else timezone.localtime(at + finish).date()

    # ── Who edits ─────────────────────────────────────────────────────────────────────────────────
    @rule(price=PRICES, publish=st.booleans())
    def import_again(self, price, publish):
        current = self.current()
        definition = _priced(self.bundle, price)
        version = bundles.import_bundle(definition, by=None, at=self.now, publish=publish)
        if current and version.state == VersionState.PUBLISHED and version != current:
            self._told(current.pk, self.day(..., self.now))

    def _told(self, version_id, last):
        self.until[version_id] = last
        for other, known in self.until.items():
            if other != version_id and known is not None and (last is None or known > last):
                self.until[other] = last

    @precondition(lambda self: ProcedureVersion.objects.exists())
    @rule(which=st.integers(0, 9), restore=st.booleans())
    def begin_a_draft(self, which, restore):
        known = list(ProcedureVersion.objects.exclude(state=VersionState.DRAFT).order_by("number"))
        origin = known[which % len(known)] if restore else None
        there = self.draft_version()
        with suppress(versions.DraftExists):
            versions.draft_of(known[0].procedure, origin=origin, by=None, at=self.now)
        assert there is None or self.draft_version() == there

    @precondition(lambda self: self.draft_version())
    @rule(edit=st.sampled_from(["name", "price", "broken", "question", "undo", "rename"]), price=PRICES)
    def edit(self, edit, price):
        version = self.draft_version()
        keywords = {"revision": version.revision, "by": self.admin, "at": self.now}
        if edit == "undo":
            if editing.undoable(version, self.admin)[0]:
                editing.undo(version, by=self.admin, at=self.now)
        elif edit == "question":
            field = {
                "key": "extra",
                "type": "text",
                "required": False,
                "label": {"vi": "Thêm", "en": "Extra"},
            }
            editing.insert(version, f"form.steps.{self._first_step(version)}.fields", field, **keywords)
        elif edit == "rename":
            step = version.definition["form"]["steps"][0]
            place = f"form.steps.{step['key']}.fields.{step['fields'][-1]['key']}"
            editing.rename(version, place, f"field_{version.revision}", **keywords)
        else:
            place, value = {
                "name": ("name.vi", f"Tên {price}"),
                "price": ("fees.copies.unit_amount", str(price)),
                "broken": ("declaration", None),
            }[edit]
            if value or "declaration" in version.definition:
                editing.set_value(version, place, value, **keywords)

    @staticmethod
    def _first_step(version):
        return version.definition["form"]["steps"][0]["key"]

    @precondition(lambda self: self.draft_version())
    @rule(finish=FINISH)
    def publish(self, finish):
        current, draft = self.current(), self.draft_version()
        last = self.day(finish, self.now)
        try:
            publishing.publish(draft, by=self.admin, at=self.now, finish_until=last)
        except validation.InvalidDefinition:
            assert self.current() == current
        else:
            if current:
                self._told(current.pk, last)

    @precondition(lambda self: self.draft_version())
    @rule(days=st.integers(1, 3), finish=FINISH)
    def schedule(self, days, finish):
        hour = self.now + timedelta(days=days)
        try:
            publishing.schedule(
                self.draft_version(),
                publish_at=hour,
                by=self.admin,
                at=self.now,
                finish_until=self.day(finish, hour),
            )
        except validation.InvalidDefinition:
            assert "declaration" not in self.draft_version().definition  # the one thing that edits break

    @precondition(lambda self: self.draft_version())
    @rule()
    def discard(self):
        versions.discard(self.draft_version(), by=None, at=self.now)

    @precondition(lambda self: self.current())
    @rule(finish=st.sampled_from([None, timedelta(0), timedelta(days=2)]))
    def retire(self, finish):
        current = self.current()
        last = None if finish is None else self.day(finish, self.now)
        publishing.retire(current, last_filing_on=last, by=self.admin, at=self.now)
        self._told(current.pk, last)

    @rule(hours=st.sampled_from([1, 24, 72]))
    def time_passes(self, hours):
        self.now += timedelta(hours=hours)
        current, due = self.current(), self.draft_version()
        waiting = due if due and due.publish_at and due.publish_at <= self.now else None
        last = waiting.finish_until if waiting else None
        publishing.sweep_due(at=self.now)
        if waiting and self.current() == waiting and current:
            self._told(current.pk, last)

    # ── Who files ─────────────────────────────────────────────────────────────────────────────────
    @precondition(lambda self: self.current())
    @rule(who=st.integers(0, 2), send=st.booleans())
    def fill_in(self, who, send):
        version, user = self.current(), self.citizens[who]
        if not self.takes_begun(version.pk):
            with pytest.raises(drafts.VersionRetired):
                world.draft(user, version, self.office.agency, at=self.now)
            return
        draft = world.draft(user, version, self.office.agency, at=self.now)
        self.typed[draft.pk] = (version.pk, draft.answers)
        if send:
            self.send(draft)

    @precondition(lambda self: self.typed)
    @rule(which=st.integers(0, 9))
    def send_one(self, which):
        self.send(Draft.objects.get(pk=sorted(self.typed)[which % len(self.typed)]))

    def send(self, draft):
        if not self.takes_begun(draft.version_id):
            with pytest.raises(drafts.VersionRetired):
                drafts.submit(draft, by=draft.user, at=self.now)
            return
        try:
            dossier = drafts.submit(draft, by=draft.user, at=self.now)
        except drafts.UnableToSubmit:
            self._looked_at(draft)  # carried over: the parts that changed have to be, and now they are
            return
        del self.typed[draft.pk]
        self.filed[dossier.pk] = self._frozen(Dossier.objects.get(pk=dossier.pk))

    def _looked_at(self, draft):
        for step in runtime.definition(draft.version_id).form.steps:
            given = {f.key: draft.answers.get(f.key) for f in step.fields if not f.compute}
            draft = drafts.save_step(draft, step.key, given, at=self.now)

    @precondition(lambda self: self.typed)
    @rule(which=st.integers(0, 9))
    def carry_over(self, which):
        draft = Draft.objects.get(pk=sorted(self.typed)[which % len(self.typed)])
        open_now = ProcedureVersion.objects.open_on(self.today).exclude(pk=draft.version_id).first()
        if open_now is None:
            with pytest.raises(drafts.VersionRetired):
                carrying.carry_over(draft, at=self.now)
            return
        moved = carrying.carry_over(draft, at=self.now)
        before = self.typed[draft.pk][1]
        assert {key: moved.answers.get(key) for key in before} == before
        self.typed[draft.pk] = (open_now.pk, moved.answers)

    # ── What holds ────────────────────────────────────────────────────────────────────────────────
    @staticmethod
    def _frozen(dossier):
        quote = runtime.definition(dossier.version_id).quote(dossier.answers, dossier.context)
        row = Dossier.objects.filter(pk=dossier.pk).values().get()
        return row, quote

    @invariant()
    def dossiers_are_as_they_were_filed(self):
        runtime.definition.cache_clear()  # nothing that a process remembers may hide a change
        for pk, was in getattr(self, "filed", {}).items():
            assert self._frozen(Dossier.objects.get(pk=pk)) == was

    @invariant()
    def drafts_hold_what_was_typed_on_the_version_it_was_typed_for(self):
        for pk, was in getattr(self, "typed", {}).items():
            draft = Draft.objects.get(pk=pk)
            assert (draft.version_id, draft.answers) == was

    @invariant()
    def what_was_published_stays_as_published(self):
        for version in ProcedureVersion.objects.exclude(state=VersionState.DRAFT):
            content = (version.number, version.definition, version.snapshot, version.digest)
            assert getattr(self, "frozen", {}).setdefault(version.pk, content) == content

    @invariant()
    def what_people_were_told_of_the_last_day_holds(self):
        for version in ProcedureVersion.objects.exclude(state=VersionState.DRAFT):
            assert version.takes_begun(self.today) == self.takes_begun(version.pk)


def test_nothing_that_is_done_to_a_procedure_changes_what_is_in_flight(db, bundled, settings_of_life):
    Life.bundle = _priced(bundled[CODE], 8000)
    Life.office, Life.admin = world.office(), UserFactory(person=None, username="quantri")
    Life.citizens = [world.mother(), UserFactory(), UserFactory()]

    run_state_machine_as_test(Life, settings=settings_of_life)


@pytest.fixture
def settings_of_life():
    return settings(
        max_examples=10, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
    )
