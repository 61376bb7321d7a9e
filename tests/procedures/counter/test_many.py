"""Many decided at once: what is listed and left out, one press, how far it has come, and what went wrong."""

import uuid

import pytest
from django.urls import reverse

from portal.documents.models import IssuedPaper
from procedures.dossiers import dossiers
from procedures.dossiers.models import Dossier, Status
from procedures.results import batches, issuing, results
from procedures.results.models import Batch, BatchItem, Result
from tests import factories
from tests.procedures import world

pytestmark = pytest.mark.django_db

BIRTH = "1.001193"
APPROVE, ISSUE = "counter:approve_many", "counter:issue_many"


@pytest.fixture
def office():
    made = world.office()
    world.keys(made)
    return made


@pytest.fixture
def filed(office):
    mother, version = world.mother(), world.publish(BIRTH)[BIRTH]
    return lambda: world.file(mother, version, office.agency)


def press(client, page, *chosen, run=True, **data):
    """The review page opened and its button pressed; the batch, carried out by a worker."""
    shown = client.get(reverse(page))
    seen = {f"seen:{row.dossier.code}": row.seen for row in shown.context["rows"]}
    posted = seen | {"batch": str(shown.context["batch"]), "ho-so": [one.code for one in chosen]} | data
    client.post(reverse(page), posted)
    batch = Batch.objects.latest("created_at")
    if run:
        batches.work(batch.pk)
    return batch


def progress(client, batch, **headers):
    return client.get(reverse("counter:batch", args=[batch.pk]), **headers)


def test_the_review_shows_what_each_result_says_and_as_what_one_signs(client, office, filed):
    dossier = world.propose(filed(), office)
    client.force_login(office.staff["leader"])

    page = client.get(reverse(APPROVE)).content.decode()

    assert dossier.code in page
    assert dossier.answers["child_name"] in page
    assert "CHỦ TỊCH" in page
    assert "leader-commune" in page


def test_the_review_costs_the_same_for_1_and_for_20(client, office, filed, django_assert_max_num_queries):
    world.propose(filed(), office)
    client.force_login(office.staff["leader"])
    client.get(reverse(APPROVE))
    template = Dossier.objects.get()
    for n in range(20):
        own = {f.attname: getattr(template, f.attname) for f in template._meta.concrete_fields}
        Dossier.objects.create(**own | {"id": None, "code": f"{template.code}-{n}"})

    with django_assert_max_num_queries(8):
        assert len(client.get(reverse(APPROVE)).context["rows"]) == 21


def test_only_what_was_ticked_in_the_inbox_is_reviewed(client, office, filed):
    one, _other = (world.propose(filed(), office) for _n in range(2))
    client.force_login(office.staff["leader"])

    inbox = client.get(reverse("counter:inbox")).content.decode()
    shown = client.get(reverse(APPROVE), {"ho-so": [one.code, "khong-co"]})

    assert f'value="{one.code}"' in inbox
    assert [row.dossier for row in shown.context["rows"]] == [one]
    assert shown.context["gone"] == 1


def test_a_missing_finding_is_named_and_left_out(client, office, filed):
    dossier = filed()
    dossiers.receive(dossier, **office.act("receiver"))
    dossiers.start(dossier, **office.act("handler"))
    Dossier.objects.update(stage="sign", stage_role="leader")
    Dossier.objects.update(answers=Dossier.objects.get().answers)
    office.staff["leader"].signing_key = ""
    office.staff["leader"].save()
    client.force_login(office.staff["leader"])

    shown = client.get(reverse(APPROVE))

    assert [row.dossier for row in shown.context["left_out"]] == [dossier]
    assert shown.context["left_out"][0].refusal
    assert shown.context["rows"] == []


def test_the_leader_approves_and_the_clerk_issues_what_was_ticked(client, office, filed):
    chosen = [world.propose(filed(), office) for _n in range(3)]
    left = world.propose(filed(), office)
    client.force_login(office.staff["leader"])
    approved = press(client, APPROVE, *chosen)

    assert len(progress(client, approved).context["done"]) == 3
    assert Dossier.objects.get(pk=left.pk).stage_role == "leader"

    client.force_login(office.staff["clerk"])
    batch = press(client, ISSUE, *chosen)
    assert progress(client, batch).context["working"] == 3
    for result_id in issuing.waiting(at=issuing.timezone.now()):
        issuing.work(result_id, at=issuing.timezone.now())
    shown = progress(client, batch)

    assert sorted(one["number"].partition("/")[0] for one in shown.context["done"]) == ["1", "2", "3"]
    assert "hx-trigger" not in shown.content.decode()
    assert Dossier.objects.filter(status=Status.RETURNED).count() == IssuedPaper.objects.count() == 3


