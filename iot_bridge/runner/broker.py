"""The embedded MQTT broker (rumqttd in the `iotcore` wheel), and where to find the broker.

For one machine and for demonstrations: it has a static table of users and no access control by
topic, and keeps its sessions in memory, so it serves loopback addresses only.

How rumqttd behaves, as tried (tests/integration/test_broker.py holds it to what is relied on):
- What a persistent session has not acknowledged is delivered again, in order, after a reconnect,
  without the DUP flag; what came while the session was away follows.
- It sends at most 100 unacknowledged messages to a client, whatever the client announces.
- Acknowledgements must come in the order of delivery. On one out of order it closes the
  connection and may take the oldest message for acknowledged: that message is lost.
- A wrong password closes the connection without a CONNACK.
- The log of messages is bounded: a session that falls too far behind misses the oldest.
"""

from __future__ import annotations

import ipaddress
import json
import logging
import os
import secrets
import signal
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from command_center.env import Environment, read_environment
from command_center.kept import kept_text, write_private
from command_center.variables import ConfigurationError

BASE_DIR = Path(__file__).resolve().parent.parent.parent
LOOPBACK = "127.0.0.1"
BRIDGE_USER = "bridge"
DEMO_USER = "demo"
MAX_CONNECTIONS = 10_000
# Far above the protocol's 64 KiB, so that what is too large reaches the bridge, which keeps it as
# a dead letter; a client that sends more than this is disconnected.
MAX_PAYLOAD_BYTES = 8 * 1024 * 1024
SEGMENT_BYTES = 8 * 1024 * 1024
SEGMENTS = 16
# rumqttd's own bound on unacknowledged messages per client; it can only be lowered.
MAX_IN_FLIGHT = 100


@dataclass(frozen=True, slots=True)
class BrokerLogin:
    """Where the broker is, as whom to connect, and which MQTT it speaks there."""

    host: str
    port: int
    username: str | None
    password: str | None
    tls: bool = False
    mqtt5: bool = True


@dataclass(frozen=True, slots=True)
class EmbeddedBroker:
    """What the embedded broker keeps between starts, in DATA_DIR/run/broker.json."""

    host: str
    port: int
    bridge_password: str
    demo_password: str

    def login(self, username: str) -> BrokerLogin:
        """The login of one of the two users."""
        password = self.bridge_password if username == BRIDGE_USER else self.demo_password
        # The listener speaks 3.1.1, which mosquitto_pub and most devices speak by default.
        return BrokerLogin(self.host, self.port, username, password, mqtt5=False)


def read_broker_settings(
    environment: Environment,
    *,
    username: str = BRIDGE_USER,
    variables: Mapping[str, str] = os.environ,
) -> BrokerLogin:
    """How to reach the broker: MQTT_URL if that is set, else the embedded one.

    `username` picks BRIDGE_USER or DEMO_USER of the embedded broker; MQTT_URL has one user.
    Without MQTT_PORT in `variables` the port is the one the embedded broker last started with.
    """
    url = environment.mqtt_url
    if url is not None:
        return BrokerLogin(url.host, url.port, url.username, url.password, tls=url.tls)
    kept = keep_embedded_broker(environment)
    if variables.get("MQTT_PORT"):
        kept = replace(kept, port=environment.mqtt_port)
    return kept.login(username)


def broker_file(environment: Environment) -> Path:
    """The file with the embedded broker's address and passwords."""
    return environment.data_dir / "run" / "broker.json"


def keep_embedded_broker(environment: Environment) -> EmbeddedBroker:
    """Reads what is kept of the embedded broker, made with random passwords if nothing is."""
    path = broker_file(environment)

    def make() -> str:
        fresh = EmbeddedBroker(
            host=LOOPBACK,
            port=environment.mqtt_port,
            bridge_password=secrets.token_urlsafe(24),
            demo_password=secrets.token_urlsafe(12),
        )
        return json.dumps(asdict(fresh))

    try:
        return EmbeddedBroker(**json.loads(kept_text(path, make)))
    except (TypeError, ValueError) as error:
        raise ConfigurationError(
            f"{path} can't be read; remove it and new broker passwords are made."
        ) from error


def require_loopback(host: str) -> None:
    """Refuses any address that other machines could reach."""
    try:
        loopback = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise ConfigurationError(
            f"The embedded broker has no access control and serves loopback addresses only, "
            f"not {host}; run Mosquitto and set MQTT_URL to serve devices on the network."
        )


def configuration(broker: EmbeddedBroker) -> str:
    """The broker's rumqttd configuration, in TOML."""
    address = f"[{broker.host}]" if ":" in broker.host else broker.host
    return f"""\
id = 0

[router]
id = 0
max_connections = {MAX_CONNECTIONS}
max_outgoing_packet_count = 200
max_segment_size = {SEGMENT_BYTES}
max_segment_count = {SEGMENTS}

[v4.main]
name = "main"
listen = {json.dumps(f"{address}:{broker.port}")}
next_connection_delay_ms = 0

[v4.main.connections]
connection_timeout_ms = 10000
max_payload_size = {MAX_PAYLOAD_BYTES}
max_inflight_count = {MAX_IN_FLIGHT}

[v4.main.connections.auth]
{BRIDGE_USER} = {json.dumps(broker.bridge_password)}
{DEMO_USER} = {json.dumps(broker.demo_password)}
"""


def run_broker(environment: Environment, *, host: str = LOOPBACK) -> None:
    """Serves until the process is ended; returns only if rumqttd gives up.

    Raises ConfigurationError for an address that is not loopback or a port that is taken.
    """
    require_loopback(host)
    kept = keep_embedded_broker(environment)
    broker = replace(kept, host=host, port=environment.mqtt_port)
    if broker != kept:
        _write(broker_file(environment), json.dumps(asdict(broker)))
    path = broker_file(environment).with_name("broker.toml")
    _write(path, configuration(broker))
    native = _native_broker(path)
    try:
        native.check_ports()
    except OSError as error:
        raise ConfigurationError(
            f"Port {broker.port} for MQTT is in use; set MQTT_PORT to a free one."
        ) from error
    # rumqttd runs outside Python, where Python's own signal handlers never get their turn.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    native.run_forever()


def _native_broker(path: Path) -> Any:
    from iotcore.iotcore import IotCoreBroker

    # It reports a span per message as an error, each through Python's logging.
    for name in ("rumqttd", "tracing"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    return IotCoreBroker(config_path=str(path))


def _write(path: Path, text: str) -> None:
    """Replaces a private file in one step, so that no reader sees half of it."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    write_private(temporary, text)
    temporary.replace(path)


def main() -> None:
    """`python -m iot_bridge.runner.broker`: as `manage.py broker`, without loading Django for it."""
    try:
        run_broker(read_environment(os.environ, base_dir=BASE_DIR))
    except ConfigurationError as error:
        sys.exit(str(error))
    sys.exit("The embedded broker ended by itself.")


if __name__ == "__main__":
    main()
