"""TURN with credentials that expire: coturn's `use-auth-secret`, draft-uberti-behave-turn-rest-00.

A name says until when it holds and nothing of the person; the server computes the same password from the secret.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import time

from django.conf import settings

from command_center.env import Environment
from conferencing.signalling.messages import IceServer


def ice_servers() -> tuple[IceServer, ...]:
    """What a page is told now; nothing where no TURN server is configured. There is no STUN: the node needs none."""
    return with_credentials(settings.ENVIRONMENT, now=time.time(), nonce=secrets.token_hex(6))


def with_credentials(environment: Environment, *, now: float, nonce: str) -> tuple[IceServer, ...]:
    """The TURN servers, with a name and password for `turn_lifetime_s` from `now` (epoch seconds)."""
    if not environment.turn_urls or environment.turn_secret is None:
        return ()
    username = f"{int(now) + environment.turn_lifetime_s}:{nonce}"
    digest = hmac.new(environment.turn_secret.encode(), username.encode(), hashlib.sha1).digest()
    credential = base64.b64encode(digest).decode()
    return (IceServer(urls=environment.turn_urls, username=username, credential=credential),)
