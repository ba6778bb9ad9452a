"""One UDP socket, many datagrams per call: recvmmsg(2) and sendmmsg(2) through cffi, without a compiler.

Memory, headers and addresses are laid out once; for each datagram two numbers are written.
"""

from __future__ import annotations

import errno
import socket
import struct
from dataclasses import dataclass
from functools import cache
from typing import Any

from cffi import FFI

SIZE = 2048
"""Room for one datagram and what SRTP adds."""
BATCH_IN = 64
BATCH_OUT = 512
"""So many wait while the socket is full; what comes then is dropped and counted."""
_FLUSH_AT = 256
_SOL_UDP, _UDP_SEGMENT = 17, 103
_CONTROL_LENGTH, _CONTROL_SPACE = 18, 24
"""CMSG_LEN and CMSG_SPACE of a 16-bit number (cmsg(3))"""
_MOST_SEGMENTS = 40
"""Of 1,500 bytes each these stay below a datagram's 64 KiB."""
_BUFFER = 8 * 1024 * 1024

_ffi = FFI()
_ffi.cdef(
    """
    struct iovec { void *iov_base; size_t iov_len; };
    struct msghdr { void *msg_name; unsigned int msg_namelen; struct iovec *msg_iov; size_t msg_iovlen;
                    void *msg_control; size_t msg_controllen; int msg_flags; };
    struct mmsghdr { struct msghdr msg_hdr; unsigned int msg_len; };
    struct segment { size_t length; int level; int type; unsigned short size; char padding[6]; };
    int sendmmsg(int, struct mmsghdr *, unsigned int, int);
    int recvmmsg(int, struct mmsghdr *, unsigned int, int, void *);
    """
)


class UnsupportedError(RuntimeError):
    """This system has no sendmmsg(2)."""


@cache
def _system() -> Any:
    """Once for all: each opening is kept as long as the process lives."""
    library = _ffi.dlopen(None)
    known = hasattr(library, "sendmmsg") and hasattr(library, "recvmmsg")
    if not known or _ffi.sizeof("size_t") != 8:
        raise UnsupportedError("The media node needs 64-bit Linux (recvmmsg and sendmmsg).")
    return library


def _address_of(memory: Any) -> int:
    return int(_ffi.cast("uintptr_t", memory))


class _Vector:
    """Headers, one buffer and one place for an address each, for `count` datagrams."""

    def __init__(self, count: int, name_bytes: int) -> None:
        self.memory = _ffi.new(f"char[{count * SIZE}]")
        self.names = _ffi.new(f"char[{count * name_bytes}]")
        self.vectors = _ffi.new(f"struct iovec[{count}]")
        self.headers = _ffi.new(f"struct mmsghdr[{count}]")
        for number in range(count):
            vector, header = self.vectors[number], self.headers[number].msg_hdr
            vector.iov_base, vector.iov_len = self.memory + number * SIZE, SIZE
            header.msg_iov, header.msg_iovlen = self.vectors + number, 1
            header.msg_name = self.names + number * name_bytes
            header.msg_namelen = name_bytes
        self.view = memoryview(_ffi.buffer(self.memory))
        self.name_view = memoryview(_ffi.buffer(self.names))
        self.pointers = [self.memory + number * SIZE for number in range(count)]
        self.sizes = memoryview(_ffi.buffer(self.vectors)).cast("B").cast("Q")
        """`sizes[2 * n + 1]` is iov_len of the n-th"""
        self.words = memoryview(_ffi.buffer(self.headers)).cast("B").cast("Q")
        self.lengths = memoryview(_ffi.buffer(self.headers)).cast("B").cast("I")


_HEADER_WORDS: int = _ffi.sizeof("struct mmsghdr") // 8
_LENGTH_STEP: int = _ffi.sizeof("struct mmsghdr") // 4
_LENGTH_AT: int = _ffi.offsetof("struct mmsghdr", "msg_len") // 4


@dataclass(frozen=True, slots=True)
class Pin:
    """A socket address that stays where it is while this object lives."""

    memory: Any
    pointer: int


