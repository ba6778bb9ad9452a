"""The socket that reads ahead for paho."""

from __future__ import annotations

import socket

import pytest

from iot_bridge.runner.buffered import BufferedSocket


def test_it_gives_what_was_sent_in_any_pieces_and_says_what_it_holds() -> None:
    left, right = socket.socketpair()
    with left, right:
        left.setblocking(False)
        buffered = BufferedSocket(left)
        with pytest.raises(BlockingIOError):
            buffered.recv(1)
        right.sendall(b"abcdef")
        assert buffered.recv(1) == b"a"
        assert buffered.pending() == 5
        assert buffered.recv(2) == b"bc"
        assert buffered.recv(100) == b"def"
        assert buffered.pending() == 0
        right.close()
        assert buffered.recv(1) == b""
        assert buffered.pending() == 0
