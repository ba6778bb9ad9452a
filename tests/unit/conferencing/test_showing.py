"""The state as each seat is sent it: an encoding that is shared, and to each only what it may see."""

from conferencing.conferences.shown import About, Facts, conference_view
from conferencing.signalling import showing
from conferencing.signalling.messages import StateFrame
from conferencing.signalling.room import Read
from tests.support.rooms import NEWCOMER, PEOPLE, full_room


def test_the_conference_is_encoded_once_for_all_who_see_the_same() -> None:
    room = full_room(lobby=True)
    room.enter(NEWCOMER)
    facts = Facts(id=1, number="HS", title="", about=About(), opened_by="", version=7)
    now = Read(facts=facts, value=room.value, end_reason="", node="", boot="", epoch=1, messages=())
    seats = [room.seat(who) for who in (*PEOPLE, NEWCOMER)]
    frames = [StateFrame.model_validate_json(showing.state(now, seat.number)) for seat in seats]
    views = [conference_view(facts, room.value, seat) for seat in seats]
    assert [frame.conference for frame in frames] == views
    assert [frame.you for frame in frames] == [seat.number for seat in seats]
    # Who can admit the newcomer, who cannot, and the newcomer, who knows nobody yet.
    assert len(now.encoded) == 3
