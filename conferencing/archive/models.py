"""Recordings of conferences, and the decisions that were taken in them."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from conferencing.archive.shown import RecordingState
from conferencing.conferences.models import Conference

STATES = [
    (RecordingState.RECORDING, _("being recorded")),
    (RecordingState.WAITING, _("waiting to be composed")),
    (RecordingState.COMPOSING, _("being composed")),
    (RecordingState.READY, _("ready")),
    (RecordingState.EMPTY, _("nothing was sent")),
    (RecordingState.FAILED, _("could not be composed")),
    (RecordingState.DELETED, _("deleted")),
]


class Recording(models.Model):
    """A recording of a conference, the `number`-th; its files are in folders that begin with `name`.

    The row stays when the files are deleted: that there was a recording, and when it went, is on record.
    """

    id = models.BigAutoField(primary_key=True)
    conference = models.ForeignKey(
        Conference, models.CASCADE, related_name="recordings", verbose_name=_("conference")
    )
    number = models.PositiveIntegerField(_("number"))
    name = models.CharField(_("name of its files"), max_length=64)
    by_name = models.CharField(_("started by"), max_length=150)
    started_at = models.DateTimeField(_("started at"), db_index=True)
    stopped_at = models.DateTimeField(_("stopped at"), null=True, blank=True)
    trouble = models.CharField(_("why it broke off"), max_length=20, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=STATES, db_index=True)
    progress = models.PositiveSmallIntegerField(_("progress"), default=0)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    tended_at = models.DateTimeField(_("composer's last sign of life"), null=True, blank=True)
    problem = models.TextField(_("problem"), blank=True)
    seconds = models.FloatField(_("length"), null=True, blank=True)
    octets = models.BigIntegerField(_("size"), default=0)
    files = models.JSONField(_("files"), default=list)
    scenes = models.JSONField(_("who is where"), default=list)
    deleted_at = models.DateTimeField(_("deleted at"), null=True, blank=True)

    class Meta:
        ordering = ["id"]
        verbose_name = _("recording")
        verbose_name_plural = _("recordings")
        constraints = [
            models.UniqueConstraint(fields=["conference", "number"], name="recording_number_once")
        ]

    def __str__(self) -> str:
        return f"{self.conference_id}/{self.number}"


class Decision(models.Model):
    """A decision of a conference as it was worded at a time. Never changed: what corrects it is another row.

    The last row of a `line` is what holds; without a text it has been struck out.
    """

    id = models.BigAutoField(primary_key=True)
    conference = models.ForeignKey(
        Conference, models.CASCADE, related_name="decisions", verbose_name=_("conference")
    )
    line = models.PositiveIntegerField(_("line"))
    revision = models.PositiveIntegerField(_("revision"))
    at = models.DateTimeField(_("time"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("account"),
    )
    by_name = models.CharField(_("who"), max_length=150)
    text = models.TextField(_("text"), max_length=2000, blank=True)

    class Meta:
        ordering = ["line", "revision"]
        verbose_name = _("decision")
        verbose_name_plural = _("decisions")
        constraints = [
            models.UniqueConstraint(
                fields=["conference", "line", "revision"], name="decision_revision_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.conference_id}/{self.line}: {self.text[:40]}"
