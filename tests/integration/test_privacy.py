"""No person in the database, on the disk, in Redis, the logs or the frames, by whatever way one was sent in."""

import base64
import hashlib
import json
import random
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import psycopg.sql
import redis

from iot_bridge.codecs.registry import REGISTRY
from iot_bridge.protocol.privacy import is_id_number
from tests.support import city
from tests.support.consoles import Console, Session
from tests.support.devices import DeviceClient, Publisher
from tests.support.sparkplug import encode
from tests.support.stack import Stack
from tests.support.waiting import wait_until

Sit = Callable[..., Console]
SwitchOn = Callable[..., DeviceClient]
SignIn = Callable[..., Session]

NAME = "欧阳测试人"
MAC = "5e:ad:be:ef:13:37"
EUI = "70b3d50000009002"
DOTTED = "5ead.beef.1337"
PHONE = "13912345678"
PICTURE = "/9j/4AAQ" + base64.b64encode(random.Random(5).randbytes(1500)).decode()
EMBEDDING = [round(random.Random(6).random(), 9) + 1 for _ in range(128)]
PLATE = "宁A·8Q7Z3"


def _id_number() -> str:
    start = "64018119900307123"
    return next(start + c for c in "0123456789X" if is_id_number(start + c))


ID_NUMBER = _id_number()


def needles() -> list[str]:
    """The texts that must not be found, in the spellings they could be kept in."""
    plain = [NAME, PHONE, ID_NUMBER, PICTURE[:60], PICTURE[600:660], str(EMBEDDING[77])]
    spelled = [MAC, MAC.replace(":", "-"), MAC.replace(":", ""), DOTTED]
    macs = [*spelled, *(mac.upper() for mac in spelled)]
    escaped = [NAME.encode("ascii", "backslashreplace").decode()]
    return plain + macs + escaped + digests()


def digests() -> list[str]:
    """What an address would be if a digest without a key were kept of it: anybody could try all there are."""
    said = [bytes.fromhex(MAC.replace(":", "")), *(m.encode() for m in (MAC, MAC.upper(), PHONE))]
    sizes = (6, 8, 16)
    return [
        *(
            hashlib.new(name, one).hexdigest()[:16]
            for one in said
            for name in ("md5", "sha1", "sha256")
        ),
        *(hashlib.blake2b(one, digest_size=size).hexdigest() for one in said for size in sizes),
    ]


PERSONAL: dict[str, Any] = {
    "name": NAME,
    "personName": NAME,
    "姓名": NAME,
    "idCard": ID_NUMBER,
    "remark": f"call {PHONE}, {ID_NUMBER}",
    "mac": MAC,
    "stations": [MAC, MAC.replace(":", "-")],
    "nested": {"list": [{"face": PICTURE, "feature": EMBEDDING, "telephone": PHONE}]},
    "image": f"data:image/jpeg;base64,{PICTURE}",
    "json": json.dumps({"xm": NAME, "sfzh": ID_NUMBER}),
}


