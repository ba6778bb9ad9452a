"""How a simulated device speaks: in the protocol's own words, or in its maker's."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from itertools import count
from typing import Any, Protocol

import orjson

from iot_bridge.protocol.actions import DeviceAction
from iot_bridge.protocol.topics import Channel, Kind
from iot_bridge.simulator import pictures
from iot_bridge.simulator.cast import Player
from iot_bridge.simulator.connection import Connection, Connector, Login
from iot_bridge.simulator.figures import Figures
from iot_bridge.simulator.loop import Timer
from iot_bridge.simulator.obedience import Answer, Obedience
from iot_bridge.simulator.outbox import FIRST_WAIT_S, Kept, Outbox

HEARTBEAT_S = 25.0  # the protocol asks for one in 30 s at least
_ALPHABET = "0123456789abcdefghijkmnpqrstuvwxyz"


class Voice(Protocol):
    """A device that can be told what to say, to drop off the net, and to come back."""

    player: Player

    def start(self) -> None: ...
    def say(self, type_: str, data: Mapping[str, Any]) -> None: ...
    def drop(self) -> None: ...
    def close(self) -> None: ...


def run_name() -> str:
    """A word that no other run has; with a device's number and an event's no event_id comes twice."""
    number, word = time.time_ns() // 1_000_000, ""
    while number:
        number, digit = divmod(number, len(_ALPHABET))
        word = _ALPHABET[digit] + word
    return word + "".join(secrets.choice(_ALPHABET) for _ in range(3))


def now_ms() -> int:
    """The device's clock."""
    return time.time_ns() // 1_000_000


