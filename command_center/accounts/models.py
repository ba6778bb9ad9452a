"""Accounts, and the posts that give them rights in a jurisdiction."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _

from command_center.accounts.policy import Role


class User(AbstractUser):
    """A person on duty. Rights come from posts only; `is_staff` merely opens the admin pages."""

    first_name = None  # type: ignore[assignment]  # one display name, as Chinese names are written
    last_name = None  # type: ignore[assignment]  # likewise
    name = models.CharField(_("display name"), max_length=40, blank=True)
    language = models.CharField(
        _("language"),
        max_length=8,
        default="zh-hans",
        choices=[("zh-hans", "中文"), ("en", "English")],
    )

    class Meta(AbstractUser.Meta):
        verbose_name = _("account")  # type: ignore[assignment]  # a lazy text serves
        verbose_name_plural = _("accounts")  # type: ignore[assignment]  # a lazy text serves

    @property
    def display_name(self) -> str:
        """What others see: the name, or the account's name."""
        return self.name or self.username


class Post(models.Model):
    """A role at a jurisdiction. A person can hold several."""

    user = models.ForeignKey(User, models.CASCADE, related_name="posts", verbose_name=_("account"))
    role = models.CharField(
        _("role"),
        max_length=24,
        choices=[
            (Role.DISPATCHER, _("dispatcher")),
            (Role.TOWNSHIP_OFFICER, _("township officer")),
            (Role.VILLAGE_OFFICER, _("village officer")),
            (Role.DEPARTMENT_OFFICER, _("department officer")),
            (Role.PATROL, _("patrol")),
            (Role.AUDITOR, _("auditor")),
            (Role.ADMINISTRATOR, _("administrator")),
        ],
    )
    jurisdiction = models.ForeignKey(
        "jurisdictions.Jurisdiction",
        models.PROTECT,
        related_name="posts",
        verbose_name=_("jurisdiction"),
    )

    class Meta:
        ordering = ["user_id", "jurisdiction_id", "role"]
        verbose_name = _("post")
        verbose_name_plural = _("posts")
        constraints = [
            models.UniqueConstraint(fields=["user", "role", "jurisdiction"], name="post_once")
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()} · {self.jurisdiction_id}"
