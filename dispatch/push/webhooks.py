"""What the makers of chat robots and SMS gateways want to be sent, and what their answers mean. Pure.

- WeCom group robot: https://developer.work.weixin.qq.com/document/path/91770
- DingTalk custom robot: https://open.dingtalk.com/document/robots/custom-robot-access
- Feishu custom bot: https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot
- SMS gateways differ: JSON, a form or a text of their own, and headers, all with placeholders; and what a good
  answer holds.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import html
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from urllib.parse import quote_plus, urlencode

from dispatch.push.ladder import Outcome
from dispatch.push.payload import cut


class Kind(StrEnum):
    """Whose format."""

    WECOM = "wecom"
    DINGTALK = "dingtalk"
    FEISHU = "feishu"
    SMS = "sms"


class Encoding(StrEnum):
    """How an SMS gateway wants its body."""

    JSON = "json"
    FORM = "form"
    """`application/x-www-form-urlencoded`, from the body's names and values"""
    TEXT = "text"
    """the template as it is, such as XML"""


WECOM_LIMIT = 2048
DINGTALK_LIMIT = 15_000
FEISHU_LIMIT = 15_000
"""Bytes of text that each takes (WeCom 2048 of content; DingTalk and Feishu 20 KB of request)."""

_PASSING_CODES: Mapping[Kind, frozenset[int]] = {
    Kind.WECOM: frozenset({-1, 45009}),  # busy; too many a minute
    Kind.DINGTALK: frozenset({-1, 130101, 410100}),  # busy; too many a minute, by its two names
    Kind.FEISHU: frozenset({11232, 99991400}),  # too many, by its two names
    Kind.SMS: frozenset(),
}

JsonObject = dict[str, Any]


class Template(StrEnum):
    """The placeholders of an SMS gateway's body and headers."""

    TITLE = "{title}"
    BODY = "{body}"
    TASK = "{task}"
    AT = "{at}"
    SECRET = "{secret}"  # noqa: S105 - a placeholder


_PLACEHOLDER = re.compile("|".join(re.escape(one) for one in Template))


@dataclass(frozen=True, slots=True)
class Hook:
    """Where to send, and how. All from `body` on is an SMS gateway's: `template` instead of `body` for a text."""

    kind: Kind
    url: str
    secret: str = ""
    body: JsonObject = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    expected: JsonObject = field(default_factory=dict)
    encoding: Encoding = Encoding.JSON
    template: str = ""
    expected_text: str = ""


@dataclass(frozen=True, slots=True)
class Word:
    """What is to be said; `at` as the API writes times, no task where it is about a case."""

    task_id: int | None
    title: str
    body: str
    at: str

    @property
    def text(self) -> str:
        """Title and body as one text."""
        return "\n".join(part for part in (self.title, self.body) if part)


@dataclass(frozen=True, slots=True)
class HookRequest:
    """A POST."""

    url: str
    content: JsonObject | str
    headers: dict[str, str]
    encoding: Encoding = Encoding.JSON

    @property
    def data(self) -> bytes:
        """The body."""
        if isinstance(self.content, str):
            return self.content.encode()
        if self.encoding is Encoding.FORM:
            return urlencode({name: _plain(value) for name, value in self.content.items()}).encode()
        return json.dumps(self.content, ensure_ascii=False).encode()


def request_for(hook: Hook, word: Word, *, now: datetime) -> HookRequest:
    """What to send to a hook."""
    headers = {"Content-Type": "application/json; charset=utf-8"}
    match hook.kind:
        case Kind.WECOM:
            text = {"content": cut(word.text, WECOM_LIMIT)}
            return HookRequest(hook.url, {"msgtype": "text", "text": text}, headers)
        case Kind.DINGTALK:
            text = {"content": cut(word.text, DINGTALK_LIMIT)}
            url = _signed_dingtalk(hook, now) if hook.secret else hook.url
            return HookRequest(url, {"msgtype": "text", "text": text}, headers)
        case Kind.FEISHU:
            content: JsonObject = {
                "msg_type": "text",
                "content": {"text": cut(word.text, FEISHU_LIMIT)},
            }
            return HookRequest(hook.url, _signed_feishu(hook, now) | content, headers)
        case Kind.SMS:
            return _to_gateway(hook, word)


_TYPES = {
    Encoding.JSON: "application/json; charset=utf-8",
    Encoding.FORM: "application/x-www-form-urlencoded; charset=utf-8",
    Encoding.TEXT: "text/plain; charset=utf-8",
}