class CanonicalVoice:
    """Speaks the protocol: `event` from an outbox until `ack`, `state` as heartbeat and Last Will."""

    def __init__(
        self,
        player: Player,
        connector: Connector,
        login: Login,
        *,
        run: str,
        seed: int = 0,
        heartbeat_s: float = HEARTBEAT_S,
        acknowledged: bool = True,
        resend_after_s: float = FIRST_WAIT_S,
        draws: bool = False,
    ) -> None:
        self.player = player
        self.outbox = Outbox(first_wait_s=resend_after_s)
        self._loop = connector.loop
        self._figures: Figures = connector.figures
        self._chance = player.chance(seed, "voice")
        self._battery = self._chance.randint(35, 100)
        self._ids = (f"{run}-{number}" for number in count(1))
        self._heartbeat_s = heartbeat_s
        self._acknowledged = acknowledged
        self._draws = draws and player.kind is Kind.CAMERA
        self._topic = player.topic(Channel.EVENT)
        self._obedience = Obedience(player, self._chance)
        self._handed: dict[int, float] = {}
        self._last: Kept | None = None
        self._beat_timer: Timer | None = None
        self._resend_timer: Timer | None = None
        self._connection = Connection(
            connector,
            login,
            client_id=player.id,
            listener=self,
            will=(player.topic(Channel.STATE), b'{"online":false}', True),
            filters=(player.topic(Channel.ACK), player.topic(Channel.CMD)) if acknowledged else (),
        )

    @property
    def up(self) -> bool:
        """Whether it is connected."""
        return self._connection.up

    @property
    def outstanding(self) -> int:
        """What neither the platform nor, at least, the broker has acknowledged."""
        return max(len(self.outbox), len(self._handed))

    def start(self) -> None:
        """Connect, or come back after `drop`."""
        self._connection.start()

    def drop(self) -> None:
        """Vanish; what is said meanwhile waits in the outbox."""
        self._connection.drop()

    def close(self) -> None:
        """Leave in good order. The retained state stays as it is: the device did not fail."""
        self._figures.counts["unacked"] += len(self.outbox)
        self._figures.counts["dropped"] += self.outbox.dropped
        self._connection.close()

    def say(self, type_: str, data: Mapping[str, Any]) -> None:
        """Report an event; sent now, or when the connection is back."""
        event_id = next(self._ids)
        if self._draws and type_ in ("motion", "tamper", "snapshot"):
            data = {**data, "snapshot": pictures.lane(self._chance)}
        envelope = {"event_id": event_id, "ts": now_ms(), "type": type_, "data": data}
        if type_ == "battery":
            self._battery = data["battery"]
        self._put(event_id, orjson.dumps(envelope))

    def say_again(self) -> bool:
        """Send an event once more under its id, as an impatient device does: one still waiting for
        its acknowledgement, else the last one.
        """
        kept = self.outbox.oldest() or self._last
        if kept is None or not self.up:
            return False
        self._figures.counts["resent"] += 1
        self._handed[self._connection.publish(self._topic, kept.payload)] = time.monotonic()
        return True

    def say_raw(self, payload: bytes) -> None:
        """Publish bytes that are no event; nobody will acknowledge them."""
        if self.up:
            self._figures.counts["malformed"] += 1
            self._connection.publish(self._topic, payload)

    def on_up(self) -> None:
        """Connected: say so, and what has waited."""
        self._beat()
        for kept in self.outbox.unsent():
            self._send(kept)

    def on_down(self) -> None:
        """The connection is gone."""
        if self._beat_timer is not None:
            self._beat_timer.cancel()

    def on_message(self, topic: str, payload: bytes) -> None:
        """The platform's `ack`, or a command."""
        if topic.endswith(f"/{Channel.CMD}"):
            self._obey(payload)
            return
        now = time.monotonic()
        try:
            event_ids = orjson.loads(payload)["event_ids"]
        except (orjson.JSONDecodeError, KeyError, TypeError):
            self._figures.counts["errors"] += 1
            return
        for event_id in event_ids:
            kept = self.outbox.acknowledge(event_id)
            if kept is not None:
                self._figures.counts["acked"] += 1
                self._figures.to_platform.add((now - kept.made_at) * 1000)

    def on_published(self, mid: int) -> None:
        """The broker's PUBACK."""
        sent = self._handed.pop(mid, None)
        if sent is not None:
            self._figures.counts["broker_acked"] += 1
            self._figures.to_broker.add((time.monotonic() - sent) * 1000)

    def _obey(self, payload: bytes) -> None:
        """Do what was asked, or not, and answer after the while that it takes."""
        answer = self._obedience.hear(payload, now_ms())
        if answer is None:
            self._figures.counts["errors"] += 1
            return
        self._figures.counts["commands"] += 1
        self._loop.call_later(answer.after_s, lambda: self._answer(answer))

    def _answer(self, answer: Answer) -> None:
        if not self.up:
            return
        if answer.done is DeviceAction.SNAPSHOT:
            self.say("snapshot", {})  # before the answer: who reads "done" finds the picture
        reply = answer.reply.model_dump_json(exclude_none=True).encode()
        self._connection.publish(self.player.topic(Channel.REPLY), reply)
        match answer.done:
            case DeviceAction.OPEN:
                self.say("pass", {})
            case DeviceAction.RESET if self.player.kind is Kind.SMOKE:
                self.say("normal", {})
            case DeviceAction.RESET | DeviceAction.REQUEST_STATE:
                self._say_state()
            case DeviceAction.SNAPSHOT | None:
                pass

    def _put(self, event_id: str, payload: bytes) -> None:
        self._figures.counts["published"] += 1
        self._last = kept = self.outbox.put(event_id, payload, time.monotonic())
        if self.up:
            self._send(kept)

    def _send(self, kept: Kept) -> None:
        now = time.monotonic()
        if kept.sends:
            self._figures.counts["resent"] += 1
        self._handed[self._connection.publish(self._topic, kept.payload)] = now
        if not self._acknowledged:
            self.outbox.acknowledge(kept.event_id)
            return
        self.outbox.sent(kept, now)
        if self._resend_timer is None:
            self._arm()

    def _arm(self) -> None:
        due = self.outbox.next_due
        self._resend_timer = None if due is None else self._loop.call_at(due, self._resend)

    def _resend(self) -> None:
        self._resend_timer = None
        if self.up:
            for kept in list(self.outbox.overdue(time.monotonic())):
                self._send(kept)
            if self._resend_timer is None:
                self._arm()
        elif len(self.outbox):
            self._resend_timer = self._loop.call_later(1, self._resend)

    def _say_state(self) -> None:
        """The retained state: online, the clock, the battery."""
        state = {"online": True, "ts": now_ms(), "battery": self._battery}
        self._connection.publish(self.player.topic(Channel.STATE), orjson.dumps(state), retain=True)

    def _beat(self) -> None:
        self._say_state()
        delay_s = self._heartbeat_s * self._chance.uniform(0.9, 1.1)
        self._beat_timer = self._loop.call_later(delay_s, self._beat)
