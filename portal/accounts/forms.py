"""The forms of the account pages. Every error says what is wrong and what is enough."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField
from django.utils.translation import gettext_lazy as _

from portal.accounts import agencies, contact, personal_id
from portal.accounts.models import Person, Sex, User

ENOUGH = 256  # characters of a password; hashing a novel would only be work

PASSWORD_WORDS = {
    "password_too_short": _("This password is too short. Ten characters are enough."),
    "password_too_common": _("Many people use this password, so it is quickly guessed. Choose another one."),
    "password_entirely_numeric": _("This password has digits only. Add a few letters."),
    "password_too_similar": _(
        "This password is too close to your name, number or e-mail. Choose another one."
    ),
}


class PlainForm(forms.Form):
    """Fields in the house's look; what is missing is said by the page, not by the browser."""

    use_required_attribute = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if not isinstance(field.widget, (forms.RadioSelect, forms.CheckboxInput)):
                css = field.widget.attrs.get("class", "")
                field.widget.attrs["class"] = f"in {css}".strip()


def _text(label: Any, missing: Any, *, limit: int = 120, css: str = "", **attrs: str) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=limit,
        required=bool(missing),
        error_messages={
            "required": missing,
            "max_length": _("This text is too long: %(limit_value)d characters are the most."),
            "null_characters_not_allowed": _("This text holds a sign that cannot be stored. Type it again."),
        },
        widget=forms.TextInput(attrs={"class": css, **attrs}),
    )


def _password(label: Any, missing: Any, *, autocomplete: str, hint: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=hint,
        strip=False,
        max_length=ENOUGH,
        error_messages={"required": missing, "max_length": _("This password is too long: 256 are the most.")},
        widget=forms.PasswordInput(attrs={"autocomplete": autocomplete}),
    )


def check_password(password: str, user: User) -> None:
    """The site's rules for passwords, in the site's words. Raises ValidationError."""
    try:
        password_validation.validate_password(password, user)
    except ValidationError as error:
        raise ValidationError(
            [PASSWORD_WORDS.get(e.code or "", e.messages[0]) for e in error.error_list]
        ) from error


class SignInForm(PlainForm):
    name = _text(
        _("Personal ID number, or staff sign-in name"),
        _("Enter your personal ID number."),
        limit=60,
        autocomplete="username",
        autocapitalize="none",
        spellcheck="false",
    )
    password = _password(_("Password"), _("Enter your password."), autocomplete="current-password")

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"].strip().lower()
        digits = personal_id.normalise(name)
        return digits if digits.isdigit() else name


class NewPasswordForm(PlainForm):
    """A new password, typed twice. Subclasses say whose it is."""

    password = _password(
        _("New password"),
        _("Choose a password."),
        autocomplete="new-password",
        hint=_("At least 10 characters. Three words that only you put together are good."),
    )
    again = _password(
        _("The same password again"), _("Type the password again."), autocomplete="new-password"
    )

    def owner(self) -> User:
        raise NotImplementedError

    def _clean_passwords(self) -> None:
        data = self.cleaned_data
        if "password" not in data:
            return
        if "again" in data and data["again"] != data["password"]:
            self.add_error("again", _("The two passwords differ. Type the second one again."))
        try:
            check_password(data["password"], self.owner())
        except ValidationError as error:
            self.add_error("password", error)


