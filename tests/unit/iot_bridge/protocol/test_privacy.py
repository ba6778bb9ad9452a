"""Whatever shape a payload has, a planted personal field never survives, and equipment's do."""

import json
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot_bridge.protocol import privacy
from iot_bridge.protocol.personal_fields import Category, field_category
from iot_bridge.protocol.privacy import hidden_id, is_id_number, is_personal_id, strip
from iot_bridge.protocol.scrub import scrub_bytes

MAC = "5c:cf:7f:a0:b1:c2"
ID_NUMBER = "11010519491231002X"
PHONE = "13800138000"
NAME = "王小明"
FACE = "ZmFjZS1mZWF0dXJl"
PICTURE = "data:image/jpeg;base64,/9j/4AAQSkZJRgABAQAAAQABAAD"

BY_VALUE = [MAC, MAC.upper(), MAC.replace(":", "-"), "5ccf.7fa0.b1c2", ID_NUMBER, PHONE, PICTURE]
BY_VALUE += ["宁A12345", "+86 " + PHONE, "138-0013-8000", "/9j/" + "A" * 100, "QUJD" * 200]
BY_NAME = [
    *(
        "name",
        "Name",
        "personName",
        "persion_name",
        "realName",
        "xingming",
        "姓名",
        "XM",
        "user_name",
        "name_cn",
        "deviceOwnerName",
        "visitor",
        "联系人",
    ),
    *("idCard", "id_card", "ID-CARD", "certNo", "shenfenzheng", "身份证号", "sfzh"),
    *("phone", "mobilePhone", "telnum1", "手机号", "shouji"),
    *("pic", "picURI", "SanpPic", "photo", "imageData", "照片", "avatar", "scene"),
    *("face", "faceFeature", "face_id", "embedding", "人脸特征", "feature"),
    *("cardNo", "ICCard", "RFIDCard", "卡号", "carPlate", "licensePlate", "plateNo", "车牌号"),
    *("mac", "macs", "MACAddress", "client_mac", "bssid", "STA/SSID"),
    *("customId", "personId", "userId", "birthday", "gender", "homeAddress"),
]
EQUIPMENT = [
    *("deviceName", "device_name", "devEui", "devAddr", "tenantName", "applicationName"),
    *("deviceProfileName", "facesluiceId", "facesname", "gatewayId", "topic", "siteName"),
    *("battery", "occupied", "count", "people", "window_s", "reason", "code", "active", "held_s"),
    *("event_id", "ts", "type", "rssi", "snr", "fPort", "fCnt", "deduplicationId", "channel"),
    *("interface", "surfaceTemp", "firmware", "model", "operator", "info", "RecordID", "SnapID"),
]

leaves = (
    st.none() | st.booleans() | st.integers(-1000, 1000) | st.floats(-1e3, 1e3) | st.text("abc ")
)
trees = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(EQUIPMENT[10:20]) | st.text("abk", max_size=3), inner, max_size=4
        )
    ),
    max_leaves=12,
)


@st.composite
def planted(draw: st.DrawFn, secret: Any) -> Any:
    """A JSON value with the secret somewhere inside it."""
    value = secret
    for _ in range(draw(st.integers(0, 6))):
        around = draw(trees)
        if draw(st.booleans()):
            value = [around, value] if draw(st.booleans()) else [value, around]
        else:
            value = {"k": around, draw(st.sampled_from(["info", "data", "q", "z9"])): value}
    return {"root": value}


