"""Setting up webhooks and the tokens of ntfy servers: what they may hold, and that it is put on record."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from command_center.audit import services as audit
from command_center.hosts import is_admitted, place_of
from command_center.jurisdictions.selectors import root_code
from dispatch.push import ntfy
from dispatch.push.models import NtfyServer, Webhook
from dispatch.push.webhooks import Encoding, Kind

if TYPE_CHECKING:
    from command_center.accounts.models import User

_HEADER = re.compile(r"[A-Za-z0-9-]{1,60}")
OF_GATEWAYS = ("body", "headers", "expected")


def check_webhook(webhook: Webhook) -> None:
    """Raises ValidationError naming each field that is wrong."""
    wrong: dict[str, str] = {}
    place = place_of(webhook.url)
    if place is None:
        wrong["url"] = _("This is no address that can be called.")
    elif not is_admitted(webhook.url, settings.WEBHOOK_HOSTS):
        wrong["url"] = _(
            "%(host)s is not on this installation's list; see WEBHOOK_HOSTS in the manual."
        ) % {"host": place}
    for name in OF_GATEWAYS:
        value = getattr(webhook, name)
        if not isinstance(value, dict):
            wrong[name] = _("A JSON object is wanted, such as {}.")
        elif webhook.kind != Kind.SMS and value:
            wrong[name] = _("Only an SMS gateway has this.")
    for name in ("template", "expected_text"):
        if webhook.kind != Kind.SMS and getattr(webhook, name):
            wrong[name] = _("Only an SMS gateway has this.")
    wanted = "template" if webhook.encoding == Encoding.TEXT else "body"
    if webhook.kind == Kind.SMS and wanted not in wrong and not getattr(webhook, wanted):
        wrong[wanted] = _("An SMS gateway needs what it is sent.")
    if "headers" not in wrong and not all(map(_is_header, webhook.headers.items())):
        wrong["headers"] = _("Each header is a name and a text of one line.")
    if wrong:
        raise ValidationError(wrong)


def _is_header(item: tuple[Any, Any]) -> bool:
    name, value = item
    return bool(
        isinstance(value, str)
        and value.isprintable()
        and value.isascii()
        and _HEADER.fullmatch(name)
    )


def save_webhook(*, webhook: Webhook, actor: User) -> Webhook:
    """Add a webhook or change it. Raises ValidationError."""
    webhook.full_clean()
    check_webhook(webhook)
    with transaction.atomic():
        webhook.save()
        _record(webhook, actor, removed=False)
    return webhook


def remove_webhook(*, webhook: Webhook, actor: User) -> None:
    """Take a webhook away; what was sent to it stays on record."""
    with transaction.atomic():
        _record(webhook, actor, removed=True)
        webhook.delete()


def _record(webhook: Webhook, actor: User, *, removed: bool) -> None:
    """Neither the address nor the secret: whoever has them can write to the group."""
    audit.record(
        action=audit.Action.INCIDENTS_CONFIGURED,
        actor=actor,
        subject=f"webhook {webhook.name}",
        code=webhook.jurisdiction_id,
        detail={
            "kind": webhook.kind,
            "host": str(place_of(webhook.url)),
            "in_use": webhook.in_use,
            **({"removed": True} if removed else {}),
        },
    )


def check_ntfy_server(row: NtfyServer) -> None:
    """Raises ValidationError naming each field that is wrong."""
    wrong: dict[str, str] = {}
    if row.server not in ntfy.servers(settings.PUSH_HOSTS):
        wrong["server"] = _(
            "%(host)s is not on this installation's list; see PUSH_HOSTS in the manual."
        ) % {"host": row.server}
    if not ntfy.is_token(row.token):
        wrong["token"] = _("A token is one word, such as tk_….")
    if wrong:
        raise ValidationError(wrong)


def save_ntfy_server(*, row: NtfyServer, actor: User) -> NtfyServer:
    """Give a server's token or another one. Raises ValidationError."""
    row.full_clean()
    check_ntfy_server(row)
    with transaction.atomic():
        row.save()
        _record_ntfy(row, actor, removed=False)
    return row


def remove_ntfy_server(*, row: NtfyServer, actor: User) -> None:
    """Publish there without a token again."""
    with transaction.atomic():
        _record_ntfy(row, actor, removed=True)
        row.delete()


def _record_ntfy(row: NtfyServer, actor: User, *, removed: bool) -> None:
    """Never the token."""
    audit.record(
        action=audit.Action.INCIDENTS_CONFIGURED,
        actor=actor,
        subject=f"ntfy {row.server}",
        code=root_code(),
        detail={"host": str(place_of(row.server)), **({"removed": True} if removed else {})},
    )
