"""Taking messages in: one transaction stores events, applies rules, raises alarms and writes the feed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from command_center.feed import services as feed
from iot_bridge.alarms.services import Verdict, apply_verdicts
from iot_bridge.codecs.base import MakerCodec
from iot_bridge.codecs.registry import REGISTRY
from iot_bridge.commands.services import Answer, Sign, take_answers, take_signs
from iot_bridge.devices.feed import device_data
from iot_bridge.devices.models import Status
from iot_bridge.devices.selectors import lock_devices
from iot_bridge.intake import storage, waiting
from iot_bridge.intake.clock import from_ms
from iot_bridge.intake.decoding import (
    Addressed,
    Answered,
    Rejected,
    Shown,
    Stranger,
    refused_reply,
)
from iot_bridge.intake.places import Key, Places, Silent
from iot_bridge.intake.registry import REPORTING, DeviceEntry, Live
from iot_bridge.intake.silences import Weighing, weigh
from iot_bridge.protocol.actions import CommandResult, DeviceAction
from iot_bridge.protocol.decoded import KeptPicture
from iot_bridge.protocol.topics import Channel
from iot_bridge.rulebook.services import quarantine
from iot_bridge.rules.chattering import damp, settle
from iot_bridge.rules.engine.compiling import NONE, DeviceRules
from iot_bridge.rules.engine.running import Failure, Result, on_message, on_time
from iot_bridge.rules.engine.schedules import Days
from iot_bridge.rules.evaluate import (
    Outcome,
    evaluate,
    fault_after,
    late_due,
    on_silence,
    on_timer,
    silence_due,
    without,
)
from iot_bridge.rules.flapping import fold
from iot_bridge.snapshots import services as snapshots
from iot_bridge.snapshots.services import Sent

SEEN_SAVED_EVERY_MS = 10_000
NO_DAYS = Days()


@dataclass(slots=True)
class Work:
    """What one transaction is to take in. `stripped` counts personal fields by category, for the record."""

    messages: Sequence[Addressed] = ()
    rejected: Sequence[Rejected] = ()
    strangers: Sequence[Stranger] = ()
    answers: Sequence[Answered] = ()
    shown: Sequence[Shown] = ()
    due: Sequence[DeviceEntry] = ()
    now_ms: int = 0
    silence_from_ms: int = 0
    watch_silence: bool = True
    places: Places | None = None
    codes: Sequence[str] = ()
    days: Days = NO_DAYS


@dataclass(slots=True)
class Taken:
    """What the transaction did. `lives` are the devices' new states, to be taken over after the commit.

    `turned_away` counts messages of strangers for whom the waiting list had no room, or who were refused.
    """

    lives: dict[str, tuple[DeviceEntry, Live]] = field(default_factory=dict)
    seen_saved: dict[str, int] = field(default_factory=dict)
    events: int = 0
    duplicates: int = 0
    verdicts: int = 0
    stripped: Counter[str] = field(default_factory=Counter)
    turned_away: int = 0
    places: Places | None = None
    silent: dict[Key, Silent | None] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)
    rechecked: dict[str, DeviceRules] = field(default_factory=dict)


def commit(work: Work) -> Taken:
    """Store a batch and everything that follows from it, or nothing. Repeated event ids change nothing.

    The devices in memory are not touched: call `adopt` once this has returned.
    """
    taken = Taken()
    with feed.transaction() as publication:
        fresh = _store_events(work.messages, taken)
        _add_snapshots(fresh)
        verdicts: list[Verdict] = []
        for addressed in fresh:
            verdicts += _evaluate(addressed, taken, work)
        for entry in work.due:
            verdicts += _look_at(entry, taken, work)
        if work.places is not None:
            verdicts = _weigh(publication, work, work.places, taken, verdicts)
        _store_lives(publication, taken, work.now_ms)
        if taken.failures:
            verdicts += quarantine(taken.failures)
        apply_verdicts(publication, verdicts)
        taken.verdicts = len(verdicts)
        take_signs(publication, [_sign(one) for one in work.shown], now_ms=work.now_ms)
        refused = _take_answers(publication, work)
        rejected, taken.turned_away = waiting.admit([*work.rejected, *refused], work.strangers)
        taken.stripped = storage.store_dead_letters(rejected)
    return taken


def _add_snapshots(fresh: Sequence[Addressed]) -> None:
    """The pictures that came with new events; they are on the disk already."""
    sent = [
        Sent(
            subject=addressed.entry.subject,
            event_id=addressed.message.event_id,
            type=addressed.message.type,
            at=from_ms(addressed.received.at_ms),
            picture=addressed.message.picture,
        )
        for addressed in fresh
        if isinstance(addressed.message.picture, KeptPicture)
        and addressed.message.event_id is not None
    ]
    if sent:
        snapshots.add(sent)


def _sign(shown: Shown) -> Sign:
    """What a reading tells of a command, in the words of its codec."""
    entry, values = shown.entry, shown.reading.values
    codec = REGISTRY.by_name(entry.codec)
    answered = codec.answered if isinstance(codec, MakerCodec) else None

    def tells(action: DeviceAction) -> CommandResult | None:
        return None if answered is None else answered(action, entry.output, values)

    return Sign(entry.subject.id, shown.received.at_ms, tells)


def _take_answers(publication: feed.Publication, work: Work) -> list[Rejected]:
    """What devices answered to commands; the replies that answer none."""
    answers = [Answer(one.entry.subject.id, one.reply) for one in work.answers]
    faults = take_answers(publication, answers, now_ms=work.now_ms)
    return [
        refused_reply(answered, fault)
        for answered, fault in zip(work.answers, faults, strict=True)
        if fault is not None
    ]


def adopt(taken: Taken, *, silence_from_ms: int) -> None:
    """After the commit: the devices in memory are now what the database says."""
    for device_id, (entry, live) in taken.lives.items():
        entry.live = live
        entry.saved_seen_ms = taken.seen_saved.get(device_id, entry.saved_seen_ms)
        if taken.rechecked.get(device_id) is entry.stored:
            entry.recheck = False
        entry.reckon(silence_from_ms=silence_from_ms)
    if taken.places is not None:
        places = taken.places
        places.heard_ms = places.heard(live.last_seen_ms for _, live in taken.lives.values())
        for key, silent in taken.silent.items():
            if silent is None:
                places.silent.pop(key, None)
            else:
                places.silent[key] = silent


def _weigh(
    publication: feed.Publication,
    work: Work,
    places: Places,
    taken: Taken,
    verdicts: list[Verdict],
) -> list[Verdict]:
    """Have what places are silent taken into account."""
    weighing = Weighing(
        publication, places, taken.lives, work.now_ms, work.silence_from_ms, work.codes
    )
    weighed = weigh(weighing, verdicts)
    taken.places, taken.silent = places, weighing.silent
    return weighed


def _store_events(messages: Sequence[Addressed], taken: Taken) -> list[Addressed]:
    """Insert the events; those that are new, and every state message, in the order of arrival."""
    events: dict[tuple[str, str], Addressed] = {}
    for addressed in messages:
        event_id = addressed.message.event_id
        if event_id is not None:
            events.setdefault((addressed.entry.subject.id, event_id), addressed)
    inserted = storage.insert_events(events)
    taken.events = len(inserted)
    fresh: list[Addressed] = []
    for addressed in messages:
        event_id = addressed.message.event_id
        if event_id is None:
            fresh.append(addressed)
            continue
        key = (addressed.entry.subject.id, event_id)
        if key in inserted and events[key] is addressed:
            fresh.append(addressed)
        else:
            taken.duplicates += 1
    return fresh


def _live(entry: DeviceEntry, taken: Taken) -> Live:
    known = taken.lives.get(entry.subject.id)
    return known[1] if known is not None else entry.live


def _evaluate(addressed: Addressed, taken: Taken, work: Work) -> list[Verdict]:
    entry, message = addressed.entry, addressed.message
    before, limits, now_ms = _live(entry, taken), entry.thresholds, work.now_ms
    outcome = fold(evaluate(message, before.state, limits, now_ms), limits, now_ms)
    if entry.stored is not NONE:
        outcome = _on_message(
            addressed, without(entry.stored.replaced, before.state, outcome), taken, work
        )
    outcome = damp(outcome, limits, now_ms)
    offline = message.channel is Channel.STATE and not message.data["online"]
    taken.lives[entry.subject.id] = (
        entry,
        Live(
            state=outcome.state,
            status=Status.OFFLINE if offline else Status.ONLINE,
            battery=message.data.get("battery", before.battery),
            fault=fault_after(message.type, message.data, before.fault),
            last_seen_ms=before.last_seen_ms if offline else now_ms,
        ),
    )
    return _verdicts(entry, outcome, now_ms)


def _look_at(entry: DeviceEntry, taken: Taken, work: Work) -> list[Verdict]:
    """Apply the timers and the silence of a device that is due."""
    before = _live(entry, taken)
    limits, now_ms = entry.thresholds, work.now_ms
    outcome = fold(on_timer(before.state, limits, now_ms), limits, now_ms)
    if entry.stored is not NONE or entry.recheck:
        outcome = _on_time(
            entry, without(entry.stored.replaced, before.state, outcome), taken, work
        )
    outcome = settle(damp(outcome, limits, now_ms), now_ms)
    after = replace(before, state=outcome.state)
    verdicts = _verdicts(entry, outcome, work.now_ms)
    if work.watch_silence and before.status in REPORTING:
        seen = max(before.last_seen_ms or 0, work.silence_from_ms)
        silence = fold(on_silence(after.state, seen, limits, now_ms), limits, now_ms)
        silence = without(entry.stored.replaced, after.state, silence)
        verdicts += _verdicts(entry, silence, now_ms)
        status = _silent_for(seen, entry, now_ms)
        after = replace(after, state=silence.state, status=status or after.status)
    taken.lives[entry.subject.id] = (entry, after)
    return verdicts


def _silent_for(seen_ms: int, entry: DeviceEntry, now_ms: int) -> Status | None:
    """What a device's silence makes of it; None for nothing yet."""
    if now_ms >= silence_due(seen_ms, entry.thresholds):
        return Status.OFFLINE
    late = late_due(seen_ms, entry.thresholds)
    return Status.DEGRADED if late is not None and now_ms >= late else None


