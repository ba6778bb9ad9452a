"""Who speaks, and whom each receiver hears (RFC 6464 gives the level of each packet)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

SPEECH = 127 - 55
"""A level from which it is speech, on the scale 0 (silent) to 127."""
UNKNOWN = 127 - 40
"""Taken for the level of a browser that does not say."""
_RISE, _FALL = 0.4, 0.08
KEEP_S = 1.0
"""Who was heard stays in the slot this long after the last word."""
LOUDER = 6
"""Who takes the slot of somebody who speaks must be this much louder."""
SILENT_S = 0.3


@dataclass(slots=True)
class Voice:
    """One microphone's smoothed level, and when it last spoke."""

    level: float = 0.0
    spoke_at: float = -1e9
    last_at: float = -1e9

    def hear(self, level: int, now: float) -> None:
        """A packet's level."""
        self.level += (level - self.level) * (_RISE if level > self.level else _FALL)
        self.last_at = now
        if self.level >= SPEECH:
            self.spoke_at = now

    def loudness(self, now: float) -> float:
        """The level now; a microphone that sends nothing falls silent."""
        return self.level if now - self.last_at < SILENT_S else 0.0

    def speaks(self, now: float) -> bool:
        """Whether it has spoken within the last second."""
        return now - self.spoke_at < KEEP_S


def ranking(voices: dict[str, Voice], now: float) -> list[str]:
    """All who may be heard, who speaks first, the loudest first."""
    return sorted(
        voices,
        key=lambda peer: (not voices[peer].speaks(now), -voices[peer].loudness(now), peer),
    )


def fill(
    heard: Sequence[str | None],
    candidates: Sequence[str],
    voices: dict[str, Voice],
    now: float,
) -> list[str | None]:
    """Whom the audio slots carry next. `candidates` are those this receiver may hear, in order of rank.

    Nobody changes slots; who speaks is displaced only by somebody clearly louder, who is silent by anybody
    who speaks; an empty slot takes the next in rank, silent or not, so that in a small room no first word is lost.
    """
    allowed = set(candidates)
    slots: list[str | None] = [peer if peer in allowed else None for peer in heard]
    for peer in candidates:
        if peer in slots:
            continue
        if None in slots:
            slots[slots.index(None)] = peer
            continue
        if not slots or not voices[peer].speaks(now):
            break
        weakest = min(
            (one for one in slots if one is not None),
            key=lambda one: (voices[one].speaks(now), voices[one].loudness(now)),
        )
        louder = voices[peer].loudness(now) >= voices[weakest].loudness(now) + LOUDER
        if not voices[weakest].speaks(now) or louder:
            slots[slots.index(weakest)] = peer
    return slots


def steady(
    before: Sequence[str], loud: Sequence[str], voices: dict[str, Voice], now: float
) -> list[str]:
    """Who speaks, the loudest first, in an order that does not waver between equals."""
    order = [peer for peer in before if peer in loud] + [one for one in loud if one not in before]
    for peer in loud[:1]:
        if voices[peer].loudness(now) >= voices[order[0]].loudness(now) + LOUDER:
            order.remove(peer)
            order.insert(0, peer)
    return order
