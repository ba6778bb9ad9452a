"""Response plans: what is proposed for a case of a category and severity, in a jurisdiction."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from command_center.accounts.policy import Role
from dispatch.incidents.models import SEVERITIES
from dispatch.plans.choosing import Chain, PostLevel
from dispatch.units.models import KINDS, SKILLS

CHAINS = [
    (Chain.NONE, _("nobody")),
    (Chain.OWNER_AND_CITY, _("who is responsible and the city")),
    (Chain.WHOLE_CHAIN, _("village, township and city")),
]

LEVELS = [
    (PostLevel.OWNER, _("of who is responsible")),
    (PostLevel.ABOVE, _("of the level above")),
    (PostLevel.VILLAGE, _("of the place's village")),
    (PostLevel.TOWNSHIP, _("of the place's township")),
    (PostLevel.CITY, _("of the city")),
]

ROLES = [
    (Role.DISPATCHER, _("dispatcher")),
    (Role.TOWNSHIP_OFFICER, _("township officer")),
    (Role.VILLAGE_OFFICER, _("village officer")),
]

MOST_UNITS = 20


class ResponsePlan(models.Model):
    """What to do about cases of a category: the nearest category wins, then the nearest jurisdiction."""

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(_("name"), max_length=60)
    category = models.ForeignKey(
        "incidents.Category",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("incident category"),
        help_text=_("A category or a group. Empty: any."),
    )
    gravest = models.PositiveSmallIntegerField(_("gravest severity"), choices=SEVERITIES, default=1)
    least = models.PositiveSmallIntegerField(_("least severity"), choices=SEVERITIES, default=4)
    jurisdiction = models.ForeignKey(
        "jurisdictions.Jurisdiction",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("jurisdiction"),
        help_text=_("Cases there and below. Empty: everywhere."),
    )
    in_use = models.BooleanField(_("in use"), default=True)
    instructions = models.TextField(
        _("instructions"),
        max_length=1000,
        blank=True,
        help_text=_("Shown to who confirms the plan, and given to the units as their order."),
    )
    conference = models.CharField(
        _("to be called together"), max_length=16, choices=CHAINS, default=Chain.NONE
    )

    class Meta:
        ordering = ["category_id", "jurisdiction_id", "id"]
        verbose_name = _("response plan")
        verbose_name_plural = _("response plans")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(gravest__lte=models.F("least")),
                name="plan_has_severities",
                violation_error_message=_("The least severity is no graver than the gravest."),
            )
        ]

    def __str__(self) -> str:
        return self.name


class PlanUnits(models.Model):
    """So many units of a kind, or with a skill, or both."""

    plan = models.ForeignKey(ResponsePlan, models.CASCADE, related_name="units")
    kind = models.CharField(_("kind"), max_length=16, choices=KINDS, blank=True)
    skill = models.CharField(_("skill"), max_length=16, choices=SKILLS, blank=True)
    count = models.PositiveSmallIntegerField(
        _("how many"),
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_UNITS)],
    )

    class Meta:
        ordering = ["id"]
        verbose_name = _("units of a plan")
        verbose_name_plural = _("units of a plan")
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(kind="", skill=""),
                name="plan_units_are_named",
                violation_error_message=_("Choose a kind or a skill."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.skill} ×{self.count}".strip()


class PlanPost(models.Model):
    """Whom to tell: who holds a post of this role at this level of the case."""

    plan = models.ForeignKey(ResponsePlan, models.CASCADE, related_name="posts")
    role = models.CharField(_("role"), max_length=24, choices=ROLES)
    level = models.CharField(_("level"), max_length=12, choices=LEVELS)

    class Meta:
        ordering = ["id"]
        verbose_name = _("post to tell")
        verbose_name_plural = _("posts to tell")
        constraints = [
            models.UniqueConstraint(fields=["plan", "role", "level"], name="plan_post_once")
        ]

    def __str__(self) -> str:
        return f"{self.role} {self.level}"
