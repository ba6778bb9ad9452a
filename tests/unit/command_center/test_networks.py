"""Where cameras may be: networks, names, and what a name does not open."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from command_center.networks import NOWHERE, BadNetworkError, parse_networks

LIST = parse_networks(["10.20.0.0/16", "192.168.5.7", "cam.example.org", "*.cams.example.org"])


@pytest.mark.parametrize(
    ("host", "address", "admitted"),
    [
        ("10.20.3.4", "10.20.3.4", True),
        ("10.21.3.4", "10.21.3.4", False),
        ("192.168.5.7", "192.168.5.7", True),
        ("192.168.5.8", "192.168.5.8", False),
        ("::ffff:10.20.1.1", "::ffff:10.20.1.1", True),
        ("cam.example.org", "93.184.215.14", True),
        ("CAM.example.org", "93.184.215.14", True),
        ("cam.example.org", "10.20.0.9", True),
        ("cam.example.org", "10.99.0.9", False),
        ("cam.example.org", "127.0.0.1", False),
        ("cam.example.org", "169.254.169.254", False),
        ("a.cams.example.org", "93.184.215.14", True),
        ("cams.example.org", "93.184.215.14", False),
        ("other.example.org", "93.184.215.14", False),
    ],
)
def test_an_address_is_admitted(host: str, address: str, admitted: bool) -> None:
    assert LIST.admits(host, ip_address(address)) is admitted
    assert not NOWHERE.admits(host, ip_address(address))


def test_a_list_is_written_as_it_is_read() -> None:
    assert parse_networks(LIST.texts()) == LIST
    assert LIST.may_admit("a.name.that.resolves.later")
    assert not NOWHERE.may_admit("cam.example.org")
    assert not LIST.may_admit("127.0.0.1")


@pytest.mark.parametrize("text", ["10.20.0.0/33", "10.20.1.0/8", "10.20", "a_b", "", "rtsp://x"])
def test_what_is_neither_network_nor_name_is_refused(text: str) -> None:
    with pytest.raises(BadNetworkError):
        parse_networks([text])
