"""People and their accounts: registering, what a form may know of the applicant, changing one's own details."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, TypedDict

from django.db import IntegrityError, transaction

from portal.accounts.models import Person, User

if TYPE_CHECKING:
    from collections.abc import Mapping


class AlreadyRegistered(Exception):
    """An account (or another person's record) with this personal ID number exists."""


class Applicant(TypedDict):
    """What expressions see as `applicant`; "" where nothing is known."""

    personal_id: str
    full_name: str
    date_of_birth: str  # YYYY-MM-DD
    sex: str
    ethnicity: str
    nationality: str
    commune: str
    address: str
    phone: str
    email: str


def applicant(person: Person) -> Applicant:
    return {
        "personal_id": person.personal_id,
        "full_name": person.full_name,
        "date_of_birth": person.date_of_birth.isoformat() if person.date_of_birth else "",
        "sex": person.sex,
        "ethnicity": person.ethnicity,
        "nationality": person.nationality,
        "commune": person.commune,
        "address": person.address,
        "phone": person.phone,
        "email": person.email,
    }


@transaction.atomic
def register(
    *,
    personal_id: str,
    full_name: str,
    date_of_birth: date,
    sex: str,
    password: str,
    at: datetime,
    language: str = "vi",
    details: Mapping[str, str] | None = None,
) -> User:
    """Make the person and the account of a citizen who introduces themselves (identity level 1).

    `details` may bring phone, email, commune, address, ethnicity. A person already on record (a child named
    in somebody's dossier, say) keeps that record only if name and date of birth agree; otherwise, and for a
    number that has an account, AlreadyRegistered is raised and nothing is written: whoever knows a number
    must not learn from it whose it is.
    """
    facts = {"full_name": full_name, "date_of_birth": date_of_birth, "sex": sex, **(details or {})}
    person, created = Person.objects.get_or_create(personal_id=personal_id, defaults=facts)
    if not created and (person.date_of_birth, _folded(person.full_name)) != (
        date_of_birth,
        _folded(full_name),
    ):
        raise AlreadyRegistered
    try:
        with transaction.atomic():
            return User.objects.create_user(
                personal_id,
                password,
                person=person,
                full_name=person.full_name,
                email=person.email,
                phone=person.phone,
                language=language,
                created_at=at,
            )
    except IntegrityError as error:
        raise AlreadyRegistered from error


def prove(user: User, *, at: datetime) -> None:
    """Somebody has made sure whose account this is; from now on the registers may be asked for the person."""
    User.objects.filter(pk=user.pk, proven_at=None).update(proven_at=at)


def _folded(name: str) -> str:
    return " ".join(name.casefold().split())


@transaction.atomic
def change_details(user: User, *, details: Mapping[str, str]) -> None:
    """Write what people may change themselves: on the person, and, for messages, on the account.

    `details`: phone and email, and for a citizen also commune, address, ethnicity. Name, number and date of
    birth come from the population register and are not theirs to change here.
    """
    if user.person_id is not None:
        person = Person.objects.select_for_update(of=("self",)).get(pk=user.person_id)
        for name, value in details.items():
            setattr(person, name, value)
        person.save(update_fields=list(details))
    user.email, user.phone = details["email"], details["phone"]
    user.save(update_fields=["email", "phone"])


def change_password(user: User, *, password: str) -> None:
    """Every session that was opened with the old password ends with it."""
    user.set_password(password)
    user.save(update_fields=["password"])


def speak(user: User, *, language: str) -> None:
    """Remember the language of the pages and messages of `user`."""
    if user.language != language:
        user.language = language
        user.save(update_fields=["language"])
