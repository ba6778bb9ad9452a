"""Deeds in the database of a system under load: patrol teams with a phone each, and their browsers' push."""

from __future__ import annotations

import base64
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.core.management import call_command

from command_center.accounts.models import User
from command_center.accounts.policy import Role
from command_center.jurisdictions.codes import Level
from command_center.jurisdictions.models import Jurisdiction
from dispatch.push import services as push
from dispatch.units import duty
from dispatch.units.kinds import UnitKind
from dispatch.units.models import Unit
from dispatch.units.services import NewUnit, create_units


def muster(*, teams: int) -> list[dict[str, Any]]:
    """That many teams of one, on duty, spread over the townships; each with its unit and open session."""
    townships = Jurisdiction.objects.filter(level=Level.TOWNSHIP).order_by("code")
    codes = list(townships.values_list("code", flat=True))
    names = [f"巡逻{number}队" for number in range(teams)]
    create_units(
        units=[
            NewUnit(name, UnitKind.PATROL, codes[number % len(codes)])
            for number, name in enumerate(names)
        ]
    )
    mustered = []
    for number, unit in enumerate(Unit.objects.filter(name__in=names).order_by("id")):
        user = User.objects.create(username=f"phone{number}", name=unit.name)
        user.posts.create(role=Role.PATROL, jurisdiction_id=unit.jurisdiction_id)
        duty.add_member(unit=unit, user=user, actor=None)
        duty.set_duty(user=user, on=True)
        mustered.append({"unit": unit.id, "session": session_of(username=user.username)})
    return mustered


def session_of(*, username: str) -> str:
    """The key of a session of somebody, as if they had signed in."""
    user = User.objects.get(username=username)
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return str(session.session_key)


def subscribe(*, service: str) -> None:
    """A browser of each team, at a push service."""
    call_command("push_keys", verbosity=0)
    for user in User.objects.filter(username__startswith="phone"):
        key = ec.generate_private_key(ec.SECP256R1()).public_key()
        push.subscribe(
            user=user,
            endpoint=f"{service}/{user.username}",
            p256dh=_text(key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)),
            auth=_text(bytes(16)),
        )


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
