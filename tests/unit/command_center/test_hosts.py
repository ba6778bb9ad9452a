"""Whom this system may call: what is on a list, what is not, and what looks as if it were."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from command_center.hosts import (
    BROWSERS_PUSH_HOSTS,
    BadHostError,
    is_admitted,
    parse_hosts,
    place_of,
)

LIST = parse_hosts(
    ["push.example.org", "*.notify.example.org", "own.example.org:8443", "http://127.0.0.1:8090"]
)


@pytest.mark.parametrize(
    "address",
    [
        "https://push.example.org/abc?x=1",
        "https://push.example.org",
        "https://push.example.org:443/abc",
        "HTTPS://Push.Example.ORG/abc",
        "https://wns2-par02p.notify.example.org/w/?token=A%3d",
        "https://own.example.org:8443/up",
        "http://127.0.0.1:8090/up",
    ],
)
def test_what_is_on_the_list(address: str) -> None:
    assert is_admitted(address, LIST)


@pytest.mark.parametrize(
    "address",
    [
        "http://push.example.org/abc",
        "https://push.example.org:8443/abc",
        "https://own.example.org/up",
        "https://evil.example/push.example.org",
        "https://push.example.org.evil.example/",
        "https://evil-push.example.org/",
        "https://notify.example.org/",
        "https://evilnotify.example.org/",
        "https://push.example.org@evil.example/",
        "https://evil.example\\@push.example.org/",
        "https://evil.example#@push.example.org/",
        "https://push.example.org#x",
        "https://push.example.org?x=1",
        "https://push.example.org/a b",
        "https://push.example.org/\n",
        "https://push.example.org/\x00",
        "https://push.example.org/é",
        "https://push。example.org/",
        "https:push.example.org/",
        "//push.example.org/",
        "ftp://push.example.org/",
        "http://127.0.0.1/",
        "http://127.0.0.1:8091/",
        "https://127.0.0.1:8090/",
        "http://2130706433:8090/",
        "http://[::ffff:127.0.0.1]:8090/",
        "https://169.254.169.254/latest/",
        "https://push.example.org/" + "x" * 2000,
        "",
    ],
)
def test_what_is_not(address: str) -> None:
    assert not is_admitted(address, LIST)


def test_any_port_where_the_list_says_so() -> None:
    anywhere = parse_hosts(["http://127.0.0.1:*"])
    assert is_admitted("http://127.0.0.1:49152/x", anywhere)
    assert not is_admitted("https://127.0.0.1:49152/x", anywhere)


def test_nobody_is_on_an_empty_list() -> None:
    assert not is_admitted("https://push.example.org/", ())


@pytest.mark.parametrize(
    "address",
    [
        "https://fcm.googleapis.com/fcm/send/abc:def",
        "https://updates.push.services.mozilla.com/wpush/v2/gAAA",
        "https://wns2-pn1p.notify.windows.com/w/?token=BQY",
        "https://web.push.apple.com/QGu",
    ],
)
def test_the_browsers_services_are_on_the_shipped_list(address: str) -> None:
    assert is_admitted(address, BROWSERS_PUSH_HOSTS)


@pytest.mark.parametrize("entry", ["", "*", "a b", "ftp://x", "https://x/y", "x:y", "*.*.x", "-x"])
def test_what_is_no_entry_is_named(entry: str) -> None:
    with pytest.raises(BadHostError) as error:
        parse_hosts([entry])
    assert str(error.value) == entry


@given(st.text())
def test_nothing_makes_it_stumble(text: str) -> None:
    place_of(text)
    place_of(f"https://{text}")
