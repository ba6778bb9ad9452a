"""The live feed over real sockets: snapshot, events, resuming, closing, and what a flood does."""

import json
import threading
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import psutil
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.support import city
from tests.support.consoles import Console, Session, fresh_state
from tests.support.stack import Shape, Stack
from tests.support.waiting import wait_until

Sit = Callable[..., Console]
SignIn = Callable[..., Session]


def head_of(stack: Stack) -> int:
    """The feed's last number, as committed."""
    return int(stack.query("SELECT seq FROM feed_feedhead")[0][0])


def emit(stack: Stack, code: str = city.EAST.villages[0], count: int = 3, **facts: Any) -> int:
    """Write events in one township; returns the feed's head after them."""
    stack.do("emit", code=code, device=f"emitted-{code}", count=count, **facts)
    return head_of(stack)


def test_a_snapshot_is_the_whole_scope_and_nothing_else(stack: Stack, console: Sit) -> None:
    everything, east = console("city").shown(), console("town", web=1).shown()
    codes = {code for code, _ in city.jurisdictions()}
    assert codes <= everything["jurisdictions"].keys()
    registered = {row[0] for row in stack.query("SELECT id FROM devices_device")}
    assert registered == everything["devices"].keys()
    for name, items in east.items():
        inside = {
            k: v
            for k, v in everything[name].items()
            if v["code"].startswith(city.EAST.code)
            or (name == "outages" and city.EAST.code.startswith(v["code"]))  # of all that lie below
        }
        assert items.keys() == inside.keys(), name
    assert east["devices"]
    assert east["units"]


def test_two_posts_make_one_scope(console: Sit) -> None:
    codes = {item["code"] for item in console("both").shown()["devices"].values()}
    assert any(code.startswith(city.EAST.code) for code in codes)
    assert city.SOUTH.villages[0] in codes
    assert city.SOUTH.villages[1] not in codes


def test_events_reach_every_web_process_within_a_second(stack: Stack, console: Sit) -> None:
    watching = [console("city", web=0), console("town", web=1), console("town2", web=1)]
    head = emit(stack, count=5)
    wait_until(lambda: all(one.seq >= head for one in watching[:2]), what="both", timeout_s=10)
    assert [len([e for e in one.events if e["seq"] > head - 5]) for one in watching] == [5, 5, 0]


@pytest.mark.parametrize("web", [0, 1])
def test_a_console_resumes_where_it_was(stack: Stack, console: Sit, web: int) -> None:
    watching, other = console("town", web=0), console("town", web=web)
    other.catch_up(emit(stack))
    watching.catch_up(head_of(stack))
    watching.leave()
    before = len(watching.events)
    head = emit(stack, count=20)
    emit(stack, code=city.SOUTH.villages[0])
    other.catch_up(head)
    watching.open(watching.session.at(stack.url(web)))
    assert watching.greeting == "resumed"
    watching.catch_up(head)
    assert len(watching.events) - before >= 20
    seq, fresh = fresh_state(watching.session)
    watching.catch_up(seq)
    shown = watching.shown()
    for state in (shown, fresh):  # told of, never registered
        state["devices"].pop(f"emitted-{city.EAST.villages[0]}", None)
    assert shown == fresh


def test_an_unknown_epoch_gets_a_snapshot(stack: Stack, console: Sit) -> None:
    watching = console("town")
    watching.leave()
    watching.cursor = {"epoch": str(uuid4()), "seq": watching.seq}
    assert watching.open().greeting == "snapshot"


def test_a_cursor_from_the_future_gets_a_snapshot(console: Sit) -> None:
    watching = console("town")
    watching.leave()
    watching.cursor = {**(watching.cursor or {}), "seq": watching.seq + 10**9}
    assert watching.open().greeting == "snapshot"


