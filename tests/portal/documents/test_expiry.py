"""Certificates that end soon are told of, to those who can get new ones, and to them once a week."""

import logging
from datetime import timedelta

import pytest
import time_machine
from django.conf import settings as configured

from portal.documents import authority, expiry, tasks
from portal.messages.models import Message
from tests import factories
from tests.portal.documents.conftest import AT, using

LIFE = timedelta(days=365 * authority.LEAF_YEARS)
END = (AT + LIFE).replace(microsecond=0)


@pytest.fixture
def folder(tmp_path):
    authority.ensure(
        {"signer": "Hoàng Minh Ví Dụ", "seal": "UBND phường Cửa Đông", "nobody": "Không Ai Cả"},
        folder=tmp_path,
        passphrase="tests",
        at=AT,
    )
    with using(tmp_path):
        yield tmp_path


@pytest.fixture
def agency(db):
    return factories.AgencyFactory(name="UBND phường Cửa Đông")


@pytest.fixture
def leader(agency):
    return factories.staff("leader", agency, full_name="Hoàng Minh Ví Dụ", signing_key="signer")


@pytest.fixture
def admin(agency):
    return factories.staff("system_admin", agency, language="en")


def told(admin):
    return list(Message.objects.filter(recipient=admin).order_by("pk"))


def test_a_day_too_early_nothing_is_said(folder, leader, admin):
    assert expiry.warn(at=END - timedelta(days=60, seconds=1)) == 0
    assert not told(admin)


def test_sixty_days_ahead_it_is_said(folder, leader, admin, caplog):
    caplog.set_level(logging.WARNING)

    assert expiry.warn(at=END - timedelta(days=60)) == 1

    [message] = told(admin)
    assert message.subject == "The signing certificate of Hoàng Minh Ví Dụ expires on 11 November 2031"
    assert "signing key signer" in message.body
    assert [r.levelname for r in caplog.records if "signing key signer ends" in r.message] == ["WARNING"]


def test_one_message_a_week(folder, leader, admin):
    monday = END - timedelta(days=30)
    monday -= timedelta(days=monday.weekday())
    for day in range(7):
        expiry.warn(at=monday + timedelta(days=day))
        expiry.warn(at=monday + timedelta(days=day))
    assert len(told(admin)) == 1

    expiry.warn(at=monday + timedelta(days=7))
    assert len(told(admin)) == 2


def test_one_message_for_each_key(folder, leader, admin, agency):
    agency.seal_key = "seal"
    agency.save()

    assert expiry.warn(at=END - timedelta(days=10)) == 2

    assert {message.subject.partition(" of ")[2][:10] for message in told(admin)} == {
        "Hoàng Minh",
        "UBND phườn",
    }


def test_an_expired_certificate_is_still_told_of(folder, leader, admin):
    assert expiry.warn(at=END + timedelta(days=1)) == 1

    assert told(admin)[0].subject == "The signing certificate of Hoàng Minh Ví Dụ has expired"


def test_a_renewed_key_is_silent(folder, leader, admin):
    (folder / "signer.p12").unlink()
    authority.ensure({"signer": "A"}, folder=folder, passphrase="tests", at=END - timedelta(days=30))

    assert expiry.warn(at=END - timedelta(days=10)) == 0


def test_keys_of_nobody_are_nobodys_trouble(folder, admin, leader, agency):
    """A key without a person, of somebody who left, and of an agency where nobody works."""
    leader.is_active = False
    leader.save()
    factories.AgencyFactory(seal_key="seal")

    assert expiry.warn(at=END - timedelta(days=10)) == 0
    assert not told(admin)


def test_a_key_without_its_file_does_not_stop_the_others(folder, leader, admin, agency):
    factories.staff("leader", agency, signing_key="elsewhere")

    assert expiry.warn(at=END - timedelta(days=10)) == 1


def test_only_system_administrators_on_duty_are_told(folder, leader, admin, agency):
    others = [factories.staff(role, agency) for role in ("leader", "clerk", "procedure_admin")]
    left = factories.staff("system_admin", agency)
    left.duties.update(until=AT)

    expiry.warn(at=END - timedelta(days=10))

    assert [message.recipient for message in Message.objects.all()] == [admin]
    assert not Message.objects.filter(recipient__in=[*others, left]).exists()


def test_the_watch_runs_by_itself(folder, leader, admin):
    names = [each["task"] for each in configured.CELERY_BEAT_SCHEDULE.values()]
    assert tasks.warn_of_ending_keys.name in names

    with time_machine.travel(END - timedelta(days=10), tick=False):
        assert tasks.warn_of_ending_keys() == 1

    assert len(told(admin)) == 1
