"""Consent to a remote key: asked once, confirmed, refused, lapsed, lost and found again, over real HTTP."""

import logging
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import translation

from portal.documents import authorisations, keys, mandates
from portal.documents.authorisations import Use
from portal.documents.keys import provider
from portal.documents.models import Authorisation, AuthorisationState
from portal.messages.models import Message
from tests import factories

AT = datetime.now(UTC)
USE = Use("result:1", "a" * 64)
DATA = b"signed attributes"


@pytest.fixture(autouse=True)
def in_english_at_that_time():
    """The clock goes on from AT, however long ago this file was read; consents end by the clock."""
    with translation.override("en"), time_machine.travel(AT, tick=True):
        yield


@pytest.fixture
def leader(db, signer):
    key_id = signer.enrol("cred-1", "Hoàng Minh Ví Dụ")
    return factories.UserFactory(full_name="Hoàng Minh Ví Dụ", signing_key=key_id, language="en")


@pytest.fixture
def ask(leader):
    def asking(*uses, at=AT):
        return authorisations.ask(
            leader, uses or [USE], description="Ký: Giấy khai sinh", link="/can-bo/", at=at
        )

    return asking


@pytest.fixture
def confirmed(ask, signer):
    ask()
    authorisations.sweep(at=AT)
    signer.confirm()
    authorisations.sweep(at=AT + timedelta(seconds=20))
    return Authorisation.objects.get()


def sign(leader, use=USE, *, at=AT, data=DATA):
    with mandates.consented(use, owner=leader, at=at):
        return keys.key(leader.signing_key).sign(data)


def state(leader, use=USE, *, at=AT):
    return mandates.standing(use, owner=leader, at=at)


def test_keys_of_other_kinds_need_no_consent(db, signer):
    other = factories.UserFactory(signing_key="a-file")

    assert authorisations.ask(other, [USE], description="x", at=AT) is None
    assert state(other) is None
    with mandates.consented(USE, owner=other, at=AT):
        pass
    assert signer.asked == []


