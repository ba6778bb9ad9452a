"""Robots and gateways as their makers describe them: each receiver here refuses what the real one would."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import parse_qs
from xml.etree import ElementTree

import pytest

from dispatch.push import attempts
from dispatch.push.ladder import Outcome
from dispatch.push.services import Result
from dispatch.push.webhooks import Encoding, Hook, Kind, Word, request_for
from tests.support.push_service import Reply, Request, listening

WORD = Word(12, "消防通道占用", "东塔镇第1村，请到场", "2026-01-02T03:04:05.678Z")
SECRET = "SEC0123456789abcdef"
HOUR_S = 3600


def reply(content: object, status: int = 200) -> Reply:
    return Reply(status, json.dumps(content, ensure_ascii=False).encode())


def _is_json(request: Request) -> bool:
    return request.headers.get("content-type", "").startswith("application/json")


def wecom(request: Request) -> Reply:
    """https://developer.work.weixin.qq.com/document/path/91770"""
    if request.query.get("key") != "693a91f6":
        return reply({"errcode": 93000, "errmsg": "invalid webhook url"})
    content = request.json
    if not _is_json(request) or content.get("msgtype") != "text":
        return reply({"errcode": 40008, "errmsg": "invalid message type"})
    text = content["text"]["content"]
    if not 0 < len(text.encode()) <= 2048:
        return reply({"errcode": 40058, "errmsg": "content exceed max length"})
    return reply({"errcode": 0, "errmsg": "ok"})


def dingtalk(request: Request) -> Reply:
    """https://open.dingtalk.com/document/robots/custom-robot-access"""
    if request.query.get("access_token") != "5b3e":
        return reply({"errcode": 300001, "errmsg": "token is not exist"})
    timestamp = request.query.get("timestamp", "0")
    if abs(time.time() * 1000 - int(timestamp)) > HOUR_S * 1000:
        return reply({"errcode": 310000, "errmsg": "invalid timestamp"})
    text = f"{timestamp}\n{SECRET}"
    sign = hmac.new(SECRET.encode(), text.encode(), digestmod=hashlib.sha256).digest()
    if request.query.get("sign") != base64.b64encode(sign).decode():
        return reply({"errcode": 310000, "errmsg": "sign not match"})
    if not _is_json(request) or request.json["msgtype"] != "text":
        return reply({"errcode": 400105, "errmsg": "unsupported msgtype"})
    if not request.json["text"]["content"]:
        return reply({"errcode": 40035, "errmsg": "缺少参数 content"})
    return reply({"errcode": 0, "errmsg": "ok"})


def feishu(request: Request) -> Reply:
    """https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot"""
    if request.path != "/open-apis/bot/v2/hook/a1b2":
        return reply({"code": 19001, "msg": "param invalid: incoming webhook access token invalid"})
    content = request.json
    timestamp = content.get("timestamp", "0")
    key = f"{timestamp}\n{SECRET}"
    sign = hmac.new(key.encode(), digestmod=hashlib.sha256).digest()
    late = abs(time.time() - int(timestamp)) > HOUR_S
    if late or content.get("sign") != base64.b64encode(sign).decode():
        return reply({"code": 19021, "msg": "sign match fail or timestamp is not within one hour"})
    if not _is_json(request) or len(request.body) > 20 * 1024 or content["msg_type"] != "text":
        return reply({"code": 9499, "msg": "Bad Request", "data": {}})
    assert content["content"]["text"]
    return reply(
        {"StatusCode": 0, "StatusMessage": "success", "code": 0, "data": {}, "msg": "success"}
    )


ADDRESSES = {
    Kind.WECOM: "/cgi-bin/webhook/send?key=693a91f6",
    Kind.DINGTALK: "/robot/send?access_token=5b3e",
    Kind.FEISHU: "/open-apis/bot/v2/hook/a1b2",
}
RECEIVERS: dict[Kind, Callable[[Request], Reply]] = {
    Kind.WECOM: wecom,
    Kind.DINGTALK: dingtalk,
    Kind.FEISHU: feishu,
}


@pytest.mark.parametrize("kind", RECEIVERS)
def test_a_robot_takes_it(kind: Kind) -> None:
    with listening(RECEIVERS[kind]) as receiver:
        hook = Hook(kind, f"{receiver.base}{ADDRESSES[kind]}", SECRET)
        assert attempts.call(hook, WORD) == Result(Outcome.TAKEN)
        (request,) = receiver.requests
    assert WORD.title in request.body.decode()
    assert "请到场" in request.body.decode()


