"""One attempt at one delivery: what is sent where, and how the answer is read. No database here."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import requests
from cryptography.hazmat.primitives.asymmetric import ec
from py_vapid import Vapid02, VapidException
from pywebpush import WebPushException, webpush

from dispatch.push import ladder, ntfy, webhooks
from dispatch.push.ladder import Outcome
from dispatch.push.ntfy import Note
from dispatch.push.outbound import Answer, OutboundSession, answer_of, post
from dispatch.push.services import Result
from dispatch.push.webhooks import Hook, Word

logger = logging.getLogger(__name__)

PASSING = frozenset({406, 408, 425, 429})
"""Beside 5xx: too much or too early. 406 is how Windows' service says 429."""


@dataclass(frozen=True, slots=True)
class Browser:
    """Where a browser is pushed to, and what encrypts for it (RFC 8291)."""

    endpoint: str
    p256dh: str
    auth: str


@dataclass(frozen=True, slots=True)
class Identity:
    """Who pushes: the key of this installation, and whom a push service may turn to (RFC 8292)."""

    key: ec.EllipticCurvePrivateKey
    contact: str


def push(browser: Browser, payload: bytes, *, topic: str, identity: Identity) -> Result:
    """Web Push (RFC 8030): encrypted, urgent, kept for five minutes; of one topic the last replaces the rest."""
    ttl = int(ladder.LIFE.total_seconds())
    try:
        with OutboundSession() as session:
            response: Any = webpush(
                subscription_info={
                    "endpoint": browser.endpoint,
                    "keys": {"p256dh": browser.p256dh, "auth": browser.auth},
                },
                data=payload.decode(),
                vapid_private_key=Vapid02(identity.key),
                vapid_claims={"sub": identity.contact},
                content_encoding="aes128gcm",
                ttl=ttl,
                headers={"Urgency": "high", "Topic": topic},
                requests_session=session,
            )
    except WebPushException as error:
        if error.response is None:
            return Result(Outcome.REFUSED, str(error.message))
        response = error.response
    except requests.RequestException as error:
        return _unreachable(error)
    except (ValueError, VapidException) as error:
        return Result(Outcome.REFUSED, str(error))
    return read(answer_of(response))


def publish(address: str, note: Note, *, token: str = "") -> Result:
    """Tell a topic of an ntfy server, which may want an access token."""
    request = ntfy.request_for(address, note, token=token)
    try:
        answer = post(request.url, data=request.data, headers=request.headers)
    except requests.RequestException as error:
        return _unreachable(error)
    return read(answer)


def read(answer: Answer) -> Result:
    """What a push service's answer means."""
    told = f"HTTP {answer.status}"
    if 200 <= answer.status < 300:
        return Result(Outcome.TAKEN)
    if answer.status in (404, 410):
        return Result(Outcome.GONE, told)
    if answer.status in PASSING or answer.status >= 500:
        return Result(Outcome.PASSING, told, answer.asked)
    return Result(Outcome.REFUSED, told)


def call(hook: Hook, word: Word) -> Result:
    """Tell a chat robot or an SMS gateway."""
    request = webhooks.request_for(hook, word, now=datetime.now(UTC))
    try:
        answer = post(request.url, data=request.data, headers=request.headers)
    except requests.RequestException as error:
        return _unreachable(error)
    except ValueError as error:  # a header that HTTP cannot carry
        return Result(Outcome.REFUSED, type(error).__name__)
    outcome, told = webhooks.verdict(hook, status=answer.status, body=answer.body)
    return Result(outcome, told, answer.asked)


def _unreachable(error: requests.RequestException) -> Result:
    """By its kind only: the text would hold the address, which is a secret of the receiver's."""
    match error:
        case requests.Timeout():
            return Result(Outcome.PASSING, "timeout")
        case requests.exceptions.SSLError():
            return Result(Outcome.REFUSED, "certificate")
        case requests.ConnectionError():
            return Result(Outcome.PASSING, "unreachable")
        case _:
            return Result(Outcome.REFUSED, type(error).__name__)
