"""The waiting list: devices that were heard or announced and that nobody has registered yet.

A stranger gets one row, its latest messages are kept as dead letters, and an officer registers or refuses it.
Bounded, so that a flood of made-up ids cannot fill the disk: PLACES may wait, LETTERS messages are kept of
each, and whoever was silent for EXPIRY is forgotten. When no place is left, one dead letter per codec says so and
counts on. Whoever is refused stays refused, and is counted, until an officer forgets it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from command_center.audit.services import Action, record
from command_center.feed import services as feed
from command_center.health.worker import Job
from command_center.jurisdictions.selectors import deepest_known
from iot_bridge.codecs.registry import REGISTRY
from iot_bridge.devices.models import Device, PendingDevice
from iot_bridge.devices.services import save_device
from iot_bridge.intake.decoding import Received, Rejected, Stranger
from iot_bridge.intake.models import DeadLetter
from iot_bridge.intake.registry import from_ms
from iot_bridge.protocol.privacy import scrub_text
from iot_bridge.protocol.reasons import DeadLetterReason

if TYPE_CHECKING:
    from command_center.accounts.models import User

PLACES = 1_000
LETTERS = 10
EXPIRY = timedelta(days=30)
_SAMPLE = 4_000
_Key = tuple[str, str]


# -- from the bridge -------------------------------------------------------------------------------


def admit(
    rejected: Sequence[Rejected], announced: Sequence[Stranger]
) -> tuple[Sequence[Rejected], int]:
    """Note strangers; returns the letters that are to be kept, and how many messages were turned away.

    To be called in the transaction that stores the letters.
    """
    rejected = [_without_person(letter) for letter in rejected]
    announced = [stranger for stranger in announced if not _is_of_person(stranger)]
    heard = [letter.stranger for letter in rejected if letter.stranger is not None]
    if not heard and not announced:
        return rejected, 0
    latest: dict[_Key, list[Stranger]] = {}
    for stranger in (*announced, *heard):
        latest.setdefault((stranger.codec, stranger.ref), []).append(stranger)
    standing = _note(latest)
    kept: list[Rejected] = []
    turned_away = 0
    for letter in rejected:
        who = letter.stranger
        if who is None:
            kept.append(letter)
            continue
        state = standing.get((who.codec, who.ref))
        if state in ("waiting", "registered"):
            kept.append(letter)
            continue
        turned_away += 1
        if state is None:
            kept.append(_no_room(letter, who))
    _make_room(kept)
    return kept, turned_away


def _is_of_person(stranger: Stranger) -> bool:
    """Whether the id that it would wait under is one of a person: a telephone's, a card's."""
    return scrub_text(stranger.ref) != stranger.ref


def _without_person(letter: Rejected) -> Rejected:
    """Such a letter is kept, stripped; nothing waits under its id."""
    if letter.stranger is None or not _is_of_person(letter.stranger):
        return letter
    return replace(letter, stranger=None)


def _note(strangers: dict[_Key, list[Stranger]]) -> dict[_Key, str]:
    """Update or add each stranger's row; the state of those that have one."""
    refs = {ref for _codec, ref in strangers}
    rows = PendingDevice.objects.select_for_update().filter(external_id__in=refs)
    known = {(row.codec, row.external_id): row for row in rows}
    room = None
    standing: dict[_Key, str] = {}
    for key, seen in strangers.items():
        row = known.get(key)
        if row is None:
            if room is None:
                room = PLACES - PendingDevice.objects.filter(state="waiting").count()
            if room <= 0:
                continue
            room -= 1
            at = from_ms(seen[0].at_ms)
            row = PendingDevice(codec=key[0], external_id=key[1], first_seen=at)
        for stranger in seen:
            _learn(row, stranger)
        row.save()
        standing[key] = row.state
    return standing


def _learn(row: PendingDevice, stranger: Stranger) -> None:
    """Take over what a message or an announcement tells; what is told once is not untold by silence."""
    row.last_seen = from_ms(stranger.at_ms)
    row.topic = scrub_text(stranger.topic)[:400]
    row.maker = stranger.maker[:60] or row.maker
    row.model = stranger.model[:60] or row.model
    if stranger.announced:
        row.announced = True
        if stranger.kind is not None:
            row.kind, row.fields = stranger.kind, {**row.fields, **stranger.fields}
    elif stranger.kind is not None and not (row.announced and row.kind):
        row.kind = stranger.kind
    if not row.code or stranger.code:
        row.code = deepest_known(stranger.code)
    if not stranger.announced:
        row.count += 1
    if not stranger.announced or not row.sample:
        row.sample = scrub_text(stranger.sample[:_SAMPLE])