class Inbox:
    """What arrives. After `receive` the n-th datagram lies at `view[n * SIZE :]`."""

    def __init__(self, handle: socket.socket) -> None:
        self._library = _system()
        self._handle = handle
        self.name_bytes = 28 if handle.family == socket.AF_INET6 else 16
        self._vector = _Vector(BATCH_IN, self.name_bytes)
        self.view = self._vector.view
        self.pointers = self._vector.pointers
        self._none = _ffi.NULL

    def receive(self) -> int:
        """How many datagrams came; 0 if none waits."""
        count: int = self._library.recvmmsg(
            self._handle.fileno(), self._vector.headers, BATCH_IN, socket.MSG_DONTWAIT, self._none
        )
        return max(0, count)

    def size(self, number: int) -> int:
        """The length of the n-th."""
        size: int = self._vector.lengths[number * _LENGTH_STEP + _LENGTH_AT]
        return size

    def source(self, number: int) -> bytes:
        """The sender of the n-th as a socket address, which is what tells senders apart here."""
        at = number * self.name_bytes
        return bytes(self._vector.name_view[at : at + self.name_bytes])


class Outbox:
    """What is to be sent: written into `view` at `count * SIZE`, then pushed; sent by `flush`, or when 256 wait.

    Datagrams that are pushed together leave as one message that the kernel cuts up (UDP_SEGMENT, since Linux 4.18):
    a picture's packets pass its layers once instead of one by one.
    """

    def __init__(self, handle: socket.socket) -> None:
        self._library = _system()
        self._handle = handle
        self.name_bytes = 28 if handle.family == socket.AF_INET6 else 16
        self._vector = _Vector(BATCH_OUT, self.name_bytes)
        self.view = self._vector.view
        self.pointers = self._vector.pointers
        self._names = self._vector.name_view
        self._first_name = _address_of(self._vector.names)
        self._headers = self._vector.headers
        self._words = self._vector.words
        self._sizes = self._vector.sizes
        self._first_vector = _address_of(self._vector.vectors)
        self._controls = _ffi.new(f"struct segment[{BATCH_OUT}]")
        self._first_control = _address_of(self._controls)
        self._segments = memoryview(_ffi.buffer(self._controls)).cast("B").cast("H")
        for number in range(BATCH_OUT):
            control = self._controls[number]
            control.length, control.level, control.type = _CONTROL_LENGTH, _SOL_UDP, _UDP_SEGMENT
        self.segments = True
        """whether the kernel and the network card cut messages up; learnt when they do not"""
        self._messages = 0
        self._sent = 0
        self._retired: list[Pin] = []
        self.count = 0
        """The number of the next to be written; BATCH_OUT means that there is no room"""
        self.full = False
        """whether the socket took no more at the last flush"""
        self.dropped = 0
        self.refused = 0

    def pin(self, name: bytes) -> Pin:
        """A socket address at a fixed place in memory; give it back to `unpin`."""
        memory = _ffi.new(f"char[{self.name_bytes}]", name)
        return Pin(memory, _address_of(memory))

    def unpin(self, pin: Pin) -> None:
        """Nobody needs it any more but what waits, for which it stays."""
        if self.count:
            self._retired.append(pin)

    def push(self, address: int, size: int) -> None:
        """The datagram at `count` is complete; `address` is a pin's pointer."""
        count = self.count
        self._sizes[2 * count + 1] = size
        self._message(address, count, 1, size)
        self.count = count + 1
        if count >= _FLUSH_AT and not self.full:
            self.flush()

    def push_run(self, address: int, sizes: list[int]) -> None:
        """The datagrams from `count` on are complete, all for one receiver."""
        at, lengths = self.count, self._sizes
        first, whole, last = at, sizes[0], sizes[0]
        for size in sizes:
            lengths[2 * at + 1] = size
            # All of one size, but for the last, which may be shorter; then another message begins.
            if at > first and (
                size > whole or last != whole or at - first == _MOST_SEGMENTS or not self.segments
            ):
                self._message(address, first, at - first, whole)
                first, whole = at, size
            last = size
            at += 1
        self._message(address, first, at - first, whole)
        self.count = at
        if at >= _FLUSH_AT and not self.full:
            self.flush()

    def _message(self, address: int, first: int, datagrams: int, size: int) -> None:
        message = self._messages
        self._messages = message + 1
        words, word = self._words, _HEADER_WORDS * message
        words[word] = address
        words[word + 2] = self._first_vector + 16 * first
        words[word + 3] = datagrams
        if datagrams > 1:
            words[word + 4] = self._first_control + _CONTROL_SPACE * message
            words[word + 5] = _CONTROL_SPACE
            self._segments[_CONTROL_SPACE // 2 * message + 8] = size
        else:
            words[word + 4] = words[word + 5] = 0

    def room(self, wanted: int = 1) -> bool:
        """Whether there is place for so many more; if not, they are counted as dropped."""
        if self.count + wanted <= BATCH_OUT or (self.flush() and wanted <= BATCH_OUT):
            return True
        self.dropped += wanted
        return False

    def send(self, data: bytes, name: bytes) -> None:
        """One datagram as it is, to a socket address."""
        if not self.room():
            return
        count = self.count
        at = count * SIZE
        self.view[at : at + len(data)] = data
        at = count * self.name_bytes
        self._names[at : at + self.name_bytes] = name
        self.push(self._first_name + at, len(data))

    def flush(self) -> bool:
        """Send what waits. False if the socket is full: call again when it is writable."""
        while self._sent < self._messages:
            done: int = self._library.sendmmsg(
                self._handle.fileno(), self._headers + self._sent, self._messages - self._sent, socket.MSG_DONTWAIT
            )  # fmt: skip
            if done > 0:
                self._sent += done
                continue
            reason = _ffi.errno
            if reason in (errno.EAGAIN, errno.EWOULDBLOCK, errno.ENOBUFS):
                self.full = True
                return False
            if reason == errno.EINTR:
                continue
            if (
                reason in (errno.EINVAL, errno.EIO)
                and self._words[_HEADER_WORDS * self._sent + 3] > 1
            ):
                # Not here, then: an old kernel, or a card that adds no checksums.
                self.segments = False
            # This one has no way to its address (unreachable, say); those behind it may.
            self._sent += 1
            self.refused += 1
        self._sent = self._messages = self.count = 0
        self.full = False
        self._retired.clear()
        return True


def open_socket(host: str, port: int) -> socket.socket:
    """A UDP socket on that address, or on all where it is not one of this machine (behind a NAT).

    Raises OSError where the port is taken.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    handle = socket.socket(family, socket.SOCK_DGRAM)
    try:
        handle.setblocking(False)
        for forced, plain in ((33, socket.SO_RCVBUF), (32, socket.SO_SNDBUF)):
            try:  # SO_RCVBUFFORCE and SO_SNDBUFFORCE: past the system's limit, if we may
                handle.setsockopt(socket.SOL_SOCKET, forced, _BUFFER)
            except OSError:
                handle.setsockopt(socket.SOL_SOCKET, plain, _BUFFER)
        try:
            handle.bind((host, port))
        except OSError as error:
            if error.errno != errno.EADDRNOTAVAIL:
                raise
            handle.bind(("::" if family == socket.AF_INET6 else "", port))
    except OSError:
        handle.close()
        raise
    return handle


def socket_address(host: str, port: int) -> bytes:
    """Host and port as a socket address (sockaddr_in or sockaddr_in6), the inverse of `plain_address`.

    Raises OSError for what is no IP address.
    """
    if ":" in host:
        return struct.pack(
            "=H2sI16sI",
            socket.AF_INET6,
            port.to_bytes(2, "big"),
            0,
            socket.inet_pton(socket.AF_INET6, host),
            0,
        )
    return struct.pack(
        "=H2s4s8x",
        socket.AF_INET,
        port.to_bytes(2, "big"),
        socket.inet_pton(socket.AF_INET, host),
    )


def plain_address(name: bytes) -> tuple[str, int]:
    """A socket address (sockaddr_in or sockaddr_in6) as host and port."""
    port = int.from_bytes(name[2:4], "big")
    if len(name) == 16:
        return socket.inet_ntop(socket.AF_INET, name[4:8]), port
    return socket.inet_ntop(socket.AF_INET6, name[8:24]), port
