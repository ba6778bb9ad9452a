"""Planned conferences and their times."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from conferencing.schedules.recurrence import Repeats, RunState

REPEATS = [
    (Repeats.ONCE.value, _("once")),
    (Repeats.DAILY.value, _("daily")),
    (Repeats.WEEKLY.value, _("weekly")),
]
STATES = [
    (RunState.COMING.value, _("reminded")),
    (RunState.DUE.value, _("due")),
    (RunState.OPENED.value, _("opened")),
    (RunState.SKIPPED.value, _("skipped")),
    (RunState.MISSED.value, _("missed")),
]


class Schedule(models.Model):
    """A planned conference. The posts at `code` that may open one chair it; `invite` holds posts and no persons.

    `invite` is a list of [code, role], role "" for every post there. `next_at` is the next time that nobody has
    opened, skipped or been asked about; None: there is none.
    """

    id = models.BigAutoField(primary_key=True)
    title = models.CharField(_("title"), max_length=120)
    code = models.CharField(_("jurisdiction"), max_length=15, db_index=True)
    severity = models.PositiveSmallIntegerField(_("severity"), default=3)
    repeats = models.CharField(_("repeats"), max_length=6, choices=REPEATS)
    weekdays = models.JSONField(_("weekdays"), default=list)
    first_day = models.DateField(_("first day"))
    at = models.TimeField(_("time of the day"))
    until = models.DateField(_("last day"), null=True, blank=True)
    lead_minutes = models.PositiveSmallIntegerField(_("reminder, minutes before"), default=0)
    by_itself = models.BooleanField(_("opens by itself"), default=False)
    automatic = models.BooleanField(_("duty rooms join by themselves"), default=False)
    lobby = models.BooleanField(_("lobby"), default=False)
    invite = models.JSONField(_("posts called"), default=list)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("planned by"),
    )
    created_by_name = models.CharField(_("planned by"), max_length=150)
    created_at = models.DateTimeField(_("created at"))
    next_at = models.DateTimeField(_("next time"), null=True, db_index=True)
    ended_at = models.DateTimeField(_("ended at"), null=True, db_index=True)

    class Meta:
        ordering = ["id"]
        verbose_name = _("planned conference")
        verbose_name_plural = _("planned conferences")

    def __str__(self) -> str:
        return self.title


class Run(models.Model):
    """One time of a planned conference, once there is anything to say of it."""

    id = models.BigAutoField(primary_key=True)
    schedule = models.ForeignKey(
        Schedule, models.CASCADE, related_name="runs", verbose_name=_("planned conference")
    )
    at = models.DateTimeField(_("time"))
    state = models.CharField(_("state"), max_length=7, choices=STATES)
    conference = models.ForeignKey(
        "conferences.Conference",
        models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("conference"),
    )

    class Meta:
        ordering = ["at"]
        verbose_name = _("time of a planned conference")
        verbose_name_plural = _("times of planned conferences")
        constraints = [
            models.UniqueConstraint(fields=["schedule", "at"], name="run_of_a_schedule_once")
        ]

    def __str__(self) -> str:
        return f"{self.schedule_id} {self.at:%Y-%m-%d %H:%M} {self.state}"
