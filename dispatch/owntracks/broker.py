"""The teams' apps as users of the broker: each writes its own topics and reads nothing."""

from __future__ import annotations

from collections.abc import Iterable

from dispatch.owntracks.models import TrackingLogin
from iot_bridge.devices.broker_files import BrokerUser, Guests

FILTER = "owntracks/+/+"


def _users() -> Iterable[BrokerUser]:
    rows = TrackingLogin.objects.filter(in_use=True).order_by("login")
    for login, password_hash in rows.values_list("login", "password_hash"):
        yield BrokerUser(login, password_hash, write=(f"owntracks/{login}/#",))


GUESTS = Guests(users=_users, read=(FILTER,))