def _plant(gateway: Publisher, facts: dict[str, city.DeviceFacts]) -> int:
    """Send persons in by every way there is; returns how many letters that makes at least."""
    gate, probe, lane = facts["face_gate"], facts["wifi_probe"], facts["fire_lane"]
    event = {"ts": 1, "type": "pass"}
    through: set[str] = set()

    def send(topic: str, payload: Any) -> None:
        through.update(codec.name for codec in REGISTRY.candidates(topic))
        body = payload if isinstance(payload, (bytes, str)) else json.dumps(payload)
        gateway.publish(topic, body)

    on = f"{gate.topic}/event"
    send(on, {**event, "event_id": "p1", "data": PERSONAL})
    send(on, {**event, "event_id": "p2", "data": {}, **PERSONAL})
    send(on, {**event, "event_id": ID_NUMBER, "data": {"reason": PHONE}})
    send(on, {**event, "event_id": MAC, "data": {}})
    send(on, {**event, "event_id": f"pass {PHONE}"})
    send(on, {**event, "event_id": "p5", "type": "denied", "data": {"reason": f"{MAC} {PHONE}"}})
    send(on, {**event, "event_id": "p6", "type": "fault", "data": {"code": ID_NUMBER}})
    send(f"{gate.topic}/state", {"online": True, "fault": f"{PHONE}", **PERSONAL})
    macs = {"macs": [MAC, "da:a1:19:00:00:01"], "name": NAME}
    send(f"{probe.topic}/event", {**event, "event_id": "m1", "type": "macs", "data": macs})
    # What cannot be taken is kept, without the person in it.
    send(on, {**event, "event_id": "d1", "type": "dance", "data": PERSONAL})
    send(on, json.dumps({**event, "data": PERSONAL}, ensure_ascii=False)[:-20])
    send(on, f"name={NAME}&idcard={ID_NUMBER}&mac={MAC}&tel={PHONE}&face={PICTURE}")
    send(on, f"<person><name>{NAME}</name><idCard>{ID_NUMBER}</idCard><mac>{MAC}</mac></person>")
    send(on, json.dumps([PERSONAL]))
    send(on, json.dumps({"姓名": NAME, "phone": PHONE}, ensure_ascii=False).encode("gb18030"))
    send(on, {**event, "event_id": f"{ID_NUMBER} {MAC} " * 5, "data": {}})
    send(f"{probe.topic}/event", {**event, "event_id": "m2", "type": "macs", "data": {"macs": MAC}})
    send(f"sc/v1/640181/100/001/{MAC}/x/event", PERSONAL)
    send(f"sc/v1/640181/100/001/face_gate/{MAC}/event", {**event, "event_id": "t1"})
    send(f"sc/v1/640181/100/001/face_gate/{ID_NUMBER}/event", {**event, "event_id": "t2"})
    send(f"sc/v1/640181/100/001/face_gate/{PHONE}/event", {**event, "event_id": "t3"})
    send(on, json.dumps({"data": {"face": PICTURE * 40}, "name": NAME}))
    shown = {"snapshot": PICTURE, "name": NAME, "faces": [{"face": PICTURE, "mac": MAC}]}
    camera = {**event, "type": "motion", "event_id": "c1", "data": shown}
    send(f"{facts['camera'].topic}/event", camera)
    _plant_foreign(send, lane)
    assert through == {codec.name for codec in REGISTRY.codecs}, "each codec has been tried"
    return 12


def _plant_foreign(send: Callable[[str, Any], None], lane: city.DeviceFacts) -> None:
    record = {
        "operator": "RecPush",
        "info": {
            "VerifyStatus": "1", "RecordID": "7", "time": "2026-11-22 08:00:00",
            "persionName": NAME, "personName": NAME, "idCard": ID_NUMBER, "telnum": PHONE,
            "pic": f"data:image/jpeg;base64,{PICTURE}", "facesluiceId": "9001",
        },
    }  # fmt: skip
    send("mqtt/face/9001/Rec", record)
    send("mqtt/face/9001/Rec", {**record, "operator": "Odd", "stranger": PERSONAL})
    send(
        "mqtt/face/heartbeat", {"operator": "HeartBeat", "info": {**PERSONAL, "facesluiceId": MAC}}
    )
    send("Sniffer/9001", {"MAC": [MAC, "da:a1:19:00:00:01"], "STA/SSID": [NAME, NAME]})
    send("Sniffer/9001", {"MAC": [MAC, "not one"], "SSID": NAME})
    send("Sniffer", {"MAC": [MAC]})
    up = {"deviceInfo": {"devEui": lane.external_id, "deviceName": f"call {PHONE}"}, **PERSONAL}
    send(
        f"application/a/device/{lane.external_id}/event/up",
        {**up, "fPort": 1, "fCnt": 1, "data": "AQ=="},
    )
    send(f"application/a/device/{lane.external_id}/event/up", {**up, "fPort": 77, "fCnt": 2})
    for spelled in (MAC.upper(), MAC.replace(":", "-"), DOTTED):
        send("Sniffer/9001", {"MAC": [spelled], "STA/SSID": [NAME]})
    _plant_mapped(send)