class RegisterForm(NewPasswordForm):
    personal_id = _text(
        _("Personal ID number"),
        _("Enter your personal ID number."),
        limit=40,
        css="num w12",
        inputmode="numeric",
    )
    full_name = _text(_("Full name"), _("Enter your full name."), autocomplete="name")
    birth_day = _text(_("Day"), "", limit=2, css="num w2", inputmode="numeric", autocomplete="bday-day")
    birth_month = _text(_("Month"), "", limit=2, css="num w2", inputmode="numeric", autocomplete="bday-month")
    birth_year = _text(_("Year"), "", limit=4, css="num w4", inputmode="numeric", autocomplete="bday-year")
    sex = forms.ChoiceField(
        label=_("Sex"),
        choices=Sex.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose the sex.")},
    )
    # Asked only when the number tells another sex or year of birth than the form: a warning, not a wall.
    sure = forms.BooleanField(label=_("I have looked at my card again; the number is right"), required=False)

    field_order = ["personal_id", "full_name", "birth_day", "birth_month", "birth_year", "sex", "sure"]

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.asks_if_sure = "sure" in self.data
        self.fields["password"].label = _("Password")
        self.fields["personal_id"].help_text = _("12 digits, on the front of your identity card")

    def birth_parts(self) -> list[BoundField]:
        return [self[name] for name in ("birth_day", "birth_month", "birth_year")]

    def clean_personal_id(self) -> str:
        number = personal_id.normalise(self.cleaned_data["personal_id"])
        if problem := personal_id.problems(number):
            raise ValidationError(problem)
        return number

    def clean_full_name(self) -> str:
        name = " ".join(self.cleaned_data["full_name"].split())
        if not any(letter.isalpha() for letter in name) or any(letter.isdigit() for letter in name):
            raise ValidationError(_("Write your name in letters, as it stands on your card."))
        return name

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        data["date_of_birth"] = self._date_of_birth()
        self._compare_with_number()
        self._clean_passwords()
        return data

    def _date_of_birth(self) -> date | None:
        parts = [self.cleaned_data.get(f"birth_{part}", "") for part in ("year", "month", "day")]
        if not all(parts):
            self.add_error("birth_day", _("Enter the day, the month and the year of your birth."))
            return None
        try:
            born = date(*(int(part) if part.isascii() else 0 for part in parts))
        except ValueError:
            self.add_error("birth_day", _("There is no such day. Write it as 20 5 1990."))
            return None
        if born.year < 1900 or born > self.today:
            self.add_error("birth_day", _("The date of birth must lie between 1900 and today."))
            return None
        return born

    def _compare_with_number(self) -> None:
        data = self.cleaned_data
        number, born, sex = data.get("personal_id"), data["date_of_birth"], data.get("sex")
        if not (number and born and sex):
            return
        told = (personal_id.birth_year(number), personal_id.century_sex(number)[1])
        if told != (born.year, sex) and not data.get("sure"):
            self.asks_if_sure = True
            words = _("The number belongs to someone born in %(year)d (%(sex)s). Compare it with your card.")
            self.add_error("personal_id", words % {"year": told[0], "sex": Sex(told[1]).label})

    def owner(self) -> User:
        data = self.cleaned_data
        return User(username=data.get("personal_id", ""), full_name=data.get("full_name", ""))


class PasswordForm(NewPasswordForm):
    current = _password(
        _("Your present password"), _("Enter your present password."), autocomplete="current-password"
    )

    field_order = ["current"]

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean(self) -> dict[str, Any]:
        self._clean_passwords()
        return self.cleaned_data

    def owner(self) -> User:
        return self.user


class ContactForm(PlainForm):
    """What anyone with an account may change: how to reach them, and in which language."""

    phone = _text(_("Phone"), "", limit=20, css="num w12", type="tel", autocomplete="tel")
    email = forms.EmailField(
        label=_("E-mail"),
        required=False,
        max_length=254,
        help_text=_("Messages about your dossiers also go there."),
        error_messages={"invalid": _("An e-mail address looks like ten@vidu.vn. Check what you typed.")},
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    language = forms.ChoiceField(
        label=_("Language of pages and messages"), choices=settings.LANGUAGES, widget=forms.RadioSelect
    )

    def clean_phone(self) -> str:
        number = contact.normalise(self.cleaned_data["phone"])
        if number and (problem := contact.problems(number)):
            raise ValidationError(problem)
        return number


class DetailsForm(ContactForm):
    """The same, and where a citizen lives."""

    commune = forms.ChoiceField(
        label=_("Ward or commune where you live"),
        required=False,
        help_text=_("Your dossiers go to the offices of this place unless you choose others."),
        error_messages={"invalid_choice": _("Choose one of the wards and communes in the list.")},
    )
    address = _text(_("House number, street"), "", limit=200, autocomplete="street-address")

    field_order = ["commune", "address"]

    def __init__(self, *args: Any, person: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["commune"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - for the type checker
        field.choices = [("", _("Not chosen")), *agencies.communes(including=person.commune)]
