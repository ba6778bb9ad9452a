"""Messages and how they were delivered, the browsers that may be pushed to, and the webhooks."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from dispatch.push.ladder import Rung, State
from dispatch.push.webhooks import Encoding, Kind

RUNGS = [
    (Rung.WEBSOCKET, _("open app")),
    (Rung.WEBPUSH, "Web Push"),
    (Rung.NTFY, "ntfy"),
    (Rung.WEBHOOK, _("webhook")),
]

STATES = [
    (State.WAITING, _("waiting")),
    (State.SENT, _("sent")),
    (State.FAILED, _("failed")),
    (State.GONE, _("no longer there")),
]

KINDS = [
    (Kind.WECOM, _("WeCom")),
    (Kind.DINGTALK, _("DingTalk")),
    (Kind.FEISHU, _("Feishu")),
    (Kind.SMS, _("SMS gateway")),
]


ENCODINGS = [
    (Encoding.JSON, "JSON"),
    (Encoding.FORM, _("form (x-www-form-urlencoded)")),
    (Encoding.TEXT, _("text of its own")),
]


class Subscription(models.Model):
    """How a person's phone is pushed to while the page is closed.

    A browser in which they have allowed notifications, as its push service knows it (RFC 8030); or a topic of
    an ntfy server of one's own, with the page that a tap opens, for a phone whose browser has no push service.
    """

    class Way(models.TextChoices):
        """By what."""

        WEBPUSH = "webpush", "Web Push"
        NTFY = "ntfy", "ntfy"

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("account")
    )
    way = models.CharField(_("way"), max_length=8, choices=Way.choices, default=Way.WEBPUSH)
    endpoint = models.CharField(_("address"), max_length=2000, unique=True)
    p256dh = models.CharField(_("public key"), max_length=100, blank=True)
    auth = models.CharField(_("shared secret"), max_length=40, blank=True)
    page = models.CharField(_("page that a tap opens"), max_length=300, blank=True)
    created_at = models.DateTimeField(_("since"))
    last_ok_at = models.DateTimeField(_("last taken"), null=True, blank=True)
    failures = models.PositiveIntegerField(_("failures in a row"), default=0)

    class Meta:
        ordering = ["id"]
        verbose_name = _("push subscription")
        verbose_name_plural = _("push subscriptions")

    def __str__(self) -> str:
        return f"{self.user_id} #{self.pk}"


class Webhook(models.Model):
    """A chat robot or an SMS gateway that is told what nobody's app has confirmed.

    From `encoding` on all is an SMS gateway's: how its body is written, the body or the text to send, its headers,
    and what a good answer holds.
    """

    name = models.CharField(_("name"), max_length=60)
    kind = models.CharField(_("kind"), max_length=8, choices=KINDS)
    url = models.CharField(_("address"), max_length=500)
    secret = models.CharField(_("secret"), max_length=200, blank=True)
    jurisdiction = models.ForeignKey(
        "jurisdictions.Jurisdiction",
        models.PROTECT,
        related_name="+",
        verbose_name=_("jurisdiction"),
    )
    in_use = models.BooleanField(_("in use"), default=True)
    encoding = models.CharField(
        _("sent as"), max_length=4, choices=ENCODINGS, default=Encoding.JSON
    )
    body = models.JSONField(_("body"), default=dict, blank=True)
    template = models.TextField(_("text"), max_length=4000, blank=True)
    headers = models.JSONField(_("headers"), default=dict, blank=True)
    expected = models.JSONField(_("expected answer"), default=dict, blank=True)
    expected_text = models.CharField(_("text in a good answer"), max_length=100, blank=True)

    class Meta:
        ordering = ["jurisdiction_id", "name"]
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")

    def __str__(self) -> str:
        return self.name


def _one_of(*names: str) -> models.Q:
    """Exactly one of these columns holds something."""
    condition = models.Q()
    for held in names:
        condition |= models.Q(**{f"{name}__isnull": name != held for name in names})
    return condition


class NtfyServer(models.Model):
    """The access token with which an ntfy server of one's own lets this installation publish."""

    server = models.CharField(_("address"), max_length=300, unique=True)
    token = models.CharField(_("access token"), max_length=200)

    class Meta:
        ordering = ["server"]
        verbose_name = _("ntfy access token")
        verbose_name_plural = _("ntfy access tokens")

    def __str__(self) -> str:
        return self.server