def _plant_mapped(send: Callable[[str, Any], None]) -> None:
    """By the codecs whose fields mean what a device is registered as; to who is registered, and to who waits."""
    for who in ("private", "stranger", PHONE):
        send(f"zigbee2mqtt/{who}-zigbee", {"smoke": True, **PERSONAL})
        send(f"zigbee2mqtt/{who}-zigbee", json.dumps({"smoke": True, **PERSONAL})[:-9])
        send(f"tele/{who}-tasmota/SENSOR", {"Time": "2026-11-22T00:05:00", "VL53L0X": PERSONAL})
        send(f"stat/{who}-tasmota/RESULT", {"Button1": {"Action": "SINGLE"}, **PERSONAL})
    send("tele/private-tasmota/STATE", {"Wifi": {"BSSId": MAC, "SSId": NAME}, **PERSONAL})
    for eui in (EUI, "70b3d5000000f00d"):
        up = {"deviceInfo": {"devEui": eui, "deviceName": f"call {PHONE}", "tags": PERSONAL}}
        topic = f"application/a/device/{eui}/event"
        send(f"{topic}/up", {**up, "fCnt": 7, "fPort": 1, "object": {"smoke": 1, **PERSONAL}})
        send(f"{topic}/up", {**up, "deduplicationId": MAC, "object": {"smoke": 1}, **PERSONAL})
        send(f"{topic}/status", {**up, "margin": 1, "batteryLevel": 50, **PERSONAL})
        send(f"{topic}/log", {**up, "description": f"{MAC} {PHONE}", **PERSONAL})
    discovery = {
        "device_class": "smoke", "name": NAME, "unique_id": MAC, "payload_on": True,
        "state_topic": f"zigbee2mqtt/{MAC}", "value_template": "{{ value_json.smoke }}",
        "device": {"identifiers": [MAC], "manufacturer": f"tel {PHONE}", "name": NAME},
    }  # fmt: skip
    send(f"homeassistant/binary_sensor/{MAC.replace(':', '')}/config", discovery)
    metrics = [
        {"name": name, "timestamp": 1, "dataType": "String", "value": value}
        for name, value in (
            ("name", NAME),
            ("mac", MAC),
            ("Face/image", PICTURE),
            ("id", ID_NUMBER),
        )
    ]
    alarm = {"name": "smoke", "timestamp": 1, "dataType": "Boolean", "value": True}
    known = encode({"timestamp": 1, "seq": 1, "metrics": [alarm, *metrics]})
    send("spBv1.0/private/DDATA/node/sensor", known)
    for message in ("NBIRTH", "NDATA"):
        send(
            f"spBv1.0/private/{message}/node",
            encode({"timestamp": 1, "seq": 0, "metrics": metrics}),
        )
    send(f"spBv1.0/private/NDATA/{MAC}", b"\x08\x01" + encode({}) + NAME.encode())


