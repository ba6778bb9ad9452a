"""Each reason not to start is one sentence that names the mend."""

import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from command_center.env import Environment
from command_center.supervisor import preflight
from command_center.variables import BrokerUrl, ConfigurationError
from tests.support.ports import free_udp_port


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    return Environment(
        data_dir=tmp_path / "data",
        port=free_port(),
        mqtt_port=free_port(),
        media_port=free_udp_port(),
    )


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that another program listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port


def refusal(environment: Environment) -> str:
    with pytest.raises(ConfigurationError) as caught:
        preflight.prepare(environment)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_fit_environment_is_taken(environment: Environment) -> None:
    preflight.prepare(environment).close()
    assert (environment.data_dir / "run").is_dir()


def test_a_second_instance_names_the_first(environment: Environment) -> None:
    with preflight.prepare(environment):
        assert "Another instance (process" in refusal(environment)
    preflight.prepare(environment).close()


def test_a_port_in_use_names_its_variable(environment: Environment, taken: int) -> None:
    assert f"Port {taken} " in refusal(replace(environment, port=taken))
    assert "set PORT to" in refusal(replace(environment, port=taken))
    assert "set MQTT_PORT to" in refusal(replace(environment, mqtt_port=taken))


def test_a_udp_port_in_use_names_its_variable(environment: Environment) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        port: int = other.getsockname()[1]
        assert "set MEDIA_PORT to" in refusal(replace(environment, media_port=port))
        elsewhere = replace(
            environment, media_port=port, media_control="https://media.example.org:8190"
        )
        preflight.prepare(elsewhere).close()


def test_browsers_may_be_told_an_address_outside_a_nat(environment: Environment) -> None:
    preflight.prepare(replace(environment, media_host="192.0.2.1")).close()


def test_the_mqtt_port_does_not_matter_with_an_external_broker(
    environment: Environment, taken: int
) -> None:
    external = replace(environment, mqtt_port=taken, mqtt_url=BrokerUrl("broker", 1883))
    preflight.prepare(external).close()


def test_one_port_for_two_is_refused(environment: Environment) -> None:
    assert "different ports" in refusal(replace(environment, mqtt_port=environment.port))


@pytest.mark.parametrize("host", ["192.0.2.1", "no such host"])
def test_an_address_of_another_machine_is_refused(environment: Environment, host: str) -> None:
    assert f"HOST is {host!r}" in refusal(replace(environment, host=host))


def test_a_data_folder_that_cannot_be_made_is_named(
    environment: Environment, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    assert "set DATA_DIR" in refusal(replace(environment, data_dir=tmp_path / "file" / "data"))


def test_an_old_sqlite_is_refused(
    environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("command_center.sqlite.sqlite_version", lambda: (3, 40, 1))
    assert "SQLite 3.40.1" in refusal(environment)
    postgres = replace(environment, database_url="postgresql://localhost/lingdun")
    preflight.prepare(postgres).close()


def test_an_old_python_is_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"Python 3\.10 is too old"):
        preflight.require_python((3, 10))
