"""Where the broker is, and that the embedded one stays on this machine."""

import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from command_center.env import Environment
from command_center.variables import BrokerUrl, ConfigurationError
from iot_bridge.runner.broker import (
    BRIDGE_USER,
    DEMO_USER,
    BrokerLogin,
    EmbeddedBroker,
    broker_file,
    configuration,
    keep_embedded_broker,
    read_broker_settings,
    require_loopback,
)


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    return Environment(data_dir=tmp_path, mqtt_port=18830)


def test_an_external_broker_is_taken_as_given(environment: Environment) -> None:
    external = replace(environment, mqtt_url=BrokerUrl("mq", 8883, "u", "p", tls=True))
    assert read_broker_settings(external) == BrokerLogin("mq", 8883, "u", "p", tls=True, mqtt5=True)
    assert not broker_file(external).exists()


def test_passwords_are_made_once_and_differ(environment: Environment) -> None:
    bridge = read_broker_settings(environment)
    demo = read_broker_settings(environment, username=DEMO_USER)
    assert (bridge.username, demo.username) == (BRIDGE_USER, DEMO_USER)
    assert bridge.password != demo.password
    assert read_broker_settings(environment) == bridge
    assert broker_file(environment).stat().st_mode & 0o777 == 0o600


def test_the_port_is_the_running_brokers_unless_one_is_named(environment: Environment) -> None:
    keep_embedded_broker(environment)
    elsewhere = replace(environment, mqtt_port=1883)
    assert read_broker_settings(elsewhere, variables={}).port == 18830
    assert read_broker_settings(elsewhere, variables={"MQTT_PORT": "1883"}).port == 1883


@pytest.mark.parametrize("text", ["{", "[]", '{"host": "127.0.0.1"}'])
def test_a_spoilt_file_is_named(environment: Environment, text: str) -> None:
    broker_file(environment).parent.mkdir()
    broker_file(environment).write_text(text)
    with pytest.raises(ConfigurationError, match=r"broker\.json can't be read; remove it"):
        read_broker_settings(environment)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "::1", "localhost"])
def test_loopback_is_served(host: str) -> None:
    require_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "example.org", ""])  # noqa: S104
def test_any_other_address_is_refused_in_one_sentence(host: str) -> None:
    with pytest.raises(ConfigurationError, match="loopback addresses only") as caught:
        require_loopback(host)
    assert "\n" not in str(caught.value)


def test_the_configuration_is_toml_that_says_what_is_kept() -> None:
    broker = EmbeddedBroker("::1", 1884, bridge_password='a"b\\c', demo_password="d")
    main = tomllib.loads(configuration(broker))["v4"]["main"]
    assert main["listen"] == "[::1]:1884"
    assert main["connections"]["auth"] == {BRIDGE_USER: 'a"b\\c', DEMO_USER: "d"}
    assert main["connections"]["max_payload_size"] > 64 * 1024