def test_a_cursor_older_than_the_feed_gets_a_snapshot(stack: Stack, console: Sit) -> None:
    """A console that slept for longer than events are kept comes back to another web process."""
    watching = console("town")
    watching.leave()
    emit(stack)
    stack.do("forget_feed")
    stack.kill("web/0")
    stack.launch("web/0")
    for _ in range(2):
        assert watching.open().greeting == "snapshot"
        watching.leave()
        watching.cursor = {**(watching.cursor or {}), "seq": 1}
    watching.cursor = None
    watching.open()
    watching.catch_up(emit(stack))


def test_writers_at_once_leave_no_gap_and_no_disorder(stack: Stack, console: Sit) -> None:
    """Three processes of four threads each, a fifth of the transactions failing, both webs reading."""
    watching = [console("city", web=0), console("city2", web=1)]
    before = head_of(stack)
    clerks = [stack.hire(f"writer-{number}") for number in range(3)]
    failures: list[BaseException] = []

    def write(number: int) -> None:
        try:
            clerks[number].do(
                "emit_from_threads",
                threads=4,
                transactions=25,
                code=city.TOWNSHIPS[number].villages[0],
                mark=f"writer-{number}-",
            )
        except BaseException as error:  # noqa: BLE001 - told below
            failures.append(error)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for clerk in clerks:
        clerk.close()
    assert failures == []
    # Of 25 transactions of each thread five fail; the others emit one, two or three events.
    per_thread = sum(1 + number % 3 for number in range(25) if number % 5 != 4)
    written = stack.query(
        "SELECT seq, data FROM feed_feedevent WHERE seq > %s ORDER BY seq", before
    )
    # The system's own processes may write in between; their events are as much without a gap.
    assert sum('"writer-' in data for _seq, data in written) == 12 * per_thread
    rows = [seq for seq, _data in written]
    head = before + len(rows)
    assert rows == list(range(before + 1, head + 1))
    for one in watching:
        one.catch_up(head)
        seqs = [event["seq"] for event in one.events if before < event["seq"] <= head]
        assert seqs == stack.shown_seqs(before + 1, head)
        assert "never" not in one.shown()["devices"]


def test_a_heartbeat_comes_and_names_the_cursor(stack: Stack, console: Sit) -> None:
    watching = console("town2")
    emit(stack)  # elsewhere: only the heartbeat tells this console how far the feed is
    head = head_of(stack)
    wait_until(lambda: watching.beats, what="a heartbeat", timeout_s=12)
    watching.catch_up(head)


@pytest.mark.parametrize(
    "nonsense",
    [
        "",
        "hello",
        "[]",
        "null",
        '{"type":"hullo"}',
        '{"type":"hello","cursor":{"epoch":"x","seq":1}}',
        '{"type":"hello","cursor":{"seq":1}}',
        '{"type":"hello","cursor":null,"more":1}',
        '{"type":"seen","seq":-1}',
        '{"type":"seen","seq":"1e400"}',
        '{"type":"snapshot"}',
        '{"type":"hello","cursor":null' + " " * 5000 + "}",
        b"\x00\xff",
    ],
    ids=repr,
)
def test_nonsense_closes_the_socket_with_a_reason(sign_in: SignIn, nonsense: str | bytes) -> None:
    with sign_in("town").socket() as socket:
        socket.send(nonsense)
        assert _closing(socket) == (4400, "bad_message")


def test_nonsense_after_hello_closes_too(console: Sit) -> None:
    watching = console("town")
    watching.send("what?")
    assert wait_until(lambda: watching.closed, what="the close") == (4400, "bad_message")


def test_chatter_closes_the_socket(console: Sit) -> None:
    watching = console("town")
    for _ in range(70):
        try:
            watching.send({"type": "seen", "seq": 1})
        except ConnectionClosed:
            break
    assert wait_until(lambda: watching.closed, what="the close") == (4429, "too_many_messages")


def test_without_a_session_there_is_no_feed(sign_in: SignIn) -> None:
    with sign_in(None).socket() as socket:
        assert _closing(socket) == (4401, "unauthenticated")


def test_without_a_post_there_is_no_feed(sign_in: SignIn) -> None:
    with sign_in("nobody").socket() as socket:
        assert _closing(socket) == (4403, "forbidden")