@pytest.mark.parametrize("kind", RECEIVERS)
def test_a_long_text_is_cut_to_what_the_robot_takes(kind: Kind) -> None:
    with listening(RECEIVERS[kind]) as receiver:
        hook = Hook(kind, f"{receiver.base}{ADDRESSES[kind]}", SECRET)
        word = Word(12, "长", "文" * 30_000, WORD.at)
        assert attempts.call(hook, word).outcome is Outcome.TAKEN


@pytest.mark.parametrize("kind", RECEIVERS)
def test_a_wrong_address_is_told_and_not_tried_again(kind: Kind) -> None:
    with listening(RECEIVERS[kind]) as receiver:
        result = attempts.call(Hook(kind, f"{receiver.base}/elsewhere", SECRET), WORD)
    assert result.outcome is Outcome.REFUSED
    assert result.detail.startswith("HTTP 200: ")


@pytest.mark.parametrize("kind", [Kind.DINGTALK, Kind.FEISHU])
@pytest.mark.parametrize("secret", ["", "another"])
def test_a_wrong_signature_is_told(kind: Kind, secret: str) -> None:
    with listening(RECEIVERS[kind]) as receiver:
        hook = Hook(kind, f"{receiver.base}{ADDRESSES[kind]}", secret)
        result = attempts.call(hook, WORD)
    assert result.outcome is Outcome.REFUSED
    assert "310000" in result.detail or "19021" in result.detail


def test_dingtalks_signature_by_the_steps_of_its_manual() -> None:
    """HMAC-SHA256 of "timestamp\\nsecret" by the secret, base64, URL-encoded."""
    now = datetime.fromtimestamp(1577262236.757, UTC)
    hook = Hook(
        Kind.DINGTALK, "https://oapi.dingtalk.com/robot/send?access_token=x", "this is secret"
    )
    url = request_for(hook, WORD, now=now).url
    code = hmac.new(b"this is secret", b"1577262236757\nthis is secret", hashlib.sha256).digest()
    sign = base64.b64encode(code).decode()
    encoded = sign.replace("+", "%2B").replace("/", "%2F").replace("=", "%3D")
    assert url.endswith(f"?access_token=x&timestamp=1577262236757&sign={encoded}")


@pytest.mark.parametrize(
    ("kind", "answer", "outcome"),
    [
        (Kind.WECOM, reply({"errcode": 45009, "errmsg": "api freq out of limit"}), Outcome.PASSING),
        (Kind.WECOM, reply({"errcode": -1, "errmsg": "system busy"}), Outcome.PASSING),
        (Kind.WECOM, reply({"errcode": 93000}), Outcome.REFUSED),
        (Kind.DINGTALK, reply({"errcode": 130101, "errmsg": "send too fast"}), Outcome.PASSING),
        (Kind.DINGTALK, reply({"errcode": 310000}), Outcome.REFUSED),
        (Kind.FEISHU, reply({"code": 11232, "msg": "frequency limited"}), Outcome.PASSING),
        (Kind.FEISHU, reply({"code": 99991400, "msg": "limit"}, status=400), Outcome.PASSING),
        (Kind.FEISHU, reply({"StatusCode": 0, "StatusMessage": "success"}), Outcome.TAKEN),
        (Kind.FEISHU, Reply(200, b"<html>a portal</html>"), Outcome.REFUSED),
        (Kind.WECOM, Reply(200), Outcome.REFUSED),
        (Kind.WECOM, reply([0]), Outcome.REFUSED),
        (Kind.WECOM, reply({"errcode": "0"}), Outcome.REFUSED),
        (Kind.WECOM, reply({"errcode": False}), Outcome.REFUSED),
        (Kind.DINGTALK, Reply(502), Outcome.PASSING),
        (Kind.DINGTALK, Reply(429), Outcome.PASSING),
        (Kind.DINGTALK, Reply(404), Outcome.REFUSED),
        (Kind.DINGTALK, Reply(302, headers={"Location": "/login"}), Outcome.REFUSED),
    ],
)
def test_what_the_answers_mean(kind: Kind, answer: Reply, outcome: Outcome) -> None:
    with listening(lambda _: answer) as receiver:
        assert attempts.call(Hook(kind, f"{receiver.base}/x"), WORD).outcome is outcome
        assert len(receiver.requests) == 1


