"""A seat's last word to a browser that has gone already."""

from __future__ import annotations

import pytest

from command_center.feed.connection import Closing, Connection
from conferencing.signalling.consumer import ConferenceConsumer
from conferencing.signalling.messages import ConferenceClose


async def test_the_last_word_to_who_is_gone_is_no_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    consumer, closes = ConferenceConsumer(), list[Closing]()
    consumer._connection = Connection(close=closes.append)

    async def gone(_text: str) -> None:
        raise ConnectionResetError

    monkeypatch.setattr(consumer, "_send_text", gone)
    await consumer._goodbye("{}", ConferenceClose.ENDED)
    assert closes == [ConferenceClose.ENDED]
