"""A site that falls silent, a line that brings nothing, a bridge that was deaf: one alarm, one outage."""

from datetime import UTC, datetime, timedelta

import pytest

from command_center.accounts.models import User
from command_center.accounts.scope import Scope
from command_center.feed.models import FeedEvent
from iot_bridge.alarms.models import Alarm
from iot_bridge.devices.models import DeviceStatus, KindTiming, Status
from iot_bridge.devices.timing import remove_timing, save_timing
from iot_bridge.outages.models import Listening, Outage, OutageCause
from iot_bridge.outages.selectors import outages_between
from iot_bridge.outages.services import covering, hears, is_deaf, watch_bridges
from tests.support import city
from tests.support.timed_bridge import START, VILLAGE, YARD, Bridge, furnish

ELSEWHERE = [f"town-{n}" for n in range(20)]

pytestmark = pytest.mark.usefixtures("places")


@pytest.fixture
def places(db: None) -> None:
    """Four devices of one site, and twenty of another township."""
    furnish(elsewhere=ELSEWHERE)


def statuses(ids: list[str]) -> set[str]:
    return set(DeviceStatus.objects.filter(device__in=ids).values_list("status", flat=True))


def alarms(condition: str, *, open_: bool = True) -> list[Alarm]:
    return list(Alarm.objects.filter(condition=condition, open=open_).order_by("id"))


def test_a_device_is_late_before_it_is_off_line_and_a_word_ends_both() -> None:
    bridge = Bridge()
    bridge.beat(*YARD, *ELSEWHERE)
    bridge.wait(40, *YARD[1:], *ELSEWHERE)
    assert DeviceStatus.objects.get(pk=YARD[0]).status == Status.DEGRADED
    assert statuses(YARD[1:]) == {Status.ONLINE}
    bridge.wait(60, *YARD[1:], *ELSEWHERE)
    assert DeviceStatus.objects.get(pk=YARD[0]).status == Status.OFFLINE
    assert [alarm.device_id for alarm in alarms("device_offline")] == [YARD[0]]
    bridge.beat(YARD[0])
    assert statuses(YARD) == {Status.ONLINE}
    assert alarms("device_offline")[0].active is False


def test_a_site_that_falls_silent_is_one_alarm_and_its_window_stays() -> None:
    bridge = Bridge()
    bridge.beat(*YARD, *ELSEWHERE)
    bridge.wait(95, *ELSEWHERE)
    assert statuses(YARD) == {Status.OFFLINE}
    assert alarms("device_offline") == []
    alarm = alarms("site_silent")[0]
    assert (alarm.device_name, alarm.code, alarm.severity) == ("三号院", VILLAGE, 3)
    assert sorted(alarm.detail["members"]) == YARD
    outage = Outage.objects.get()
    assert (outage.cause, outage.site, outage.until) == (OutageCause.SITE_SILENT, "三号院", None)
    assert int(outage.since.timestamp() * 1000) == START
    back = bridge.now
    bridge.beat(*YARD[:3])
    bridge.wait(70, *YARD[:3], *ELSEWHERE)
    outage.refresh_from_db()
    assert outage.until is not None
    assert 0 <= int(outage.until.timestamp() * 1000) - back <= 1_000
    alarm.refresh_from_db()
    assert alarm.active is False
    assert [a.device_id for a in alarms("device_offline")] == [YARD[3]], "who stayed away, alone"
    seen = outages_between(
        scope=Scope((VILLAGE,)),
        since=outage.since,
        until=outage.since + timedelta(seconds=1),
        device=(VILLAGE, "三号院"),
    )
    assert seen == [outage]
    nobody = outages_between(
        scope=Scope((city.CITY,)), since=outage.until, until=outage.until + timedelta(days=1)
    )
    assert nobody == []


def test_wills_that_come_one_by_one_are_taken_back_into_the_sites_alarm() -> None:
    bridge = Bridge()
    bridge.beat(*YARD, *ELSEWHERE)
    bridge.wait(5)
    bridge.beat(YARD[0], online=False)
    assert len(alarms("device_offline")) == 1
    bridge.beat(*YARD[1:], online=False)
    assert alarms("device_offline") == []
    assert len(alarms("site_silent")) == 1
    closed = alarms("device_offline", open_=False)[0]
    assert closed.changes.order_by("-id")[0].detail == {"folded_into": "site_silent"}


