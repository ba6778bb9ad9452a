"""Fixtures shared by the tests: a running system in both shapes, consoles and devices at it."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

from tests.support import city
from tests.support.consoles import Console, Session
from tests.support.devices import DeviceClient, Publisher
from tests.support.outside import Outside, make_outside
from tests.support.stack import Shape, Stack, running_stack

_numbers = itertools.count(1)

logging.getLogger("httpx").setLevel(logging.WARNING)


_SYSTEMS = ("city", *Shape)
"""What runs for a whole session, in the order in which workers take them up: the longest first."""


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Iterator[None]:
    yield
    items.sort(key=lambda item: _rank(_group(item.nodeid)))


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> _BySystem:
    return _BySystem(config, log)


class _BySystem(LoadScopeScheduling):  # type: ignore[misc]  # the package ships no types
    """Tests of one running system share one worker and so one start; the others go file by file."""

    def _split_scope(self, nodeid: str) -> str:
        return _group(nodeid)


def _group(nodeid: str) -> str:
    path, _, rest = nodeid.partition("::")
    if path.startswith("tests/e2e/"):
        return "city"
    return next((shape for shape in Shape if f"[{shape}" in rest), path)


def _rank(group: str) -> int:
    return _SYSTEMS.index(group) if group in _SYSTEMS else len(_SYSTEMS)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Each test of a running system runs in every shape, or in those that its mark `shapes` names."""
    if "_system" in metafunc.fixturenames:
        mark = metafunc.definition.get_closest_marker("shapes")
        shapes = mark.args if mark else tuple(Shape)
        metafunc.parametrize("_system", shapes, ids=str, indirect=True, scope="session")


@pytest.fixture(scope="session")
def _system(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stack]:
    shape: Shape = request.param
    with running_stack(shape, tmp_path_factory.mktemp(shape)) as stack:
        yield stack


@pytest.fixture
def stack(_system: Stack) -> Iterator[Stack]:
    """The running system, in each shape. What a test ends is started again after it."""
    yield _system
    _system.ensure_running()


@pytest.fixture
def sign_in(stack: Stack) -> Iterator[Callable[..., Session]]:
    """Signs people in: `sign_in("town", web=1)`; into a session of this test's own if `afresh`."""
    sessions: list[Session] = []

    def enter(username: str | None, web: int = 0, *, afresh: bool = False) -> Session:
        known = None if afresh else stack.signed_in.get(username or "")
        session = known.at(stack.url(web)) if known else Session(stack.url(web), None)
        sessions.append(session)
        # A password takes as long as twenty requests, by design.
        if username is not None and (known is None or session.get("/api/v1/me").is_error):
            session.sign_in(username)
            if not afresh:
                stack.signed_in[username] = session
        return session

    yield enter
    for session in sessions:
        session.close()


@pytest.fixture
def console(sign_in: Callable[..., Session]) -> Iterator[Callable[..., Console]]:
    """Opens consoles: `console("city", web=1)`. Their protocol is checked when the test ends."""
    consoles: list[Console] = []

    def sit_down(username: str, web: int = 0) -> Console:
        consoles.append(Console(sign_in(username, web)).open())
        return consoles[-1]

    yield sit_down
    for one in consoles:
        one.leave()
    assert [one.faults for one in consoles if one.faults] == []


@pytest.fixture
def new_device(stack: Stack) -> Callable[..., city.DeviceFacts]:
    """Registers a device that no other test knows: `new_device("fire_lane", lane_hold_s=2)`."""

    def register(
        kind: str, township: city.Township = city.EAST, village: int = 0, **parameters: object
    ) -> city.DeviceFacts:
        id_ = f"{township.mark}-new-{kind}-{next(_numbers)}"
        facts = city.DeviceFacts(id_, f"{township.name}新{kind}", kind, township.villages[village])
        stack.register(facts, **parameters)
        return facts

    return register


@pytest.fixture
def device(
    stack: Stack, new_device: Callable[..., city.DeviceFacts]
) -> Iterator[Callable[..., DeviceClient]]:
    """Registers a device and connects it: `device("face_gate", city.SOUTH)`."""
    clients: list[DeviceClient] = []

    def switch_on(
        kind: str, township: city.Township = city.EAST, *, will: bool = False, **parameters: object
    ) -> DeviceClient:
        client = DeviceClient(stack, new_device(kind, township, **parameters), will=will)
        client.connect()
        clients.append(client)
        return client

    yield switch_on
    for client in clients:
        client.disconnect()


@pytest.fixture
def gateway(stack: Stack) -> Iterator[Publisher]:
    """A client that may publish on any topic."""
    with Publisher(stack.gateway()) as publisher:
        yield publisher


@pytest.fixture
def outside(
    stack: Stack,
    device: Callable[..., DeviceClient],
    gateway: Publisher,
    sign_in: Callable[..., Session],
) -> Outside:
    """Things of the eastern township; made once in a system, since no test with them may change them."""
    if "outside" not in stack.kept:
        stack.kept["outside"] = make_outside(stack, device, gateway, sign_in)
    made: Outside = stack.kept["outside"]
    return made