class Message(models.Model):
    """Something that people must hear of: of a task, an incident, a conference, a planned one or an alarm. All are opaque here.

    `code` decides who sees the deliveries and which webhooks are asked.
    """

    id = models.BigAutoField(primary_key=True)
    task_id = models.BigIntegerField(_("task"), null=True, blank=True, db_index=True)
    incident_id = models.BigIntegerField(_("incident"), null=True, blank=True, db_index=True)
    conference_id = models.BigIntegerField(_("conference"), null=True, blank=True, db_index=True)
    schedule_id = models.BigIntegerField(
        _("planned conference"), null=True, blank=True, db_index=True
    )
    alarm_id = models.BigIntegerField(_("alarm"), null=True, blank=True, db_index=True)
    code = models.CharField(_("jurisdiction"), max_length=15)
    title = models.CharField(_("title"), max_length=120)
    body = models.TextField(_("text"), max_length=2000, blank=True)
    wants_word = models.BooleanField(_("wants the app's word"), default=True)
    created_at = models.DateTimeField(_("created at"), db_index=True)
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True, blank=True)
    climbed_at = models.DateTimeField(_("webhooks' turn"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    next_at = models.DateTimeField(_("next look"), null=True, blank=True)

    class Meta:
        ordering = ["id"]
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        indexes = [
            models.Index(
                fields=["next_at"],
                condition=models.Q(ended_at__isnull=True),
                name="message_by_next_look",
            )
        ]
        constraints = [
            models.CheckConstraint(
                condition=_one_of(
                    "task_id", "incident_id", "conference_id", "schedule_id", "alarm_id"
                ),
                name="message_about_one_thing",
            )
        ]

    def __str__(self) -> str:
        return f"#{self.pk} of {self.about}"

    @property
    def about(self) -> str:
        """What it is about, as one word: `task-12`, `incident-34`, `conference-7`, `schedule-3`, `alarm-9`."""
        if self.task_id is not None:
            return f"task-{self.task_id}"
        if self.incident_id is not None:
            return f"incident-{self.incident_id}"
        if self.conference_id is not None:
            return f"conference-{self.conference_id}"
        if self.alarm_id is not None:
            return f"alarm-{self.alarm_id}"
        return f"schedule-{self.schedule_id}"


class Delivery(models.Model):
    """One message on one way to one receiver: outbox and record in one. `due_at` is when to try (again)."""

    id = models.BigAutoField(primary_key=True)
    message = models.ForeignKey(
        Message, models.CASCADE, related_name="deliveries", verbose_name=_("message")
    )
    rung = models.CharField(_("way"), max_length=10, choices=RUNGS)
    state = models.CharField(_("state"), max_length=8, choices=STATES, default=State.WAITING)
    at = models.DateTimeField(_("as of"))
    due_at = models.DateTimeField(_("next attempt"), null=True, blank=True)
    tries = models.PositiveSmallIntegerField(_("attempts"), default=0)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("account"),
    )
    subscription = models.ForeignKey(
        Subscription,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("push subscription"),
    )
    webhook = models.ForeignKey(
        Webhook,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("webhook"),
    )
    who = models.CharField(_("receiver"), max_length=150, blank=True)
    host = models.CharField(_("host"), max_length=260, blank=True)
    detail = models.CharField(_("detail"), max_length=200, blank=True)

    class Meta:
        ordering = ["id"]
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=models.Q(state=State.WAITING),
                name="delivery_by_attempt",
            ),
            models.Index(
                fields=["user"],
                condition=models.Q(state=State.WAITING, rung=Rung.WEBSOCKET),
                name="delivery_by_open_app",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.message_id} {self.rung} {self.state}"
