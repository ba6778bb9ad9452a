"""Questions about accounts."""

from __future__ import annotations

from django_otp import user_has_device

from command_center.accounts.models import User


def any_account() -> bool:
    """Whether there is an account at all."""
    return User.objects.exists()


def has_one_time_password(user: User) -> bool:
    """Whether signing in needs a one-time password as well."""
    return bool(user_has_device(user))
