"""The MQTT credentials of devices: one user and one password each, kept as the hash Mosquitto reads."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Iterable

from django.db import transaction

from command_center.audit.services import Action, record
from iot_bridge.devices.models import Device

# Mosquitto hashes in its one thread at every connect, and once more for every connected client at
# a reload: 184 µs each at its own default. The passwords are random, so more rounds buy nothing.
ITERATIONS = 101
SALT_BYTES = 12
"""What Mosquitto 2.0 takes; it refuses salts of another length."""
PASSWORD_BYTES = 24


def make_password() -> str:
    """A random password of 192 bits, in characters that need no quoting."""
    return secrets.token_urlsafe(PASSWORD_BYTES)


def hash_password(password: str, *, salt: bytes | None = None) -> str:
    """The password as Mosquitto's password_file has it: `$7$rounds$salt$hash`, PBKDF2-HMAC-SHA512."""
    salt = salt if salt is not None else secrets.token_bytes(SALT_BYTES)
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, ITERATIONS)
    return f"$7${ITERATIONS}${base64.b64encode(salt).decode()}${base64.b64encode(digest).decode()}"


def verify_password(password: str, stored: str) -> bool:
    """Whether a stored hash is this password's; False for anything that is no hash of ours."""
    try:
        empty, kind, iterations, salt, digest = stored.split("$")
        if empty or kind != "7":
            return False
        expected = base64.b64decode(digest, validate=True)
        given = hashlib.pbkdf2_hmac(
            "sha512", password.encode(), base64.b64decode(salt, validate=True), int(iterations)
        )
    except (ValueError, binascii.Error):
        return False
    return hmac.compare_digest(given, expected)


def issue_credential(*, device_id: str, actor_name: str) -> str:
    """Give a device a fresh password, of which only the hash is kept; returns the password.

    The old one ends when the broker has read its files again. Raises Device.DoesNotExist.
    """
    return issue_credentials(device_ids=[device_id], actor_name=actor_name)[device_id]


def issue_credentials(*, device_ids: Iterable[str], actor_name: str) -> dict[str, str]:
    """Fresh passwords for several devices, all or none. Raises Device.DoesNotExist."""
    wanted = sorted(set(device_ids))
    passwords: dict[str, str] = {}
    with transaction.atomic():
        devices = list(Device.objects.select_for_update().filter(pk__in=wanted).order_by("pk"))
        if len(devices) != len(wanted):
            raise Device.DoesNotExist
        for device in devices:
            passwords[device.id] = password = make_password()
            device.broker_hash = hash_password(password)
            record(
                action=Action.DEVICE_CREDENTIAL,
                actor_name=actor_name,
                subject=device.id,
                code=device.jurisdiction_id,
            )
        Device.objects.bulk_update(devices, ["broker_hash"], batch_size=200)
    return passwords