def _no_room(letter: Rejected, stranger: Stranger) -> Rejected:
    """One letter for all that found no place with this codec: identical ones fold into a count."""
    return replace(
        letter,
        received=Received(f"{stranger.codec}/…", b"", letter.received.at_ms),
        detail=f"the waiting list is full, {PLACES} devices wait already",
        device_id="",
        code="",
        stranger=None,
    )


def _make_room(letters: Iterable[Rejected]) -> None:
    """Of each stranger the latest letters are kept."""
    fresh: dict[str, int] = {}
    for letter in letters:
        if letter.stranger is not None:
            ref = scrub_text(letter.stranger.ref)[:64]
            fresh[ref] = fresh.get(ref, 0) + 1
    for ref, count in fresh.items():
        rows = _letters_of(ref).order_by("-last_at", "-id").values_list("pk", flat=True)
        surplus = list(rows[max(0, LETTERS - count) :])
        if surplus:
            DeadLetter.objects.filter(pk__in=surplus).delete()


def _letters_of(ref: str) -> Any:
    return DeadLetter.objects.filter(
        device_id=ref, state="open", reason=DeadLetterReason.UNKNOWN_DEVICE
    )


# -- from officers ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Registered:
    """A device taken off the waiting list, and how many of its messages its bridge takes in now."""

    device: Device
    letters: int


def register(*, pending: PendingDevice, device: Device, actor: User) -> Registered:
    """Register a waiting device as the officer describes it; its kept messages are taken in.

    Raises ValidationError naming the wrong field.
    """
    with feed.transaction():
        save_device(device=device, actor=actor, note=f"{pending.codec} {pending.external_id}")
        letters = take_in(pending, device, closed_by=actor.display_name)
    return Registered(device, letters)


def refuse(*, pending: PendingDevice, actor: User, reason: str) -> bool:
    """Refuse a waiting device, and put its letters aside; False if somebody decided first."""
    with feed.transaction():
        changed = PendingDevice.objects.filter(pk=pending.pk, state="waiting").update(
            state="refused", closed_by=actor.display_name, closed_reason=reason
        )
        if changed:
            _letters_of(pending.external_id).update(
                state="discarded", closed_by=actor.display_name, closed_reason=reason
            )
            _record(Action.PENDING_REFUSED, pending, actor, {"reason": reason})
    return bool(changed)


def forget(*, pending: PendingDevice, actor: User) -> None:
    """Take a row off the list; a device that is heard again waits anew."""
    with feed.transaction():
        pending.delete()
        _record(Action.PENDING_FORGOTTEN, pending, actor, {"state": pending.state})


def _record(action: Action, pending: PendingDevice, actor: User, detail: dict[str, Any]) -> None:
    subject = f"{pending.codec} {pending.external_id}"[:120]
    record(action=action, actor=actor, subject=subject, code=pending.code, detail=detail)


def take_in(pending: PendingDevice, device: Device, *, closed_by: str) -> int:
    """Queue the letters of a device that is registered now, for its bridge, and end the wait."""
    letters = _letters_of(pending.external_id)
    count: int = letters.update(
        state="queued", code=device.jurisdiction_id, closed_by=closed_by[:150]
    )
    PendingDevice.objects.filter(pk=pending.pk).delete()
    return count


# -- from the worker -------------------------------------------------------------------------------


def _tend() -> str:
    """Take in what devices said that the admin registered from here; forget who is silent for long."""
    taken = 0
    for pending in PendingDevice.objects.filter(state="registered"):
        device = _registered_as(pending)
        with feed.transaction():
            if device is None:  # removed again meanwhile
                PendingDevice.objects.filter(pk=pending.pk).update(state="waiting")
            else:
                taken += take_in(pending, device, closed_by="system")
    silent = PendingDevice.objects.filter(
        state="waiting", last_seen__lt=timezone.now() - EXPIRY
    ).delete()[0]
    said = [f"{taken} messages of newly registered devices queued"] if taken else []
    return ", ".join([*said, *([f"{silent} silent strangers forgotten"] if silent else [])])


def _registered_as(pending: PendingDevice) -> Device | None:
    if pending.codec == "canonical":
        return Device.objects.filter(pk=pending.external_id).first()
    if pending.codec not in {codec.name for codec in REGISTRY.codecs}:
        return None
    codecs = REGISTRY.relatives(pending.codec)
    return Device.objects.filter(codec__in=codecs, external_id=pending.external_id).first()


tend_waiting = Job(name="tend_waiting", every_s=5, run=_tend)
