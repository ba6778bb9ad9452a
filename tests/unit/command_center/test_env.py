"""What each environment variable may hold, and what is said when it can't."""

import json
from pathlib import Path

import pytest

from command_center.env import Environment, read_environment
from command_center.hosts import BROWSERS_PUSH_HOSTS, HostEntry
from command_center.maps.tiles import Crs, LayerKind, TileLayer
from command_center.variables import BrokerUrl, ConfigurationError, NamedNode, Server

BASE = Path("/srv/lingdun")


def read(**variables: str) -> Environment:
    return read_environment(variables, base_dir=BASE)


def test_defaults_are_those_of_one_machine() -> None:
    assert read() == Environment(data_dir=BASE / "var")


def test_behind_an_external_broker_nothing_is_simulated_unasked() -> None:
    assert not read(MQTT_URL="mqtt://broker").simulate
    assert read(MQTT_URL="mqtt://broker", SIMULATE="1").simulate


def test_an_empty_variable_counts_as_absent() -> None:
    assert read(PORT="", SIMULATE=" ", MQTT_URL="", MAP_TILES="") == read()


def test_every_variable_is_read() -> None:
    tiles = [
        {
            "id": "a",
            "name": "底图",
            "url": "https://t.example/{z}/{x}/{y}",
            "kind": "wmts",
            "crs": "GCJ02",
        }
    ]
    environment = read(
        HOST="10.1.2.3",
        PORT="8080",
        MQTT_PORT="1884",
        DATA_DIR="/data",
        DEMO_PASSWORD="open sesame",
        SIMULATE="0",
        SERVER="Daphne",
        DATABASE_URL="postgresql://u:p@db/lingdun",
        REDIS_URL="redis://cache:6379/1",
        MQTT_URL="mqtts://bridge:p%40ss@broker",
        MOSQUITTO_PID_FILE="/run/mosquitto.pid",
        SECRET_KEY="k",
        CSRF_TRUSTED_ORIGINS="https://a.example, https://b.example",
        MAP_TILES=json.dumps(tiles),
        PUSH_HOSTS="default, ntfy.example.org:8443",
        WEBHOOK_HOSTS="http://10.0.0.9:8080",
        PUSH_CONTACT="mailto:duty@example.org",
        MEDIA_PORT="8200",
        MEDIA_HOST="203.0.113.7",
        MEDIA_MAX_PEERS="50",
        MEDIA_ROOM_PEERS="40",
        MEDIA_CONTROL="https://media.example.org:8190",
        MEDIA_SECRET="0123456789abcdef0123456789abcdef",
        MEDIA_CERTIFICATE="/etc/media.pem",
        MEDIA_KEY="media.key",
        ALARM_SHELVE_MAX_HOURS="48",
        CONFERENCE_LINES_KEPT_DAYS="30",
        CONFERENCE_FILES_KEPT_DAYS="7",
        DEBUG="true",
    )
    assert environment == Environment(
        data_dir=Path("/data"),
        host="10.1.2.3",
        port=8080,
        mqtt_port=1884,
        demo_password="open sesame",
        simulate=False,
        server=Server.DAPHNE,
        database_url="postgresql://u:p@db/lingdun",
        redis_url="redis://cache:6379/1",
        mqtt_url=BrokerUrl("broker", 8883, "bridge", "p@ss", tls=True),
        mosquitto_pid_file=Path("/run/mosquitto.pid"),
        secret_key="k",
        allowed_hosts=("localhost", "127.0.0.1", "[::1]", "10.1.2.3"),
        csrf_trusted_origins=("https://a.example", "https://b.example"),
        map_tiles=(
            TileLayer("a", "底图", "https://t.example/{z}/{x}/{y}", LayerKind.WMTS, Crs.GCJ02),
        ),
        push_hosts=(*BROWSERS_PUSH_HOSTS, HostEntry("https", "ntfy.example.org", 8443)),
        webhook_hosts=(HostEntry("http", "10.0.0.9", 8080),),
        push_contact="mailto:duty@example.org",
        media_port=8200,
        media_host="203.0.113.7",
        media_max_peers=50,
        media_room_peers=40,
        media_control="https://media.example.org:8190",
        media_secret="0123456789abcdef0123456789abcdef",
        media_certificate=Path("/etc/media.pem"),
        media_key=BASE / "media.key",
        shelve_max_hours=48,
        lines_kept_days=30,
        files_kept_days=7,
        debug=True,
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "http"),
        ("PORT", "0"),
        ("PORT", "65536"),
        ("PORT", "8000.0"),
        ("PORT", "٨٠٠٠"),
        ("MQTT_PORT", "-1"),
        ("SIMULATE", "maybe"),
        ("DEBUG", "2"),
        ("SERVER", "gunicorn"),
        ("DATABASE_URL", "mysql://localhost/x"),
        ("REDIS_URL", "localhost:6379"),
        ("MQTT_URL", "broker:1883"),
        ("MQTT_URL", "mqtt://broker:port"),
        ("MQTT_URL", "mqtt://"),
        ("CSRF_TRUSTED_ORIGINS", "console.example.org"),
        ("PUSH_HOSTS", "default,https://push.example.org/x"),
        ("WEBHOOK_HOSTS", "ftp://example.org"),
        ("PUSH_CONTACT", "duty"),
        ("PUSH_CONTACT", "https://example.org/duty"),
        ("MAP_TILES", "{"),
        ("MAP_TILES", "3"),
        ("MAP_TILES", '[{"id": "a"}]'),
        ("MAP_TILES", '[{"id": "a", "name": "b", "url": "javascript:x"}]'),
        ("MAP_TILES", '[{"id": "a", "name": "b", "url": "/t", "crs": "BD09"}]'),
        ("MAP_TILES", '[{"id": "a", "name": "b", "url": "/t", "colour": "red"}]'),
    ],
)
def test_a_wrong_value_is_named_with_an_example(name: str, value: str) -> None:
    with pytest.raises(ConfigurationError, match=rf"^{name} is .+ an example: {name}=") as caught:
        read(**{name: value})
    assert "\n" not in str(caught.value)


