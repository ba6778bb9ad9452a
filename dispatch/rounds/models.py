"""Routes with their checkpoints and schedules, and the rounds that were walked.

A visit says which unit confirmed which checkpoint when and how: no person, and no position of a phone.
"""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from dispatch.rounds.checking import Method, Point, new_token
from dispatch.rounds.schedule import (
    EVERY_DAY,
    LONGEST,
    SHORTEST,
    RoundState,
    Timetable,
    Wanted,
    Window,
)

STATES = [
    (RoundState.DUE, _("to be walked")),
    (RoundState.UNDER_WAY, _("under way")),
    (RoundState.COMPLETED, _("completed")),
    (RoundState.INCOMPLETE, _("incomplete")),
]

METHODS = [
    (Method.QR, _("by its code")),
    (Method.RADIUS, _("by being there")),
]

WEEKDAYS = [
    (1, _("Monday")),
    (2, _("Tuesday")),
    (3, _("Wednesday")),
    (4, _("Thursday")),
    (5, _("Friday")),
    (6, _("Saturday")),
    (7, _("Sunday")),
]


def check_weekdays(value: object) -> None:
    """A list of ISO weekdays, at least one, each once."""
    days = value if isinstance(value, list) else []
    if not days or not set(days) <= set(EVERY_DAY) or len(set(days)) != len(days):
        raise ValidationError(_("Choose days of the week, each once."), code="bad_weekdays")


class Route(models.Model):
    """A way past checkpoints that one unit walks."""

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(_("name"), max_length=80)
    jurisdiction = models.ForeignKey(
        "jurisdictions.Jurisdiction",
        models.PROTECT,
        related_name="+",
        verbose_name=_("jurisdiction"),
    )
    unit = models.ForeignKey("units.Unit", models.PROTECT, related_name="+", verbose_name=_("unit"))
    is_ordered = models.BooleanField(
        _("in order"),
        default=False,
        help_text=_("The checkpoints are confirmed one after the other as listed."),
    )
    in_use = models.BooleanField(_("in use"), default=True)

    class Meta:
        ordering = ["jurisdiction_id", "name", "id"]
        verbose_name = _("route")
        verbose_name_plural = _("routes")

    def __str__(self) -> str:
        return self.name


class Checkpoint(models.Model):
    """A place on a route. Without a position only its code confirms it."""

    id = models.BigAutoField(primary_key=True)
    route = models.ForeignKey(
        Route, models.CASCADE, related_name="checkpoints", verbose_name=_("route")
    )
    position = models.PositiveSmallIntegerField(
        _("number"),
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(999)],
        help_text=_("Its place on the route; left empty, it comes last."),
    )
    name = models.CharField(_("name"), max_length=80)
    longitude = models.FloatField(_("longitude"), null=True, blank=True)
    latitude = models.FloatField(_("latitude"), null=True, blank=True)
    radius_m = models.PositiveSmallIntegerField(
        _("radius, m"),
        default=50,
        validators=[MinValueValidator(10), MaxValueValidator(500)],
        help_text=_("Whoever is so near to it may confirm it without its code."),
    )
    token = models.CharField(
        _("code of its sign"), max_length=16, unique=True, default=new_token, editable=False
    )
    in_use = models.BooleanField(_("in use"), default=True)

    class Meta:
        ordering = ["route_id", "position", "id"]
        verbose_name = _("checkpoint")
        verbose_name_plural = _("checkpoints")

    def __str__(self) -> str:
        return f"{self.position} {self.name}"

    @property
    def place(self) -> tuple[float, float] | None:
        """Longitude and latitude."""
        if self.longitude is None or self.latitude is None:
            return None
        return self.longitude, self.latitude

    @property
    def point(self) -> Point:
        """As the rules know it."""
        return Point(self.id, self.name, self.token, self.radius_m, self.place)


