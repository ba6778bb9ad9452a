"""A push service on loopback, and a key to push with."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from dispatch.push.attempts import Identity
from tests.support.push_service import PushService, push_service


@pytest.fixture
def service() -> Iterator[PushService]:
    """A push service; nobody may have done anything wrong when the test ends."""
    with push_service() as running:
        yield running


@pytest.fixture(scope="session")
def identity() -> Identity:
    """Who pushes."""
    return Identity(ec.generate_private_key(ec.SECP256R1()), "mailto:duty@example.org")