def test_a_double_press_makes_one_batch(client, office, filed):
    dossier, batch_id = world.propose(filed(), office), str(uuid.uuid4())
    client.force_login(office.staff["leader"])

    first = press(client, APPROVE, dossier, batch=batch_id)
    second = press(client, APPROVE, dossier, batch=batch_id)

    assert (first, Batch.objects.count(), BatchItem.objects.count()) == (second, 1, 1)
    assert Result.objects.count() == 1


def test_what_changed_since_it_was_shown_is_not_approved(client, office, filed):
    dossier = world.propose(filed(), office)
    client.force_login(office.staff["leader"])
    batch = press(client, APPROVE, dossier, run=False)
    answers = dossier.answers | {"child_name": "Người Khác"}
    Dossier.objects.update(answers=answers)
    batches.work(batch.pk)

    assert len(progress(client, batch).context["failed"]) == 1
    assert not Result.objects.exists()


def test_one_that_cannot_be_done_keeps_none_of_the_others(client, office, filed):
    good, bad = world.propose(filed(), office), world.propose(filed(), office)
    client.force_login(office.staff["leader"])
    batch = press(client, APPROVE, good, bad, run=False)
    dossiers.send_back(bad, note="Xem lại", **office.act("leader"))

    batches.work(batch.pk)

    shown = progress(client, batch)
    assert [one["item"].dossier for one in shown.context["done"]] == [good]
    assert [one["item"].dossier for one in shown.context["failed"]] == [bad]
    assert BatchItem.objects.get(dossier=bad).reason in shown.content.decode()


def test_a_batch_that_its_worker_left_is_carried_on_by_the_sweep(client, office, filed, monkeypatch):
    chosen = [world.propose(filed(), office) for _n in range(2)]
    client.force_login(office.staff["leader"])
    batch = press(client, APPROVE, *chosen, run=False)
    real, calls = results.approve, []

    def dies_at_the_second(*args, **told):
        calls.append(args)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return real(*args, **told)

    monkeypatch.setattr(results, "approve", dies_at_the_second)
    with pytest.raises(KeyboardInterrupt):
        batches.work(batch.pk)
    monkeypatch.undo()

    assert batches.waiting() == [batch.pk]
    batches.work(batch.pk)
    assert Result.objects.count() == 2
    assert batches.waiting() == []


def test_nobody_puts_a_strangers_dossier_into_a_batch(client, office, filed):
    dossier = world.propose(filed(), office)
    elsewhere = factories.staff("leader", factories.AgencyFactory(), signing_key="leader-elsewhere")
    client.force_login(elsewhere)

    answer = client.post(reverse(APPROVE), {"batch": str(uuid.uuid4()), "ho-so": dossier.code})

    assert answer.status_code == 422
    assert not Batch.objects.exists()


def test_a_batch_is_shown_to_who_made_it_alone(client, office, filed):
    world.propose(filed(), office)
    client.force_login(office.staff["leader"])
    batch = press(client, APPROVE, Dossier.objects.get())
    client.force_login(office.staff["clerk"])

    assert progress(client, batch).status_code == 404


def test_trouble_is_told_on_the_dossier_and_can_be_tried_again(client, office, filed):
    dossier = world.approve(filed(), office)
    client.force_login(office.staff["clerk"])
    page = reverse("counter:dossier", args=[dossier.code])
    client.post(reverse("counter:act", args=[dossier.code]), {"action": "issue"})

    under_way = client.get(page).content.decode()
    assert reverse("counter:under_way", args=[dossier.code]) in under_way
    assert 'value="issue"' not in under_way

    seal = office.agency.seal_key
    type(office.agency).objects.update(seal_key="gone")
    issuing.work(Result.objects.get().pk, at=issuing.timezone.now())
    stopped = client.get(page).content.decode()
    assert 'value="issue"' in stopped
    assert 'value="unapprove"' in stopped

    type(office.agency).objects.update(seal_key=seal)
    client.post(reverse("counter:act", args=[dossier.code]), {"action": "issue"})
    assert issuing.work(Result.objects.get().pk, at=issuing.timezone.now())


def test_the_part_that_asks_again_reloads_the_page_once_it_is_done(client, office, filed):
    dossier = world.approve(filed(), office)
    client.force_login(office.staff["clerk"])
    client.post(reverse("counter:act", args=[dossier.code]), {"action": "issue"})
    url = reverse("counter:under_way", args=[dossier.code])

    assert "hx-get" in client.get(url, headers={"HX-Request": "true"}).content.decode()
    issuing.work(Result.objects.get().pk, at=issuing.timezone.now())
    assert client.get(url, headers={"HX-Request": "true"}).headers["HX-Refresh"] == "true"
    assert client.get(url).status_code == 302
