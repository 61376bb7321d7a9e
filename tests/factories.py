"""Rows for tests. Every name and number is made up; nothing is created that the caller did not ask for."""

from __future__ import annotations

from datetime import UTC, date, datetime

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from portal.accounts.models import Agency, AgencyKind, CalendarDay, Duty, Person, User
from portal.messages.models import Message

PASSWORD = "mat-khau-thu-1"
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


class PersonFactory(DjangoModelFactory[Person]):
    """A woman born in 1990, registered in Hà Nội, living in phường Hoàn Kiếm."""

    class Meta:
        model = Person

    personal_id = factory.Sequence(lambda n: f"001190{n:06d}")
    full_name = factory.Sequence(lambda n: f"Nguyễn Thị Mẫu {n}")
    date_of_birth = date(1990, 5, 20)
    sex = "female"
    ethnicity = "Kinh"
    commune = "00070"
    address = "Số 1 phố Mẫu"


class UserFactory(DjangoModelFactory[User]):
    """A citizen with a person and `PASSWORD`. `email=""` unless given: no mail goes out by itself."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    person = factory.SubFactory(PersonFactory)
    username = factory.LazyAttribute(lambda user: user.person.personal_id)
    proven_at = factory.LazyFunction(timezone.now)
    full_name = factory.LazyAttribute(lambda user: user.person.full_name if user.person else "Trần Văn Mẫu")

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        return model_class.objects.create_user(
            kwargs.pop("username"), kwargs.pop("password", PASSWORD), **kwargs
        )


class AgencyFactory(DjangoModelFactory[Agency]):
    """The People's Committee of a commune of its own; `parent=` puts it into a tree."""

    class Meta:
        model = Agency

    code = factory.Sequence(lambda n: f"H26.{n:05d}")
    name = factory.Sequence(lambda n: f"UBND phường Mẫu {n}")
    superior_name = "UBND thành phố Mẫu"
    kind = AgencyKind.COMMUNE
    commune = factory.Sequence(lambda n: f"{90000 + n:05d}")
    place_name = "Mẫu"
    path = factory.Sequence(lambda n: f"new:{n}")

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        agency = super()._create(model_class, *args, **kwargs)
        agency.path = f"{agency.parent.path if agency.parent else '/'}{agency.pk}/"
        agency.save(update_fields=["path"])
        return agency


class DutyFactory(DjangoModelFactory[Duty]):
    class Meta:
        model = Duty

    user = factory.SubFactory(UserFactory, person=None, username=factory.Sequence(lambda n: f"canbo{n}"))
    agency = factory.SubFactory(AgencyFactory)
    role = "receiver"
    since = LONG_AGO


class CalendarDayFactory(DjangoModelFactory[CalendarDay]):
    class Meta:
        model = CalendarDay

    is_working = False
    reason = "Ngày nghỉ riêng"


class MessageFactory(DjangoModelFactory[Message]):
    class Meta:
        model = Message

    recipient = factory.SubFactory(UserFactory)
    key = factory.Sequence(lambda n: f"test:{n}")
    subject = "Đã có kết quả"
    body = "Ông/bà tải kết quả ở trang hồ sơ."
    created_at = datetime(2026, 11, 17, 2, 0, tzinfo=UTC)


_names = iter(f"canbo.{n}" for n in range(1_000_000))


def staff(role: str, agency: Agency, *, position: str = "", **fields: object) -> User:
    """A staff account (no person) that holds `role` at `agency`, since long ago."""
    fields.setdefault("full_name", f"Trần Văn Mẫu ({role})")
    user = UserFactory(person=None, username=fields.pop("username", None) or next(_names), **fields)
    DutyFactory(user=user, agency=agency, role=role, position=position)
    return user
