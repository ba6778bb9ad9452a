"""The devices that one bridge owns, in memory: what a message is checked against and evaluated with.

A cache of the database, refreshed from the live feed's `device.*` events. The bridge is the one writer
of the live part (`Live`), which is replaced only after the commit that stored it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field

import orjson

from command_center.accounts.scope import Scope
from command_center.feed.selectors import data_between, head
from command_center.jurisdictions.codes import within
from iot_bridge.alarms.anchors import subject_of
from iot_bridge.alarms.services import Subject
from iot_bridge.codecs.mapping import OPENS, MappingError, Rules, rules_for, split_parameters
from iot_bridge.devices.models import Device, DeviceStatus, Status
from iot_bridge.devices.timing import TIMING_CHANGED, Timings, timing_for, timings
from iot_bridge.intake.clock import from_ms as from_ms
from iot_bridge.intake.clock import to_ms as to_ms
from iot_bridge.intake.places import Places
from iot_bridge.intake.rulesets import RuleShelf, meant
from iot_bridge.outages.services import covering
from iot_bridge.protocol.topics import Kind, topic_code
from iot_bridge.rules.conditions import is_own
from iot_bridge.rules.engine.compiling import NONE, DeviceRules
from iot_bridge.rules.engine.nodes import Facts
from iot_bridge.rules.evaluate import late_due, next_due, silence_due
from iot_bridge.rules.state import RuleState
from iot_bridge.rules.thresholds import Thresholds, ThresholdsError, thresholds_for

logger = logging.getLogger(__name__)

NEVER = 1 << 62
REPORTING = (Status.ONLINE, Status.DEGRADED)


@dataclass(frozen=True, slots=True)
class Shard:
    """Which part of the city a bridge owns: the subtrees in `include` (all if empty) without `exclude`."""

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()

    def owns(self, code: str) -> bool:
        """Whether a jurisdiction code is this bridge's."""
        return (not self.include or within(code, self.include)) and not within(code, self.exclude)

    @property
    def takes_strangers(self) -> bool:
        """Whether messages of nobody known fall to this bridge (one without `include`)."""
        return not self.include

    @property
    def name(self) -> str:
        """A stable name: the MQTT client id and the heartbeat's instance."""
        if not self.include and not self.exclude:
            return "main"
        return "+".join(self.include) or "not-" + "-".join(self.exclude)


@dataclass(frozen=True, slots=True)
class Live:
    """What changes with messages. Times in epoch ms of the server, None for never."""

    state: RuleState
    status: Status
    battery: int | None
    fault: str
    last_seen_ms: int | None


@dataclass(slots=True)
class DeviceEntry:
    """A registered device as the bridge uses it."""

    subject: Subject
    kind: Kind
    codec: str
    external_id: str
    topic_code: str
    thresholds: Thresholds
    rules: Rules
    live: Live
    saved_seen_ms: int = 0
    due_ms: int = field(default=NEVER)
    stored: DeviceRules = NONE
    recheck: bool = False

    def reckon(self, *, silence_from_ms: int) -> None:
        """Work out when this device next needs a look. Silence counts from `silence_from_ms` at the earliest."""
        if self.recheck:
            self.due_ms = 0
            return
        due = next_due(self.live.state)
        if self.live.status in REPORTING:
            seen = max(self.live.last_seen_ms or 0, silence_from_ms)
            late = late_due(seen, self.thresholds) if self.live.status is Status.ONLINE else None
            silent = silence_due(seen, self.thresholds) if late is None else late
            due = silent if due is None else min(due, silent)
        self.due_ms = NEVER if due is None else due

    @property
    def output(self) -> str:
        """The maker's name of the output that opens it; empty where nobody has declared one."""
        rule = self.rules.get(OPENS)
        return rule.field if rule is not None else ""

    def facts(self, *, heard_from_ms: int = 0) -> Facts:
        """What stored rules may know of it."""
        subject, live = self.subject, self.live
        return Facts(
            id=subject.id,
            kind=self.kind,
            code=subject.code,
            longitude=subject.longitude,
            latitude=subject.latitude,
            battery=live.battery,
            fault=live.fault,
            online=live.status in REPORTING,
            heard_from_ms=heard_from_ms,
        )

    def bind(self, shelf: RuleShelf) -> None:
        """Take the stored rules that mean it now; at the next look they are all looked at."""
        self.stored = shelf.for_device(self.facts())
        state = self.live.state
        self.recheck = (
            self.stored is not NONE or bool(state.memory) or any(map(is_own, state.active))
        )


