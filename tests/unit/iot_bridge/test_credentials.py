"""Device credentials, and the broker files made of them."""

from __future__ import annotations

import json
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from command_center.audit.models import AuditEntry
from command_center.jurisdictions.models import Jurisdiction
from command_center.variables import BrokerUrl, ConfigurationError
from iot_bridge.devices import broker_files, jobs
from iot_bridge.devices.broker_files import (
    BrokerUser,
    DeviceLogin,
    bridge_user,
    device_user,
    format_users,
    maker_topics,
    parse_users,
    render,
)
from iot_bridge.devices.credentials import (
    hash_password,
    issue_credential,
    issue_credentials,
    make_password,
    verify_password,
)
from iot_bridge.devices.models import Device
from iot_bridge.protocol.topics import Kind

VILLAGE = "640181100201"
BROKER = BrokerUrl("broker.example", 1884, "bridge", "pass")

# Written by mosquitto_passwd 2.0.11 for the password "secret".
MADE_BY_MOSQUITTO = (
    "$7$101$wAAr0IDgmw6Vi2Yo$4RoQ+Y4mY0ukqFBPoG9MDe7c8+LYYTLTwfdHmkBXbebCMSkvJetPLTwDcKUFFV11laCx2S"
    "Qjh1yp+ybNpDkq5Q=="
)


def test_a_hash_of_mosquittos_own_is_verified() -> None:
    assert verify_password("secret", MADE_BY_MOSQUITTO)
    assert not verify_password("Secret", MADE_BY_MOSQUITTO)


@pytest.mark.parametrize("stored", ["", "$", "$6$1$a$b", "$7$x$!$!", "plain", "$7$101$AAAA"])
def test_what_is_no_hash_matches_nothing(stored: str) -> None:
    assert not verify_password("secret", stored)


def test_each_hash_has_its_own_salt_and_each_password_is_another() -> None:
    assert hash_password("a") != hash_password("a")
    assert verify_password("a", hash_password("a"))
    assert make_password() != make_password()
    assert len(make_password()) == 32


def test_a_device_writes_and_reads_its_own_topics_only() -> None:
    user = device_user(DeviceLogin("gate-1", Kind.FACE_GATE, VILLAGE, "$7$h"))
    base = "sc/v1/640181/100/201/face_gate/gate-1"
    assert user.write == (f"{base}/event", f"{base}/state", f"{base}/reply")
    assert user.read == (f"{base}/ack", f"{base}/cmd")
    assert user.readwrite == ()


def test_a_makers_device_also_writes_its_makers_topics() -> None:
    terminal = device_user(
        DeviceLogin("gate-2", Kind.FACE_GATE, VILLAGE, "$7$h", "face_terminal", "1379556")
    )
    assert "mqtt/face/1379556/Rec" in terminal.write
    assert "mqtt/face/heartbeat" in terminal.write
    probe = device_user(
        DeviceLogin("probe-1", Kind.WIFI_PROBE, VILLAGE, "$7$h", "esp_probe", "esp-7")
    )
    assert "Sniffer/esp-7" in probe.write
    assert "Sniffer" not in probe.write


def test_a_sensor_behind_a_gateway_has_no_topics_of_its_maker() -> None:
    user = device_user(
        DeviceLogin("lane-1", Kind.FIRE_LANE, VILLAGE, "$7$h", "chirpstack_vehicle", "70b3d5" * 2)
    )
    assert all(topic.startswith("sc/v1/") for topic in user.write)


@pytest.mark.parametrize("reference", ["+", "#", "a/b", "a\ntopic readwrite #", "", "a b"])
def test_a_reference_that_could_widen_the_rights_gives_none(reference: str) -> None:
    assert maker_topics(("mqtt/face/+/Rec", "mqtt/face/basic"), reference) == ()