def _to_gateway(hook: Hook, word: Word) -> HookRequest:
    """A header of the gateway's own, by whatever case, stands for ours."""
    filled = {name: fill(text, hook, word) for name, text in hook.headers.items()}
    own = {name.lower(): text for name, text in filled.items()}
    kind = own.get("content-type", _TYPES[hook.encoding])
    headers = filled if "content-type" in own else {"Content-Type": kind, **filled}
    content = (
        fill(hook.template, hook, word, escape=_escape_for(kind))
        if hook.encoding is Encoding.TEXT
        else fill(hook.body, hook, word)
    )
    return HookRequest(hook.url, content, headers, hook.encoding)


def _escape_for(content_type: str) -> Callable[[str], str]:
    """What is put into a text must not end the place where it is put."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind.endswith("xml"):
        return html.escape
    if kind.endswith("json"):
        return lambda value: json.dumps(value, ensure_ascii=False)[1:-1]
    return quote_plus if kind == "application/x-www-form-urlencoded" else str


def _plain(value: Any) -> str:
    """A form knows texts only: what is none is written as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _signed_dingtalk(hook: Hook, now: datetime) -> str:
    """The secret is the key, time (ms) and secret are what is signed, and both go into the address."""
    timestamp = str(int(now.timestamp() * 1000))
    signed = f"{timestamp}\n{hook.secret}".encode()
    sign = base64.b64encode(hmac.digest(hook.secret.encode(), signed, hashlib.sha256)).decode()
    separator = "&" if "?" in hook.url else "?"
    return f"{hook.url}{separator}{urlencode({'timestamp': timestamp, 'sign': sign})}"


def _signed_feishu(hook: Hook, now: datetime) -> JsonObject:
    """Time (s) and secret are the key, nothing is what is signed, and both go into the body."""
    if not hook.secret:
        return {}
    timestamp = str(int(now.timestamp()))
    key = f"{timestamp}\n{hook.secret}".encode()
    sign = base64.b64encode(hmac.digest(key, b"", hashlib.sha256)).decode()
    return {"timestamp": timestamp, "sign": sign}


def fill(template: Any, hook: Hook, word: Word, *, escape: Callable[[str], str] = str) -> Any:
    """A template with its placeholders filled, in one pass: what is put in is never read again."""
    if isinstance(template, dict):
        return {name: fill(value, hook, word, escape=escape) for name, value in template.items()}
    if isinstance(template, list):
        return [fill(value, hook, word, escape=escape) for value in template]
    if not isinstance(template, str):
        return template
    values = {
        Template.TITLE: word.title,
        Template.BODY: word.body,
        Template.TASK: "" if word.task_id is None else str(word.task_id),
        Template.AT: word.at,
        Template.SECRET: hook.secret,
    }
    return _PLACEHOLDER.sub(lambda found: escape(values[Template(found.group())]), template)


def verdict(hook: Hook, *, status: int, body: bytes) -> tuple[Outcome, str]:
    """What an answer means, and what to write down of it."""
    answer = _object(body)
    code, told = _told(answer)
    if status == 429 or status >= 500 or code in _PASSING_CODES[hook.kind]:
        return Outcome.PASSING, _words(status, code, told)
    if not 200 <= status < 300:
        return Outcome.REFUSED, _words(status, code, told)
    taken = _is_good(hook, answer, body) if hook.kind is Kind.SMS else code == 0
    return (Outcome.TAKEN, "") if taken else (Outcome.REFUSED, _words(status, code, told))


def _is_good(hook: Hook, answer: JsonObject, body: bytes) -> bool:
    """Many gateways answer with a text; then it must hold one that they are known by."""
    said = body.decode(errors="replace")
    return hook.expected_text in said and (not hook.expected or _holds(answer, hook.expected))


def _words(status: int, code: int | None, told: str) -> str:
    return f"HTTP {status}" if code is None else f"HTTP {status}: {code} {told}".strip()


def _told(answer: JsonObject) -> tuple[int | None, str]:
    """The code and the words of a maker's answer: WeCom's and DingTalk's names, then Feishu's two."""
    for code, words in (("errcode", "errmsg"), ("code", "msg"), ("StatusCode", "StatusMessage")):
        value = answer.get(code)
        if isinstance(value, int) and not isinstance(value, bool):
            return value, str(answer.get(words, ""))
    return None, ""


def _holds(answer: Any, expected: Any) -> bool:
    if isinstance(expected, dict):
        return isinstance(answer, dict) and all(
            name in answer and _holds(answer[name], value) for name, value in expected.items()
        )
    return type(answer) is type(expected) and bool(answer == expected)


def _object(body: bytes) -> JsonObject:
    try:
        answer = json.loads(body)
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}
