"""What a stranger, or a participant who means harm, sends changes nothing for the others."""

from __future__ import annotations

import asyncio
import random
import secrets
from collections.abc import AsyncIterator, Callable

import pytest

from conferencing.media.node.peer import MAX_STREAMS
from conferencing.media.shell.private import make_certificate
from conferencing.media.wire import rtcp
from tests.support.media_guest import Camera, Guest, lines, read_remote
from tests.support.media_room import ROOM, Hall, hall, until


@pytest.fixture
async def place() -> AsyncIterator[Hall]:
    async with hall() as one:
        yield one


@pytest.fixture
async def sends(place: Hall) -> Callable[[], object]:
    """A picture that flows from the chair to the village, and what sends one frame more of it."""
    await place.enter("chair")
    village = await place.enter("village")
    camera = place.camera("chair")
    place.look("village", ("chair", 360))
    await until(lambda: village.total > 5, what="a picture", meanwhile=camera.frame)
    return camera.frame


async def goes_on(place: Hall, sends: Callable[[], object]) -> None:
    """The village still gets everything, and nothing else."""
    village = place.guests["village"]
    before, frames = village.total, 0

    def one() -> None:
        nonlocal frames
        sends()
        frames += 1

    await until(
        lambda: frames >= 20 and village.total - before >= 2 * frames,
        what="all of it",
        meanwhile=one,
    )
    assert set(village.received) == {place.slot_ssrc("village", "video")}
    assert [one.connected for one in place.node.stats(ROOM).peers if one.peer in ("chair", "village")] == [True, True]  # fmt: skip


async def test_noise_from_nobody(place: Hall, sends: Callable[[], object]) -> None:
    stranger, noise = Guest("stranger"), random.Random(7)
    stranger.aim(("127.0.0.1", place.node.port))
    for first in range(256):
        stranger.send_raw(bytes([first]) + noise.randbytes(noise.randrange(1300)))
    stranger.send_raw(b"")
    await goes_on(place, sends)
    assert place.node.pump.strange > 0
    stranger.socket.close()


async def test_a_flood_of_binding_requests(place: Hall, sends: Callable[[], object]) -> None:
    stranger = Guest("stranger")
    chair = place.guests["chair"].remote
    assert chair is not None
    stranger.aim(("127.0.0.1", place.node.port))
    wrong = stranger.binding_request(chair, "x" * 32)
    address = place.node.rooms[ROOM].peers["chair"].connection.address
    for _ in range(3000):
        stranger.send_raw(wrong)
    await goes_on(place, sends)
    assert place.node.pump.forged > 0
    assert place.node.rooms[ROOM].peers["chair"].connection.address == address
    stranger.socket.close()


async def test_media_with_wrong_keys_from_the_right_address(
    place: Hall, sends: Callable[[], object]
) -> None:
    chair = place.guests["chair"]
    for number in range(200):
        chair.send_raw(
            b"\x80\x60" + number.to_bytes(2, "big") + bytes(8) + secrets.token_bytes(200)
        )
        chair.send_raw(b"\x81\xc9\0\x07" + secrets.token_bytes(60))
        chair.send_raw(b"\x16\xfe\xfd" + secrets.token_bytes(60))
    await goes_on(place, sends)
    assert place.node.pump.forged >= 400


async def test_another_certificate_than_was_signalled_is_refused(
    place: Hall, sends: Callable[[], object]
) -> None:
    impostor = Guest("impostor")
    offer = impostor.describe(lines())
    impostor.certificate = make_certificate()
    answer = place.node.join(ROOM, "impostor", offer).answer
    task = asyncio.create_task(impostor.connect(answer))
    await until(lambda: place.gone("impostor") == "refused", what="it to be refused")
    await asyncio.gather(task, return_exceptions=True)
    place.guests["impostor"] = impostor
    await goes_on(place, sends)


async def test_who_did_not_join_gets_no_answer(place: Hall, sends: Callable[[], object]) -> None:
    stranger = Guest("stranger")
    known = place.guests["village"].remote
    assert known is not None
    text = known.text.replace(known.ufrag, "ffffffffffff")
    stranger.remote = read_remote(text)
    stranger.aim(known.address)
    with pytest.raises(TimeoutError):
        await stranger.connect(text, timeout_s=0.5)
    place.guests["stranger"] = stranger
    await goes_on(place, sends)


async def test_a_participant_with_forged_ssrcs_reaches_no_slot_but_its_own(
    place: Hall, sends: Callable[[], object]
) -> None:
    mallory = await place.enter("mallory")
    chair = next(iter(place.node.rooms[ROOM].peers["chair"].streams))
    video = place.slot_ssrc("village", "video")
    for ssrc in (chair, video, *range(2 * MAX_STREAMS)):
        forged = Camera(mallory, ssrc, packets_per_frame=1, size=100)
        for mid in ("0", "1", "7", "no such"):
            forged.mid = mid
            forged.frame()
    mallory.send_rtcp(rtcp.sender_report(rtcp.SenderReport(chair, 1, 2, 3, 4)))
    mallory.send_rtcp(rtcp.picture_loss(1, video) + rtcp.bye([chair, video]))
    mallory.send_rtcp(rtcp.nack(1, video, range(500)) + rtcp.remb(1, 0, [video]))
    await goes_on(place, sends)
    assert place.node.rooms[ROOM].peers["mallory"].seen <= MAX_STREAMS
    assert not mallory.packets


async def test_whoever_asks_for_everything_again_gets_a_bounded_lot(
    place: Hall, sends: Callable[[], object]
) -> None:
    village = place.guests["village"]
    numbers = village.received[place.slot_ssrc("village", "video")].sequences
    place.node.rooms[ROOM].peers["village"].repeat_budget = 3
    for _ in range(50):
        village.send_rtcp(
            rtcp.nack(7, place.slot_ssrc("village", "video"), sorted(set(numbers))[:12])
        )
    await asyncio.sleep(0.1)
    outlet = place.node.rooms[ROOM].peers["village"].video[0]
    assert 0 < outlet.slot.repeats <= 3 + 12
    remote = village.remote
    assert remote is not None
    village.received.pop(remote.ssrcs[place.joined["village"].video[0].mid][1], None)
    await goes_on_with_repairs(place, sends)


async def goes_on_with_repairs(place: Hall, sends: Callable[[], object]) -> None:
    """The picture goes on, whatever else came."""
    village, video = place.guests["village"], place.slot_ssrc("village", "video")
    before = village.received[video].packets
    await until(lambda: village.received[video].packets > before + 20, what="more", meanwhile=sends)
