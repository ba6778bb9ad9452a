"""The outbox: everything until acknowledged, ever more seldom, in order."""

from __future__ import annotations

from iot_bridge.simulator.outbox import LONGEST_WAIT_S, Outbox


def test_an_event_stays_until_it_is_acknowledged() -> None:
    outbox = Outbox()
    kept = outbox.put("a", b"1", 0)
    outbox.sent(kept, 0)
    assert len(outbox) == 1
    assert outbox.acknowledge("a") is kept
    assert outbox.acknowledge("a") is None
    assert len(outbox) == 0
    assert outbox.next_due is None
    assert list(outbox.overdue(1e9)) == []


def test_it_is_sent_again_after_ever_longer_waits() -> None:
    outbox, now, waits = Outbox(first_wait_s=10), 0.0, []
    outbox.sent(outbox.put("a", b"1", 0), 0)
    for _ in range(8):
        due = outbox.next_due
        assert due is not None
        assert list(outbox.overdue(due - 0.001)) == []
        (kept,) = outbox.overdue(due)
        waits.append(due - now)
        now = due
        outbox.sent(kept, now)
    assert waits == [10, 20, 40, 80, 160, LONGEST_WAIT_S, LONGEST_WAIT_S, LONGEST_WAIT_S]
    assert kept.event_id == "a"
    assert kept.first_sent == 0


def test_what_was_said_without_a_connection_waits_in_order() -> None:
    outbox = Outbox()
    outbox.sent(outbox.put("sent", b"", 0), 0)
    for name in ("x", "y", "z"):
        outbox.put(name, b"", 1)
    assert [kept.event_id for kept in outbox.unsent()] == ["x", "y", "z"]
    oldest = outbox.oldest()
    assert oldest is not None
    assert oldest.event_id == "sent"


def test_nothing_unsent_is_repeated() -> None:
    outbox = Outbox()
    outbox.put("x", b"", 0)
    assert outbox.oldest() is None


def test_when_it_is_full_the_oldest_is_given_up_and_counted() -> None:
    outbox = Outbox(max_kept=2)
    for name in ("a", "b", "c"):
        outbox.put(name, b"", 0)
    assert [kept.event_id for kept in outbox.unsent()] == ["b", "c"]
    assert outbox.dropped == 1
