"""Incidents, what belongs to them, and the tables that say how long they may take."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models.functions import Coalesce
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from dispatch.incidents.lifecycle import Action, Stage
from dispatch.incidents.orders import Asks, End
from dispatch.units.models import check_skills

SEVERITIES = [(1, _("I red")), (2, _("II orange")), (3, _("III yellow")), (4, _("IV blue"))]

STAGES = [
    (Stage.REPORTED, pgettext_lazy("incident", "reported")),
    (Stage.ACCEPTED, pgettext_lazy("incident", "accepted")),
    (Stage.DISPATCHED, pgettext_lazy("incident", "dispatched")),
    (Stage.IN_PROGRESS, pgettext_lazy("incident", "in progress")),
    (Stage.HANDLED, pgettext_lazy("incident", "handled")),
    (Stage.VERIFIED, pgettext_lazy("incident", "verified")),
    (Stage.CLOSED, pgettext_lazy("incident", "closed")),
    (Stage.ARCHIVED, pgettext_lazy("incident", "archived")),
    (Stage.REJECTED, pgettext_lazy("incident", "rejected")),
    (Stage.SUSPENDED, pgettext_lazy("incident", "suspended")),
    (Stage.MERGED, pgettext_lazy("incident", "merged")),
]


class Source(models.TextChoices):
    """How an incident came to be known."""

    ALARM = "alarm", _("alarm")
    HOTLINE = "hotline", _("call")
    VILLAGE = "village", _("village report")
    PATROL = "patrol", _("patrol report")
    MANUAL = "manual", _("entered by hand")
    SYSTEM = "system", _("another system")


class Category(models.Model):
    """A node of the category tree: a group, or a category in a group."""

    code = models.CharField(_("code"), max_length=8, primary_key=True)
    parent = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
        verbose_name=_("group"),
    )
    name = models.CharField(_("Chinese name"), max_length=40)
    name_en = models.CharField(_("English name"), max_length=60)
    severity = models.PositiveSmallIntegerField(_("default severity"), choices=SEVERITIES)
    photo_required = models.BooleanField(_("feedback needs a photo"), default=False)
    skills = models.JSONField(
        _("skills asked for"), default=list, blank=True, validators=[check_skills]
    )
    in_use = models.BooleanField(_("in use"), default=True)

    class Meta:
        ordering = ["code"]
        verbose_name = _("incident category")
        verbose_name_plural = _("incident categories")

    def __str__(self) -> str:
        return self.name_en if (get_language() or "").startswith("en") else self.name


class CaseRules(models.Model):
    """What holds for all cases. One row at most; without it what ships holds."""

    archive_after_days = models.PositiveSmallIntegerField(
        _("archived by itself after (days)"), default=7, validators=[MaxValueValidator(3650)]
    )

    class Meta:
        verbose_name = _("case rules")
        verbose_name_plural = _("case rules")

    def __str__(self) -> str:
        return f"{self.archive_after_days} d"


class Calendar(models.Model):
    """Working hours in local time, as `[["08:30", "12:00"], …]`; days are Monday = 0 … Sunday = 6."""

    name = models.CharField(_("name"), max_length=40, unique=True)
    hours = models.JSONField(_("working hours"), default=list)
    weekdays = models.JSONField(_("working weekdays"), default=list)

    class Meta:
        ordering = ["id"]
        verbose_name = _("working calendar")
        verbose_name_plural = _("working calendars")

    def __str__(self) -> str:
        return self.name


class CalendarDay(models.Model):
    """A day that is not as its weekday says: a holiday, or a weekend day worked in exchange."""

    calendar = models.ForeignKey(
        Calendar, models.CASCADE, related_name="days", verbose_name=_("working calendar")
    )
    day = models.DateField(_("day"))
    works = models.BooleanField(_("is worked"), default=False)

    class Meta:
        ordering = ["day"]
        verbose_name = _("special day")
        verbose_name_plural = _("special days")
        constraints = [models.UniqueConstraint(fields=["calendar", "day"], name="day_once")]

    def __str__(self) -> str:
        return f"{self.day}"


class Allowance(models.Model):
    """How long a stage may take. The nearest wins: category, then its group, then any; severity, then any."""

    category = models.ForeignKey(
        Category, models.CASCADE, null=True, blank=True, verbose_name=_("incident category")
    )
    severity = models.PositiveSmallIntegerField(
        _("severity"), choices=SEVERITIES, null=True, blank=True
    )
    stage = models.CharField(_("stage"), max_length=12, choices=STAGES)
    minutes = models.PositiveIntegerField(_("minutes"))
    calendar = models.ForeignKey(
        Calendar,
        models.PROTECT,
        null=True,
        blank=True,
        verbose_name=_("working calendar"),
        help_text=_("Empty: around the clock."),
    )

    class Meta:
        ordering = ["category_id", "severity", "stage"]
        verbose_name = _("time allowed")
        verbose_name_plural = _("times allowed")
        constraints = [
            models.UniqueConstraint(
                Coalesce("category", models.Value("")),
                Coalesce("severity", models.Value(0)),
                "stage",
                name="allowance_once",
                violation_error_message=_("This time is given already."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.category_id or '*'} {self.severity or '*'} {self.stage}"


class DayCount(models.Model):
    """The last incident number given out on a day; the row's lock keeps numbers gap-free."""

    day = models.DateField(_("day"), primary_key=True)
    last = models.PositiveIntegerField(_("last number"), default=0)

    class Meta:
        verbose_name = _("incidents of a day")
        verbose_name_plural = _("incidents of a day")

    def __str__(self) -> str:
        return f"{self.day} {self.last}"


