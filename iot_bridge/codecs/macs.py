"""Reading MAC addresses out of a payload into their in-memory carrier."""

import re
from typing import Any

from iot_bridge.codecs.base import CodecError
from iot_bridge.protocol.decoded import TransientMacs
from iot_bridge.protocol.reasons import DeadLetterReason

MAX_MACS = 4096

_SEPARATORS = re.compile(r"[:.-]")
_HEX = re.compile(r"[0-9A-Fa-f]{12}")


def parse_macs(value: Any, field: str) -> TransientMacs:
    """Addresses as `aa:bb:cc:dd:ee:ff`, `aa-bb-…`, `aabb.ccdd.eeff` or 12 hexadecimal digits.

    Group addresses and all-zero ones belong to no station and are left out. Raises CodecError (bad_data)
    naming the field and the position, never the value.
    """
    if not isinstance(value, list):
        raise CodecError(DeadLetterReason.BAD_DATA, f"{field}: must be a list of addresses")
    if len(value) > MAX_MACS:
        raise CodecError(DeadLetterReason.BAD_DATA, f"{field}: more than {MAX_MACS} addresses")
    addresses = []
    for index, item in enumerate(value):
        digits = _SEPARATORS.sub("", item) if isinstance(item, str) else ""
        if _HEX.fullmatch(digits) is None:
            raise CodecError(DeadLetterReason.BAD_DATA, f"{field}.{index}: not a MAC address")
        address = bytes.fromhex(digits)
        if not address[0] & 1 and any(address):
            addresses.append(address)
    return TransientMacs(tuple(addresses))
