"""The key by which push services know this installation (VAPID, RFC 8292), kept in DATA_DIR/vapid.pem."""

from __future__ import annotations

import base64
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings

from command_center.kept import kept_text


class NoKeyError(Exception):
    """There is no key, or none that can be used."""


def key_path() -> Path:
    """Where the key is kept."""
    return Path(settings.DATA_DIR) / "vapid.pem"


def make_key() -> ec.EllipticCurvePrivateKey:
    """The key; made if there is none. Raises ConfigurationError and NoKeyError."""
    kept_text(key_path(), _fresh)
    return load_key()


def load_key() -> ec.EllipticCurvePrivateKey:
    """The key. Raises NoKeyError where there is none, or none on the curve P-256."""
    try:
        key = serialization.load_pem_private_key(key_path().read_bytes(), password=None)
    except FileNotFoundError as error:
        raise NoKeyError("there is no key for push; make one: manage.py push_keys") from error
    except (OSError, ValueError, TypeError) as error:
        raise NoKeyError(f"{key_path()} holds no key that can be read: {error}") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise NoKeyError(f"{key_path()} holds another sort of key than P-256")
    return key


def public_text(key: ec.EllipticCurvePrivateKey) -> str:
    """The public key as a browser wants it (`applicationServerKey`): an uncompressed point in base64url."""
    point = key.public_key().public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    )
    return base64.urlsafe_b64encode(point).decode().rstrip("=")


def _fresh() -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()