def _on_message(addressed: Addressed, outcome: Outcome, taken: Taken, work: Work) -> Outcome:
    entry, message = addressed.entry, addressed.message
    facts = entry.facts(heard_from_ms=work.silence_from_ms)
    result = on_message(
        entry.stored, outcome.state, facts, work.days, work.now_ms, message.type, message.data
    )
    return _joined(outcome, result, taken)


def _on_time(entry: DeviceEntry, outcome: Outcome, taken: Taken, work: Work) -> Outcome:
    facts = entry.facts(heard_from_ms=work.silence_from_ms)
    result = on_time(entry.stored, outcome.state, facts, work.days, work.now_ms, anew=entry.recheck)
    if entry.recheck:
        taken.rechecked[entry.subject.id] = entry.stored
    return _joined(outcome, result, taken)


def _joined(outcome: Outcome, result: Result, taken: Taken) -> Outcome:
    taken.failures += result.failures
    return Outcome(result.state, outcome.decisions + result.decisions)


def _verdicts(entry: DeviceEntry, outcome: Outcome, now_ms: int) -> list[Verdict]:
    at = from_ms(now_ms)
    return [Verdict(entry.subject, decision, at) for decision in outcome.decisions]


def _store_lives(publication: feed.Publication, taken: Taken, now_ms: int) -> None:
    """Write what changed of the devices; who was merely heard is written now and then.

    What the consoles are told comes from the rows, locked to the commit: memory may be half a second
    behind a device that was renamed, moved or removed, and the feed must not bring the old one back.
    """
    rows: dict[str, tuple[DeviceEntry, Live]] = {}
    for device_id, (entry, live) in taken.lives.items():
        overdue = now_ms - entry.saved_seen_ms > SEEN_SAVED_EVERY_MS
        if overdue or replace(live, last_seen_ms=None) != replace(entry.live, last_seen_ms=None):
            rows[device_id] = (entry, live)
            taken.seen_saved[device_id] = now_ms
    for device in lock_devices(rows):
        live, known = rows[device.id][1], device.status
        shown = (live.status, live.battery, live.fault)
        if shown != (known.status, known.battery, known.fault):
            known.status, known.battery, known.fault = shown
            publication.emit(
                "device.changed", code=device.jurisdiction_id, data=device_data(device)
            )
    storage.update_statuses(rows.values())
