"""What a conference leaves behind elsewhere: calls on the ladder, lines on a case's timeline, the audit."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from command_center.accounts.models import Post, User
from command_center.accounts.policy import Permission
from command_center.accounts.scope import scope_of
from command_center.audit.models import AuditEntry
from command_center.feed.models import FeedEvent
from conferencing.conferences import services
from conferencing.conferences.models import Conference, Seat
from conferencing.conferences.services import Opening
from conferencing.conferences.shown import About, AboutKind
from conferencing.policy.commands import Decline, End, Hand, Remove
from conferencing.policy.conference import Presence
from conferencing.policy.verdict import Refusal
from dispatch.incidents.models import Entry, Source
from dispatch.incidents.reporting import Report, report
from dispatch.push.models import Message
from tests.support import city, deeds

pytestmark = pytest.mark.django_db
VILLAGE = city.EAST.villages[0]


@pytest.fixture(autouse=True)
def _city() -> None:
    deeds.seed()


def person(username: str) -> User:
    return User.objects.get(username=username)


def opened(by: str = "city", *invited: tuple[str, str], **wanted: Any) -> Conference:
    people = [(person(name).pk, code) for name, code in invited]
    return services.open_conference(user=person(by), wanted=Opening(invite=people, **wanted))


def test_a_call_climbs_the_ladder_until_it_is_answered() -> None:
    row = opened("city", ("village", VILLAGE), ("town", city.EAST.code), title="演练")
    calls = Message.objects.filter(conference_id=row.pk)
    assert {(call.code, call.ended_at) for call in calls} == {
        (VILLAGE, None),
        (city.EAST.code, None),
    }
    assert "演练" in calls[0].title
    services.join(conference_id=row.pk, user=person("village"))
    services.act(conference_id=row.pk, user=person("town"), command=Decline())
    assert not calls.filter(ended_at=None).exists()


def test_nobody_answers() -> None:
    row = opened("city", ("village", VILLAGE))
    services.tend(now=timezone.now() + timedelta(seconds=46))
    seat = Seat.objects.get(conference=row, number=2)
    assert seat.presence == Presence.NO_ANSWER
    assert not Message.objects.filter(conference_id=row.pk, ended_at=None).exists()


def test_a_web_process_that_died_loses_its_seats_only() -> None:
    row = opened("city", ("village", VILLAGE))
    held = services.join(conference_id=row.pk, user=person("village"))
    other = services.join(conference_id=row.pk, user=person("city"))
    later = timezone.now() + timedelta(seconds=31)
    services.alive(connections=[other.connection], users=[], now=later)
    services.tend(now=later)
    presences = dict(Seat.objects.filter(conference=row).values_list("number", "presence"))
    assert presences == {held.seat: Presence.AWAY, other.seat: Presence.JOINED}


def test_a_cases_timeline_tells_of_its_conference() -> None:
    wanted = Report(title="积水", category="0901", source=Source.MANUAL, code=VILLAGE)
    scope = scope_of(person("city"), Permission.INCIDENTS_REPORT)
    case = report(wanted=wanted, scope=scope, user=person("city"))
    about = About(kind=AboutKind.INCIDENT, id=str(case.pk), label=case.title, code=VILLAGE)
    row = opened("city", ("village", VILLAGE), about=about)
    assert (row.title, row.code) == ("积水", city.CITY)
    services.join(conference_id=row.pk, user=person("city"))
    services.act(conference_id=row.pk, user=person("city"), command=End())
    lines = Entry.objects.filter(incident=case, kind__startswith="conference")
    assert [line.kind for line in lines.order_by("id")] == ["conference_opened", "conference_over"]
    assert lines.latest("id").detail["seats"] == 1
    outside = About(kind=AboutKind.INCIDENT, id=str(case.pk), label="x", code=city.SOUTH.code)
    opened("town2", about=outside)
    assert lines.count() == 2, "who does not see a case writes nothing on it"


def test_who_opens_chairs_by_the_post_nearest_to_the_thing() -> None:
    assert opened("both", about=About(code=VILLAGE)).code == city.EAST.code
    for username, code in (("town2", VILLAGE), ("city", "640199"), ("village", VILLAGE)):
        with pytest.raises(services.UnknownError):
            opened(username, about=About(code=code))


def test_whom_one_may_not_call_one_learns_nothing_of() -> None:
    row = opened("town")
    for user in (person("town2").pk, 99_999):
        with pytest.raises(services.RefusedError) as caught:
            services.invite(
                conference_id=row.pk, user=person("town"), people=[(user, city.SOUTH.code)]
            )
        assert caught.value.refusal is Refusal.OUTSIDE
    with pytest.raises(services.UnknownError):
        services.invite(
            conference_id=row.pk, user=person("town"), people=[(person("town2").pk, VILLAGE)]
        )


def test_who_lost_the_post_has_lost_the_seat() -> None:
    row = opened("city", ("village", VILLAGE))
    services.join(conference_id=row.pk, user=person("village"))
    Post.objects.filter(user=person("village")).update(jurisdiction_id=city.EAST.villages[1])
    with pytest.raises(services.RefusedError) as caught:
        services.act(conference_id=row.pk, user=person("village"), command=Hand(up=True))
    assert caught.value.refusal is Refusal.NOT_SEATED
    with pytest.raises(services.RefusedError):
        services.join(conference_id=row.pk, user=person("village"))


def test_what_is_on_record() -> None:
    row = opened("city", ("village", VILLAGE))
    services.join(conference_id=row.pk, user=person("city"))
    services.join(conference_id=row.pk, user=person("village"))
    services.act(conference_id=row.pk, user=person("city"), command=Remove(seat=2))
    services.act(conference_id=row.pk, user=person("city"), command=End())
    kinds = AuditEntry.objects.filter(action__startswith="conference").order_by("id")
    assert list(kinds.values_list("action", flat=True)) == [
        "conference.opened", "conference.removed", "conference.ended",
    ]  # fmt: skip
    numbers = [opened("city").number[-4:] for _ in range(2)]
    assert numbers == ["0002", "0003"]


def test_a_hand_is_no_news_for_consoles() -> None:
    row = opened("city")
    services.join(conference_id=row.pk, user=person("city"))
    shown = FeedEvent.objects.filter(kind="conference.changed").count()
    hints = FeedEvent.objects.filter(kind="conference.hint").count()
    services.act(conference_id=row.pk, user=person("city"), command=Hand(up=True))
    services.act(conference_id=row.pk, user=person("city"), command=Hand(up=True))
    assert FeedEvent.objects.filter(kind="conference.changed").count() == shown
    assert FeedEvent.objects.filter(kind="conference.hint").count() == hints + 1
