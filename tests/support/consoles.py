"""A console as the feed's contract describes it, written from the contract and not from the server's code.

It signs in over HTTP, keeps a socket, applies what comes, and notes every frame and every breach of
the protocol. Its folding is its own, so that a mistake in the server's cannot hide here.
"""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass, field
from typing import Any

import httpx
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from tests.support.city import PASSWORD
from tests.support.waiting import wait_until

KEYS = {
    "jurisdictions": "code",
    "devices": "id",
    "commands": "device_id",
    "alarms": "id",
    "outages": "id",
    "units": "id",
    "incidents": "id",
    "tasks": "id",
    "notices": "id",
    "conferences": "id",
    "schedules": "id",
    "windows": "id",
}
State = dict[str, dict[Any, dict[str, Any]]]


def unfold(snapshot_state: dict[str, list[dict[str, Any]]]) -> State:
    """A snapshot's lists as {section: {key: item}}."""
    return {
        name: {item[KEYS[name]]: item for item in items} for name, items in snapshot_state.items()
    }


def apply(state: State, event: dict[str, Any]) -> None:
    """Apply one event, as the contract says: whole objects in; removals and what is over out."""
    subject, _, what = event["kind"].partition(".")
    section = f"{subject}s"
    key = event["data"][KEYS[section]]
    if what == "removed" or _is_over(section, event["data"]):
        state[section].pop(key, None)
    else:
        state[section][key] = event["data"]


def _is_over(section: str, item: dict[str, Any]) -> bool:
    match section:
        case "alarms":
            kept = item["latched"] or item["shelved_until"] is not None
            return not item["active"] and item["acknowledged"] and not kept
        case "incidents":
            return item["stage"] in ("archived", "merged")
        case "outages":
            return item["until"] is not None
        case "conferences" | "schedules" | "windows":
            return item["ended_at"] is not None
        case _:
            return False


@dataclass(frozen=True)
class Upload:
    """A file for a form, and the form's other fields."""

    data: bytes
    name: str = "photo.jpg"
    fields: dict[str, str] = field(default_factory=dict)


class Session:
    """A person signed in over HTTP at one web process."""

    def __init__(self, base: str, username: str | None, password: str = PASSWORD) -> None:
        self.base = base
        self.username: str | None = None
        self.http = httpx.Client(base_url=base, timeout=20)
        if username is not None:
            self.sign_in(username, password)

    def sign_in(self, username: str, password: str = PASSWORD) -> None:
        """Begin a session."""
        self.username = username
        answer = self.post("/api/v1/session", {"username": username, "password": password})
        assert answer.status_code == 200, answer.text

    def get(self, path: str, **query: Any) -> httpx.Response:
        """GET a path of the site."""
        return self.http.get(path, params=query or None)

    def post(self, path: str, body: Any = None) -> httpx.Response:
        """POST JSON, with the CSRF token."""
        return self.request("POST", path, body)

    def request(self, method: str, path: str, body: Any = None) -> httpx.Response:
        """Any request, with the CSRF token; a body goes as JSON, an `Upload` as a form."""
        headers = {
            "X-CSRFToken": self.http.cookies.get("csrftoken") or "",
            "Referer": self.base,
        }
        if isinstance(body, Upload):
            files = {"file": (body.name, body.data)}
            return self.http.request(method, path, data=body.fields, files=files, headers=headers)
        content = None
        if body is not None:
            content = json.dumps(body)  # escaped, so that any text can be sent
            headers["Content-Type"] = "application/json"
        return self.http.request(method, path, content=content, headers=headers)

    def enter(self, key: str) -> None:
        """Take up a session that is open already."""
        for name, value in (("sessionid", key), ("csrftoken", "c" * 32)):
            self.http.cookies.set(name, value, domain="127.0.0.1")

    def sign_out(self) -> None:
        """End the session."""
        assert self.request("DELETE", "/api/v1/session").status_code == 204

    @property
    def cookies(self) -> str:
        """The Cookie header."""
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in self.http.cookies.jar)

    def at(self, base: str) -> Session:
        """The same session at another web process."""
        other = Session(base, None)
        other.username = self.username
        for cookie in self.http.cookies.jar:
            other.http.cookies.set(cookie.name, cookie.value or "", domain="127.0.0.1")
        return other

    def close(self) -> None:
        """Let go of the connections."""
        self.http.close()

    def socket(self, *, origin: str | None = "", max_queue: int | None = 64) -> ClientConnection:
        """A bare socket to the feed."""
        headers = {"Cookie": self.cookies} if self.cookies else {}
        return connect(
            f"{self.base.replace('http', 'ws', 1)}/ws/console",
            origin=Origin(self.base if origin == "" else origin) if origin is not None else None,
            additional_headers=headers,
            max_size=None,
            max_queue=max_queue,
            compression=None,
            ping_interval=None,
            close_timeout=2,
            legacy=True,
        )


