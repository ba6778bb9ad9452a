"""A file of a conference, with the message that it came by."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class SharedFile(models.Model):
    """See the module. Its content is on the disk, under `sha256`."""

    id = models.BigAutoField(primary_key=True)
    message = models.OneToOneField(
        "conferences.ChatMessage", models.CASCADE, related_name="file", verbose_name=_("message")
    )
    at = models.DateTimeField(_("time"), db_index=True)
    name = models.CharField(_("name"), max_length=120)
    type = models.CharField(_("type"), max_length=40)
    size = models.PositiveIntegerField(_("bytes"))
    sha256 = models.CharField("SHA-256", max_length=64, db_index=True)

    class Meta:
        ordering = ["id"]
        verbose_name = _("file in a conference")
        verbose_name_plural = _("files in conferences")

    def __str__(self) -> str:
        return self.name
