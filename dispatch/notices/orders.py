"""Orders from above (督办) as notices: who is to finish the case hears of it, and who gave an order that was not kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from command_center.accounts.policy import Role
from command_center.accounts.selectors import holders_of
from command_center.feed import services as feed
from command_center.jurisdictions.selectors import name_of
from dispatch.incidents.lifecycle import COMMANDERS, GONE, OFFICERS
from dispatch.notices import services as notices
from dispatch.notices.models import NoticeWhy
from dispatch.notices.services import Addressee

if TYPE_CHECKING:
    from dispatch.incidents.models import Incident, Supervision


def follow(publication: feed.Publication, incident: Incident, order: Supervision) -> None:
    """See `settings.ORDER_FOLLOWERS`.

    The officers of the responsible level are told; of an order that was not kept those who command where it was
    given, and at the level above, too.
    """
    if incident.stage in GONE:
        return
    late = order.escalates
    about = late or order
    title, body = _texts(incident, about, is_late=late is not None)
    for to in _addressees(incident, order):
        notices.tell(
            publication,
            incident=incident,
            to=to,
            title=title,
            body=body,
            sender=order.by,
            why=NoticeWhy.LATE if late else NoticeWhy.ORDERED,
            due_at=about.due_at,
        )


def _addressees(incident: Incident, order: Supervision) -> Iterator[Addressee]:
    """Posts for which the case exists, and that somebody holds; each person once, and not who gave the order."""
    seen = {order.by_id}
    for role, code in dict.fromkeys(_posts(incident, order)):
        people = [pk for pk in holders_of(role, code) if pk not in seen]
        if people and incident.code.startswith(code):
            seen |= set(people)
            yield Addressee(role, code, name_of(code), people)


def _posts(incident: Incident, order: Supervision) -> Iterator[tuple[Role, str]]:
    yield from _at(incident.owner, OFFICERS)
    if order.escalates is not None:
        yield from _at(order.escalates.code, COMMANDERS)
        yield from _at(order.code, COMMANDERS)


def _at(code: str, roles: Iterable[Role]) -> Iterator[tuple[Role, str]]:
    return ((role, code) for role in sorted(roles))


def _texts(incident: Incident, order: Supervision, *, is_late: bool) -> tuple[str, str]:
    """In the installation's language; what the order says, until when, and where it is."""
    with override(settings.LANGUAGE_CODE):
        text = _("Order not kept: %(title)s") if is_late else _("Under supervision: %(title)s")
        parts = [order.text, incident.place]
        if order.due_at is not None:
            at = timezone.localtime(order.due_at).strftime("%Y-%m-%d %H:%M")
            parts.insert(1, _("by %(at)s") % {"at": at})
    return text % {"title": incident.title}, " · ".join(part for part in parts if part)