@pytest.mark.parametrize("origin", ["http://evil.example", "null", None])
def test_another_origin_is_refused(sign_in: SignIn, origin: str | None) -> None:
    session = sign_in("town")
    with pytest.raises(InvalidStatus) as refused, session.socket(origin=origin):
        pass
    assert refused.value.response.status_code == 403


def test_signing_out_closes_the_sessions_sockets_at_once(stack: Stack, sign_in: SignIn) -> None:
    leaving, staying = sign_in("town", afresh=True), sign_in("town")
    consoles = [Console(leaving).open(), Console(leaving.at(stack.url(1))).open()]
    kept = Console(staying).open()
    with leaving.at(stack.url(1)).socket() as silent:  # open, but has not said hello
        leaving.sign_out()
        for one in consoles:
            assert wait_until(lambda one=one: one.closed, what="4401") == (4401, "unauthenticated")  # type: ignore[misc]
        assert _closing(silent) == (4401, "unauthenticated")
    kept.catch_up(emit(stack))
    kept.leave()
    with leaving.socket() as again:
        assert _closing(again) == (4401, "unauthenticated")


def test_changed_posts_close_the_socket_and_count_at_the_next(
    stack: Stack, sign_in: SignIn
) -> None:
    name = f"mover-{uuid4().hex[:8]}"
    stack.do("person", username=name, held=[["township_officer", city.EAST.code]])
    watching = Console(sign_in(name)).open()
    assert city.EAST.code in watching.shown()["jurisdictions"]
    stack.do("posts", username=name, held=[["township_officer", city.SOUTH.code]])
    assert wait_until(lambda: watching.closed, what="4401") == (4401, "unauthenticated")
    watching.frames.clear()
    # The cursor is still good for the feed, but not for what this person may see now.
    watching.cursor = None
    watching.open()
    shown = set(watching.shown()["jurisdictions"])
    assert {city.SOUTH.code, *city.SOUTH.villages} <= shown
    assert {code[: len(city.SOUTH.code)] for code in shown} == {city.SOUTH.code}
    assert not any(trace in watching.text() for trace in city.EAST.traces())
    watching.leave()


@pytest.mark.parametrize("server", ["uvicorn", "daphne"])
@pytest.mark.timeout(240)
def test_a_console_that_does_not_read_is_let_go(
    stack: Stack, sign_in: SignIn, console: Sit, server: str
) -> None:
    """Others are not held up, and the process keeps only so much for each of them."""
    if server != "uvicorn" and stack.shape is Shape.EMBEDDED:
        pytest.skip("the other server's own manners are seen in the other shape")
    stack.kill("web/0")
    child = stack.launch("web/0", SERVER=server)
    try:
        session = sign_in("city")
        lazy = [session.socket(max_queue=1) for _ in range(5)]
        for socket in lazy:
            socket.send('{"type":"hello","cursor":null}')
        good = console("city")
        before = psutil.Process(child.pid).memory_info().rss
        for _ in range(24):  # 24 MB, no faster than a console that reads can follow
            good.catch_up(emit(stack, count=167, per_transaction=25, site="x" * 6_000))
        grown = psutil.Process(child.pid).memory_info().rss - before
        # Once in memory for all, and for each of the lazy no more than its bound.
        assert grown < 24e6 * 4 + len(lazy) * 25e6
        for socket in lazy:
            code, _ = _closing(socket, drain=True)
            # The feed's word, or the server's: it drops the line of who answers no ping or close.
            assert code in (4408, 1006, 1011)
    finally:
        stack.kill("web/0")
        stack.launch("web/0")
        stack.do("forget_feed")


def _closing(socket: Any, *, drain: bool = False) -> tuple[int | None, str]:
    """How the server closes a socket; frames before that are an error unless drained."""
    try:
        while True:
            frame = socket.recv(timeout=20)
            assert drain or json.loads(frame)["type"] in {"snapshot", "heartbeat"}, frame[:200]
    except ConnectionClosed:
        return socket.close_code, socket.close_reason
