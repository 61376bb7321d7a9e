"""Signing in: whose account it is, how often it may be tried, and what a browser then remembers."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from django.contrib import auth

from portal.accounts import throttle
from portal.accounts.models import User

if TYPE_CHECKING:
    from datetime import datetime

    from django.http import HttpRequest

log = logging.getLogger(__name__)


def sign_in(request: HttpRequest, *, name: str, password: str, at: datetime) -> User | None:
    """Sign the browser in; None when name and password do not go together, whichever of them is wrong.

    In order: the try is counted (throttle.TooMany when there were too many, looked at or not); the password
    is checked, at the same cost for a name that does not exist; the session gets a new key and the counter
    of this account is forgotten.
    """
    user = verify(request, name=name, password=password, at=at)
    if user is not None:
        auth.login(request, user)
        request.session.set_expiry(None)  # it may have begun as the short one of `typed.keep`
    return user


def verify(request: HttpRequest, *, name: str, password: str, at: datetime) -> User | None:
    """The account that `name` and `password` open, under the same limits as signing in."""
    throttle.count(throttle.ADDRESS, throttle.address(request), at=at)
    throttle.count(throttle.ACCOUNT, name, at=at)
    user = auth.authenticate(request, username=name, password=password)
    if not isinstance(user, User):
        log.info("wrong name or password")
        return None
    throttle.forget(throttle.ACCOUNT, name, at=at)
    return user