def _written(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


@given(st.data(), st.sampled_from(BY_VALUE))
def test_a_planted_value_never_survives(data: st.DataObject, secret: str) -> None:
    text = data.draw(st.sampled_from(["{}", "seen {} there", "[{}]", "id={};x=1", "张三{}李四"]))
    value = data.draw(planted(text.format(secret)))
    clean, stripped = strip(value)
    assert secret not in _written(clean)
    assert stripped
    for raw in (
        _written(value),
        json.dumps(value),
        _written(value)[:-1],
        "garbage " + _written(value),
    ):
        assert secret.encode() not in scrub_bytes(raw.encode())[0]


@given(
    st.data(),
    st.sampled_from(BY_NAME),
    st.sampled_from([NAME, FACE, 4711_0815, [NAME], {"a": NAME}]),
)
def test_a_planted_field_never_survives(data: st.DataObject, field: str, secret: Any) -> None:
    value = data.draw(planted({field: secret, "rssi": -50}))
    clean, stripped = strip(value)
    assert stripped
    whole = _written(value)
    for text in (_written(clean), *(_cleaned(raw) for raw in (whole, whole[:-2], "\x01" + whole))):
        assert not [s for s in (NAME, FACE, "47110815") if s in text]
    assert "-50" in _written(clean)


def _cleaned(raw: str) -> str:
    return scrub_bytes(raw.encode())[0].decode()


@given(st.data(), st.sampled_from(EQUIPMENT))
def test_equipment_fields_survive(data: st.DataObject, field: str) -> None:
    value = data.draw(planted({field: "N-17"}))
    clean, stripped = strip(value)
    assert clean is value
    assert not stripped
    raw = _written(value)
    assert scrub_bytes(raw.encode()) == (raw.encode(), {})
    assert scrub_bytes(raw[:-1].encode())[0] == raw[:-1].encode()


@given(st.binary() | st.text().map(str.encode))
def test_scrubbing_never_fails(raw: bytes) -> None:
    clean, stripped = scrub_bytes(raw)
    assert clean == raw or stripped


@pytest.mark.parametrize("field", BY_NAME)
def test_a_personal_name_is_known(field: str) -> None:
    assert field_category(field) is not None


@pytest.mark.parametrize("field", EQUIPMENT)
def test_equipments_name_is_left_alone(field: str) -> None:
    assert field_category(field) is None


@pytest.mark.parametrize(
    "raw",
    [
        f"name={NAME}&rssi=-50",
        f"<record><name>{NAME}</name><rssi>-50</rssi></record>",
        f"{{'name': '{NAME}', 'rssi': -50}}",
        f'{{"text": "{{\\"name\\": \\"{NAME}\\"}}", "rssi": -50',
        f'{{"name": "{NAME}',
        f'{{"person": {{"a": ["{NAME}"], "b": "}}"}}, "rssi": -50',
        f'{{"\\u59d3\\u540d": "{NAME}", "rssi": -50',
        f'{{"x": {{"name": "{NAME}"}}, "x": 1}}',
    ],
)
def test_a_name_in_broken_or_foreign_text_is_found(raw: str) -> None:
    clean, stripped = scrub_bytes(raw.encode())
    assert NAME.encode() not in clean
    assert stripped
    assert b"-50" in clean or "-50" not in raw or raw.startswith('{"name"')


def test_text_in_gb18030_is_read() -> None:
    clean, stripped = scrub_bytes(f'{{"姓名": "{NAME}", "rssi": -50}}'.encode("gb18030"))
    assert orjson.loads(clean) == {"rssi": -50}
    assert stripped == {Category.NAME: 1}


def test_a_payload_is_cut_after_it_was_scrubbed() -> None:
    raw = ('{"pic": "' + "A" * 70_000 + '", "rssi": -50').encode()
    clean, _ = scrub_bytes(raw)
    assert clean.endswith(b'"rssi": -50')
    assert len(scrub_bytes(b"x. " * 50_000)[0]) == 64 * 1024


def test_bytes_that_are_no_text_come_back_as_they_are() -> None:
    raw = bytes(range(256))
    assert scrub_bytes(raw) == (raw, {})


@pytest.mark.parametrize(
    ("value", "category"),
    [
        ({"v": MAC}, Category.MAC),
        ({MAC: -60}, Category.MAC),
        ({"5ccf7fa0b1c2": -60}, Category.MAC),
        ({"station_": "5ccf7fa0b1c2"}, Category.MAC),
        ({"v": ID_NUMBER}, Category.ID_NUMBER),
        ({"v": 110105194912310021}, None),
        ({"v": 13800138000}, Category.PHONE),
        ({"v": 13800138000.0}, Category.PHONE),
        ({"v": "宁A12345"}, Category.PLATE),
        ({"v": "粤B·D12345"}, Category.PLATE),
        ({"v": [0.1] * 128}, Category.BIOMETRIC),
        ({"v": f'{{"name": "{NAME}"}}'}, Category.NAME),
    ],
)
def test_what_is_found_is_counted_by_category(value: Any, category: Category | None) -> None:
    assert strip(value)[1] == ({category: 1} if category else {})


@pytest.mark.parametrize(
    "value",
    [
        {"ts": 1763740800123, "uptime_ms": 13800138000, "at": "2025-11-22T00:00:00.000Z"},
        {"id": "6ba7b810-9dad-11d1-80b4-00c04fd430c8", "devEui": "a84041ff13812345"},
        {"v": "01JCZ9W3R5K8M2N4P6Q7S8T9V0", "frequency": 486300000, "data": "AQw="},
        {"v": "440106199912310"},
        {"v": list(range(50))},
        {"v": "1.2.3.4", "w": "22-11-20"},
    ],
)
def test_ids_clocks_and_numbers_of_equipment_are_not_taken_for_persons(value: Any) -> None:
    assert strip(value) == (value, {})


def test_what_is_nested_too_deep_goes() -> None:
    value: Any = NAME
    for _ in range(40):
        value = {"a": value}
    clean, stripped = strip(value)
    assert NAME not in _written(clean)
    assert stripped == {Category.DEPTH: 1}


def test_the_check_digit_decides() -> None:
    assert is_id_number(ID_NUMBER)
    assert is_id_number(ID_NUMBER.lower())
    assert not is_id_number("110105194912310020")


@pytest.mark.parametrize("event_id", [MAC + "-17", f"evt_{ID_NUMBER}", PHONE, f"a-{PHONE}"])
def test_a_personal_event_id_is_hidden_by_a_key(
    event_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert is_personal_id(event_id)
    kept = hidden_id(event_id)
    assert kept.startswith("x-")
    assert len(kept) <= 64
    assert kept == hidden_id(event_id)
    monkeypatch.setattr(privacy, "_key", b"k" * 32)
    assert kept != hidden_id(event_id)


@given(st.uuids())
def test_a_uuid_is_an_event_id(uuid: Any) -> None:
    for text in (str(uuid), uuid.hex, uuid.hex[:12]):
        assert not is_personal_id(text) or text.isdigit()


def test_chinese_text_in_a_binary_payload_goes_and_its_lengths_stay() -> None:
    name = "欧阳测试人".encode()
    raw = b"\x08\x01\x12\x1b\n\x04name\x18\x01 \x0cz\x0f" + name + b"\x18\x00\xff"
    clean, found = scrub_bytes(raw)
    assert clean == raw.replace(name, b"*" * len(name))
    assert found == {"name": 1}
    assert scrub_bytes(name)[0] == name, "text in which no field is named one"
