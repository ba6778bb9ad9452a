"""How the media nodes are, on `/metrics` and on the admin page."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.test import Client

from command_center.accounts.models import Post, User
from command_center.env import Environment
from conferencing.engines.messages import OpenTrunk
from tests.support import city, deeds
from tests.support.engines import FakeEngine, LinkedEngine

pytestmark = pytest.mark.django_db


def three(_environment: Environment) -> dict[str, FakeEngine]:
    """The city's node with a trunk to a township's, and one that is dead."""
    here, there, dead = LinkedEngine(), LinkedEngine(), FakeEngine()
    here.node.rooms["conference-1"] = {}
    assert there.node.trunk is not None
    here.node.trunks[there.node.boot] = OpenTrunk(host="10.0.0.5", port=8289, protected=True)
    dead.die()
    return {
        "/run/media.sock": here,
        "https://media-101.example.org:8190": there,
        "/run/x.sock": dead,
    }


@pytest.fixture(autouse=True)
def _nodes(settings: Any) -> None:
    settings.MEDIA_ENGINES = f"{__name__}.three"


def test_prometheus_is_told_of_nodes_and_trunks() -> None:
    text = Client().get("/metrics").content.decode()
    assert 'lingdun_media_up{node="media"} 1.0' in text
    assert 'lingdun_media_up{node="x"} 0.0' in text
    assert 'lingdun_media_rooms{node="media"} 1.0' in text
    trunk = '{node="media",other="media-101.example.org:8190"}'
    assert f"lingdun_media_trunk_sent_bitrate{trunk} 1.5e+06" in text
    assert f"lingdun_media_trunk_alive{trunk} 1.0" in text


def test_the_page_is_for_who_keeps_the_installation() -> None:
    deeds.seed()
    for name, role, code in (
        ("root", "administrator", city.CITY),
        ("east", "administrator", city.EAST.code),
    ):
        user = User.objects.create(username=name, is_staff=True, password=make_password(name))
        Post.objects.create(user=user, role=role, jurisdiction_id=code)
    root, east = Client(), Client()
    root.force_login(User.objects.get(username="root"))
    east.force_login(User.objects.get(username="east"))
    assert "media_nodes" not in east.get("/admin/").content.decode()
    assert east.get("/admin/media_nodes/").status_code == 403
    assert "/admin/media_nodes/" in root.get("/admin/").content.decode()
    page = root.get("/admin/media_nodes/").content.decode()
    for text in ("media-101.example.org:8190", "1500", "2 %", "1.5 ms"):
        assert text in page