@dataclass
class Console:
    """A console that follows the feed on a thread of its own. `faults` must stay empty."""

    session: Session
    cursor: dict[str, Any] | None = None
    state: State = field(default_factory=dict)
    frames: list[str] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    arrivals: list[tuple[float, int]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    closed: tuple[int, str] | None = None
    beats: list[dict[str, Any]] = field(default_factory=list)
    greeting: str = ""

    def __post_init__(self) -> None:
        self._socket: ClientConnection | None = None
        self._thread: threading.Thread | None = None
        self._seen = 0.0
        self._lock = threading.Lock()

    # -- connecting ---------------------------------------------------------------------------

    def open(self, session: Session | None = None) -> Console:
        """Connect (at `session`'s web process if given) and say hello with the cursor held."""
        self.session = session or self.session
        self.closed, self.greeting = None, ""
        self._socket = self.session.socket()
        self._socket.send(json.dumps({"type": "hello", "cursor": self.cursor}))
        self._thread = threading.Thread(target=self._follow, args=(self._socket,), daemon=True)
        self._thread.start()
        wait_until(lambda: self.greeting or self.closed, what="the feed's answer to hello")
        return self

    def leave(self) -> None:
        """Drop the socket, keep the state and the cursor."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        if self._thread is not None:
            self._thread.join(10)

    def send(self, message: Any) -> None:
        """Send a message of the protocol, or text that is none."""
        assert self._socket is not None
        self._socket.send(message if isinstance(message, str) else json.dumps(message))

    def __enter__(self) -> Console:
        return self.open()

    def __exit__(self, *_: object) -> None:
        self.leave()

    # -- looking ------------------------------------------------------------------------------

    @property
    def seq(self) -> int:
        """The cursor's number; -1 before the first snapshot."""
        return -1 if self.cursor is None else int(self.cursor["seq"])

    def shown(self) -> State:
        """The state as of now, in JSON's own types."""
        with self._lock:
            copy: State = {name: dict(items) for name, items in self.state.items()}
        return copy

    def alarms_of(self, device: str) -> list[dict[str, Any]]:
        """The open alarms of a device."""
        return [a for a in self.shown().get("alarms", {}).values() if a["device_id"] == device]

    def wait_for_alarm(self, device: str, condition: str, **facts: Any) -> dict[str, Any]:
        """Wait until a device's alarm is shown with these facts; returns it."""

        def found() -> dict[str, Any] | None:
            for alarm in self.alarms_of(device):
                if alarm["condition"] == condition and facts.items() <= alarm.items():
                    return alarm
            return None

        return wait_until(lambda: found() or {}, what=f"{condition} of {device} with {facts}")

    def wait_for_no_alarm(self, device: str, condition: str) -> None:
        """Wait until a device has no such open alarm."""
        wait_until(
            lambda: all(a["condition"] != condition for a in self.alarms_of(device)),
            what=f"no {condition} of {device}",
        )

    def wait_for_event(self, kind: str, **facts: Any) -> dict[str, Any]:
        """Wait for an event whose data holds these facts."""
        return wait_until(
            lambda: next(
                (
                    event
                    for event in list(self.events)
                    if event["kind"] == kind and facts.items() <= event["data"].items()
                ),
                {},
            ),
            what=f"{kind} with {facts}",
        )

    def catch_up(self, seq: int) -> None:
        """Wait until the cursor has come to a number."""
        wait_until(
            lambda: self.seq >= seq or self.closed,
            what=f"the cursor to reach {seq} (it is at {self.seq})",
        )
        assert self.closed is None, f"closed: {self.closed}"

    def text(self) -> str:
        """Every frame received, as one text."""
        return "\n".join(list(self.frames))

    # -- following ----------------------------------------------------------------------------

    def _follow(self, socket: ClientConnection) -> None:
        try:
            for text in socket:
                self._take(str(text), socket)
        except ConnectionClosed:
            pass
        self.closed = (socket.close_code or 1006, socket.close_reason or "")

    def _take(self, text: str, socket: ClientConnection) -> None:
        frame = json.loads(text)
        self.frames.append(text)
        with self._lock:
            match frame["type"]:
                case "snapshot":
                    self.state, self.cursor = unfold(frame["state"]), frame["cursor"]
                    self.greeting = "snapshot"
                case "resumed":
                    if frame["cursor"] != self.cursor:
                        self.faults.append(f"resumed at {frame['cursor']}, not {self.cursor}")
                    self.greeting = "resumed"
                case "events":
                    self._events(frame)
                case "heartbeat":
                    self.beats.append(frame)
                    if frame["head"] != self.seq:
                        self.faults.append(f"heartbeat {frame['head']} at cursor {self.seq}")
                case other:
                    self.faults.append(f"frame of type {other!r}")
        if time.monotonic() - self._seen > 1 and self.cursor is not None:
            self._seen = time.monotonic()
            socket.send(json.dumps({"type": "seen", "seq": self.seq}))

    def _events(self, frame: dict[str, Any]) -> None:
        if not self.greeting:
            self.faults.append("events before snapshot or resumed")
        if frame["prev"] != self.seq:
            self.faults.append(f"prev {frame['prev']} at cursor {self.seq}")
        before = frame["prev"]
        for event in frame["events"]:
            if not before < event["seq"] <= frame["head"]:
                self.faults.append(f"event {event['seq']} between {before} and {frame['head']}")
            before = event["seq"]
            apply(self.state, event)
            self.events.append(event)
            self.arrivals.append((time.monotonic(), event["seq"]))
        if self.cursor is not None:
            self.cursor = {"epoch": self.cursor["epoch"], "seq": frame["head"]}


def fresh_state(session: Session) -> tuple[int, State]:
    """A fresh snapshot: its number and its state."""
    with Console(session) as console:
        return console.seq, console.shown()
