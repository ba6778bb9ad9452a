"""Texts that must be kept and used again, and not be read by whoever gets hold of the database alone.

Encrypted (Fernet) under a key made of SECRET_KEY, which is in no database and no backup of one.
"""

from __future__ import annotations

import base64

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


class UnsealError(Exception):
    """What was sealed was so under another SECRET_KEY, or was changed."""


def seal(text: str, *, purpose: str) -> str:
    """A text for the database; what was sealed for one purpose opens for no other."""
    return _keys(purpose).encrypt(text.encode()).decode()


def unseal(sealed: str, *, purpose: str) -> str:
    """The text again. Raises UnsealError."""
    try:
        return _keys(purpose).decrypt(sealed.encode()).decode()
    except InvalidToken as error:
        raise UnsealError(purpose) from error


def _keys(purpose: str) -> MultiFernet:
    secrets = [str(settings.SECRET_KEY), *map(str, settings.SECRET_KEY_FALLBACKS)]
    return MultiFernet([Fernet(_derived(secret, purpose)) for secret in secrets])


def _derived(secret: str, purpose: str) -> bytes:
    kdf = HKDF(hashes.SHA256(), 32, salt=None, info=f"lingdun sealed {purpose}".encode())
    return base64.urlsafe_b64encode(kdf.derive(secret.encode()))
