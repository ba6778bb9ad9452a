"""Questions about accounts."""

from __future__ import annotations

from command_center.accounts.models import User


def any_account() -> bool:
    """Whether there is an account at all."""
    return User.objects.exists()
