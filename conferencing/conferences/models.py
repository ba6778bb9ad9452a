"""Conferences, and what of them is asked for by itself: seats, minutes, words, roll calls, consent, who is there.

`Conference.state` is the whole truth of a conference (`policy.conference`); the rows of `Seat` follow it in
the same transaction, for questions that go across conferences.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from conferencing.conferences.shown import AboutKind
from conferencing.policy.conference import PRESENT, Presence
from conferencing.policy.verdict import EndReason

ABOUT_KINDS = [
    (AboutKind.NONE, _("nothing in particular")),
    (AboutKind.INCIDENT, _("an incident")),
    (AboutKind.ALARM, _("an alarm")),
    (AboutKind.PLACE, _("a place")),
]
END_REASONS = [(EndReason.ENDED, _("by the chair")), (EndReason.EMPTY, _("nobody in it"))]


class DayCount(models.Model):
    """How many conferences a day has had: the source of their numbers."""

    day = models.DateField(primary_key=True)
    last = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("conferences of a day")
        verbose_name_plural = _("conferences by day")

    def __str__(self) -> str:
        return f"{self.day} {self.last}"


class Conference(models.Model):
    """A live session. `code` is the jurisdiction that opened it: with the seats it decides who sees it.

    `node`, `boot` and `epoch` say where its media is at home; a new epoch means that everybody there offers again.
    `branches` are the nodes beside, each with its own three and the numbers of its seats.
    """

    id = models.BigAutoField(primary_key=True)
    number = models.CharField(_("number"), max_length=20, unique=True)
    title = models.CharField(_("title"), max_length=120)
    about_kind = models.CharField(_("about"), max_length=10, choices=ABOUT_KINDS)
    about_id = models.CharField(_("number of what it is about"), max_length=40, blank=True)
    about_label = models.CharField(_("name of what it is about"), max_length=120, blank=True)
    about_code = models.CharField(_("jurisdiction of what it is about"), max_length=15, blank=True)
    severity = models.PositiveSmallIntegerField(_("severity"))
    code = models.CharField(_("jurisdiction"), max_length=15, db_index=True)
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("opened by"),
    )
    opened_by_name = models.CharField(_("opened by"), max_length=150)
    opened_at = models.DateTimeField(_("opened at"), db_index=True)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    end_reason = models.CharField(_("why it ended"), max_length=10, choices=END_REASONS, blank=True)
    version = models.PositiveIntegerField(_("version"), default=1)
    state = models.JSONField(_("state"))
    node = models.CharField(_("media node"), max_length=300, blank=True)
    boot = models.CharField(_("start of the media node"), max_length=64, blank=True)
    epoch = models.PositiveIntegerField(_("epoch of the media"), default=0)
    branches = models.JSONField(_("further media nodes"), default=list, blank=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("conference")
        verbose_name_plural = _("conferences")
        indexes = [
            models.Index(
                fields=["code"],
                condition=models.Q(ended_at__isnull=True),
                name="conference_open_by_code",
            ),
            models.Index(fields=["about_kind", "about_id"], name="conference_by_about"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"


class Seat(models.Model):
    """A seat of a conference, as its state has it, and when its connection last gave a sign of life."""

    id = models.BigAutoField(primary_key=True)
    conference = models.ForeignKey(
        Conference, models.CASCADE, related_name="seats", verbose_name=_("conference")
    )
    number = models.PositiveIntegerField(_("number"))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("account"),
    )
    name = models.CharField(_("name"), max_length=150)
    code = models.CharField(_("jurisdiction"), max_length=15)
    presence = models.CharField(
        _("presence"), max_length=10, choices=[(one, one) for one in Presence]
    )
    connection = models.CharField(max_length=40, blank=True)
    seen_at = models.DateTimeField(null=True, blank=True)
    joined_at = models.DateTimeField(_("first joined at"), null=True, blank=True)
    left_at = models.DateTimeField(_("last left at"), null=True, blank=True)

    class Meta:
        ordering = ["conference_id", "number"]
        verbose_name = _("seat")
        verbose_name_plural = _("seats")
        constraints = [
            models.UniqueConstraint(fields=["conference", "number"], name="seat_number_once"),
            models.UniqueConstraint(fields=["conference", "user"], name="seat_of_a_person_once"),
        ]
        indexes = [
            models.Index(
                fields=["seen_at"],
                condition=models.Q(presence__in=[*sorted(PRESENT), Presence.WAITING]),
                name="seat_by_sign_of_life",
            )
        ]

    def __str__(self) -> str:
        return f"{self.conference_id}/{self.number} {self.name}"


class Entry(models.Model):
    """A line of the minutes. `by` and `seat` are numbers of seats; `by` None is the system."""

    id = models.BigAutoField(primary_key=True)
    conference = models.ForeignKey(
        Conference, models.CASCADE, related_name="minutes", verbose_name=_("conference")
    )
    at = models.DateTimeField(_("time"))
    what = models.CharField(_("what"), max_length=20)
    """a `Noted`"""
    by = models.PositiveIntegerField(null=True)
    by_name = models.CharField(_("who"), max_length=150, blank=True)
    seat = models.PositiveIntegerField(null=True)
    name = models.CharField(_("whom"), max_length=150, blank=True)

    class Meta:
        ordering = ["id"]
        verbose_name = _("line of the minutes")
        verbose_name_plural = _("minutes")

    def __str__(self) -> str:
        return f"{self.at:%H:%M:%S} {self.what} {self.name}"


class ChatMessage(models.Model):
    """Something written in the room."""

    id = models.BigAutoField(primary_key=True)
    conference = models.ForeignKey(
        Conference, models.CASCADE, related_name="messages", verbose_name=_("conference")
    )
    at = models.DateTimeField(_("time"))
    seat = models.PositiveIntegerField()
    name = models.CharField(_("name"), max_length=150)
    text = models.TextField(_("text"), max_length=2000)

    class Meta:
        ordering = ["id"]
        verbose_name = _("chat message")
        verbose_name_plural = _("chat messages")

    def __str__(self) -> str:
        return f"{self.name}: {self.text[:40]}"


class GuestLink(models.Model):
    """A chair's way in for somebody without an account, for one conference and one browser.

    Of the token, and of the secret that binds the browser that used it, only digests are kept; of the guest only
    what the chair wrote.
    """

    id = models.BigAutoField(primary_key=True)
    conference = models.ForeignKey(
        Conference, models.CASCADE, related_name="guest_links", verbose_name=_("conference")
    )
    label = models.CharField(_("who it is for"), max_length=40)
    lobby = models.BooleanField(_("through the lobby"), default=True)
    token = models.CharField(max_length=64, unique=True)
    browser = models.CharField(max_length=64, blank=True, db_index=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("created by"),
    )
    created_by_name = models.CharField(_("created by"), max_length=150)
    created_at = models.DateTimeField(_("created at"))
    expires_at = models.DateTimeField(_("to be opened until"))
    used_at = models.DateTimeField(_("opened at"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)

    class Meta:
        ordering = ["id"]
        verbose_name = _("guest link")
        verbose_name_plural = _("guest links")

    def __str__(self) -> str:
        return f"{self.conference_id}: {self.label}"


class RollCall(models.Model):
    """The attendance record of a roll call; `lines` as `policy.verdict.Attended`."""

    id = models.BigAutoField(primary_key=True)
    conference = models.ForeignKey(
        Conference, models.CASCADE, related_name="roll_calls", verbose_name=_("conference")
    )
    number = models.PositiveIntegerField(_("number"))
    by_name = models.CharField(_("who"), max_length=150)
    started_at = models.DateTimeField(_("started at"))
    closed_at = models.DateTimeField(_("closed at"))
    lines = models.JSONField(_("attendance"))

    class Meta:
        ordering = ["id"]
        verbose_name = _("roll call")
        verbose_name_plural = _("roll calls")
        constraints = [
            models.UniqueConstraint(fields=["conference", "number"], name="roll_call_number_once")
        ]

    def __str__(self) -> str:
        return f"{self.conference_id}/{self.number}"


class Consent(models.Model):
    """A duty room's consent to be joined without an answer."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("account")
    )
    since = models.DateTimeField(_("since"))

    class Meta:
        ordering = ["id"]
        verbose_name = _("consent to automatic joining")
        verbose_name_plural = _("consents to automatic joining")

    def __str__(self) -> str:
        return f"{self.user_id}"


class Reachable(models.Model):
    """A page of this person is open, and would ring. Only the last sign of life, gone with the page."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("account")
    )
    seen_at = models.DateTimeField(_("last sign of life"))

    class Meta:
        ordering = ["id"]
        verbose_name = _("person online")
        verbose_name_plural = _("people online")

    def __str__(self) -> str:
        return f"{self.user_id}"
