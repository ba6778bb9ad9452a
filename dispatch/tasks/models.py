"""Tasks, and the answers given to requests that may come again."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from dispatch.incidents.models import SEVERITIES
from dispatch.tasks.lifecycle import LIVE, TaskState

STATES = [
    (TaskState.CREATED, _("created")),
    (TaskState.DELIVERED, _("delivered")),
    (TaskState.ACKNOWLEDGED, _("acknowledged")),
    (TaskState.EN_ROUTE, _("en route")),
    (TaskState.ON_SCENE, _("on scene")),
    (TaskState.DONE, _("done")),
    (TaskState.DECLINED, _("declined")),
    (TaskState.CANCELLED, _("cancelled")),
    (TaskState.EXPIRED, _("expired")),
]


class Task(models.Model):
    """One order to one unit under an incident, with the time of every state it came to."""

    id = models.BigAutoField(primary_key=True)
    incident = models.ForeignKey(
        "incidents.Incident", models.PROTECT, related_name="tasks", verbose_name=_("incident")
    )
    unit = models.ForeignKey(
        "units.Unit", models.PROTECT, related_name="tasks", verbose_name=_("unit")
    )
    state = models.CharField(_("state"), max_length=12, choices=STATES, default=TaskState.CREATED)
    order = models.CharField(_("order"), max_length=1000, blank=True)
    created_at = models.DateTimeField(_("created at"))
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("created by"),
    )
    created_by_name = models.CharField(_("name of who created it"), max_length=150, blank=True)
    delivered_at = models.DateTimeField(_("delivered at"), null=True, blank=True)
    acknowledged_at = models.DateTimeField(_("acknowledged at"), null=True, blank=True)
    en_route_at = models.DateTimeField(_("en route at"), null=True, blank=True)
    on_scene_at = models.DateTimeField(_("on scene at"), null=True, blank=True)
    done_at = models.DateTimeField(_("done at"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    answer_by = models.DateTimeField(_("to be acknowledged by"), null=True, blank=True)
    reminded = models.PositiveSmallIntegerField(_("times reminded"), default=0)
    check_in_minutes = models.PositiveSmallIntegerField(
        _("minutes between signs of life"), null=True, blank=True
    )
    check_in_by = models.DateTimeField(_("sign of life due by"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=1000, blank=True)
    feedback = models.TextField(_("feedback"), max_length=2000, blank=True)
    proposed = models.ForeignKey(
        "units.Unit",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("unit proposed next"),
    )

    class Meta:
        ordering = ["-id"]
        verbose_name = _("task")
        verbose_name_plural = _("tasks")
        constraints = [
            models.UniqueConstraint(
                fields=["incident", "unit"],
                condition=models.Q(state__in=sorted(str(state) for state in LIVE)),
                name="one_live_task_of_a_unit",
            )
        ]
        indexes = [
            models.Index(fields=["unit", "state"], name="task_by_unit_state"),
            models.Index(fields=["state", "answer_by"], name="task_by_answer"),
            models.Index(
                fields=["check_in_by"],
                condition=models.Q(check_in_by__isnull=False),
                name="task_by_check_in",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.incident_id} → {self.unit_id}"


class AnswerTime(models.Model):
    """How long a unit has to acknowledge. The nearest wins: category, then its group, then any; severity, then any."""

    category = models.ForeignKey(
        "incidents.Category",
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("incident category"),
        help_text=_("A category or a group. Empty: any."),
    )
    severity = models.PositiveSmallIntegerField(
        _("severity"), choices=SEVERITIES, null=True, blank=True, help_text=_("Empty: any.")
    )
    seconds = models.PositiveIntegerField(
        _("seconds to acknowledge"), validators=[MinValueValidator(15), MaxValueValidator(86_400)]
    )
    reminders = models.PositiveSmallIntegerField(
        _("reminders"),
        default=1,
        validators=[MaxValueValidator(10)],
        help_text=_("After each the time runs once more; then the task expires."),
    )

    class Meta:
        ordering = ["category_id", "severity"]
        verbose_name = _("time to acknowledge")
        verbose_name_plural = _("times to acknowledge")
        constraints = [
            models.UniqueConstraint(
                Coalesce("category", models.Value("")),
                Coalesce("severity", models.Value(0)),
                name="answer_time_once",
                violation_error_message=_("This time is given already."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.category_id or '*'} {self.severity or '*'} {self.seconds} s"


class DispatchRules(models.Model):
    """What counts as near and far when units are proposed. One row at most; without it what ships holds."""

    near_km = models.FloatField(
        _("near up to (km)"), default=3.0, validators=[MinValueValidator(0.1)]
    )
    far_km = models.FloatField(
        _("far from (km)"), default=10.0, validators=[MinValueValidator(0.1)]
    )
    stale_minutes = models.PositiveSmallIntegerField(
        _("a position is stale after (minutes)"), default=5, validators=[MinValueValidator(1)]
    )

    class Meta:
        verbose_name = _("dispatch rules")
        verbose_name_plural = _("dispatch rules")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(near_km__lte=models.F("far_km")),
                name="near_before_far",
                violation_error_message=_("Far begins where near ends, or later."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.near_km} / {self.far_km} km"


class Reply(models.Model):
    """What was answered to a request with a key: the same request again changes nothing and is answered so."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("account")
    )
    key = models.CharField(_("key"), max_length=64)
    request = models.CharField(_("request"), max_length=64)
    answer = models.JSONField(_("answer"))
    at = models.DateTimeField(_("time"), db_index=True)

    class Meta:
        ordering = ["id"]
        verbose_name = _("remembered reply")
        verbose_name_plural = _("remembered replies")
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="reply_once")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.key}"