def test_the_bridge_reads_the_makers_and_its_hash_stays_the_same() -> None:
    bridge = bridge_user(BROKER, key="k")
    assert bridge is not None
    assert bridge == bridge_user(BROKER, key="k")
    assert verify_password("pass", bridge.password_hash)
    assert bridge.readwrite == ("sc/#",)
    assert "mqtt/face/+/Rec" in bridge.read
    assert bridge_user(BrokerUrl("h", 1), key="k") is None


def test_the_text_of_both_files() -> None:
    files = render(
        [
            BrokerUser("bridge", "$7$b", read=("Sniffer/+",), readwrite=("sc/#",)),
            BrokerUser("gate-1", "$7$g", write=("a/event",), read=("a/ack",)),
            BrokerUser("bridge", "$7$other", readwrite=("#",)),
        ]
    )
    assert files.passwd == "bridge:$7$b\ngate-1:$7$g\n"
    assert files.acl == (
        "user bridge\ntopic read Sniffer/+\ntopic readwrite sc/#\n\n"
        "user gate-1\ntopic write a/event\ntopic read a/ack\n\n"
    )


def test_systems_are_read_as_they_are_written() -> None:
    users = (
        BrokerUser("chirpstack", "$7$1$a$b", write=("application/+/device/+/event/+",)),
        BrokerUser("watch", "$6$a$b", read=("$SYS/#",)),
    )
    assert parse_users(format_users(users)) == users


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "list of users"),
        ("{}", "list of users"),
        ("[3]", "user 1: must be an object"),
        ('[{"username": "a b", "password_hash": "$7$1$a$b"}]', "user 1: username"),
        ('[{"username": "a", "password_hash": "plain"}]', "user 1: password_hash"),
        ('[{"username": "a", "password_hash": "$7$1$a$b", "read": "x"}]', "user 1: read"),
        ('[{"username": "a", "password_hash": "$7$1$a$b", "write": ["a b"]}]', "user 1: write"),
        ('[{"username": "a", "password_hash": "$7$1$a$b", "admin": 1}]', "unknown field 'admin'"),
    ],
)
def test_a_wrong_system_is_named(text: str, said: str) -> None:
    with pytest.raises(ConfigurationError, match=r"users\.json") as caught:
        parse_users(text)
    assert said in str(caught.value)


# -- with the registry ----------------------------------------------------------------------------


@pytest.fixture
def gate(db: None) -> Device:
    city = Jurisdiction.objects.create(code="640181", name="灵武市", level="city")
    Jurisdiction.objects.create(code=VILLAGE, name="示范村", level="village", parent=city)
    return Device.objects.create(
        id="gate-1", name="东门", kind=Kind.FACE_GATE, jurisdiction_id=VILLAGE
    )


@pytest.fixture
def external(settings: Settings, tmp_path: Path) -> Path:
    """An installation with an external broker; returns the directory of its files."""
    settings.DATA_DIR = tmp_path
    settings.ENVIRONMENT = replace(
        settings.ENVIRONMENT, data_dir=tmp_path, mqtt_url=BROKER, mosquitto_pid_file=None
    )
    return tmp_path / "broker"


def printed(*command: str) -> str:
    out = StringIO()
    call_command(*command, stdout=out)
    return out.getvalue()


def test_a_fresh_password_is_kept_as_its_hash_and_put_on_record(gate: Device) -> None:
    password = issue_credential(device_id="gate-1", actor_name="someone")
    gate.refresh_from_db()
    assert password not in gate.broker_hash
    assert verify_password(password, gate.broker_hash)
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.subject, entry.code, entry.actor_name) == (
        "device.credential_issued",
        "gate-1",
        VILLAGE,
        "someone",
    )
    assert password not in json.dumps(entry.detail)


def test_of_several_devices_all_or_none(gate: Device) -> None:
    with pytest.raises(Device.DoesNotExist):
        issue_credentials(device_ids=["gate-1", "nope"], actor_name="x")
    gate.refresh_from_db()
    assert gate.broker_hash == ""
    assert AuditEntry.objects.count() == 0