def test_nobody_is_found_anywhere(
    stack: Stack, gateway: Publisher, console: Sit, device: SwitchOn, sign_in: SignIn
) -> None:
    watching = console("city")
    marker, marker_south = device("camera"), device("camera", city.SOUTH)
    before = stack.counter("stripped_total:name")
    facts = {
        "face_gate": city.DeviceFacts("private-gate", "门", "face_gate", city.EAST.villages[0]),
        "wifi_probe": city.DeviceFacts("private-probe", "针", "wifi_probe", city.EAST.villages[0]),
        "fire_lane": city.DeviceFacts(
            "private-lane", "道", "fire_lane", city.SOUTH.villages[0],
            "chirpstack_vehicle", "70b3d50000009001",
        ),
        "terminal": city.DeviceFacts(
            "private-terminal", "机", "face_gate", city.EAST.villages[1], "face_terminal", "9001"
        ),
        "sniffer": city.DeviceFacts(
            "private-sniffer", "嗅", "wifi_probe", city.SOUTH.villages[0], "esp_probe", "9001"
        ),
        "zigbee": city.DeviceFacts(
            "private-zigbee", "烟", "smoke", city.EAST.villages[0], "zigbee2mqtt", "private-zigbee"
        ),
        "tasmota": city.DeviceFacts(
            "private-tasmota", "钮", "panic_button", city.EAST.villages[0], "tasmota", "private-tasmota"
        ),
        "lorawan": city.DeviceFacts(
            "private-lorawan", "烟", "smoke", city.EAST.villages[1], "chirpstack", EUI
        ),
        "sparkplug": city.DeviceFacts(
            "private-sparkplug", "烟", "smoke", city.SOUTH.villages[0], "sparkplug",
            "private/node/sensor",
        ),
        "camera": city.DeviceFacts("private-camera", "像", "camera", city.EAST.villages[1]),
    }  # fmt: skip
    stack.register(*facts.values())
    letters_before = stack.count("intake_deadletter")
    with redis_overheard(stack) as overheard:
        expected = _plant(gateway, facts)
        for one in (marker, marker_south):
            one.report("motion")
            one.wait_for_ack()
        wait_until(
            lambda: stack.count("intake_deadletter") >= letters_before + expected,
            what="the letters",
        )
        in_redis = overheard()
    for id_ in (one.id for one in facts.values()):
        wait_until(
            lambda id_=id_: stack.count("intake_deviceevent", "device_id = %s", id_),  # type: ignore[misc]
            what=f"an event of {id_}",
        )
    kept = stack.query("SELECT data FROM intake_deviceevent WHERE device_id = 'private-probe'")
    assert "2" in str(kept[0][0]), "the heads were counted"
    heads = stack.query("SELECT data FROM intake_deviceevent WHERE device_id = 'private-sniffer'")
    for (
        data,
    ) in heads:  # the same address in four spellings is one head; nothing is kept but counts
        counted = json.loads(data) if isinstance(data, str) else data
        assert counted.keys() <= {"count", "window_s", "randomised"}
        assert (counted["count"], counted["randomised"]) == (2, 2)
    admin = sign_in("admin")
    for letter in admin.get("/api/v1/dead-letters", limit=500).json()["items"]:
        if letter["state"] == "open":
            admin.post(f"/api/v1/dead-letters/{letter['id']}/replay")
    wait_until(lambda: stack.counter("stripped_total:name") > before, what="the count of what went")
    places = {
        "database": dump(stack),
        "disk": on_disk(stack),
        "redis": in_redis,
        "logs": stack.logs(),
        "frames": watching.text(),
        "waiting": admin.get("/api/v1/devices/pending", limit=500).text,
        "audit": admin.get("/api/v1/audit", limit=500).text,
        "letters": admin.get("/api/v1/dead-letters", limit=500).text,
        "metrics": admin.get("/metrics").text,
    }
    found = [
        (place, needle) for place, text in places.items() for needle in needles() if needle in text
    ]
    assert found == []


@contextmanager
def redis_overheard(stack: Stack) -> Iterator[Callable[[], str]]:
    """What is said through Redis within the block, and what lies in it at the call; nothing where there is none."""
    if stack.redis is None:
        yield lambda: ""
        return
    server = redis.Redis.from_url(stack.redis.url)
    with closing(server), server.monitor() as monitor:  # type: ignore[no-untyped-call]
        server.ping()

        def overheard() -> str:
            server.echo("end of the test")
            said: list[str] = []
            while "end of the test" not in (line := str(monitor.next_command()["command"])):
                said.append(line)
            assert any("PUBLISH" in line.upper() or "ZADD" in line.upper() for line in said)
            kept = [f"{key!r} {server.dump(key)!r}" for key in server.scan_iter()]
            return "\n".join([*said, *kept])

        yield overheard


def on_disk(stack: Stack) -> str:
    """Every file of the installation but the database: pictures, attachments, the broker's files."""
    folder = Path(stack.environment["DATA_DIR"])
    files = [path for path in folder.rglob("*") if path.is_file() and "sqlite3" not in path.name]
    raw = b"\n".join(str(path).encode() + b"\n" + path.read_bytes() for path in sorted(files))
    return raw.decode("utf-8", "replace") + raw.decode("gb18030", "replace")


def dump(stack: Stack) -> str:
    """Everything the database holds, as text in which any spelling would show."""
    if stack.postgres is None:
        folder = Path(stack.environment["DATA_DIR"])
        raw = b"".join(path.read_bytes() for path in sorted(folder.glob("lingdun.sqlite3*")))
        return raw.decode("utf-8", "replace") + raw.decode("gb18030", "replace")
    parts: list[str] = []
    with psycopg.connect(stack.environment["DATABASE_URL"]) as connection:
        tables = connection.execute(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
        ).fetchall()
        for (table,) in tables:
            select = psycopg.sql.SQL("SELECT * FROM {}").format(psycopg.sql.Identifier(table))
            rows = connection.execute(select).fetchall()
            for row in rows:
                for value in row:
                    if isinstance(value, (bytes, memoryview)):
                        parts += (bytes(value).decode(c, "replace") for c in ("utf-8", "gb18030"))
                    else:
                        parts.append(str(value))
    text = "\n".join(parts)
    assert "private-gate" in text
    return text
