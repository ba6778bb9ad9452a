"""A room on three nodes gives everybody what it would give on one, and sends nothing that nobody there gets."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from conferencing.engines.messages import SourceKind
from tests.support.media_star import Person, Star

NAMES = ("ann", "bai", "cui", "dan", "eli", "fan")
NODES = ("city", "east", "south")
STEPS = 8


@st.composite
def people(draw: st.DrawFn) -> tuple[list[Person], dict[str, str]]:
    """Who is there, what they do, and where they are."""
    names = NAMES[: draw(st.integers(2, len(NAMES)))]
    levels = draw(st.permutations([0, 0, 75, 85, 95, 105]))
    found = []
    for name, level in zip(names, levels, strict=False):
        others = [one for one in names if one != name]
        look = st.tuples(
            st.sampled_from(others),
            st.sampled_from([SourceKind.CAMERA, SourceKind.SCREEN]),
            st.sampled_from([120, 720]),
        )
        person = Person(
            name,
            simulcast=draw(st.booleans()),
            screen=draw(st.booleans()),
            level=level,
            muted=frozenset(draw(st.sets(st.sampled_from(list(SourceKind)), max_size=1))),
            looks=tuple(draw(st.lists(look, max_size=2))),
            audible=draw(st.none() | st.sets(st.sampled_from(others)).map(tuple)),
        )
        found.append(person)
    return found, {name: draw(st.sampled_from(NODES)) for name in names}


@settings(max_examples=40, deadline=None)
@given(people())
def test_everybody_gets_what_one_node_would_give_and_no_more_crosses(
    case: tuple[list[Person], dict[str, str]],
) -> None:
    persons, at = case
    star = Star.of(persons, at, NODES)
    alone = Star.of(persons, dict.fromkeys(at, "one"), ["one"])
    for world in (star, alone):
        for _ in range(STEPS):
            world.step()
        world.act()
        for _ in range(STEPS):
            world.step()
        world.hear_anew()
        for _ in range(STEPS):
            world.step()
    assert star.shown() == alone.shown()
    for link, sent, come in star.crossings():
        name = sent.source.peer.name
        assert come.forwards, f"{name}'s {sent.source.kind} crosses for nobody"
        assert not sent.source.muted
        assert name not in link.room.peers, f"{name} is sent back"


def test_who_looks_away_is_sent_nothing_more_and_who_leaves_is_gone_everywhere() -> None:
    persons = [
        Person("ann", simulcast=True),
        Person("bai", looks=(("ann", SourceKind.CAMERA, 720),)),
    ]
    star = Star.of(persons, {"ann": "east", "bai": "south"}, NODES)
    for _ in range(STEPS):
        star.step()
    star.act()
    for _ in range(STEPS):
        star.step()
    assert star.shown()["bai"][0][0] == ("ann", SourceKind.CAMERA, "f")
    pictures = [sent for _, sent, _ in star.crossings() if sent.source.video]
    assert len(pictures) == 2, "from the east to the city, and on to the south"
    star.people = [persons[0], Person("bai")]
    star.act()
    for _ in range(STEPS):
        star.step()
    assert not [sent for _, sent, _ in star.crossings() if sent.source.video]
    star.rooms["east"].remove(star.peer("ann"), star.now)
    star.people = star.people[1:]
    for _ in range(STEPS):
        star.step()
    assert not any(room.imports.get("ann") for room in star.rooms.values())
    assert not list(star.crossings())
