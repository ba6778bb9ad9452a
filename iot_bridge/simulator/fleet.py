"""The devices to simulate and their logins: from the registry, or from a file of credentials."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from django.conf import settings

from command_center.variables import BrokerUrl, ConfigurationError
from iot_bridge.codecs.mapping import split_parameters
from iot_bridge.devices.broker_files import (
    USERS,
    BrokerUser,
    broker_directory,
    format_users,
    publish_broker_files,
    read_users,
    replace_private,
)
from iot_bridge.devices.credentials import (
    hash_password,
    issue_credentials,
    make_password,
    verify_password,
)
from iot_bridge.devices.models import Device
from iot_bridge.protocol.topics import Kind, build_topic
from iot_bridge.rules.thresholds import Thresholds, ThresholdsError, thresholds_for
from iot_bridge.simulator.cast import CANONICAL, Player, mqtt_base
from iot_bridge.simulator.connection import Login
from iot_bridge.simulator.makers import CHIRPSTACK

NETWORK_SERVER = "simulated-network-server"
"""Client id and user name of the LoRaWAN network server that speaks for its sensors."""


def players_in_registry(*, code: str = "") -> list[Player]:
    """Every registered device at or below a jurisdiction prefix, by id."""
    rows = Device.objects.filter(jurisdiction__code__startswith=code).order_by("id")
    return [_player(device) for device in rows]


def some(players: Sequence[Player], number: int | None) -> list[Player]:
    """So many of them, spread evenly over the list; all of them for None or too many."""
    if number is None or number >= len(players):
        return list(players)
    return [players[index * len(players) // number] for index in range(number)]


def read_credentials(path: Path) -> tuple[list[Player], dict[str, Login]]:
    """The output of `device_credential`, an object a line or a JSON list of them.

    Raises ConfigurationError that names the file and the entry.
    """
    text = path.read_text(encoding="utf-8").strip()
    try:
        entries = json.loads(text if text.startswith("[") else f"[{','.join(text.splitlines())}]")
    except ValueError as error:
        raise ConfigurationError(f"{path} holds no credentials: {error}.") from error
    players, logins = [], {}
    for number, entry in enumerate(entries, 1):
        try:
            kind, device_id = mqtt_base(entry["topic"])
            login = Login(
                entry["host"], int(entry["port"]), entry.get("username"), entry.get("password")
            )
        except (KeyError, TypeError, ValueError) as error:
            raise ConfigurationError(f"{path}, entry {number}: {error!r}.") from error
        players.append(Player(device_id, kind, entry["topic"]))
        logins[device_id] = login
    return players, logins


def issued_logins(players: Iterable[Player], broker: BrokerUrl) -> dict[str, Login]:
    """A login of its own for every device at an external broker, kept in DATA_DIR/run for next time.

    Raises ConfigurationError for a device that has a password the simulator did not make: real
    equipment may be using it.
    """
    path = Path(settings.DATA_DIR) / "run" / "simulator_logins.json"
    kept: dict[str, str] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    wanted = [player.id for player in players]
    stored = dict(Device.objects.filter(pk__in=wanted).values_list("id", "broker_hash"))
    fresh = [device_id for device_id in wanted if not _still_valid(device_id, kept, stored)]
    kept |= issue_credentials(device_ids=fresh, actor_name="simulator")
    if any(player.codec == CHIRPSTACK for player in players):
        kept[NETWORK_SERVER] = _network_server(kept.get(NETWORK_SERVER))
    replace_private(path, json.dumps(kept))
    publish_broker_files(broker)
    return {
        name: Login(broker.host, broker.port, name, password, broker.tls)
        for name, password in kept.items()
    }


def _still_valid(device_id: str, kept: Mapping[str, str], stored: Mapping[str, str]) -> bool:
    if not stored[device_id]:
        return False
    if device_id in kept and verify_password(kept[device_id], stored[device_id]):
        return True
    raise ConfigurationError(
        f"{device_id} has a credential that the simulator did not make; real equipment may be "
        "using it. --issue-credentials is for demo installations only."
    )


def _network_server(password: str | None) -> str:
    """The login of the simulated network server, made if need be; returns its password."""
    users = read_users()
    known = next((user for user in users if user.username == NETWORK_SERVER), None)
    if known is not None and password and verify_password(password, known.password_hash):
        return password
    password = make_password()
    user = BrokerUser(
        NETWORK_SERVER, hash_password(password), write=("application/+/device/+/event/+",)
    )
    others = [other for other in users if other.username != NETWORK_SERVER]
    replace_private(broker_directory() / USERS, format_users([*others, user]) + "\n")
    return password


def _player(device: Device) -> Player:
    kind = Kind(device.kind)
    topic = build_topic(jurisdiction=device.jurisdiction_id, kind=kind, device_id=device.id)
    return Player(
        id=device.id,
        kind=kind,
        base=topic.base,
        codec=device.codec or CANONICAL,
        reference=device.external_id or device.id,
        name=device.name,
        thresholds=_thresholds(kind, split_parameters(device.parameters)[0]),
    )


def _thresholds(kind: Kind, parameters: Mapping[str, Any]) -> Thresholds:
    """A device with wrong parameters is simulated with the usual ones."""
    try:
        return thresholds_for(kind, parameters)
    except ThresholdsError:
        return Thresholds()
