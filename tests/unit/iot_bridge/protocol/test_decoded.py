"""The carrier of MAC addresses has no way out of memory."""

import copy
import json
import pickle

import orjson
import pytest

from iot_bridge.protocol.decoded import DeviceMessage, TransientMacs
from iot_bridge.protocol.topics import Channel, Kind

MACS = TransientMacs((bytes.fromhex("5ccf7f102030"),))


def test_addresses_do_not_show() -> None:
    message = DeviceMessage("p-1", Kind.WIFI_PROBE, Channel.EVENT, "macs", {}, macs=MACS)
    for text in (repr(MACS), str(MACS), f"{MACS}", repr(message)):
        assert "5ccf7f" not in text.replace(":", "").lower()
        assert "1 hidden" in text


def test_addresses_are_not_serialised() -> None:
    for write in (pickle.dumps, copy.copy, copy.deepcopy, json.dumps, orjson.dumps):
        with pytest.raises(TypeError):
            write(MACS)


def test_addresses_are_revealed_to_who_asks() -> None:
    assert MACS.reveal() == (bytes.fromhex("5ccf7f102030"),)
    assert len(MACS) == 1
