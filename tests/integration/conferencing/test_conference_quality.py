"""Lines of seats: what is taken of a page's reports, who may see the sites, and when all is forgotten."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from command_center.accounts.models import User
from command_center.feed.models import FeedEvent
from conferencing.conferences import services as conferences
from conferencing.conferences.models import Conference, Seat
from conferencing.conferences.services import Opening, Seated
from conferencing.policy.commands import End
from conferencing.quality import services
from conferencing.quality.line import LineReport, Path
from conferencing.quality.models import SeatLine
from tests.support import city, deeds

pytestmark = pytest.mark.django_db
VILLAGE, OTHER = city.EAST.villages[0], city.SOUTH.code


@pytest.fixture
def held() -> dict[str, Seated]:
    """The city, a village and another township in one conference, for ten minutes already."""
    deeds.seed()
    people = {name: User.objects.get(username=name) for name in ("city", "village", "town2")}
    invite = [(people["village"].pk, VILLAGE), (people["town2"].pk, OTHER)]
    row = conferences.open_conference(user=people["city"], wanted=Opening(invite=invite))
    seats = {
        name: conferences.join(conference_id=row.pk, user=user) for name, user in people.items()
    }
    Seat.objects.update(joined_at=timezone.now() - timedelta(minutes=10))
    return seats


def report(**facts: Any) -> LineReport:
    return LineReport(seconds=30, watched_s=30, received=1_000, path=Path.UDP, height=352, **facts)


def passes() -> None:
    """Half a minute since the last report."""
    SeatLine.objects.update(last_at=timezone.now() - timedelta(seconds=30))


def ask(username: str, path: str = "/conference-quality", **query: str) -> Any:
    client = Client()
    client.force_login(
        User.objects.get(username=username), "django.contrib.auth.backends.ModelBackend"
    )
    today = timezone.localdate().isoformat()
    return client.get(f"/api/v1{path}", {"since": today, "until": today} | query)


def test_reports_add_up_by_site_and_tell_the_room_when_a_line_turns(
    held: dict[str, Seated],
) -> None:
    village = held["village"]
    assert services.record(seated=village, report=report(join_ms=800))
    hints = FeedEvent.objects.filter(kind="conference.hint").count()
    passes()
    assert services.record(seated=village, report=report())
    assert FeedEvent.objects.filter(kind="conference.hint").count() == hints, "nothing new"
    passes()
    assert services.record(seated=village, report=report(lost=400))
    assert FeedEvent.objects.filter(kind="conference.hint").count() == hints + 1
    line = SeatLine.objects.get()
    assert (line.code, line.seconds, line.received, line.lost) == (VILLAGE, 90, 3_000, 400)
    assert (line.level, line.joins_ms, line.heights) == ("poor", [800], {"360": 90})


def test_nobody_reports_more_than_has_been_nor_for_another(held: dict[str, Seated]) -> None:
    village = held["village"]
    assert services.record(seated=village, report=report())
    long = LineReport(seconds=120)
    assert not services.record(seated=village, report=long), "two minutes in none"
    forged = Seated(village.conference, held["city"].seat, village.connection)
    assert not services.record(seated=forged, report=report())
    assert SeatLine.objects.get().seconds == 30


def test_each_sees_the_sites_of_its_jurisdictions(held: dict[str, Seated]) -> None:
    services.record(seated=held["village"], report=report(lost=400))
    services.record(seated=held["town2"], report=report())
    found = ask("city").json()["sites"]
    assert [(site["code"], site["figures"]["level"]) for site in found] == [
        (VILLAGE, "poor"), (OTHER, "good"),
    ]  # fmt: skip
    assert [site["code"] for site in ask("town2").json()["sites"]] == [OTHER]
    assert ask("city", code=OTHER).json()["sites"][0]["code"] == OTHER
    assert ask("village").status_code == 403
    assert ask("city", since="2020-01-01").status_code == 422
    path = f"/conferences/{held['city'].conference}/quality"
    assert [seat["seat"] for seat in ask("city", path).json()["seats"]] == [2, 3]
    assert [seat["seat"] for seat in ask("town2", path).json()["seats"]] == [3]
    text = ask("city", "/conference-quality/export").content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [(row["代码"], row["线路"]) for row in rows] == [(VILLAGE, "差"), (OTHER, "好")]


def test_the_last_report_comes_by_rest_for_a_while(held: dict[str, Seated]) -> None:
    village = held["village"]
    owner = User.objects.get(username="city")
    conferences.act(conference_id=village.conference, user=owner, command=End())
    user = User.objects.get(username="village")
    client = Client()
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    path = f"/api/v1/conferences/{village.conference}/line"
    answer = client.post(path, {"seconds": 12.5, "received": 5}, "application/json")
    assert answer.status_code == 204
    assert SeatLine.objects.get().seconds == 12.5
    Conference.objects.update(ended_at=timezone.now() - timedelta(hours=1))
    client.post(path, {"seconds": 12.5, "received": 5}, "application/json")
    assert SeatLine.objects.get().seconds == 12.5
    assert client.post(path, {"seconds": 12.5, "who": "x"}, "application/json").status_code == 422


def test_lines_are_forgotten_in_time(held: dict[str, Seated]) -> None:
    services.record(seated=held["village"], report=report())
    later = timezone.now() + settings.CONFERENCE_LINES_KEPT
    assert services.forget_old(now=later - timedelta(minutes=1)) == 0
    assert services.forget_old(now=later + timedelta(minutes=1)) == 1