def test_asked_confirmed_signed(ask, leader, signer, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        ask()
    assert (signer.last.description, signer.last.left, signer.last.credential) == (
        "Ký: Giấy khai sinh",
        1,
        "cred-1",
    )
    assert state(leader).words == "Waiting for Hoàng Minh Ví Dụ to confirm at Ký số Thử."
    assert not state(leader).can_ask

    signer.confirm()
    authorisations.sweep(at=datetime.now(UTC) + timedelta(seconds=20))

    assert state(leader).is_confirmed
    assert keys.matches(keys.certificate(leader.signing_key), DATA, sign(leader))
    mandates.used(USE, at=AT)
    row = Authorisation.objects.get()
    assert (row.state, row.token, row.next_at) == ("spent", "", None)


def test_the_providers_call_is_enough(ask, leader, signer, client, django_capture_on_commit_callbacks):
    ask()
    authorisations.sweep(at=AT)
    question = signer.confirm()

    with django_capture_on_commit_callbacks(execute=True):
        response = client.post(reverse("documents:authorised"), **signer.call(question.handle))

    assert response.status_code == 200
    assert state(leader).is_confirmed


@pytest.mark.parametrize("trouble", ["secret", "old", "none", "changed", "rubbish"])
def test_a_call_that_is_not_the_providers(
    ask, signer, client, trouble, django_capture_on_commit_callbacks, leader
):
    ask()
    authorisations.sweep(at=AT)
    question = signer.confirm()
    call = signer.call(question.handle)
    if trouble == "secret":
        call = signer.call(question.handle, secret="another")
    elif trouble == "old":
        call = signer.call(question.handle, at=(AT - timedelta(minutes=6)).timestamp())
    elif trouble == "none":
        call.pop("headers")
    elif trouble == "changed":
        call["data"] = call["data"].replace(question.handle, "another")
    else:
        call["headers"] = {"X-Signature": "t=é,v1=è"}
    before = signer.times("credentials/authorizeCheck")

    with django_capture_on_commit_callbacks(execute=True):
        response = client.post(reverse("documents:authorised"), **call)

    assert response.status_code == 400
    assert signer.times("credentials/authorizeCheck") == before
    assert state(leader).state == "asked"


def test_without_a_secret_nobody_may_call(ask, signer, client, settings):
    settings.REMOTE_SIGNING_CALLBACK_SECRET = ""
    call = signer.call("handle-1", secret="")

    assert client.post(reverse("documents:authorised"), **call).status_code == 400


def test_a_call_said_again_changes_nothing(
    confirmed, signer, client, leader, django_capture_on_commit_callbacks
):
    mandates.used(USE, at=AT)
    before = signer.times("credentials/authorizeCheck")

    with django_capture_on_commit_callbacks(execute=True):
        response = client.post(reverse("documents:authorised"), **signer.call(confirmed.handle))

    assert response.status_code == 200
    assert signer.times("credentials/authorizeCheck") == before
    assert Authorisation.objects.get().state == "spent"


# ── The key signs for nothing else ────────────────────────────────────────────────────────────────
def test_without_consent_the_key_does_not_sign(leader, signer):
    with pytest.raises(keys.KeyUnavailable, match="not consented"):
        keys.key(leader.signing_key).sign(DATA)
    with pytest.raises(mandates.NotConfirmed) as refused:
        sign(leader)
    assert refused.value.words == "Hoàng Minh Ví Dụ has not been asked at Ký số Thử yet."
    assert signer.times("signatures/signHash") == 0


@pytest.mark.parametrize("use", [Use("result:2", "a" * 64), Use("result:1", "b" * 64)])
def test_consent_to_one_paper_is_none_to_another(confirmed, leader, use):
    with pytest.raises(mandates.NotConfirmed):
        sign(leader, use)


def test_consent_of_one_person_is_not_anothers(confirmed, leader, signer):
    other = factories.UserFactory(signing_key=signer.enrol("cred-2", "Lê Thị Người Khác"))

    with pytest.raises(mandates.NotConfirmed):
        sign(other)
    with (
        mandates.consented(USE, owner=leader, at=AT),
        pytest.raises(keys.KeyUnavailable, match="not consented"),
    ):
        keys.key(other.signing_key).sign(DATA)


def test_after_a_change_of_key_the_old_consent_is_none(confirmed, leader, signer):
    leader.signing_key = signer.enrol("cred-2", "Hoàng Minh Ví Dụ")
    leader.save()

    with pytest.raises(mandates.NotConfirmed):
        sign(leader)


def test_the_activation_data_lies_encrypted_and_is_never_logged(confirmed, leader, signer, caplog, settings):
    caplog.set_level(logging.DEBUG)
    signer.fault("signatures/signHash", "down", times=2)
    with pytest.raises(keys.KeyUnavailable) as failed:
        sign(leader)
    sign(leader)

    token = signer.last.token
    assert token
    assert token not in Authorisation.objects.get().token
    assert token not in f"{caplog.text} {failed.value} {Authorisation.objects.get()!r}"
    assert "very-secret" not in caplog.text
    settings.SECRET_KEY = "another"  # without the old one as a fallback
    with pytest.raises(keys.KeyUnavailable, match="cannot be read"):
        sign(leader)


# ── Many at once, and twice ───────────────────────────────────────────────────────────────────────
def test_one_confirmation_for_many_papers(ask, leader, signer):
    uses = [Use(f"result:{n}", f"{n}" * 64) for n in range(3)]
    ask(*uses)
    authorisations.sweep(at=AT)
    assert signer.last.left == 3
    signer.confirm()
    authorisations.sweep(at=AT + timedelta(seconds=20))

    for use in uses:
        assert sign(leader, use, data=use.digest.encode())
        assert Authorisation.objects.get().state == AuthorisationState.CONFIRMED
        mandates.used(use, at=AT)

    assert Authorisation.objects.get().state == AuthorisationState.SPENT
    assert (len(signer.questions), signer.last.left) == (1, 0)


def test_asked_twice_is_asked_once(ask, confirmed, signer):
    assert ask() == confirmed
    authorisations.send(str(confirmed.pk), at=AT)

    assert (Authorisation.objects.count(), len(signer.questions)) == (1, 1)


def test_asked_twice_before_the_provider_knew(ask, signer):
    assert ask() == ask()
    authorisations.sweep(at=AT)
    authorisations.sweep(at=AT)

    assert signer.times("credentials/authorize") == 1


def test_signed_twice_is_one_signature(confirmed, leader, signer):
    """An attempt at issuing that failed later on is made again, over the same bytes."""
    assert sign(leader) == sign(leader)
    assert signer.last.left == 0


# ── What goes wrong ───────────────────────────────────────────────────────────────────────────────
def test_a_provider_that_is_down_is_asked_again(ask, leader, signer):
    signer.fault("credentials/authorize", "down", times=2)
    ask()
    authorisations.sweep(at=AT)
    assert state(leader).words == "Ký số Thử does not answer. It is asked again every few minutes."
    assert authorisations.sweep(at=AT + timedelta(seconds=30)) == 0
    authorisations.sweep(at=AT + timedelta(minutes=2))
    authorisations.sweep(at=AT + timedelta(minutes=4))

    assert state(leader).state == "asked"


@pytest.mark.parametrize("kind", ["lost", "rubbish"])
def test_an_answer_that_is_lost_does_not_ask_twice(ask, leader, signer, kind):
    signer.fault("credentials/authorize", kind)
    ask()
    authorisations.sweep(at=AT)
    authorisations.sweep(at=AT + timedelta(minutes=2))

    assert signer.times("credentials/authorize") == 2
    assert len(signer.questions) == 1
    assert state(leader).state == "asked"


def test_a_call_that_is_lost_is_made_up_for(ask, leader, signer):
    ask()
    authorisations.sweep(at=AT)
    authorisations.sweep(at=AT + timedelta(seconds=20))
    assert state(leader).state == "asked"
    signer.fault("credentials/authorizeCheck", "down")
    signer.confirm()
    authorisations.sweep(at=AT + timedelta(seconds=40))
    authorisations.sweep(at=AT + timedelta(minutes=3))

    assert state(leader).is_confirmed


def test_refused(ask, leader, signer):
    ask()
    authorisations.sweep(at=AT)
    signer.refuse()
    authorisations.sweep(at=AT + timedelta(seconds=20))

    assert state(leader).words == "Hoàng Minh Ví Dụ refused to sign at Ký số Thử."
    assert state(leader).can_ask
    assert not Message.objects.exists()  # who refuses knows it
    with pytest.raises(mandates.NotConfirmed):
        sign(leader)
    assert ask(at=AT + timedelta(minutes=1)).state == "wanted"


def test_not_answered_in_time(ask, leader, signer):
    ask()
    authorisations.sweep(at=AT)
    signer.expire()
    authorisations.sweep(at=AT + timedelta(seconds=20))

    assert state(leader).can_ask
    assert "has lapsed" in state(leader).words
    message = Message.objects.get(recipient=leader)
    assert message.link == "/can-bo/"
    assert "Ký: Giấy khai sinh" in message.body


def test_confirmed_and_not_used_in_time(confirmed, leader, signer):
    late = AT + timedelta(seconds=signer.good_for + 60)
    assert state(leader, at=late).state == "expired"  # before any sweep
    with pytest.raises(mandates.NotConfirmed):
        sign(leader, at=late)

    authorisations.sweep(at=late)

    row = Authorisation.objects.get()
    assert (row.state, row.token) == ("expired", "")
    assert Message.objects.filter(recipient=leader).count() == 1


def test_a_provider_that_never_answers_is_given_up(ask, leader, signer):
    ask()
    authorisations.sweep(at=AT)
    signer.fault("credentials/authorizeCheck", "down", times=9)
    for days in (0.5, 1, 1.5):
        authorisations.sweep(at=AT + timedelta(days=days))

    assert Authorisation.objects.get().state == "expired"


def test_a_lost_signature_is_asked_for_again_and_counts_once(confirmed, leader, signer):
    signer.fault("signatures/signHash", "lost")

    assert sign(leader)
    assert (signer.times("signatures/signHash"), signer.last.left) == (2, 0)


def test_a_signature_that_does_not_fit_is_not_used(confirmed, leader, signer):
    signer.fault("signatures/signHash:wrong", "wrong")

    with pytest.raises(keys.KeyUnavailable, match="does not fit the certificate"):
        sign(leader)


def test_a_consent_that_the_provider_counts_as_used_up(confirmed, leader, signer):
    signer.last.left = 0
    with pytest.raises(keys.KeyUnavailable, match="sad_used_up"):
        sign(leader)

    row = Authorisation.objects.get()
    assert (row.state, row.token) == ("spent", "")
    assert "is used up" in state(leader).words
    assert state(leader).can_ask


def test_taken_back_before_the_owner_answers(ask, leader, signer, django_capture_on_commit_callbacks):
    ask()
    authorisations.sweep(at=AT)
    with django_capture_on_commit_callbacks(execute=True):
        authorisations.drop(USE.subject)

    assert signer.last.state == "cancelled"
    assert Authorisation.objects.get().state == "dropped"
    assert authorisations.sweep(at=AT + timedelta(days=1)) == 0


def test_taken_back_while_the_provider_is_told(ask, leader, signer, monkeypatch):
    row = ask()
    authorize = provider.authorize

    def meanwhile(*args, **given):
        authorisations.drop(USE.subject)
        return authorize(*args, **given)

    monkeypatch.setattr(provider, "authorize", meanwhile)
    authorisations.send(str(row.pk), at=AT)

    assert (Authorisation.objects.get().state, signer.last.state) == ("dropped", "cancelled")


def test_an_access_token_that_the_provider_forgot_is_renewed(confirmed, leader, signer):
    signer.tokens.clear()

    assert sign(leader)


def test_no_provider_is_set(ask, leader, settings):
    settings.REMOTE_SIGNING_URL = ""

    with pytest.raises(keys.KeyUnavailable, match="no provider"):
        ask()