def test_the_command_gives_a_login_and_the_files_know_it(gate: Device, external: Path) -> None:
    login = json.loads(printed("device_credential", "gate-1"))
    password = login.pop("password")
    assert login == {
        "host": "broker.example",
        "port": 1884,
        "username": "gate-1",
        "topic": "sc/v1/640181/100/201/face_gate/gate-1",
    }
    lines = dict(line.split(":", 1) for line in (external / "passwd").read_text().splitlines())
    assert list(lines) == ["bridge", "gate-1"]
    assert verify_password(password, lines["gate-1"])
    assert (
        "user gate-1\ntopic write sc/v1/640181/100/201/face_gate/gate-1/event\n"
        in (external / "acl").read_text()
    )
    for name in ("passwd", "acl"):
        assert (external / name).stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in external.iterdir()) == ["acl", "passwd"]


def test_with_the_embedded_broker_the_one_demo_login_is_printed(
    gate: Device, settings: Settings, tmp_path: Path
) -> None:
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, data_dir=tmp_path, mqtt_url=None)
    login = json.loads(printed("device_credential", "gate-1"))
    assert login["username"] == "demo"
    assert login["host"] == "127.0.0.1"
    assert login["topic"].endswith("/gate-1")
    gate.refresh_from_db()
    assert gate.broker_hash == ""


def test_an_unknown_device_is_one_clear_sentence(db: None) -> None:
    with pytest.raises(CommandError, match=r"^No device 'nope' is registered\.$"):
        call_command("device_credential", "nope")


def test_the_job_writes_only_what_changed(gate: Device, external: Path) -> None:
    issue_credential(device_id="gate-1", actor_name="x")
    assert jobs.write_broker_files.run() == "passwd and acl written"
    assert jobs.write_broker_files.run() == ""
    (external / "acl").unlink()
    assert jobs.write_broker_files.run() == "acl written"
    issue_credential(device_id="gate-1", actor_name="x")
    assert jobs.write_broker_files.run() == "passwd written"
    gate.delete()
    jobs.write_broker_files.run()
    assert "gate-1" not in (external / "passwd").read_text()


def test_the_job_has_nothing_to_do_for_the_embedded_broker(
    settings: Settings, tmp_path: Path
) -> None:
    settings.DATA_DIR = tmp_path
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, mqtt_url=None)
    assert jobs.write_broker_files.run() == ""
    assert list(tmp_path.iterdir()) == []


def test_another_process_is_never_signalled(
    gate: Device, external: Path, settings: Settings, tmp_path: Path
) -> None:
    pid_file = tmp_path / "mosquitto.pid"
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, mosquitto_pid_file=pid_file)
    pid_file.write_text("1")
    assert jobs.write_broker_files.run() == "passwd and acl written"
    pid_file.write_text("no number")
    assert jobs.write_broker_files.run() == ""


def test_a_system_gets_a_login_and_loses_it(db: None, external: Path) -> None:
    filters = "application/+/device/+/event/+"
    login = json.loads(printed("broker_user", "chirpstack", "--write", filters))
    lines = dict(line.split(":", 1) for line in (external / "passwd").read_text().splitlines())
    assert verify_password(login["password"], lines["chirpstack"])
    assert f"user chirpstack\ntopic write {filters}\n" in (external / "acl").read_text()
    assert (external / broker_files.USERS).stat().st_mode & 0o777 == 0o600
    printed("broker_user", "chirpstack", "--remove")
    assert "chirpstack" not in (external / "passwd").read_text()


def test_a_wrong_filter_is_refused_before_anything_is_written(db: None, external: Path) -> None:
    with pytest.raises(CommandError, match="write must be a list of topic filters"):
        call_command("broker_user", "x", "--write", "a b")
    assert not external.exists()
