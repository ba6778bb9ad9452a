"""The keys of other systems: `<prefix>.<secret>`, of which the prefix is public and the secret kept as a hash.

The secret is 256 random bits, so one round of SHA-256 keeps it: there is nothing to guess. Pure but for chance.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass

PREFIX_BYTES = 5
SECRET_BYTES = 32
LONGEST = 200


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key at the only moment at which it is known; `prefix` and `digest` are what is kept."""

    text: str
    prefix: str
    digest: str


def make_key() -> NewKey:
    """A fresh key."""
    prefix, secret = secrets.token_hex(PREFIX_BYTES), secrets.token_urlsafe(SECRET_BYTES)
    return NewKey(f"{prefix}.{secret}", prefix, digest_of(secret))


def split(text: str) -> tuple[str, str]:
    """Prefix and secret of what was sent as a key; both empty if it can be none."""
    prefix, dot, secret = text.partition(".")
    if not dot or not secret or len(text) > LONGEST or not text.isascii():
        return "", ""
    return prefix, secret


def digest_of(secret: str) -> str:
    """What is kept of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def matches(secret: str, digest: str) -> bool:
    """Whether a secret is the kept one's, in a time that tells nothing."""
    return hmac.compare_digest(digest_of(secret), digest)
