"""Which processes an environment asks for."""

from pathlib import Path

import pytest

from command_center.env import Environment
from command_center.supervisor.processes import console_address, process_table
from command_center.variables import BrokerUrl, Server

PLAIN = Environment(data_dir=Path("/data"))


def names(environment: Environment) -> list[str]:
    return [spec.name for spec in process_table(environment)]


def test_one_machine_runs_everything_and_the_city_lives_once_there_are_pages() -> None:
    assert names(PLAIN) == ["broker", "web", "bridge", "worker", "media", "simulate"]
    assert process_table(PLAIN)[-1].after == "web"


def test_an_external_broker_and_silence_leave_processes_out() -> None:
    environment = Environment(
        data_dir=Path("/data"), mqtt_url=BrokerUrl("broker", 1883), simulate=False
    )
    assert names(environment) == ["web", "bridge", "worker", "media"]


def test_a_media_node_elsewhere_is_not_run_here() -> None:
    elsewhere = Environment(data_dir=Path("/data"), media_control="https://media.example.org:8190")
    assert "media" not in names(elsewhere)


def test_media_nodes_are_as_many_as_are_asked_for() -> None:
    environment = Environment(data_dir=Path("/data"), media_processes=2)
    first, second = [one for one in process_table(environment) if one.name.startswith("media")]
    assert (first.name, second.name) == ("media", "media-2")
    assert "MEDIA_PORT" not in first.environment
    assert second.environment["MEDIA_PORT"] == "8190"
    assert second.probe is not None
    assert str(second.probe.socket) == second.environment["MEDIA_CONTROL"]


@pytest.mark.parametrize("server", list(Server))
def test_the_server_is_the_one_asked_for(server: Server) -> None:
    web = process_table(Environment(data_dir=Path("/data"), server=server, port=8123))[1]
    assert web.command[1:3] == ("-m", server.value)
    assert "8123" in web.command


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000/"),
        ("0.0.0.0", "http://127.0.0.1:8000/"),  # noqa: S104 - the case of interest
        ("::", "http://[::1]:8000/"),
        ("10.0.0.7", "http://10.0.0.7:8000/"),
    ],
)
def test_the_address_is_one_to_open(host: str, address: str) -> None:
    assert console_address(Environment(data_dir=Path("/data"), host=host)) == address