class Incident(models.Model):
    """A case. `code` decides who sees it; `owner`, `code` or a jurisdiction above it, is responsible now."""

    id = models.BigAutoField(primary_key=True)
    number = models.CharField(_("number"), max_length=16, unique=True)
    title = models.CharField(_("title"), max_length=120)
    description = models.TextField(_("description"), max_length=4000, blank=True)
    category = models.ForeignKey(
        Category, models.PROTECT, related_name="incidents", verbose_name=_("incident category")
    )
    severity = models.PositiveSmallIntegerField(_("severity"), choices=SEVERITIES)
    source = models.CharField(_("source"), max_length=8, choices=Source.choices)
    code = models.CharField(_("jurisdiction"), max_length=15, db_index=True)
    owner = models.CharField(_("responsible jurisdiction"), max_length=15)
    longitude = models.FloatField(_("longitude"), null=True, blank=True)
    latitude = models.FloatField(_("latitude"), null=True, blank=True)
    place = models.CharField(_("place"), max_length=200, blank=True)
    stage = models.CharField(_("stage"), max_length=12, choices=STAGES, default=Stage.REPORTED)
    before_suspension = models.CharField(
        _("stage before suspension"), max_length=12, choices=STAGES, blank=True
    )
    suspended_until = models.DateTimeField(_("suspended until"), null=True, blank=True)
    clock = models.JSONField(_("time used by stages"), default=dict, editable=False)
    stage_since = models.DateTimeField(_("stage since"))
    warn_at = models.DateTimeField(_("yellow from"), null=True, blank=True)
    due_at = models.DateTimeField(_("due"), null=True, blank=True)
    version = models.PositiveIntegerField(_("version"), default=1)
    reported_at = models.DateTimeField(_("reported at"))
    reported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("reported by"),
    )
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    score = models.PositiveSmallIntegerField(_("score"), null=True, blank=True)
    returned = models.PositiveSmallIntegerField(_("times returned"), default=0)
    reopened = models.PositiveSmallIntegerField(_("times reopened"), default=0)
    overdue = models.PositiveSmallIntegerField(_("stages ended late"), default=0)
    help_from = models.CharField(_("help is asked of"), max_length=15, blank=True)
    redispatch_since = models.DateTimeField(
        _("to be sent to again since"), null=True, blank=True, editable=False
    )
    merged_into = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="merged",
        verbose_name=_("merged into"),
    )
    repeats = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("seems to repeat"),
    )

    class Meta:
        ordering = ["-id"]
        verbose_name = _("incident")
        verbose_name_plural = _("incidents")
        indexes = [
            models.Index(fields=["stage", "due_at"], name="incident_by_due"),
            models.Index(fields=["code", "reported_at"], name="incident_by_code_time"),
            models.Index(fields=["reported_at"], name="incident_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"


class IncidentAlarm(models.Model):
    """An alarm that an incident came from or took in. An alarm belongs to one incident at most."""

    incident = models.ForeignKey(
        Incident, models.CASCADE, related_name="alarms", verbose_name=_("incident")
    )
    alarm_id = models.BigIntegerField(_("alarm"), unique=True)

    class Meta:
        ordering = ["alarm_id"]
        verbose_name = _("alarm of an incident")
        verbose_name_plural = _("alarms of an incident")

    def __str__(self) -> str:
        return f"{self.incident_id} ← {self.alarm_id}"


class Link(models.Model):
    """Two incidents that belong together without being the same. Symmetric: `one` is the older of the two."""

    one = models.ForeignKey(
        Incident, models.CASCADE, related_name="+", verbose_name=_("older incident")
    )
    other = models.ForeignKey(
        Incident, models.CASCADE, related_name="+", verbose_name=_("newer incident")
    )
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    at = models.DateTimeField(_("time"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("linked by")
    )
    by_name = models.CharField(_("name of who linked"), max_length=150, blank=True)

    class Meta:
        ordering = ["id"]
        verbose_name = _("link of incidents")
        verbose_name_plural = _("links of incidents")
        constraints = [
            models.UniqueConstraint(fields=["one", "other"], name="link_once"),
            models.CheckConstraint(
                condition=models.Q(one__lt=models.F("other")), name="link_of_two_in_order"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.one_id} – {self.other_id}"


class Entry(models.Model):
    """One line of a case's timeline: a transition, a comment, an order, something linked."""

    KINDS = [
        *((str(action), str(action)) for action in Action),
        ("report", "report"),
        ("comment", "comment"),
        ("attached", "attached"),
        ("alarm_linked", "alarm_linked"),
        ("merged_in", "merged_in"),
        ("linked", "linked"),
        ("unlinked", "unlinked"),
        ("overdue", "overdue"),
        ("supervise", "supervise"),
        ("supervision_overdue", "supervision_overdue"),
        ("supervision_lifted", "supervision_lifted"),
        ("extension_asked", "extension_asked"),
        ("extension_granted", "extension_granted"),
        ("extension_refused", "extension_refused"),
        ("extension_lapsed", "extension_lapsed"),
        ("help_asked", "help_asked"),
        ("help_answered", "help_answered"),
        ("changed", "changed"),
        ("task", "task"),
        ("plan", "plan"),
        ("notice_seen", "notice_seen"),
        ("redispatch_dismissed", "redispatch_dismissed"),
        ("not_duplicate", "not_duplicate"),
        ("called_back", "called_back"),
    ]

    id = models.BigAutoField(primary_key=True)
    incident = models.ForeignKey(
        Incident, models.CASCADE, related_name="entries", verbose_name=_("incident")
    )
    at = models.DateTimeField(_("time"))
    kind = models.CharField(_("what"), max_length=20, choices=KINDS)
    stage = models.CharField(_("stage after it"), max_length=12, choices=STAGES)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("actor"),
    )
    actor_name = models.CharField(_("actor's name then"), max_length=150, blank=True)
    text = models.TextField(_("text"), max_length=2000, blank=True)
    detail = models.JSONField(_("detail"), default=dict)

    class Meta:
        ordering = ["id"]
        verbose_name = _("timeline entry")
        verbose_name_plural = _("timeline entries")

    def __str__(self) -> str:
        return f"{self.incident_id} {self.kind}"


class Participant(models.Model):
    """A person who took part in a case, and as what. Handlers never verify."""

    class Part(models.TextChoices):
        """As what a person takes part."""

        REPORTER = "reporter", _("reporter")
        OFFICER = "officer", _("officer")
        HANDLER = "handler", _("handler")

    incident = models.ForeignKey(
        Incident, models.CASCADE, related_name="participants", verbose_name=_("incident")
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("account")
    )
    part = models.CharField(_("part"), max_length=8, choices=Part.choices)

    class Meta:
        ordering = ["id"]
        verbose_name = _("participant")
        verbose_name_plural = _("participants")
        constraints = [
            models.UniqueConstraint(fields=["incident", "user", "part"], name="participant_once")
        ]

    def __str__(self) -> str:
        return f"{self.incident_id} {self.user_id} {self.part}"


class Caller(models.Model):
    """Who called, apart from the case: shown only to those who must call back, each look audited."""

    incident = models.OneToOneField(
        Incident, models.CASCADE, related_name="caller", verbose_name=_("incident")
    )
    name = models.CharField(_("name"), max_length=40, blank=True)
    phone = models.CharField(_("telephone"), max_length=24, blank=True)
    address = models.CharField(_("address"), max_length=200, blank=True)
    callback = models.BooleanField(_("wants to be called back"), default=False)

    class Meta:
        verbose_name = _("caller")
        verbose_name_plural = _("callers")

    def __str__(self) -> str:
        return f"caller of {self.incident_id}"


class CallBack(models.Model):
    """回访: that a caller was called back, or tried to be. Apart from the case like who called."""

    caller = models.ForeignKey(
        Caller, models.CASCADE, related_name="callbacks", verbose_name=_("caller")
    )
    at = models.DateTimeField(_("time"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("called back by")
    )
    by_name = models.CharField(_("name of who called back"), max_length=150)
    reached = models.BooleanField(_("reached"))
    satisfied = models.PositiveSmallIntegerField(_("satisfied (1–5)"), null=True, blank=True)
    words = models.CharField(_("what the caller said"), max_length=1000, blank=True)

    class Meta:
        ordering = ["id"]
        verbose_name = _("call-back")
        verbose_name_plural = _("call-backs")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(reached=True, satisfied__range=(1, 5))
                | models.Q(reached=False, satisfied=None),
                name="satisfied_if_reached",
            )
        ]

    def __str__(self) -> str:
        return f"call-back {self.pk}"


class NotDuplicate(models.Model):
    """That two cases that look alike are not the same, and who said so. Symmetric: `one` is the older."""

    one = models.ForeignKey(
        Incident, models.CASCADE, related_name="+", verbose_name=_("older incident")
    )
    other = models.ForeignKey(
        Incident, models.CASCADE, related_name="+", verbose_name=_("newer incident")
    )
    at = models.DateTimeField(_("time"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("judged by")
    )
    by_name = models.CharField(_("name of who judged"), max_length=150)

    class Meta:
        ordering = ["id"]
        verbose_name = _("pair that is no duplicate")
        verbose_name_plural = _("pairs that are no duplicates")
        constraints = [
            models.UniqueConstraint(fields=["one", "other"], name="not_duplicate_once"),
            models.CheckConstraint(
                condition=models.Q(one__lt=models.F("other")), name="not_duplicate_in_order"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.one_id} ≠ {self.other_id}"


class Attachment(models.Model):
    """A picture or document of a case. `entry` is the line of the timeline it came with."""

    incident = models.ForeignKey(
        Incident, models.CASCADE, related_name="attachments", verbose_name=_("incident")
    )
    entry = models.ForeignKey(
        Entry, models.SET_NULL, null=True, blank=True, related_name="attachments"
    )
    name = models.CharField(_("name"), max_length=120)
    type = models.CharField(_("type"), max_length=40)
    size = models.PositiveIntegerField(_("bytes"))
    sha256 = models.CharField("SHA-256", max_length=64)
    at = models.DateTimeField(_("time"))
    taken_at = models.DateTimeField(_("taken at"), null=True, blank=True)
    on_spot = models.BooleanField(_("taken on the spot"), null=True, blank=True)
    longitude = models.FloatField(_("longitude"), null=True, blank=True)
    latitude = models.FloatField(_("latitude"), null=True, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("added by"),
    )

    class Meta:
        ordering = ["id"]
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")

    def __str__(self) -> str:
        return self.name


class Extension(models.Model):
    """More time, asked for by who handles and granted or refused from above."""

    incident = models.ForeignKey(
        Incident, models.CASCADE, related_name="extensions", verbose_name=_("incident")
    )
    stage = models.CharField(_("stage"), max_length=12, choices=STAGES)
    minutes = models.PositiveIntegerField(_("minutes"))
    reason = models.CharField(_("reason"), max_length=500)
    asked_at = models.DateTimeField(_("asked at"))
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("asked by")
    )
    granted = models.BooleanField(_("granted"), null=True, blank=True)
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("decided by"),
    )

    class Meta:
        ordering = ["id"]
        verbose_name = _("extension")
        verbose_name_plural = _("extensions")
        constraints = [
            models.UniqueConstraint(
                fields=["incident"],
                condition=models.Q(granted__isnull=True),
                name="one_open_extension",
            )
        ]

    def __str__(self) -> str:
        return f"{self.incident_id} +{self.minutes} min"


class Supervision(models.Model):
    """An order from above to finish a case: by hand, or by the system when something is overdue.

    `code` is the level that gave it. `escalates` names the order by hand that was not kept, of one that the
    system gave for that; it ends with it. The others of the system end with their stage.
    """

    ASKS = [
        (Asks.HANDLED, pgettext_lazy("incident", "handled")),
        (Asks.CLOSED, pgettext_lazy("incident", "closed")),
    ]
    ENDS = [(str(end), str(end)) for end in End]

    incident = models.ForeignKey(
        Incident, models.CASCADE, related_name="supervisions", verbose_name=_("incident")
    )
    stage = models.CharField(_("stage"), max_length=12, choices=STAGES)
    code = models.CharField(_("given by the jurisdiction"), max_length=15)
    at = models.DateTimeField(_("time"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("given by"),
    )
    by_name = models.CharField(_("name of who gave it"), max_length=150, blank=True)
    text = models.CharField(_("text"), max_length=500, blank=True)
    asks = models.CharField(_("asks for"), max_length=8, choices=ASKS, default=Asks.CLOSED)
    due_at = models.DateTimeField(_("to be finished by"), null=True, blank=True)
    overdue_at = models.DateTimeField(_("escalated at"), null=True, blank=True)
    escalates = models.ForeignKey(
        "self",
        models.CASCADE,
        null=True,
        blank=True,
        related_name="escalations",
        verbose_name=_("escalates the order"),
    )
    lifted_at = models.DateTimeField(_("lifted at"), null=True, blank=True)
    lifted_by_name = models.CharField(_("name of who lifted it"), max_length=150, blank=True)
    end = models.CharField(_("ended by"), max_length=9, choices=ENDS, blank=True)

    class Meta:
        ordering = ["id"]
        verbose_name = _("supervision")
        verbose_name_plural = _("supervisions")
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=models.Q(lifted_at=None, overdue_at=None),
                name="supervision_by_due",
            )
        ]

    def __str__(self) -> str:
        return f"{self.incident_id} {self.stage}"
