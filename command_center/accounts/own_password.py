"""The form for one's own new password."""

from __future__ import annotations

from typing import Any

from django.contrib.admin.forms import AdminPasswordChangeForm

from command_center.accounts import services
from command_center.accounts.models import User


class OwnPasswordForm(AdminPasswordChangeForm):
    """Django's, saving through the service."""

    def set_password_and_save(self, user: User, *_args: Any, **_kwargs: Any) -> User:
        """Write it with its audit entry; this person's sockets come back with the new session."""
        password = self.cleaned_data["new_password1"]
        return services.save_account(user=user, password=password, actor=user)
