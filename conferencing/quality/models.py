"""The line of one seat in one conference, as its page reported it: added up, and as it was last."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from conferencing.quality.line import LineLevel, Path

LEVELS = [
    (LineLevel.GOOD, _("good")),
    (LineLevel.FAIR, _("fair")),
    (LineLevel.POOR, _("poor")),
]


class SeatLine(models.Model):
    """See the module. `code` is the seat's jurisdiction: the site. Who sat there is nowhere in it.

    Times in seconds; `heights` and `sent_heights` are seconds by height in pixels, `round_trip_ms_s` the round trip
    times the seconds it held for.
    """

    id = models.BigAutoField(primary_key=True)
    conference = models.ForeignKey(
        "conferences.Conference", models.CASCADE, related_name="+", verbose_name=_("conference")
    )
    seat = models.PositiveIntegerField(_("seat"))
    code = models.CharField(_("jurisdiction"), max_length=15, blank=True)
    at = models.DateTimeField(_("first report"), db_index=True)
    last_at = models.DateTimeField(_("last report"))
    seconds = models.FloatField(default=0)
    joins_ms = models.JSONField(_("join times"), default=list)
    received = models.BigIntegerField(default=0)
    lost = models.BigIntegerField(default=0)
    sent = models.BigIntegerField(default=0)
    sent_lost = models.BigIntegerField(default=0)
    watched_s = models.FloatField(default=0)
    freezes = models.PositiveIntegerField(default=0)
    frozen_s = models.FloatField(default=0)
    round_trip_ms_s = models.FloatField(default=0)
    round_trip_s = models.FloatField(default=0)
    tcp_s = models.FloatField(default=0)
    relayed_s = models.FloatField(default=0)
    heights = models.JSONField(default=dict)
    sent_heights = models.JSONField(default=dict)
    level = models.CharField(_("last"), max_length=4, choices=LEVELS)
    loss = models.FloatField(null=True)
    round_trip_ms = models.PositiveIntegerField(null=True)
    path = models.CharField(max_length=5, choices=[(one, one) for one in Path], blank=True)

    class Meta:
        ordering = ["conference_id", "seat"]
        verbose_name = _("line of a seat")
        verbose_name_plural = _("lines of seats")
        constraints = [
            models.UniqueConstraint(fields=["conference", "seat"], name="line_of_a_seat_once")
        ]
        indexes = [models.Index(fields=["code", "at"], name="line_by_site")]

    def __str__(self) -> str:
        return f"{self.conference_id}/{self.seat} {self.code}"
