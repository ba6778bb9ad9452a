"""Units: who can be sent, who belongs to them, and when they are on duty."""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from dispatch.units.kinds import Skill, UnitKind, UnitStatus

KINDS = [
    (UnitKind.PATROL, _("patrol team")),
    (UnitKind.VILLAGE_CENTRE, _("village centre")),
    (UnitKind.DEPARTMENT, _("department")),
]

STATUSES = [
    (UnitStatus.AVAILABLE, _("available")),
    (UnitStatus.COMMITTED, _("committed")),
    (UnitStatus.EN_ROUTE, _("en route")),
    (UnitStatus.ON_SCENE, _("on scene")),
    (UnitStatus.RETURNING, _("returning")),
    (UnitStatus.OUT_OF_SERVICE, _("out of service")),
]

SKILLS = [
    (Skill.FIRE, _("fire fighting")),
    (Skill.SECURITY, _("security")),
    (Skill.FIRST_AID, _("first aid")),
    (Skill.RESCUE, _("rescue")),
    (Skill.TRAFFIC, _("traffic control")),
    (Skill.ENFORCEMENT, _("enforcement")),
    (Skill.SANITATION, _("sanitation")),
    (Skill.REPAIR, _("repair")),
    (Skill.MEDIATION, _("mediation")),
    (Skill.SERVICE, _("public service")),
]


def check_skills(value: object) -> None:
    """A list of known skills, each once."""
    known = set(Skill)
    if not isinstance(value, list) or not set(value) <= known or len(set(value)) != len(value):
        raise ValidationError(_("Choose from the known skills, each once."), code="unknown_skill")


class Unit(models.Model):
    """A patrol team, a village centre or a department, with its status and post.

    The position is where a member on duty was seen last. It is the only one kept, belongs to the unit and
    to nobody, and goes when duty ends. `on_duty` follows from the members' switches and the roster.
    """

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(_("name"), max_length=80)
    kind = models.CharField(_("kind"), max_length=16, choices=KINDS)
    jurisdiction = models.ForeignKey(
        "jurisdictions.Jurisdiction",
        models.PROTECT,
        related_name="units",
        verbose_name=_("jurisdiction"),
    )
    status = models.CharField(
        _("status"), max_length=16, choices=STATUSES, default=UnitStatus.OUT_OF_SERVICE
    )
    status_reason = models.CharField(_("reason of its status"), max_length=200, blank=True)
    skills = models.JSONField(_("skills"), default=list, blank=True, validators=[check_skills])
    longitude = models.FloatField(_("longitude of its post"), null=True, blank=True)
    latitude = models.FloatField(_("latitude of its post"), null=True, blank=True)
    updated_at = models.DateTimeField(_("status since"))
    position_longitude = models.FloatField(_("longitude"), null=True, blank=True, editable=False)
    position_latitude = models.FloatField(_("latitude"), null=True, blank=True, editable=False)
    position_at = models.DateTimeField(_("position as of"), null=True, blank=True, editable=False)
    on_duty = models.BooleanField(_("on duty"), default=True, editable=False)

    class Meta:
        ordering = ["jurisdiction_id", "name"]
        verbose_name = _("unit")
        verbose_name_plural = _("units")

    def __str__(self) -> str:
        return self.name

    @property
    def position(self) -> tuple[float, float] | None:
        """Where it was seen last while on duty, as (longitude, latitude)."""
        if self.position_longitude is None or self.position_latitude is None:
            return None
        return self.position_longitude, self.position_latitude

    @property
    def post(self) -> tuple[float, float] | None:
        """Where its post is, as (longitude, latitude)."""
        if self.longitude is None or self.latitude is None:
            return None
        return self.longitude, self.latitude


class UnitMember(models.Model):
    """A person who belongs to a unit. `on_duty_since` is empty off duty."""

    unit = models.ForeignKey(Unit, models.CASCADE, related_name="members", verbose_name=_("unit"))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("account")
    )
    on_duty_since = models.DateTimeField(_("on duty since"), null=True, blank=True, editable=False)

    class Meta:
        ordering = ["unit_id", "id"]
        verbose_name = _("member of a unit")
        verbose_name_plural = _("members of units")
        constraints = [models.UniqueConstraint(fields=["unit", "user"], name="member_once")]

    def __str__(self) -> str:
        return f"{self.unit_id} {self.user_id}"


class Shift(models.Model):
    """A time for which a unit is on the roster."""

    unit = models.ForeignKey(Unit, models.CASCADE, related_name="shifts", verbose_name=_("unit"))
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("until"))

    class Meta:
        ordering = ["-starts_at", "id"]
        verbose_name = _("shift")
        verbose_name_plural = _("shifts")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("starts_at")), name="shift_has_length"
            )
        ]

    def __str__(self) -> str:
        return f"{self.unit_id} {self.starts_at:%Y-%m-%d %H:%M}"
