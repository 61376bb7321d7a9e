"""People, the agencies they meet, and who may act where."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Sex(models.TextChoices):
    MALE = "male", _("Male")
    FEMALE = "female", _("Female")


class Person(models.Model):
    """A natural person as the state knows them (cá nhân), with or without an account."""

    personal_id = models.CharField(_("personal ID number"), max_length=12, unique=True)
    full_name = models.CharField(_("full name"), max_length=120)
    date_of_birth = models.DateField(_("date of birth"), null=True, blank=True)
    sex = models.CharField(_("sex"), max_length=6, choices=Sex, blank=True)
    ethnicity = models.CharField(_("ethnic group"), max_length=60, blank=True)
    nationality = models.CharField(_("nationality"), max_length=60, default="Việt Nam")
    commune = models.CharField(_("commune code"), max_length=5, blank=True)
    address = models.CharField(_("house number, street"), max_length=200, blank=True)
    phone = models.CharField(_("phone"), max_length=15, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(personal_id__regex=r"^[0-9]{12}$"),
                name="person_personal_id_has_12_digits",
                violation_error_message=_("The personal ID number must have 12 digits."),
            ),
        ]

    def __str__(self) -> str:
        return f"person {self.pk}"  # no personal data where objects are logged


class UserManager(BaseUserManager["User"]):
    def create_user(self, username: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(username=username, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """An account. A citizen signs in with the personal ID number, staff with a name of their own."""

    username = models.CharField(_("sign-in name"), max_length=60, unique=True)
    person = models.OneToOneField(
        Person, verbose_name=_("person"), on_delete=models.PROTECT, null=True, blank=True, related_name="user"
    )
    full_name = models.CharField(_("full name"), max_length=120)
    email = models.EmailField(_("e-mail"), blank=True)
    phone = models.CharField(_("phone"), max_length=15, blank=True)
    language = models.CharField(_("language"), max_length=2, default="vi")
    is_active = models.BooleanField(_("active"), default=True)
    # The key (a file's, a token's, or "remote:…") this person signs with; empty for those who sign nothing.
    signing_key = models.CharField(_("signing key"), max_length=60, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    # When somebody made sure that the account is this person's: an officer with the identity card in hand, or a
    # national sign-in. Until then the name and number are what was typed, and no register is asked about them.
    proven_at = models.DateTimeField(_("identity proven"), null=True, blank=True)

    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["signing_key"], condition=~Q(signing_key=""), name="user_signing_key_is_ones_own"
            ),
        ]

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS = ["full_name"]

    def __str__(self) -> str:
        return f"user {self.pk}"

    def get_full_name(self) -> str:
        return self.full_name

    @property
    def is_proven(self) -> bool:
        return self.proven_at is not None


class AgencyKind(models.TextChoices):
    CITY = "city", _("People's Committee of the province or city")
    CENTRE = "centre", _("Public administrative service centre")
    COMMUNE = "commune", _("People's Committee of the commune")
    POLICE = "commune_police", _("Police of the commune")
    CITY_POLICE = "city_police", _("Police of the province or city")


class AgencyQuerySet(models.QuerySet["Agency"]):
    def branch(self, agency: Agency) -> AgencyQuerySet:
        """The agency itself and everything below it."""
        return self.filter(path__startswith=agency.path)


class Agency(models.Model):
    """A competent agency (cơ quan giải quyết): one node of the administrative tree."""

    code = models.CharField(_("unit code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=160)
    # The two lines at the head of a paper: the superior body and the agency's own name (NĐ 30/2020).
    superior_name = models.CharField(_("superior body"), max_length=160, blank=True)
    kind = models.CharField(_("kind"), max_length=20, choices=AgencyKind)
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="children"
    )
    # Materialised path of ids, "/1/27/": a branch is one prefix match on an index.
    path = models.CharField(max_length=120, unique=True, editable=False)
    commune = models.CharField(_("commune code"), max_length=5, blank=True)
    place_name = models.CharField(_("place name on papers"), max_length=80, blank=True)
    address = models.CharField(_("address"), max_length=200, blank=True)
    phone = models.CharField(_("phone"), max_length=15, blank=True)
    seal_key = models.CharField(_("seal key"), max_length=60, blank=True)

    objects = AgencyQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "commune"], condition=~Q(commune=""), name="agency_one_of_a_kind_per_commune"
            ),
            models.UniqueConstraint(
                fields=["seal_key"], condition=~Q(seal_key=""), name="agency_seal_key_is_its_own"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Role(models.TextChoices):
    RECEIVER = "receiver", pgettext_lazy("role", "Receiver")
    HANDLER = "handler", pgettext_lazy("role", "Handler")
    LEADER = "leader", pgettext_lazy("role", "Leader")
    CLERK = "clerk", pgettext_lazy("role", "Clerk")
    ACCOUNTANT = "accountant", pgettext_lazy("role", "Accountant")
    PROCEDURE_ADMIN = "procedure_admin", pgettext_lazy("role", "Procedure administrator")
    SYSTEM_ADMIN = "system_admin", pgettext_lazy("role", "System administrator")


class DutyQuerySet(models.QuerySet["Duty"]):
    def at(self, moment: Any) -> DutyQuerySet:
        """Duties in force at `moment` (aware datetime)."""
        return self.filter(Q(until=None) | Q(until__gt=moment), since__lte=moment)


class Duty(models.Model):
    """A role held at an agency for a time: what a staff member may do, and where."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="duties")
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="duties")
    role = models.CharField(_("role"), max_length=20, choices=Role)
    # As it stands above the signature: "CHỦ TỊCH", "KT. CHỦ TỊCH\nPHÓ CHỦ TỊCH".
    position = models.CharField(_("position on papers"), max_length=120, blank=True)
    since = models.DateTimeField(default=timezone.now)
    until = models.DateTimeField(null=True, blank=True)

    objects = DutyQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "duties"
        constraints = [
            models.UniqueConstraint(
                fields=["user", "agency", "role"], condition=Q(until=None), name="duty_open_once_per_role"
            ),
            models.CheckConstraint(
                condition=Q(until=None) | Q(until__gt=F("since")), name="duty_ends_after_it_begins"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} {self.user_id}@{self.agency_id}"


class CalendarDay(models.Model):
    """A day on which the offices depart from Mon–Fri and the public holidays: a swap, a local day off."""

    day = models.DateField(_("day"), unique=True)
    is_working = models.BooleanField(_("working day"))
    reason = models.CharField(_("reason"), max_length=120)

    def __str__(self) -> str:
        return f"{self.day:%Y-%m-%d}"
