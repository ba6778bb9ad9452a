"""What pages are told of TURN."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import replace
from pathlib import Path

import pytest

from command_center.env import Environment, read_environment
from command_center.variables import ConfigurationError
from conferencing.signalling.turn import with_credentials

ENVIRONMENT = Environment(data_dir=Path("unused"))
URLS = ("turn:turn.example.org:3478?transport=udp", "turns:turn.example.org:5349?transport=tcp")


def test_nothing_is_told_where_nothing_is_set() -> None:
    assert with_credentials(ENVIRONMENT, now=0, nonce="n") == ()


def test_a_name_says_until_when_it_holds_and_nothing_of_the_person() -> None:
    environment = replace(ENVIRONMENT, turn_urls=URLS, turn_secret="s", turn_lifetime_s=600)
    (told,) = with_credentials(environment, now=1_000.9, nonce="n")
    assert (told.urls, told.username) == (URLS, "1600:n")
    digest = hmac.new(b"s", b"1600:n", hashlib.sha1).digest()
    assert base64.b64decode(told.credential or "") == digest


@pytest.mark.parametrize(
    ("variables", "says"),
    [
        ({"TURN_URLS": "stun:stun.l.google.com:19302", "TURN_SECRET": "x" * 32}, "TURN_URLS"),
        ({"TURN_URLS": URLS[0]}, "static-auth-secret"),
        ({"TURN_URLS": URLS[0], "TURN_SECRET": "short"}, "static-auth-secret"),
        ({"CONFERENCE_ENGINE": "zoom"}, "aiortc (or janus)"),
        ({"JANUS_PORTS": "40000-20000"}, "first and last"),
        ({"JANUS_URL": "http://janus.example.org"}, "wss://"),
    ],
)
def test_what_cannot_be_used_is_told(variables: dict[str, str], says: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read_environment(variables, base_dir=Path("/base"))
    assert says in str(caught.value)


def test_what_is_set_is_read() -> None:
    variables = {
        "TURN_URLS": ",".join(URLS),
        "TURN_SECRET": "x" * 32,
        "TURN_LIFETIME_S": "3600",
        "CONFERENCE_ENGINE": "janus",
        "JANUS_URL": "run/api.sock",
        "JANUS_ADMIN_URL": "wss://janus.example.org:7989",
        "JANUS_PORTS": "30000-30100",
    }
    read = read_environment(variables, base_dir=Path("/base"))
    assert (read.turn_urls, read.turn_lifetime_s) == (URLS, 3600)
    assert (read.conference_engine.value, read.janus_ports) == ("janus", (30000, 30100))
    assert read.janus_address == "/base/run/api.sock"
    assert read.janus_admin_address == "wss://janus.example.org:7989"
