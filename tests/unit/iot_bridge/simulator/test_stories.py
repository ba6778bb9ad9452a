"""Stories are deterministic, made of valid events, and raise and clear what they are about."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from random import Random

import pytest

from iot_bridge.protocol.decoded import DeviceMessage
from iot_bridge.protocol.messages import EVENTS, STATE
from iot_bridge.protocol.topics import Channel, Kind
from iot_bridge.rules.conditions import Condition
from iot_bridge.rules.evaluate import Clear, Decision, Outcome, Raise, evaluate, next_due, on_timer
from iot_bridge.rules.state import RuleState
from iot_bridge.rules.thresholds import Thresholds
from iot_bridge.simulator.cast import Player
from iot_bridge.simulator.director import Director, Scene
from iot_bridge.simulator.everyday import activity, moment
from iot_bridge.simulator.stories import OPENING, STORIES, ComeBack, Drop, Say, Step, Story


def dice(seed: int) -> Random:
    return Random(seed)


START_MS = 1_763_740_800_000


def player(kind: Kind, number: int = 1, **thresholds: int) -> Player:
    return Player(
        f"{kind}-{number}",
        kind,
        f"sc/v1/640181/100/201/{kind}/{kind}-{number}",
        thresholds=Thresholds(**thresholds),
    )


CITY = [player(kind, number) for kind in Kind for number in range(1, 21)]


def message(who: Player, type_: str, data: dict[str, object], channel: Channel) -> DeviceMessage:
    return DeviceMessage(device_ref=who.id, kind=who.kind, channel=channel, type=type_, data=data)


def play(who: Player, steps: Iterator[Step]) -> list[tuple[float, Decision]]:
    """What the rules decide while a story is played, and in the ten minutes after it."""
    state, now_ms = RuleState(), START_MS
    decided: list[tuple[float, Decision]] = []

    def apply(outcome: Outcome) -> None:
        nonlocal state
        state = outcome.state
        decided.extend(((now_ms - START_MS) / 1000, each) for each in outcome.decisions)

    def wait_until(ms: int) -> None:
        nonlocal now_ms
        while (due := next_due(state)) is not None and due <= ms:
            now_ms = max(now_ms, due)
            apply(on_timer(state, who.thresholds, now_ms))
        now_ms = ms

    for step in steps:
        wait_until(now_ms + round(step.delay_s * 1000))
        match step.act:
            case Say(type=type_, data=data):
                apply(
                    evaluate(
                        message(who, type_, dict(data), Channel.EVENT),
                        state,
                        who.thresholds,
                        now_ms,
                    )
                )
            case Drop() | ComeBack() as act:
                data = {"online": isinstance(act, ComeBack)}
                apply(
                    evaluate(
                        message(who, STATE, data, Channel.STATE), state, who.thresholds, now_ms
                    )
                )
    wait_until(now_ms + 600_000)
    return decided


def players_of(story: Story) -> list[Player]:
    return [player(kind) for kind in sorted(story.kinds)]


@pytest.mark.parametrize("story", STORIES.values(), ids=lambda story: story.name)
@pytest.mark.parametrize("seed", range(5))
def test_every_step_is_an_event_of_the_protocol(story: Story, seed: int) -> None:
    for who in players_of(story):
        for step in story.tell(who, dice(seed)):
            assert step.device_id == who.id
            assert step.delay_s >= 0
            if isinstance(step.act, Say):
                EVENTS[who.kind][step.act.type].model_validate(dict(step.act.data))


@pytest.mark.parametrize(
    ("name", "condition"),
    [
        ("forced_open", Condition.FORCED_OPEN),
        ("door_held", Condition.DOOR_HELD),
        ("tailgating", Condition.TAILGATING),
        ("denied_burst", Condition.DENIED_BURST),
        ("lane_blocked", Condition.LANE_BLOCKED),
        ("crowd", Condition.CROWD_HIGH),
        ("tamper", Condition.TAMPER),
        ("drop_off", Condition.DEVICE_OFFLINE),
        ("fault", Condition.FAULT),
        ("battery_low", Condition.BATTERY_LOW),
        ("smoke", Condition.SMOKE),
    ],
)
@pytest.mark.parametrize("seed", range(5))
def test_a_story_raises_its_alarm_and_clears_it(name: str, condition: Condition, seed: int) -> None:
    story = STORIES[name]
    for who in players_of(story):
        decided = [each for _at, each in play(who, story.tell(who, dice(seed)))]
        assert {each.condition for each in decided} == {condition}
        assert isinstance(decided[0], Raise)
        assert isinstance(decided[-1], Clear)


def test_a_panic_stays_until_somebody_acknowledges_it() -> None:
    panic = play(
        player(Kind.PANIC_BUTTON),
        STORIES["panic"].tell(player(Kind.PANIC_BUTTON), dice(1)),
    )
    assert [type(each) for _at, each in panic] == [Raise]


@pytest.mark.parametrize("count", [2, 5, 12])
@pytest.mark.parametrize("window_s", [10, 60, 600])
def test_a_burst_is_one_by_the_devices_own_parameters(count: int, window_s: int) -> None:
    gate = player(Kind.FACE_GATE, denied_count=count, denied_window_s=window_s)
    decided = play(gate, STORIES["denied_burst"].tell(gate, dice(3)))
    assert isinstance(decided[0][1], Raise)


def test_the_same_seed_plays_the_same_stories() -> None:
    def script(seed: int) -> list[tuple[float, Scene | None]]:
        director = Director(CITY, seed=seed)
        return [(director.pause_s(), director.next_scene(set())) for _ in range(40)]

    assert script(7) == script(7)
    assert script(7) != script(8)


def test_a_busy_device_gets_no_second_story() -> None:
    gate = player(Kind.FACE_GATE)
    director = Director([gate], seed=1, stories=["forced_open"])
    assert director.next_scene({gate.id}) is None
    scene = director.next_scene(set())
    assert scene is not None
    assert scene.player == gate


def test_without_able_devices_there_is_nothing_to_direct() -> None:
    assert Director([], seed=1).idle
    assert Director([player(Kind.SMOKE)], seed=1, stories=["crowd"]).idle


@pytest.mark.parametrize("seed", range(8))
def test_a_watcher_sees_an_alarm_in_the_first_minute_and_one_every_few_minutes(seed: int) -> None:
    """An hour of stories: the first alarm within 40 s, no quiet of five minutes, several severities."""
    director, now_s = Director(CITY, seed=seed), 0.0
    alarms: list[tuple[float, int]] = []
    while now_s < 3600:
        now_s += director.pause_s()
        scene = director.next_scene(set())
        assert scene is not None
        decided = play(scene.player, iter(scene.steps))
        alarms += [(now_s + at, each.severity) for at, each in decided if isinstance(each, Raise)][
            :1
        ]
    alarms.sort()
    times = [at for at, _severity in alarms]
    assert times[0] < 40
    gaps = [b - a for a, b in pairwise(times)]
    assert max(gaps) < 300
    assert 60 / 3 <= len(times) <= 60 * 1.2
    assert {severity for _at, severity in alarms} == {1, 2, 3, 4}


def test_the_opening_is_of_stories_that_exist() -> None:
    assert set(OPENING) <= set(STORIES)


# -- the everyday ---------------------------------------------------------------------------------


def test_the_city_sleeps_at_night_and_is_busy_in_the_morning() -> None:
    assert activity(3) < 0.1 < 0.9 < activity(7.5)
    assert activity(0) == activity(24)
    assert all(0 < activity(quarter / 4) <= 1 for quarter in range(96))


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("hour", [3.0, 7.5, 18.5])
def test_an_ordinary_day_raises_no_alarm(kind: Kind, hour: float) -> None:
    who, chance = player(kind), dice(1)
    steps = [step for _ in range(400) for step in moment(who, chance, hour)]
    for step in steps:
        assert isinstance(step.act, Say)
        EVENTS[kind][step.act.type].model_validate(dict(step.act.data))
    assert play(who, iter(steps)) == []
    assert bool(steps) is (kind not in {Kind.SMOKE, Kind.PANIC_BUTTON, Kind.PATROL_TERMINAL})
