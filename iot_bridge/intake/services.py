"""Taking messages in: one transaction stores events, applies rules, raises alarms and writes the feed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from command_center.feed import services as feed
from iot_bridge.alarms.services import Verdict, apply_verdicts
from iot_bridge.codecs.base import MakerCodec
from iot_bridge.codecs.registry import REGISTRY
from iot_bridge.commands.services import Answer, Sign, take_answers, take_signs
from iot_bridge.devices.feed import device_data
from iot_bridge.devices.selectors import lock_devices
from iot_bridge.intake import storage, waiting
from iot_bridge.intake.clock import from_ms
from iot_bridge.intake.decoding import Addressed, Rejected, Shown, refused_reply
from iot_bridge.intake.evaluating import evaluate_due, evaluate_message
from iot_bridge.intake.places import Places
from iot_bridge.intake.registry import DeviceEntry, Live
from iot_bridge.intake.silences import Weighing, weigh
from iot_bridge.intake.work import Taken, Work
from iot_bridge.protocol.actions import CommandResult, DeviceAction
from iot_bridge.protocol.decoded import KeptPicture
from iot_bridge.rulebook.services import quarantine
from iot_bridge.snapshots import services as snapshots
from iot_bridge.snapshots.services import Sent

SEEN_SAVED_EVERY_MS = 10_000


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
            verdicts += evaluate_message(addressed, taken, work)
        for entry in work.due:
            verdicts += evaluate_due(entry, taken, work)
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
