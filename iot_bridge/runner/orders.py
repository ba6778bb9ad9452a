"""Commands on their way out: what people gave to devices of this bridge is published, each at most once."""

from __future__ import annotations

import logging
import time

from command_center.accounts.scope import Scope
from iot_bridge.codecs.base import CodecError
from iot_bridge.codecs.registry import REGISTRY
from iot_bridge.commands import services
from iot_bridge.commands.models import Command
from iot_bridge.commands.selectors import to_ms
from iot_bridge.intake.registry import DeviceEntry, DeviceRegistry, Shard
from iot_bridge.protocol.actions import DeviceAction
from iot_bridge.protocol.decoded import Order
from iot_bridge.protocol.topics import Channel, build_topic
from iot_bridge.runner.link import BrokerLink

logger = logging.getLogger(__name__)


class OrderDesk:
    """See the module. While there is no line, commands wait, and expire if that lasts."""

    def __init__(self, shard: Shard, devices: DeviceRegistry, link: BrokerLink) -> None:
        self._devices = devices
        self._link = link
        self._owned = ~Scope(shard.exclude).condition()
        if shard.include:
            self._owned &= Scope(shard.include).condition()

    def send_queued(self) -> None:
        """Take what waits, have that committed as sent, then publish it."""
        if self._link.connected_since_ms is None:
            return
        now_ms = time.time_ns() // 1_000_000
        for command in services.take_to_send(self._owned, now_ms=now_ms):
            self._send(command, now_ms)

    def _send(self, command: Command, now_ms: int) -> None:
        entry = self._devices.by_id(command.device_id)
        try:
            if entry is None:
                raise LookupError("device_moved")
            order = order_of(command, entry)
            request = REGISTRY.by_name(entry.codec).encode_command(order)
        except (CodecError, LookupError) as error:
            logger.error("command %s cannot be sent: %s", command.pk, error)
            detail = error.args[0] if isinstance(error, LookupError) else "not_carried"
            services.could_not_be_sent(command=command, detail=str(detail), now_ms=now_ms)
            return
        expiry_s = max(1, (order.expires_at_ms - now_ms) // 1000)
        self._link.publish_once(request.topic, request.payload, expiry_s=expiry_s)


def order_of(command: Command, entry: DeviceEntry) -> Order:
    """A command as a codec makes a message of it."""
    subject = entry.subject
    return Order(
        device_id=subject.id,
        kind=entry.kind,
        topic=build_topic(
            jurisdiction=subject.code,
            kind=entry.kind,
            device_id=subject.id,
            channel=Channel.CMD,
        ),
        reference=entry.external_id or subject.id,
        command_id=command.command_id,
        nonce=command.nonce,
        issued_at_ms=to_ms(command.issued_at),
        expires_at_ms=to_ms(command.expires_at),
        action=DeviceAction(command.action),
        output=entry.output,
    )
