"""Speaking to services outside: one POST, no redirect, no proxy of the environment, a short answer, in time."""

from __future__ import annotations

import ssl
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cache
from io import BytesIO
from typing import Any

import requests
from requests.adapters import HTTPAdapter

TIMEOUT_S = 5.0
ANSWER_LIMIT = 4096
"""Bytes of an answer that are read; what is longer is cut."""


class OutboundSession(requests.Session):
    """A session for one attempt. Certificates: the machine's own store, and certifi's beside it."""

    def __init__(self) -> None:
        super().__init__()
        self.trust_env = False
        self.mount("https://", _Adapter())

    def request(self, method: Any, url: Any, *args: Any, **kwargs: Any) -> requests.Response:
        """As requests', within the bounds of this module whatever the caller asks for."""
        bounds = {"allow_redirects": False, "stream": True, "timeout": TIMEOUT_S}
        deadline = time.monotonic() + 2 * TIMEOUT_S
        response = super().request(method, url, *args, **{**kwargs, **bounds})
        try:
            return _read(response, deadline)
        finally:
            response.close()


def _read(response: requests.Response, deadline: float) -> requests.Response:
    """The same answer with its beginning in memory: nobody can keep us listening."""
    body = bytearray()
    with suppress(requests.RequestException):  # an answer that breaks off has a status all the same
        for byte in response.iter_content(1):
            body += byte
            if len(body) >= ANSWER_LIMIT or time.monotonic() > deadline:
                break
    answer = requests.Response()
    answer.status_code, answer.reason = response.status_code, response.reason
    answer.headers, answer.url = response.headers, response.url
    answer.raw = BytesIO(bytes(body))
    return answer


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> Any:
        return super().init_poolmanager(*args, **kwargs, ssl_context=_certificates())


@cache
def _certificates() -> ssl.SSLContext:
    """Reading the machine's store takes tens of milliseconds: once per process."""
    return ssl.create_default_context()


@dataclass(frozen=True, slots=True)
class Answer:
    """What a service answered."""

    status: int
    body: bytes
    asked: timedelta


def post(url: str, *, data: bytes, headers: dict[str, str]) -> Answer:
    """One POST. Raises requests.RequestException."""
    with OutboundSession() as session:
        return answer_of(session.post(url, data=data, headers=headers))


def answer_of(response: requests.Response) -> Answer:
    """What counts of a response."""
    asked = retry_after(response.headers.get("Retry-After", ""), now=datetime.now(UTC))
    return Answer(response.status_code, response.content, asked)


def retry_after(text: str, *, now: datetime) -> timedelta:
    """How long a `Retry-After` asks to wait: seconds or a date (RFC 9110, section 10.2.3); 0 if it is neither."""
    text = text.strip()
    if text.isascii() and text.isdecimal():
        return timedelta(seconds=min(int(text[:9]), 86_400))
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return timedelta(0)
    if at.tzinfo is None:
        at = at.replace(tzinfo=UTC)
    return max(timedelta(0), at - now)