def test_a_restart_remembers_what_is_silent() -> None:
    bridge = Bridge()
    bridge.beat(*YARD, *ELSEWHERE)
    bridge.wait(95, *ELSEWHERE)
    again = Bridge()
    again.now = bridge.now
    again.beat(*YARD)
    again.wait(70, *YARD, *ELSEWHERE)
    assert Outage.objects.filter(until=None).count() == 0
    assert not alarms("site_silent")[0].active


def test_a_line_that_brings_nothing_is_one_outage_everywhere_and_no_heap_of_alarms() -> None:
    bridge = Bridge()
    bridge.beat(*YARD, *ELSEWHERE)
    bridge.wait(130)
    assert statuses([*YARD, *ELSEWHERE]) == {Status.OFFLINE}
    assert alarms("device_offline") == alarms("site_silent") == []
    assert [a.code for a in alarms("reports_stopped")] == [city.CITY]
    outage = Outage.objects.get()
    assert (outage.cause, outage.code) == (OutageCause.ALL_SILENT, city.CITY)
    village = Scope((city.SOUTH.villages[0],))
    kinds = FeedEvent.objects.filter(kind="outage.changed").values_list("code", flat=True)
    assert all(village.touches(code) for code in kinds), "every console below is told"
    bridge.beat(*ELSEWHERE)
    bridge.wait(70, *ELSEWHERE)
    assert not alarms("reports_stopped")[0].active
    assert len(alarms("site_silent")) == 1, "the site that did not come back has its own"
    assert alarms("device_offline") == []


def test_what_a_bridge_was_deaf_to_is_on_record() -> None:
    at = datetime(2026, 11, 22, tzinfo=UTC)
    codes = covering((), (city.EAST.code,))
    assert set(codes) == {t.code for t in city.TOWNSHIPS} - {city.EAST.code}

    def after(seconds: int) -> datetime:
        return at + timedelta(seconds=seconds)

    hears(bridge="main", codes=codes, now=at)
    assert not is_deaf(bridge="main", codes=codes, cause=OutageCause.BROKER_DOWN, now=after(8))
    assert is_deaf(bridge="main", codes=codes, cause=OutageCause.BROKER_DOWN, now=after(20))
    assert not is_deaf(bridge="main", codes=codes, cause=OutageCause.BROKER_DOWN, now=after(25))
    assert watch_bridges(now=after(60)) == 0, "it is known already"
    assert len(alarms("reports_stopped")) == 1
    hears(bridge="main", codes=codes, now=after(90))
    rows = list(Outage.objects.order_by("id"))
    assert {(r.since, r.until) for r in rows} == {(at, after(90))}
    assert [row.code for row in rows] == list(codes)
    assert not alarms("reports_stopped")[0].active

    hears(bridge="main", codes=codes, now=after(95))
    hears(bridge="main", codes=codes, now=after(400))
    gap = Outage.objects.filter(cause=OutageCause.BRIDGE_DOWN)
    assert {(r.since, r.until) for r in gap} == {(after(95), after(400))}

    assert watch_bridges(now=after(440)) == 1
    hears(bridge="other", codes=(city.CITY,), now=after(450))
    assert not Outage.objects.filter(until=None).exists(), "another listens there now"
    assert list(Listening.objects.values_list("bridge", flat=True)) == ["other"]


def test_a_timing_of_a_kind_holds_at_the_next_look_and_only_there() -> None:
    bridge = Bridge()
    bridge.beat(*YARD, *ELSEWHERE)
    row = save_timing(
        row=KindTiming(kind="camera", codec="canonical", degraded_after_s=5, offline_after_s=500),
        actor=User.objects.first(),
    )
    bridge.registry.refresh()
    bridge.wait(10)
    assert statuses(YARD) == {Status.DEGRADED}
    assert statuses(ELSEWHERE) == {Status.ONLINE}
    remove_timing(row=row, actor=User.objects.first())
    bridge.registry.refresh()
    entry = bridge.registry.by_id(YARD[0])
    assert entry is not None
    assert entry.thresholds.offline_after_s == 90