class Schedule(models.Model):
    """When a route is walked: on these days from this time, for so many minutes."""

    id = models.BigAutoField(primary_key=True)
    route = models.ForeignKey(
        Route, models.CASCADE, related_name="schedules", verbose_name=_("route")
    )
    weekdays = models.JSONField(_("weekdays"), default=list, validators=[check_weekdays])
    starts_at = models.TimeField(_("from"))
    minutes = models.PositiveSmallIntegerField(
        _("minutes"),
        default=60,
        validators=[MinValueValidator(SHORTEST), MaxValueValidator(LONGEST)],
        help_text=_("So long may the round take; it may end on the next day."),
    )

    class Meta:
        ordering = ["route_id", "starts_at", "id"]
        verbose_name = _("schedule")
        verbose_name_plural = _("schedules")

    def __str__(self) -> str:
        return f"{self.route.name} {self.starts_at:%H:%M}"

    @property
    def timetable(self) -> Timetable:
        """As the rules know it."""
        return Timetable(frozenset(self.weekdays), self.starts_at, self.minutes)


class Round(models.Model):
    """A route to be walked once, in its window. `total` is how many checkpoints it had."""

    id = models.BigAutoField(primary_key=True)
    route = models.ForeignKey(Route, models.PROTECT, related_name="rounds", verbose_name=_("route"))
    unit = models.ForeignKey("units.Unit", models.PROTECT, related_name="+", verbose_name=_("unit"))
    schedule = models.ForeignKey(
        Schedule,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("schedule"),
    )
    due_from = models.DateTimeField(_("from"))
    due_until = models.DateTimeField(_("until"))
    state = models.CharField(_("state"), max_length=12, choices=STATES, default=RoundState.DUE)
    done = models.PositiveSmallIntegerField(_("confirmed"), default=0)
    total = models.PositiveSmallIntegerField(_("checkpoints"))

    class Meta:
        ordering = ["-due_from", "-id"]
        verbose_name = _("round")
        verbose_name_plural = _("rounds")
        constraints = [
            models.UniqueConstraint(fields=["schedule", "due_from"], name="one_round_of_a_window"),
            models.CheckConstraint(
                condition=models.Q(due_until__gt=models.F("due_from")), name="round_has_length"
            ),
        ]
        indexes = [
            models.Index(fields=["unit", "due_until"], name="round_by_unit_end"),
            models.Index(fields=["state", "due_until"], name="round_by_state_end"),
        ]

    def __str__(self) -> str:
        return f"{self.route.name} {localtime(self.due_from):%Y-%m-%d %H:%M}"

    @property
    def window(self) -> Window:
        """Its time."""
        return Window(self.due_from, self.due_until)

    @property
    def wanted(self) -> Wanted | None:
        """What of a schedule it is; None if that schedule is gone."""
        if self.schedule_id is None:
            return None
        return Wanted(self.schedule_id, self.unit_id, self.window)


class Visit(models.Model):
    """A checkpoint was confirmed on a round: when by the phone's clock, when the server heard of it, and how."""

    id = models.BigAutoField(primary_key=True)
    round = models.ForeignKey(Round, models.CASCADE, related_name="visits", verbose_name=_("round"))
    checkpoint = models.ForeignKey(
        Checkpoint, models.PROTECT, related_name="+", verbose_name=_("checkpoint")
    )
    at = models.DateTimeField(_("time"))
    heard_at = models.DateTimeField(_("heard at"))
    method = models.CharField(_("how"), max_length=8, choices=METHODS)
    key = models.CharField(_("key"), max_length=64, blank=True)

    class Meta:
        ordering = ["round_id", "at", "id"]
        verbose_name = _("visit")
        verbose_name_plural = _("visits")
        constraints = [
            models.UniqueConstraint(fields=["round", "checkpoint"], name="visited_once"),
            models.UniqueConstraint(
                fields=["round", "key"], condition=~models.Q(key=""), name="visit_key_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.round_id} {self.checkpoint_id}"
