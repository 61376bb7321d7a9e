import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core.cache import cache

from portal import calendars
from portal.accounts.models import CalendarDay
from portal.messages.models import Message
from procedures.definitions.models import Procedure, ProcedureVersion
from procedures.dossiers.models import Dossier, Status
from procedures.filing.models import Draft
from tests.factories import AgencyFactory, UserFactory

NOW = datetime(2026, 11, 18, 2, 0, tzinfo=UTC)  # Wednesday, 9:00 in Vietnam

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def wednesday():
    calendars.forget()
    with time_machine.travel(NOW, tick=False):
        yield
    calendars.forget()


def publish(code, name, event):
    procedure = Procedure.objects.create(code=code)
    return ProcedureVersion.objects.create(
        procedure=procedure,
        number=1,
        state="published",
        definition={},
        snapshot={},
        digest=code,
        name_vi=name,
        life_event=event,
        published_at=NOW,
    )


@pytest.fixture
def birth():
    return publish("1.001193", "Đăng ký khai sinh", "birth")


@pytest.fixture
def agency():
    return AgencyFactory()


def file(user, version, agency, number, **fields):
    return Dossier.objects.create(
        **{
            "code": f"MAU-261118-{number:04}",
            "version": version,
            "procedure_code": version.procedure.code,
            "title": {"vi": version.name_vi, "en": ""},
            "applicant": user,
            "person": user.person,
            "agency": agency,
            "intake_agency": agency,
            "return_agency": agency,
            "answers": {},
            "submitted_at": NOW,
        }
        | fields
    )


def waiting(user, version, agency, number, status=Status.SUPPLEMENT):
    pause = {"paused_at": NOW, "before_pause": Status.PROCESSING, "status": status, "fee_total": 10_000}
    return file(user, version, agency, number, received_at=NOW, due_at=NOW + timedelta(days=3), **pause)


def test_a_stranger_sees_search_events_and_no_work(client, birth):
    page = client.get("/").content.decode()

    assert 'action="/thu-tuc/"' in page
    assert '<a href="/thu-tuc/?su-kien=birth">' in page
    assert "Việc của ông/bà đang dở" not in page


def test_only_events_for_which_something_can_be_done_are_shown(client, birth):
    publish("1.004222", "Đăng ký thường trú", "moving")

    page = client.get("/").content.decode()

    assert re.findall(r"su-kien=(\w+)", page) == ["birth", "moving"]


def test_before_anything_is_published_the_page_says_so(client):
    assert "Chưa có thủ tục nào được công bố" in client.get("/").content.decode()


def test_a_citizen_sees_own_unfinished_work_alone(client, birth, agency):
    me, other = UserFactory.create_batch(2)
    draft = Draft.objects.create(user=me, version=birth, agency=agency, done=["child"], updated_at=NOW)
    asked = waiting(me, birth, agency, 1)
    unpaid = waiting(me, birth, agency, 2, Status.FEE_DUE)
    file(me, birth, agency, 3)
    waiting(other, birth, agency, 4)
    Draft.objects.create(user=other, version=birth, agency=agency)
    client.force_login(me)

    page = client.get("/").content.decode().replace("\u00a0", " ")

    work = page[page.index('class="tasks') : page.index('id="life"')]
    assert set(re.findall(r'<a (?:class="[^"]+" )?href="(.*?)"', work)) == {
        draft.get_absolute_url(),
        asked.get_absolute_url(),
        unpaid.get_absolute_url(),
    }
    assert "10.000 đ" in work
    assert "Bản nháp, đã xong 1 phần." in work
    assert "9:00 hôm nay" in work


def test_the_header_counts_what_waits_and_what_is_unread(client, birth, agency):
    me = UserFactory()
    for number in (1, 2):
        waiting(me, birth, agency, number)
    file(me, birth, agency, 3)
    for number, read_at in enumerate((None, None, None, NOW)):
        Message.objects.create(recipient=me, key=str(number), subject="Tin", body="Tin", read_at=read_at)
    client.force_login(me)

    page = client.get("/").content.decode()

    bar = page[page.index('<nav class="main"') : page.index("</nav>")]
    assert re.findall(r'class="count">(\d+)', bar) == ["2", "3"]


def test_queries_do_not_grow_with_the_work(client, birth, agency, django_assert_num_queries):
    me = UserFactory()
    client.force_login(me)
    calendars.current()
    for number in (1, 2, 3):
        waiting(me, birth, agency, number)
        Draft.objects.create(user=me, version=birth, agency=agency)
        cache.clear()

        # session, user, procedures, drafts, dossiers, header
        with django_assert_num_queries(6):
            assert client.get("/").status_code == 200


def test_a_stranger_costs_one_query(client, birth, django_assert_num_queries):
    calendars.current()

    with django_assert_num_queries(1):
        assert client.get("/").status_code == 200


def test_a_coming_holiday_is_announced(client):
    page = client.get("/").content.decode().replace("\u00a0", " ")

    assert "Nghỉ thứ Ba, 24/11" in page
    assert "thời hạn tính tiếp từ thứ Tư, 25/11" in page


def test_an_ordinary_fortnight_announces_nothing(client):
    CalendarDay.objects.create(day=NOW.date().replace(day=24), is_working=True, reason="Đổi ngày")
    calendars.forget()

    assert "Nghỉ thứ Ba" not in client.get("/").content.decode()
