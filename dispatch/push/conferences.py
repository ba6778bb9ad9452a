"""Calls to a conference climb the ladder: a duty telephone rings though no page of it is open."""

from __future__ import annotations

from django.conf import settings
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import override

from command_center.feed import services as feed
from conferencing.conferences.happenings import Calls, CallsOver, Happening
from conferencing.schedules.reminding import Reminder
from dispatch.push import services


def follow(_publication: feed.Publication, happening: Happening) -> None:
    """See `settings.CONFERENCE_FOLLOWERS`."""
    match happening:
        case Calls():
            _ring(happening)
        case CallsOver():
            services.hang_up(conference_id=happening.of.id, user_ids=happening.users)
        case _:
            pass


def remind(reminder: Reminder) -> None:
    """See `settings.CONFERENCE_REMINDERS`."""
    with override(settings.LANGUAGE_CODE):
        title = _("Planned conference: %(title)s") % {"title": reminder.title}
        when = f"{localtime(reminder.at):%H:%M}"
        if reminder.due:
            body = _("It is time (%(when)s). Open it in the console.") % {"when": when}
        else:
            body = _("It begins at %(when)s.") % {"when": when}
    services.remind(
        schedule_id=reminder.schedule,
        user_ids=reminder.people,
        code=reminder.code,
        title=title,
        body=body,
    )


def _ring(calls: Calls) -> None:
    with override(settings.LANGUAGE_CODE):
        title = _("Conference: %(title)s") % {"title": calls.of.title}
        body = _("%(name)s is calling.") % {"name": calls.by}
    for user, code in calls.people:
        services.call(conference_id=calls.of.id, user_id=user, code=code, title=title, body=body)