def test_a_password_in_a_wrong_address_is_not_shown() -> None:
    with pytest.raises(ConfigurationError) as caught:
        read(MQTT_URL="tcp://bridge:hunter2@broker:1883")
    assert "hunter2" not in str(caught.value)
    assert "broker:1883" in str(caught.value)


@pytest.mark.parametrize(
    "example_of", ["PORT", "SERVER", "DATABASE_URL", "MQTT_URL", "PUSH_CONTACT", "MAP_TILES"]
)
def test_the_example_given_is_itself_right(example_of: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read(**{example_of: "wrong"})
    example = str(caught.value).partition(f"an example: {example_of}=")[2].partition(" (")[0]
    read(**{example_of: example.strip("'")})


def test_nobody_may_be_called_where_the_list_says_so() -> None:
    environment = read(PUSH_HOSTS="none", WEBHOOK_HOSTS="")
    assert environment.push_hosts == ()
    assert environment.webhook_hosts == read().webhook_hosts


def test_all_interfaces_do_not_widen_the_allowed_hosts() -> None:
    assert read(HOST="0.0.0.0").allowed_hosts == read().allowed_hosts  # noqa: S104


# -- the media node --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("host", "told"),
    [("", "127.0.0.1"), ("10.1.2.3", "10.1.2.3"), ("0.0.0.0", "127.0.0.1"), ("::1", "::1")],  # noqa: S104 - read, not bound
)
def test_browsers_are_told_the_host_where_it_is_one_address(host: str, told: str) -> None:
    assert read(HOST=host).media_host == told


def test_the_control_socket_lies_with_the_data_unless_it_is_put_elsewhere() -> None:
    assert read().media_address == "/srv/lingdun/var/run/media.sock"
    assert read(MEDIA_CONTROL="m.sock").media_address == "/srv/lingdun/m.sock"
    there = read(MEDIA_CONTROL="https://m.example.org:8190/", MEDIA_SECRET="s" * 32)
    assert there.media_address == "https://m.example.org:8190"
    assert not there.runs_media


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({"MEDIA_HOST": "media.example.org"}, "MEDIA_HOST"),
        ({"MEDIA_HOST": "0.0.0.0"}, "MEDIA_HOST"),  # noqa: S104 - read, not bound
        ({"MEDIA_PORT": "70000"}, "MEDIA_PORT"),
        ({"MEDIA_MAX_PEERS": "0"}, "MEDIA_MAX_PEERS"),
        ({"MEDIA_ROOM_PEERS": "2001"}, "MEDIA_ROOM_PEERS"),
        ({"MEDIA_CONTROL": "http://m.example.org"}, "MEDIA_CONTROL"),
        ({"MEDIA_CONTROL": "https://m.example.org", "MEDIA_SECRET": "short"}, "MEDIA_SECRET"),
    ],
)
def test_what_a_media_node_cannot_use_is_named(variables: dict[str, str], named: str) -> None:
    with pytest.raises(ConfigurationError, match=named):
        read(**variables)


def test_media_nodes_are_sockets_or_addresses_with_a_secret() -> None:
    assert read().media_nodes == ()
    nodes = "run/a.sock, 640181101=https://media1.example.org:8190/"
    found = read(MEDIA_NODES=nodes, MEDIA_SECRET="s" * 32)
    assert found.media_nodes == found.media_addresses
    assert found.media_nodes == (
        NamedNode(str(BASE / "run/a.sock")),
        NamedNode("https://media1.example.org:8190", "640181101"),
    )
    with pytest.raises(ConfigurationError, match="MEDIA_SECRET"):
        read(MEDIA_NODES=nodes)


def test_each_media_process_of_a_machine_has_ports_and_a_socket_of_its_own() -> None:
    found = read(MEDIA_PROCESSES="2", MEDIA_TRUNK="10.0.0.5:8289").each_media_process()
    assert [one.media_port for one in found] == [8189, 8190]
    assert [Path(one.media_address).name for one in found] == ["media.sock", "media-2.sock"]
    assert [one.media_trunk_address for one in found] == [("10.0.0.5", 8289), ("10.0.0.5", 8290)]
    assert read().media_trunk_address == ("127.0.0.1", 0)
    assert read(MEDIA_TRUNK="none").media_trunk_address is None
    far = read(MEDIA_CONTROL="https://media1.example.org:8190", MEDIA_SECRET="s" * 32)
    assert far.media_trunk_address is None
    with pytest.raises(ConfigurationError, match="MEDIA_TRUNK"):
        read(MEDIA_TRUNK="0.0.0.0:8289")