def gateway(request: Request) -> Reply:
    """A gateway of the sort that cities have: a token in a header, an array of numbers, a code as text."""
    if request.headers.get("authorization") != f"Bearer {SECRET}":
        return reply({"code": "401", "message": "unauthorized"})
    content = request.json
    ok = content["phones"] == ["13900000000"] and "消防" in content["params"][0]["value"]
    return reply({"code": "0" if ok else "400", "data": {"accepted": True}})


def test_an_sms_gateway_gets_the_json_that_it_wants() -> None:
    with listening(gateway) as receiver:
        hook = Hook(
            Kind.SMS,
            f"{receiver.base}/sms/send",
            SECRET,
            body={
                "phones": ["13900000000"],
                "params": [{"name": "title", "value": "{title}"}],
                "text": "任务{task}：{body}（{at}）{unknown}",
                "priority": 1,
            },
            headers={"Authorization": "Bearer {secret}"},
            expected={"code": "0", "data": {"accepted": True}},
        )
        assert attempts.call(hook, WORD) == Result(Outcome.TAKEN)
        (request,) = receiver.requests
    assert request.json["text"] == f"任务12：{WORD.body}（{WORD.at}）{{unknown}}"
    assert request.json["priority"] == 1


def form_gateway(request: Request) -> Reply:
    """One that takes a form and answers with a text, as many do."""
    assert request.headers["content-type"] == "application/x-www-form-urlencoded; charset=utf-8"
    content = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
    ok = content["account"] == "lingdun" and content["pswd"] == SECRET
    return Reply(200, f"20261122,{'0' if ok and content['msg'] else '101'}\nid1".encode())


def test_an_sms_gateway_that_takes_a_form_gets_one() -> None:
    with listening(form_gateway) as receiver:
        hook = Hook(
            Kind.SMS,
            f"{receiver.base}/msg/HttpBatchSendSM",
            SECRET,
            encoding=Encoding.FORM,
            body={
                "account": "lingdun",
                "pswd": "{secret}",
                "msg": "{title}&x=1",
                "needstatus": True,
            },
            expected_text=",0",
        )
        assert attempts.call(hook, WORD) == Result(Outcome.TAKEN)
        wrong = replace(hook, secret="wrong")
        assert attempts.call(wrong, WORD).outcome is Outcome.REFUSED
        sent = parse_qs(receiver.requests[0].body.decode())
    assert sent["msg"] == [f"{WORD.title}&x=1"]
    assert sent["needstatus"] == ["true"]
    assert "x" not in sent


def test_an_sms_gateway_with_a_text_of_its_own_gets_that() -> None:
    def answer(request: Request) -> Reply:
        told = ElementTree.fromstring(request.body)  # noqa: S314 - our own text
        return reply({"code": 0 if told.findtext("text") == "<火&情>" else 1})

    with listening(answer) as receiver:
        hook = Hook(
            Kind.SMS,
            f"{receiver.base}/xml",
            encoding=Encoding.TEXT,
            template="<?xml version='1.0'?><sms><text>{title}</text></sms>",
            headers={"content-type": "application/xml; charset=utf-8"},
            expected={"code": 0},
        )
        word = Word(None, "<火&情>", "", WORD.at)
        assert attempts.call(hook, word) == Result(Outcome.TAKEN)
        (request,) = receiver.requests
    assert request.headers["content-type"] == "application/xml; charset=utf-8"


def test_an_sms_gateways_other_answers_are_refusals() -> None:
    with listening(gateway) as receiver:
        hook = Hook(Kind.SMS, f"{receiver.base}/x", "wrong", body={"x": 1}, expected={"code": "0"})
        assert attempts.call(hook, WORD).outcome is Outcome.REFUSED


def test_what_is_put_into_a_template_is_not_read_as_one() -> None:
    hook = Hook(Kind.SMS, "https://sms.example/x", SECRET, body={"text": "{title}"})
    word = Word(1, "{secret} {body}", "b", WORD.at)
    assert request_for(hook, word, now=datetime.now(UTC)).content == {"text": "{secret} {body}"}


def test_a_header_that_http_cannot_carry_is_refused() -> None:
    hook = Hook(
        Kind.SMS, "http://127.0.0.1:9/x", body={"x": 1}, headers={"X-Title": "{title}\r\nX: 1"}
    )
    assert attempts.call(hook, WORD).outcome is Outcome.REFUSED
