"""Which maintenance windows have equipment in common, told from both sides."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from iot_bridge.maintenance.overlapping import Equipment, Relation, relation, unsettled

CODES = ("640181", "640181100", "640181100001", "640181100002", "640181101")
KINDS = ("smoke", "camera", "face_gate")
DEVICES = [
    (f"{kind}-{code}", code, kind) for code in ("640181100001", "640181100002") for kind in KINDS
]
OPPOSITE = {
    Relation.SAME: Relation.SAME,
    Relation.COVERS: Relation.WITHIN,
    Relation.WITHIN: Relation.COVERS,
    Relation.CROSSES: Relation.CROSSES,
    None: None,
}

areas = st.builds(
    Equipment, st.sampled_from(CODES), st.frozensets(st.sampled_from(KINDS), max_size=2)
)
single = st.sampled_from(DEVICES).map(lambda one: Equipment(one[1], frozenset({one[2]}), one[0]))
equipment = st.one_of(areas, single)


def members(of: Equipment) -> frozenset[str]:
    """The devices that it is about, one by one."""
    if of.device is not None:
        return frozenset({of.device})
    return frozenset(
        device
        for device, code, kind in DEVICES
        if code.startswith(of.code) and (not of.kinds or kind in of.kinds)
    )


@given(equipment, equipment)
def test_it_is_what_the_devices_say(own: Equipment, other: Equipment) -> None:
    found = relation(own, other)
    assert relation(other, own) is OPPOSITE[found]
    mine, theirs = members(own), members(other)
    if found is None:
        assert not mine & theirs
    elif found is Relation.SAME:
        assert mine == theirs
    elif found is Relation.COVERS:
        assert mine <= theirs
    elif found is Relation.WITHIN:
        assert theirs <= mine


def test_the_same_place_for_other_kinds_has_nothing_in_common() -> None:
    smoke = Equipment("640181100", frozenset({"smoke"}))
    gates = Equipment("640181100001", frozenset({"face_gate", "camera"}))
    assert relation(smoke, gates) is None
    both = Equipment("640181", frozenset({"smoke", "camera"}))
    assert relation(gates, both) is Relation.CROSSES


def test_only_other_equipment_may_be_known_of() -> None:
    found = [(1, Relation.SAME), (2, Relation.COVERS), (3, Relation.WITHIN)]
    assert unsettled(found, ()) == [1, 2, 3]
    assert unsettled(found, (1, 2, 3)) == [1]
    assert unsettled(found[1:], (2, 3)) == []
