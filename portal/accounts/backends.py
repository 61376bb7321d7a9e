"""Local accounts: the name and password of this portal's own register."""

from __future__ import annotations

from django.contrib.auth.backends import ModelBackend

from portal.accounts.models import User
from portal.prepared import Prepared

_ACCOUNTS: Prepared[User] = Prepared(lambda: User.objects.select_related("person"))


class LocalAccounts(ModelBackend):
    """Django's own check, with the person read in the same query as the account."""

    def get_user(self, user_id: int) -> User | None:
        user = _ACCOUNTS.find(user_id)
        return user if user and self.user_can_authenticate(user) else None
