"""Sensors of an example maker. Say here which document describes the format, and at which version.

example/{serial number}/report   JSON: {"seq": 17, "time": 1763740800123, "state": {"smoke": true, "bat": 87}}
example/{serial number}/online   the bare word 0 or 1; 0 is the Last Will
"""

from collections.abc import Sequence

from iot_bridge.codecs.base import (
    CodecError,
    MakerCodec,
    arrival_id,
    flatten,
    load_object,
    quoted,
    usable_reference,
)
from iot_bridge.protocol.decoded import Decodable, DeviceReading
from iot_bridge.protocol.messages import MAX_EPOCH_MS
from iot_bridge.protocol.privacy import strip
from iot_bridge.protocol.reasons import DeadLetterReason


class ExampleCodec(MakerCodec):
    """Reports and presence."""

    name = "example"
    version = "1.0"
    filters = ("example/+/report", "example/+/online")
    silence_s = 3_700  # a report an hour, and a little

    def reference(self, topic: str) -> str | None:
        """The serial number: what a device's "id in the maker's messages" holds."""
        levels = topic.split("/")
        return usable_reference(levels[1]) if len(levels) == 3 else None

    def decode(self, topic: str, payload: bytes, received_at_ms: int) -> Sequence[Decodable]:
        """One reading; nothing for an empty payload, by which a retained message is taken back."""
        if not payload:
            return []
        serial = self.reference(topic)
        if serial is None:
            raise CodecError(DeadLetterReason.BAD_TOPIC, "no usable serial number")
        if topic.endswith("/online"):
            if payload not in (b"0", b"1"):
                raise CodecError(DeadLetterReason.BAD_DATA, f"{quoted(payload)} is not 0 or 1")
            event_id = arrival_id(topic, payload, received_at_ms)
            return [DeviceReading(serial, {}, event_id, online=payload == b"1")]
        # Strip first: nothing personal may leave a codec, not even in an error.
        raw, stripped = strip(load_object(payload, self.max_bytes))
        seq, at, state = raw.get("seq"), raw.get("time"), raw.get("state")
        if type(seq) is not int or not 0 <= seq < 2**32:
            raise CodecError(DeadLetterReason.BAD_ENVELOPE, "seq: must be 0 to 4294967295")
        if type(at) is not int or not 0 <= at <= MAX_EPOCH_MS:
            raise CodecError(DeadLetterReason.BAD_ENVELOPE, "time: must be epoch ms")
        if not isinstance(state, dict):
            raise CodecError(DeadLetterReason.BAD_ENVELOPE, "state: must be an object")
        values = flatten(state)
        if "bat" in values:
            values["battery"] = values.pop("bat")  # a name that the mapping knows
        return [
            DeviceReading(
                device_ref=serial,
                values=values,
                event_id=f"{seq}-{at // 1000}",  # at most 38 characters, the same when sent again
                device_at_ms=at,
                stripped=stripped,
                maker="Example",
            )
        ]