class DeviceRegistry:
    """See the module."""

    def __init__(self, shard: Shard) -> None:
        self.shard = shard
        self.silence_from_ms = 0
        self.places = Places(shard.name)
        self.codes: tuple[str, ...] = ()
        self.shelf = RuleShelf()
        self._entries: dict[str, DeviceEntry] = {}
        self._external: dict[tuple[str, str], DeviceEntry] = {}
        self._cursor = 0
        self._epoch = ""
        self._misses: dict[tuple[str, str], int] = {}
        self._timings: Timings = {}

    def __len__(self) -> int:
        return len(self._entries)

    def entries(self) -> Iterable[DeviceEntry]:
        """Every device owned."""
        return self._entries.values()

    def load(self) -> None:
        """Read everything anew."""
        at = head()
        self._epoch, self._cursor = at.epoch, at.seq
        self._entries.clear()
        self._external.clear()
        self._timings = timings()
        self.places.load()
        self.codes = covering(self.shard.include, self.shard.exclude)
        self.shelf.refresh()
        scope = Scope(self.shard.include)
        rows = Device.objects.all()
        if scope:
            rows = rows.filter(scope.condition("jurisdiction_id"))
        for device in rows.select_related("status").iterator():
            self._put(device)

    def refresh(self) -> None:
        """Take over what changed in the registry since the last look."""
        at = head()
        if at.epoch != self._epoch or at.trimmed > self._cursor:
            self.load()
            return
        kinds = ("device.changed", "device.removed")
        changed = data_between(after=self._cursor, upto=at.seq, kinds=kinds)
        ids = {str(orjson.loads(data)["id"]) for data in changed}
        ids |= self._retimed(at.seq)
        self._cursor = at.seq
        self.reload(ids)
        self.refresh_rules()

    def refresh_rules(self) -> None:
        """Take over what changed in the rulebook, for the devices that it means."""
        targets = self.shelf.refresh()
        if not targets:
            return
        for entry in self._entries.values():
            if meant(targets, entry.facts()):
                entry.bind(self.shelf)
                entry.reckon(silence_from_ms=self.silence_from_ms)

    def _retimed(self, upto: int) -> set[str]:
        """The devices whose timing has changed since the last look."""
        told = data_between(after=self._cursor, upto=upto, kinds=(TIMING_CHANGED,))
        if not told:
            return set()
        self._timings = timings()
        sorts = {(change["kind"], change["codec"]) for change in map(orjson.loads, told)}
        return {
            entry.subject.id
            for entry in self._entries.values()
            if (entry.kind, entry.codec) in sorts
        }

    def reload(self, ids: Iterable[str]) -> None:
        """Read some devices anew; those that are gone or not owned any more are forgotten."""
        wanted = set(ids)
        if not wanted:
            return
        ordered = sorted(wanted)
        found = {
            device.id: device
            for start in range(0, len(ordered), 500)
            for device in Device.objects.filter(pk__in=ordered[start : start + 500]).select_related(
                "status"
            )
        }
        for key in wanted:
            device = found.get(key)
            if device is not None and self.shard.owns(device.jurisdiction_id):
                self._put(device)
            else:
                self._drop(key)

    def by_id(self, device_id: str) -> DeviceEntry | None:
        """The device with this id, None if unknown or not owned."""
        return self._entries.get(device_id)

    def by_external(self, codec: str, external_id: str) -> DeviceEntry | None:
        """The device that a maker calls so."""
        return self._external.get((codec, external_id))

    def look_again(self, codec: str, ref: str, *, external: bool, now_ms: int) -> str | None:
        """Ask the database about a device that is not in memory: its jurisdiction's code, None if unknown.

        A device registered a moment ago is taken in. A negative answer holds for a second.
        """
        key = (codec if external else "", ref)
        if self._misses.get(key, 0) > now_ms:
            return None
        rows = Device.objects.select_related("status")
        device = (
            rows.filter(codec=codec, external_id=ref).first()
            if external
            else rows.filter(pk=ref).first()
        )
        if device is None:
            if len(self._misses) > 10_000:
                self._misses.clear()
            self._misses[key] = now_ms + 1000
            return None
        if self.shard.owns(device.jurisdiction_id):
            self._put(device)
        return device.jurisdiction_id

    def _put(self, device: Device) -> None:
        if not self.shard.owns(device.jurisdiction_id):
            return
        known = self._entries.get(device.id)
        if known is not None:
            self._external.pop((known.codec, known.external_id), None)
        status = device.status
        entry = DeviceEntry(
            subject=subject_of(device),
            kind=Kind(device.kind),
            codec=device.codec,
            external_id=device.external_id,
            topic_code=topic_code(device.jurisdiction_id),
            thresholds=thresholds_of(device, self._timings),
            rules=_rules(device),
            live=known.live if known is not None else _live(status),
            saved_seen_ms=to_ms(status.last_seen) if status.last_seen else 0,
        )
        entry.bind(self.shelf)
        entry.reckon(silence_from_ms=self.silence_from_ms)
        self._entries[device.id] = entry
        self.places.put(entry)
        if device.external_id:
            self._external[device.codec, device.external_id] = entry

    def _drop(self, device_id: str) -> None:
        entry = self._entries.pop(device_id, None)
        if entry is not None:
            self._external.pop((entry.codec, entry.external_id), None)
            self.places.drop(device_id)


def _live(status: DeviceStatus) -> Live:
    try:
        state = RuleState.from_json(status.rule_state)
    except ValueError:
        logger.exception("stored rule state of %s is unreadable; beginning anew", status.device_id)
        state = RuleState()
    return Live(
        state=state,
        status=Status(status.status),
        battery=status.battery,
        fault=status.fault,
        last_seen_ms=to_ms(status.last_seen) if status.last_seen else None,
    )


def thresholds_of(device: Device, known: Timings) -> Thresholds:
    """The device's thresholds; wrong parameters (which forms refuse) fall back to the kind's."""
    kind = Kind(device.kind)
    parameters, _declared = split_parameters(device.parameters)
    timing = timing_for(kind, device.codec, known)
    if timing is None:
        logger.warning("device %s names an unknown codec %r", device.id, device.codec)
    try:
        return thresholds_for(kind, parameters, timing=timing)
    except ThresholdsError as error:
        logger.warning("parameters of device %s are wrong, defaults used: %s", device.id, error)
        return thresholds_for(kind, {}, timing=timing)


def _rules(device: Device) -> Rules:
    """The device's declared rules; wrong ones (which forms refuse) fall back to the common names."""
    _parameters, declared = split_parameters(device.parameters)
    try:
        return rules_for(Kind(device.kind), declared)
    except MappingError as error:
        logger.warning("fields of device %s are wrong, common names used: %s", device.id, error)
        return {}
