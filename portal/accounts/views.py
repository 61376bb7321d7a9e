"""The account pages: in, out, who I am, how to reach me."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib import auth, messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render, resolve_url
from django.utils import timezone, translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views import i18n
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from portal.accounts import access, forms, people, sessions, throttle
from portal.accounts.models import User

if TYPE_CHECKING:
    from django.forms import Form

# Where staff work; a name, so that the ground need not know the house above it.
DESK = "counter:inbox"

page_or_post = require_http_methods(["GET", "HEAD", "POST"])


@page_or_post
@never_cache
@sensitive_post_parameters("password")
def sign_in(request: HttpRequest) -> HttpResponse:
    if isinstance(request.user, User):
        return redirect(_onward(request, request.user))
    form = forms.SignInForm(_posted(request))
    if form.is_valid():
        given = form.cleaned_data
        try:
            user = sessions.sign_in(
                request, name=given["name"], password=given["password"], at=timezone.now()
            )
        except throttle.TooMany as error:
            return _too_many(request, error)
        if user is not None:
            return _welcome(request, user)
        form.add_error(None, _("This name and password do not go together. Check both and try again."))
    return _form_page(request, "accounts/sign_in.html", form, next=_wanted(request))


@page_or_post
@never_cache
@sensitive_post_parameters("password", "again")
def register(request: HttpRequest) -> HttpResponse:
    if isinstance(request.user, User):
        return redirect(_onward(request, request.user))
    form = forms.RegisterForm(_posted(request), today=timezone.localdate())
    if form.is_valid():
        try:
            throttle.count(throttle.REGISTRATION, throttle.address(request), at=timezone.now())
            user = _register(form.cleaned_data)
        except throttle.TooMany as error:
            return _too_many(request, error)
        except people.AlreadyRegistered:
            form.add_error("personal_id", _taken())
        else:
            auth.login(request, user)
            messages.success(request, _("Your account is ready. You are signed in."))
            return _welcome(request, user)
    return _form_page(request, "accounts/register.html", form, next=_wanted(request))


def _register(given: dict[str, Any]) -> User:
    known = {name: given[name] for name in ("personal_id", "full_name", "date_of_birth", "sex", "password")}
    return people.register(**known, language=translation.get_language() or "vi", at=timezone.now())


def _taken() -> str:
    return _(
        "No account can be opened here for this number. If you have one, sign in. If you never opened one, "
        "bring your identity card to any one-stop desk."
    )


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session; harmless for somebody who has none."""
    auth.logout(request)
    messages.success(request, _("You have signed out."))
    return redirect(settings.LOGOUT_REDIRECT_URL)


@page_or_post
@never_cache
@access.signed_in
def profile(request: access.SignedInRequest) -> HttpResponse:
    form = _contact_form(request)
    if form.is_valid():
        given = dict(form.cleaned_data)
        language = given.pop("language")
        people.change_details(request.user, details=given)
        people.speak(request.user, language=language)
        with translation.override(language):
            messages.success(request, _("Your details are saved."))
        return _speaking(redirect("accounts:profile"), language)
    duties = access.duties(request.user, timezone.now())
    return _form_page(request, "accounts/profile.html", form, person=request.user.person, duties=duties)


def _contact_form(request: access.SignedInRequest) -> forms.ContactForm:
    user, person = request.user, request.user.person
    initial = {"language": user.language, "phone": user.phone, "email": user.email}
    if person is None:
        return forms.ContactForm(_posted(request), initial=initial)
    initial |= {name: getattr(person, name) for name in ("commune", "address", "phone", "email")}
    return forms.DetailsForm(_posted(request), initial=initial, person=person)


@page_or_post
@never_cache
@sensitive_post_parameters("current", "password", "again")
@access.signed_in
def password(request: access.SignedInRequest) -> HttpResponse:
    """Change one's own password: every other session of the account ends, this one gets a new key."""
    form = forms.PasswordForm(_posted(request), user=request.user)
    if form.is_valid():
        given, user = form.cleaned_data, request.user
        try:
            known = sessions.verify(request, name=user.username, password=given["current"], at=timezone.now())
        except throttle.TooMany as error:
            return _too_many(request, error)
        if known is not None:
            people.change_password(user, password=given["password"])
            auth.update_session_auth_hash(request, user)
            messages.success(request, _("Your password is changed. Other devices have been signed out."))
            return redirect("accounts:profile")
        form.add_error("current", _("This is not your present password."))
    return _form_page(request, "accounts/password.html", form)


@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Turn the page into the other language, for this browser and for the account."""
    response = i18n.set_language(request)
    chosen = request.POST.get("language", "")
    if isinstance(request.user, User) and chosen in dict(settings.LANGUAGES):
        people.speak(request.user, language=chosen)
    return response


def _posted(request: HttpRequest) -> QueryDict | None:
    return request.POST if request.method == "POST" else None


def _form_page(request: HttpRequest, template: str, form: Form, **context: Any) -> HttpResponse:
    """A page with a form: 422 when it comes back because of what was typed."""
    return render(request, template, {"form": form, **context}, status=422 if form.errors else 200)


def _too_many(request: HttpRequest, error: throttle.TooMany) -> HttpResponse:
    context = {"wait": error.minutes, "path": request.get_full_path()}
    response = render(request, "429.html", context, status=429)
    response["Retry-After"] = str(error.minutes * 60)
    return response


def _welcome(request: HttpRequest, user: User) -> HttpResponse:
    """On to the wanted page, in the person's language: what this browser was set to last, else the account's."""
    chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    if chosen in dict(settings.LANGUAGES):
        people.speak(user, language=chosen)
    return _speaking(redirect(_onward(request, user)), user.language)


def _speaking(response: HttpResponse, language: str) -> HttpResponse:
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
        samesite="Lax",
    )
    return response


def _wanted(request: HttpRequest) -> str:
    """The page to go on to, if it was named and is one of this site's."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if safe else ""


def _onward(request: HttpRequest, user: User) -> str:
    home = DESK if user.person_id is None else settings.LOGIN_REDIRECT_URL
    return _wanted(request) or resolve_url(home)
