"""Arithmetic of numbers that wrap round, and of the times in RTCP."""

from __future__ import annotations

NTP_EPOCH_S = 2_208_988_800
"""Seconds from 1900 to 1970 (RFC 3550, section 4)."""


def ahead(one: int, other: int) -> int:
    """How far one sequence number lies before another, -32768…32767 (RFC 3550, appendix A.1)."""
    return ((one - other + 0x8000) & 0xFFFF) - 0x8000


def ntp_from(seconds: float) -> int:
    """A time of day in seconds since 1970 as a 64-bit NTP time (RFC 3550, section 4)."""
    return int((seconds + NTP_EPOCH_S) * 4294967296) & 0xFFFFFFFFFFFFFFFF


def seconds_from(ntp: int) -> float:
    """A 64-bit NTP time as seconds since 1970."""
    return ntp / 4294967296 - NTP_EPOCH_S


def middle(ntp: int) -> int:
    """The middle 32 bits of an NTP time, as reports quote it (RFC 3550, section 6.4.1)."""
    return (ntp >> 16) & 0xFFFFFFFF


def send_time(seconds: float) -> int:
    """24 bits of time in 1/2¹⁸ s, as the abs-send-time extension has it."""
    return int(seconds * 262144) & 0xFFFFFF
